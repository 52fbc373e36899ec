"""Layers that a user freezes, beside the same layers of a Keras model whose `trainable` is set as people set it."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from click.testing import CliRunner, Result

import archc
from archc.analysis import cost
from archc.cli import main
from archc.ir.graph import Graph
from archc.ir.op import Op
from archc.ops import registry
from tests.cases import type_of_input, with_tensors
from tests.ops.oracle import example_names, named_example
from tests.targets.networks import PYRAMID, SHARED_SCALE, SIAMESE
from tests.weights.networks import SMALL, model_of, network, saved
from tests.weights.saved import FORMATS, randomize, write

WRAPPED = """
archc: 1
name: Wrapped
input: [6, 4]
layers:
  - TimeDistributed: {layer: {BatchNormalization: {}}}
    name: normalized
  - Bidirectional: {layer: {GRU: 3}}
    name: both
  - SpectralNormalization: {layer: {Dense: 4}}
    name: spectral
  - Dense: 2
    name: last
"""
TEXTS = {
    "small": (SMALL, ["first", "bn", "second"]),
    "shared layer": (SIAMESE, ["*"]),
    "pyramid": (PYRAMID, ["*"]),
    "shared function": (SHARED_SCALE, ["*"]),
    "wrapped": (WRAPPED, ["normalized", "both", "spectral"]),
}


def trained(model: keras.Model) -> dict[str, bool]:
    """Whether training changes each variable."""
    changed = {id(variable) for variable in model.trainable_weights}
    return {variable.path: id(variable) in changed for variable in model.weights}


def frozen_in_keras(model: keras.Model, names: set[str]) -> keras.Model:
    """The model with layers frozen as people do it, those of the models in it too."""
    for layer in model._flatten_layers(include_self=False):
        if layer.name in names:
            layer.trainable = False
    return model


def frozen_names(graph: Graph) -> set[str]:
    return {node.name for node in graph.nodes if node.weights and not node.op.trainable}


@pytest.mark.parametrize("case", TEXTS)
def test_trains_what_keras_trains_of_the_same_layers(case: str) -> None:
    text, patterns = TEXTS[case]
    frozen = network(text).freezing(*patterns)
    ours, theirs = frozen.build(), frozen_in_keras(network(text).build(), frozen_names(frozen.graph))
    assert trained(ours) == trained(theirs)
    assert frozen.params == sum(int(np.prod(variable.shape)) for variable in theirs.trainable_weights)
    assert frozen.total_params == theirs.count_params() == network(text).total_params
    assert cost.frozen_params(frozen.graph.nodes) == network(text).params - frozen.params > 0


@pytest.mark.parametrize("case", TEXTS)
def test_computes_in_training_what_keras_does(case: str) -> None:
    """Frozen normalization uses its moving statistics, and keeps them."""
    text, patterns = TEXTS[case]
    frozen = network(text).freezing(*patterns)
    ours = frozen.build()
    theirs = frozen_in_keras(network(text).build(), frozen_names(frozen.graph))
    randomize(theirs)
    ours.set_weights(theirs.get_weights())
    before = ours.get_weights()
    random = np.random.default_rng(1)
    entered = [random.normal(size=(5, *shape[1:])).astype("float32") for shape in _shapes(ours)]
    results = [_flat(model(entered if len(entered) > 1 else entered[0], training=True)) for model in (ours, theirs)]
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    unchanged = [np.array_equal(old, new) for old, new in zip(before, ours.get_weights(), strict=True)]
    names = [variable.path.rpartition("/")[2] for variable in ours.weights]
    moving = [same for same, name in zip(unchanged, names, strict=True) if name.startswith("moving_")]
    assert all(moving)


def _shapes(model: keras.Model) -> list[tuple[int, ...]]:
    return [tuple(tensor.shape) for tensor in model.inputs]


def _flat(outputs: Any) -> list[Any]:
    return [np.asarray(one) for one in (outputs if isinstance(outputs, list | tuple) else [outputs])]


def test_a_fit_changes_only_what_is_not_frozen() -> None:
    model = network(SMALL).build(freeze=["first", "bn", "second"])
    randomize(model)
    before = {variable.path: variable.numpy() for variable in model.weights}
    model.compile("sgd", "mse")
    random = np.random.default_rng(0)
    model.fit(random.normal(size=(8, 8, 8, 3)), random.normal(size=(8, 10)), verbose=0)
    after = {variable.path: variable.numpy() for variable in model.weights}
    changed = {path.partition("/")[0] for path in before if not np.array_equal(before[path], after[path])}
    assert changed == {"third", "predictions"}


def _with_weights(name: str) -> bool:
    op, example = named_example(name)
    return bool(op(**example.arguments).weights(*example.inputs))


FROZEN_OPS = [name for name in example_names() if _with_weights(name) and name.endswith("-0")]
TRAINED_AGAIN = {"MultiHeadAttention", "GroupQueryAttention", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"}
"""What a model that Keras loads trains all the same: `test_keras_does_not_keep_these_frozen`."""


@pytest.mark.parametrize("name", [name for name in FROZEN_OPS if name.partition("-")[0] not in TRAINED_AGAIN])
def test_every_op_with_weights_can_be_frozen(name: str) -> None:
    frozen = _alone(name).freezing("case")
    assert frozen.params == 0
    assert frozen.build().trainable_weights == []
    node = next(node for node in frozen.graph.nodes if node.name == "case")
    assert node.weights == node.op.weights(*[tensor.shape for tensor in node.inputs])


@pytest.mark.parametrize("name", [name for name in FROZEN_OPS if name.partition("-")[0] in TRAINED_AGAIN])
def test_keras_does_not_keep_these_frozen(name: str, tmp_path: Path) -> None:
    model = _alone(name).build()
    model.get_layer("case").trainable = False
    assert model.trainable_weights == []
    model.save(tmp_path / "net.keras")
    assert keras.saving.load_model(tmp_path / "net.keras").trainable_weights != []
    with pytest.raises(archc.SpecError, match="does not keep `case`"):
        _alone(name).freezing("case")


def _alone(name: str) -> archc.Network:
    """The network of an example, whose layer is `case`."""
    op, example = named_example(name)
    made = op(**example.arguments)
    names = [f"in_{number}" for number in range(len(example.inputs))]
    arguments, taken = with_tensors(op, example.arguments, names)
    shapes: dict[str, Any] = {one: list(shape) for one, shape in zip(names, example.inputs, strict=True)}
    kinds: dict[str, Any] = {one: {"shape": shape, "dtype": type_of_input(made)} for one, shape in shapes.items()} or {
        "none": [4]
    }
    step: dict[str, Any] = {op.__name__: arguments or None, "name": "case"}
    document = {"archc": 1, "name": "Case", "inputs": kinds, "unused": "warn"}
    layers = [{**step, **({"from": taken if len(taken) > 1 else taken[0]} if taken else {})}]
    return archc.loads({**document, "layers": layers})


@pytest.mark.parametrize("name", registry())
def test_ops_without_weights_stay_as_they_are(name: str) -> None:
    op = registry()[name]
    if op.weights is Op.weights:
        for example in op.examples:
            made = op(**example.arguments)
            assert made.with_trainable(False) is made


# Which layers a pattern names

PARTS = """
archc: 1
name: Parts
input: [8, 8, 3]
blocks:
  unit:
    layers:
      - Conv2D: {filters: 4, kernel_size: 3, padding: same}
        name: conv
        share: one
      - BatchNormalization:
        name: bn
layers:
  - do:
      - Conv2D: {filters: 4, kernel_size: 1}
        name: a
      - ReLU:
        name: relu
    name: stem
  - Conv2D: {filters: 4, kernel_size: 3, padding: same}
    name: stemless
    share: kernel
  - Conv2D: {filters: 4, kernel_size: 3, padding: same}
    share: kernel
  - do:
      - Conv2D: {filters: 4, kernel_size: 3, padding: same}
        share: kernel
      - BatchNormalization:
        name: bn
    name: end
"""


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["stem"], {"stem_a"}),
        (["stem*"], {"stem_a", "stemless"}),
        (["stem_?"], {"stem_a"}),
        (["end_bn", "stem_[ab]"], {"end_bn", "stem_a"}),
        (["end"], {"stemless", "end_bn"}),  # a later call of a layer is the layer
        (["*"], {"stem_a", "stemless", "end_bn"}),
    ],
)
def test_patterns_name_layers_and_parts(patterns: list[str], expected: set[str]) -> None:
    frozen = network(PARTS).freezing(*patterns).graph
    assert frozen_names(frozen) == expected
    for node in frozen.nodes:  # all calls of a layer
        assert node.first is None or (node.first.op.trainable, node.first.weights) == (node.op.trainable, node.weights)


@pytest.mark.parametrize(
    ("pattern", "code", "words"),
    [
        ("stemles", "unknown-layer", "did you mean `stemless`?"),
        ("ste", "unknown-layer", "`ste*` stands for"),
        ("fc*", "unknown-layer", "a name like `fc*`"),
        ("", "unknown-layer", "there is no layer or part"),
        ("stem_relu", "usage", "nothing to freeze"),
        ("[", "unknown-layer", "`[`"),
    ],
)
def test_a_pattern_that_freezes_nothing_is_an_error(pattern: str, code: str, words: str) -> None:
    with pytest.raises(archc.SpecError) as caught:
        network(PARTS).freezing(pattern)
    (found,) = caught.value.diagnostics
    assert found.code == code
    assert words in f"{found.message}; {found.hint}"


def test_frozen_layers_of_a_part_of_a_network() -> None:
    network_ = network(SMALL).freezing("first").ending_at("second")
    assert frozen_names(network_.graph) == {"first"}
    assert network_.freezing("second").params == 8  # gamma and beta of the normalization


# Files


@pytest.mark.parametrize("file", FORMATS)
@pytest.mark.parametrize("case", TEXTS)
def test_weights_of_a_file_load_whether_it_was_frozen_or_not(case: str, file: str, tmp_path: Path) -> None:
    """Old files list the arrays first that were trained."""
    text, patterns = TEXTS[case]
    wanted = model_of(text).get_weights()
    frozen = network(text).freezing(*patterns)
    kept = frozen.build()
    kept.set_weights(wanted)
    (tmp_path / "frozen").mkdir()
    for path in (saved(text, tmp_path, file), write(kept, tmp_path / "frozen", file)):
        loaded = frozen.build(weights=path)
        assert trained(loaded) == trained(kept)
        assert all(np.array_equal(one, other) for one, other in zip(loaded.get_weights(), wanted, strict=True))


@pytest.mark.parametrize("case", TEXTS)
def test_a_saved_model_stays_frozen(case: str, tmp_path: Path) -> None:
    text, patterns = TEXTS[case]
    frozen = network(text).freezing(*patterns)
    model = frozen.build()
    model.save(tmp_path / "frozen.keras")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        again = keras.saving.load_model(tmp_path / "frozen.keras", safe_mode=False)
    assert list(trained(again).values()) == list(trained(model).values())
    read = archc.load(tmp_path / "frozen.keras")
    assert (read.params, read.total_params) == (frozen.params, frozen.total_params)
    assert cost.frozen_params(read.graph.nodes) == cost.frozen_params(frozen.graph.nodes)


@pytest.mark.parametrize("case", TEXTS)
def test_a_model_file_is_frozen_with_its_weights(case: str, tmp_path: Path) -> None:
    text, _ = TEXTS[case]
    model_of(text).save(tmp_path / "net.keras")
    model = archc.load(tmp_path / "net.keras").build(freeze=["*"])
    assert model.trainable_weights == []
    assert sorted(map(_digest, model.get_weights())) == sorted(map(_digest, model_of(text).get_weights()))


def _digest(values: Any) -> tuple[tuple[int, ...], float]:
    return values.shape, float(values.sum())


# The command line


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments])


@pytest.fixture
def spec(tmp_path: Path) -> str:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return str(path)


def test_summary_tells_what_is_frozen(spec: str, tmp_path: Path) -> None:
    made = str(tmp_path / "small.keras")
    assert run("build", spec, "--freeze", "first", "--freeze", "b?", "-o", made).exit_code == 0
    documents = []
    for arguments in ([spec, "--freeze", "first", "--freeze", "b?"], [made]):
        text = run("summary", *arguments).stdout
        assert "frozen" in text
        assert "of 2 layers with `trainable: false`" in text
        documents.append(json.loads(run("summary", *arguments, "--json").stdout))
    for document in documents:
        assert document["frozen_params"] == 3 * 3 * 3 * 4 + 4 + 8
        assert document["params"] + document["frozen_params"] + 8 == document["total_params"]
        frozen = {layer["name"]: layer["frozen_params"] for layer in document["layers"] if layer["frozen_params"]}
        assert frozen == {"first": 112, "bn": 8}
    assert "frozen" not in run("summary", spec).stdout


def test_flat_source_makes_the_frozen_model(spec: str) -> None:
    text = run("build", spec, "--to", "python", "--flat", "--freeze", "first").stdout
    names: dict[str, Any] = {}
    exec(compile(text, "small.py", "exec"), names)
    made = names["small"]()
    assert trained(made) == trained(network(SMALL).build(freeze=["first"]))
    assert "--freeze first" in text


def test_structured_source_refuses_with_a_hint(spec: str) -> None:
    result = run("build", spec, "--to", "python", "--freeze", "first")
    assert result.exit_code == 2
    assert "`--flat` freezes any layer" in result.stderr


def test_torch_source_freezes_parameters(spec: str) -> None:
    assert "self.first.requires_grad_(False)" in run("build", spec, "--to", "torch", "--freeze", "first").stdout
    refused = run("build", spec, "--to", "torch", "--freeze", "bn")
    assert refused.exit_code == 2
    assert "BatchNormalization with `trainable: false`" in refused.stderr


def test_facts_that_freezing_changes_are_set_aside() -> None:
    result = run("check", "lenet5", "--freeze", "C*", "--json")
    counts = json.loads(result.stdout)["counts"]
    assert (result.exit_code, counts["differs"]) == (0, 0)
    assert counts["set_aside"] > 0


LIBRARY: list[tuple[str, str]] = [("vgg11", "block[1-3]*"), ("mobilenet_v2_035", "block_?_*"), ("nasnet_a_mobile", "*")]


@pytest.mark.parametrize(("name", "pattern"), LIBRARY)
def test_networks_of_the_library(name: str, pattern: str) -> None:
    whole = archc.load(name)
    frozen = whole.freezing(pattern)
    assert frozen.params + cost.frozen_params(frozen.graph.nodes) == whole.params
    assert [node.name for node in frozen.graph.nodes] == [node.name for node in whole.graph.nodes]
    assert [node.shape for node in frozen.graph.nodes] == [node.shape for node in whole.graph.nodes]
