"""Weights that are loaded but for some layers, which begin new."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from click.testing import CliRunner

import archc
from archc.cli import main
from tests.targets.networks import SIAMESE
from tests.weights.networks import MIXED, SMALL, UNNAMED, codes, model_of, network, refused, saved
from tests.weights.saved import FORMATS, write

KEPT = ("first", "bn", "second", "third")


def weights(model: keras.Model, layer: str) -> list[Any]:
    found: list[Any] = model.get_layer(layer).get_weights()
    return found


def is_glorot(model: keras.Model, layer: str) -> bool:
    """Whether a layer has a kernel as Keras's default initializer makes it, and a bias of zeros."""
    kernel, bias = weights(model, layer)
    limit = (6 / (np.prod(kernel.shape[:-2]) * sum(kernel.shape[-2:]))) ** 0.5
    return bool(abs(kernel).max() <= limit and kernel.std() > 0.1 * limit and not bias.any())


@pytest.mark.parametrize("file", FORMATS)
def test_another_number_of_classes_begins_new_and_all_else_is_loaded(file: str, tmp_path: Path) -> None:
    path = saved(SMALL, tmp_path, file)
    built = network(SMALL, classes=3).build(weights=path, reinitialize=["predictions"])
    for name in KEPT:
        for ours, theirs in zip(weights(built, name), weights(model_of(SMALL), name), strict=True):
            assert np.array_equal(ours, theirs)
    assert built.output_shape == (None, 3)
    assert is_glorot(built, "predictions")
    assert not is_glorot(model_of(SMALL), "predictions")


@pytest.mark.parametrize("file", FORMATS)
def test_layers_that_are_paired_in_order_are_loaded_beside_new_ones(file: str, tmp_path: Path) -> None:
    path, net = saved(UNNAMED, tmp_path, file), network(UNNAMED, classes=3)
    names = [node.name for node in net.graph.nodes if node.weights]
    built = net.build(weights=path, reinitialize=[names[-1], names[2]])
    for place, name in enumerate(names):
        old = model_of(UNNAMED).get_layer(name).get_weights()
        assert (place in (2, 4)) == is_glorot(built, name) if len(old) == 2 else True
        if place not in (2, 4):
            assert all(map(np.array_equal, weights(built, name), old))


@pytest.mark.parametrize("file", FORMATS)
@pytest.mark.parametrize("text", [SMALL, UNNAMED])
def test_a_file_may_lack_the_layers_that_begin_new(text: str, file: str, tmp_path: Path) -> None:
    net = network(text)
    last = [node.name for node in net.graph.nodes if node.weights][-1]
    before = net.graph.named(last).inputs[0].name  # type: ignore[union-attr]
    headless = keras.Model(model_of(text).input, model_of(text).get_layer(before).output)
    built = net.build(weights=write(headless, tmp_path, file), reinitialize=[last])
    assert is_glorot(built, last)
    batch = np.random.default_rng(0).normal(size=(2, 8, 8, 3)).astype("float32")
    np.testing.assert_array_equal(keras.Model(built.input, built.get_layer(before).output)(batch), headless(batch))


@pytest.mark.parametrize("file", FORMATS)
def test_a_layer_in_a_shared_block_begins_new_alone(file: str, tmp_path: Path) -> None:
    path, net = saved(SIAMESE, tmp_path, file), network(SIAMESE)
    inside = next(call for call in net.graph.calls if call.first is None)
    convolution = next(node for node in inside.nodes if node.op.has_kernels)
    built = net.build(weights=path, reinitialize=[convolution.name])
    for old, new in zip(_leaves(model_of(SIAMESE)), _leaves(built), strict=True):
        same = all(map(np.array_equal, old.get_weights(), new.get_weights()))
        assert same != (new.name == convolution.name)


def _leaves(model: Any) -> list[Any]:
    layers = [inner for layer in model.layers for inner in (_leaves(layer) if hasattr(layer, "layers") else [layer])]
    return [layer for layer in layers if layer.weights]


def test_parts_and_patterns_name_layers(tmp_path: Path) -> None:
    path = saved(MIXED, tmp_path)
    net = network(MIXED)
    convolutions = [node.name for node in net.graph.nodes if node.op.op_name == "Conv2D"]
    built = net.build(weights=path, reinitialize=["conv2d*"])
    for node in net.graph.nodes:
        if node.weights:
            old, new = (model.get_layer(node.name).get_weights() for model in (model_of(MIXED), built))
            assert all(map(np.array_equal, old, new)) == (node.name not in convolutions)


def test_what_else_does_not_fit_is_refused_and_the_message_names_the_option(tmp_path: Path) -> None:
    path = saved(SMALL, tmp_path)
    found = refused(path, classes=3)
    assert codes(found) == ["weights", "weights-shape", "weights-shape"]
    assert "`--reinitialize NAME` lets a layer begin new" in str(found[0].hint)
    other = SMALL.replace("name: third", "name: fourth").replace(
        "filters: 4, kernel_size: 3}", "filters: 4, kernel_size: 5}"
    )
    with pytest.raises(archc.SpecError) as caught:
        network(other, classes=3).build(weights=path, reinitialize=["predictions"])
    assert codes(caught.value.diagnostics) == ["weights", "weights-shape"]
    assert caught.value.diagnostics[1].about == "first"


@pytest.mark.parametrize(
    ("names", "code", "words"),
    [
        (["prediction"], "unknown-layer", "did you mean `predictions`?"),
        (["predictions", "x*"], "unknown-layer", ""),
        (["global_average_pooling2d"], "usage", "name layers or parts that have"),
    ],
)
def test_a_name_that_says_nothing_is_refused(names: list[str], code: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(archc.SpecError) as caught:
        network(SMALL).build(weights=saved(SMALL, tmp_path), reinitialize=names)
    assert codes(caught.value.diagnostics) == [code]
    assert words in str(caught.value.diagnostics[0].hint)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs `archc` in a folder with a spec and its file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.yaml").write_text(SMALL)
    saved(SMALL, tmp_path, "net.keras")
    return lambda *arguments: CliRunner().invoke(main, arguments)


def test_the_command_says_what_is_new(run: Callable[..., Any]) -> None:
    done = run("build", "small.yaml", "--set", "classes=3", "--weights", "net.keras", "--reinitialize", "predictions")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-2:] == [
        "loaded the weights of 4 layers from net.keras, each under its name",
        "new: `predictions`",
    ]
    assert np.array_equal(weights(keras.models.load_model("small.keras"), "bn"), weights(model_of(SMALL), "bn"))


def test_a_model_keeps_its_weights_but_for_the_named_layers(run: Callable[..., Any]) -> None:
    assert run("build", "net.keras", "-o", "new.keras", "--reinitialize", "predictions").exit_code == 0
    built = keras.models.load_model("new.keras")
    assert is_glorot(built, "predictions")
    assert np.array_equal(weights(built, "first")[0], weights(model_of(SMALL), "first")[0])


@pytest.mark.parametrize(
    "arguments",
    [
        ("small.yaml", "--reinitialize", "predictions"),
        ("small.yaml", "--weights", "net.keras", "--reinitialize", "predictoins"),
        ("small.yaml", "--to", "python", "--reinitialize", "predictions"),
    ],
)
def test_the_command_refuses_what_makes_no_sense(arguments: tuple[str, ...], run: Callable[..., Any]) -> None:
    assert run("build", *arguments).exit_code == 2
