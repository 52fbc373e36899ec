"""The Keras model against the graph, over the library and over what only some specs use."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import yaml

import archc
from archc.ir.shape import Shape
from archc.network import Network
from tests.keras_names import numbered_anew
from tests.targets.made import executed
from tests.targets.networks import (
    CLASS_TOKEN,
    FEATURES,
    NETWORKS,
    PYRAMID,
    SHARED_SCALE,
    SIAMESE,
    TESTS,
    library,
    marked,
    network,
)

COUNTED = yaml.safe_load((TESTS / "language/counts.yaml").read_text(encoding="utf-8"))
TRAINED = 120  # layers, of the largest network that is trained
LANGUAGE = [TESTS / f"language/{folder}/{name}.yaml" for folder, counts in COUNTED.items() for name in counts]
BY_STEM = {path.stem: path for path in (*LANGUAGE, *FEATURES)}


def noise(shape: Shape, count: int, dtype: str = "float32") -> Any:
    """Numbers for a tensor of this shape, an open size taken as 1."""
    sizes = (count, *(1 if size is None else size for size in shape))
    random = np.random.default_rng(0)
    return random.integers(0, 2, sizes) if "int" in dtype else random.normal(size=sizes).astype("float32")


def entering(net: Network, count: int) -> Any:
    """Numbers for each input of a network, as a Keras model takes them."""
    given = [noise(made.shape, count, made.dtype) for made in net.graph.inputs]
    return given[0] if len(given) == 1 else given


@pytest.fixture(autouse=True)
def fresh_keras() -> None:
    numbered_anew()


def compare(net: Network, model: Any) -> None:
    """Compares what Keras counts with what archc infers."""
    assert model.count_params() == net.total_params
    assert sum(prod(weight.shape) for weight in model.trainable_weights) == net.params
    assert [tuple(output.shape[1:]) for output in model.outputs] == [t.shape for t in net.graph.outputs.values()]
    built = [operation.name for operation in model.operations]
    inside = {node for call in net.graph.calls for node in call.nodes}
    assert [node.name for node in net.graph.nodes if node not in inside and node.name not in built] == []


@pytest.mark.parametrize("label", marked(NETWORKS))
def test_every_network_builds_and_computes(label: str) -> None:
    net = library(label)
    model = net.build()
    compare(net, model)
    # fresh weights grow over a thousand residual layers while normalization has no statistics
    outputs = model(entering(net, 1), training=net.depth > 1000)
    assert all(np.isfinite(output).all() for output in (outputs if isinstance(outputs, list) else [outputs]))


@pytest.mark.parametrize("label", marked(NETWORKS, ("lenet5_1998", "squeezenet1_1")))
def test_a_small_network_trains_a_step(label: str) -> None:
    net = library(label)
    if len(net.graph.nodes) > TRAINED:
        pytest.skip("larger networks take minutes to train")
    model = net.build()
    images = entering(net, 2)
    targets = [noise(tensor.shape, 2) for tensor in net.graph.outputs.values()]
    model.compile("sgd", loss=["mse"] * len(targets))
    assert np.isfinite(np.asarray(model.train_on_batch(images, targets))).all()


SMALL = (
    "lenet5", "lenet5_1998", "se_unit", "two_states", "shufflenet_v1_g3", "siamese", "two_inputs", "retinanet_head",
)  # fmt: skip


@pytest.mark.parametrize("stem", marked(BY_STEM, SMALL))
def test_the_examples_and_drafts_of_the_language_build_too(stem: str) -> None:
    net = archc.load(BY_STEM[stem])
    compare(net, net.build())


def test_a_path_may_be_longer_than_python_recurses() -> None:
    model = network(
        "archc: 1\nname: Deep\ninput: [2]\nlayers:\n  - for: i in range(1100)\n    do: {Activation: relu}\n"
    ).build()
    assert np.array(model(np.ones((1, 2)))).tolist() == [[1, 1]]


def test_an_open_size_stays_open_in_keras() -> None:
    net = archc.load("resnet18", inputs=(None, None, 3))
    model = net.build(outputs=["conv5"])
    assert model.input_shape == (None, None, None, 3)
    assert model(np.zeros((1, 64, 96, 3), "float32")).shape == (1, 2, 3, 512)


def test_names_do_not_hang_on_what_was_built_before() -> None:
    first = archc.load("googlenet").build().get_config()
    assert archc.load("googlenet").build().get_config() == first


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Net-5", "Net-5"),
        ("Net 1/2x (g = 3)", "Net_1_2x_g_3"),
        ("Netz für Größen", "Netz_f_r_Gr_en"),
        ("網", "network"),
    ],
)
def test_a_network_of_any_name_trains(name: str, called: str) -> None:
    net = network(f"archc: 1\nname: {name}\ninput: [4]\nlayers: [{{Dense: 2}}]")
    model = net.build()
    assert model.name == called
    model.compile("sgd", loss="mse")
    assert np.isfinite(model.train_on_batch(np.zeros((2, 4)), np.zeros((2, 2))))


def test_the_model_ends_where_it_is_told() -> None:
    model = archc.load("vgg16").build(outputs=["block3_pool", "block1_pool"])
    assert model.output_shape == [(None, 28, 28, 256), (None, 112, 112, 64)]
    assert "block4_conv1" not in [layer.name for layer in model.layers]


def test_a_shared_block_is_a_model_inside_the_model() -> None:
    net = network(SIAMESE)
    model = net.build()
    assert net.params == model.count_params() - 2 * 5 == 5 * 9 + 5 + 2 * 5 + 6
    inner = model.get_layer("tower")
    assert isinstance(inner, keras.Model)
    image = np.random.default_rng(0).normal(size=(2, 12, 12, 1)).astype("float32")
    bias = model.get_layer("dense").bias
    np.testing.assert_array_equal(model([image, image]), np.broadcast_to(bias, (2, 1)))


def test_a_shared_block_takes_tensors_of_several_sizes() -> None:
    net = network(PYRAMID)
    model = net.build()
    assert model.output_shape == [(None, 32, 32, 2), (None, 16, 16, 2)]
    assert model.count_params() == net.params
    assert model.get_layer("head").input_shape == (None, None, None, 4)


def test_what_keras_has_no_layer_for_can_be_shared() -> None:
    net = network(SHARED_SCALE)
    model = net.build()
    assert net.params == 8
    assert model.count_params() == 8


def test_a_network_of_words_saves_and_loads(tmp_path: Path) -> None:
    net = network(CLASS_TOKEN)
    model = net.build()
    words = np.arange(10, dtype="int32").reshape(2, 5)
    model.save(tmp_path / "net.keras")
    loaded = keras.models.load_model(tmp_path / "net.keras")
    np.testing.assert_array_equal(model(words), loaded(words))
    assert model.count_params() == net.total_params


def test_a_layer_that_keras_builds_otherwise_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from archc.ops import registry

    monkeypatch.setattr(registry()["Dense"], "weights", lambda *_: ())
    monkeypatch.setattr("archc.ir.builder._inferred", {})
    with pytest.raises(archc.SpecError, match="keras-differs"):
        network("archc: 1\nname: Wrong\ninput: [4]\nlayers:\n  - Dense: 3\n").build()


TWO_INPUTS = """
archc: 1
name: Difference
inputs: {p: [3], q: [3]}
blocks:
  difference:
    inputs: [one, other]
    layers: [{Subtract: [one, other]}]
layers:
  - difference:
    from: [FIRST]
    share: difference
    as: a
  - difference:
    from: [SECOND]
    share: difference
    as: b
outputs: [a, b]
"""


@pytest.mark.parametrize(("first", "second"), [("pp", "qp"), ("qp", "pp"), ("pq", "qp"), ("pp", "qq")])
@pytest.mark.parametrize("form", ["model", "flat", "structured"])
def test_a_shared_block_reads_each_input_where_one_call_has_a_tensor_twice(first: str, second: str, form: str) -> None:
    net = network(TWO_INPUTS.replace("FIRST", ", ".join(first)).replace("SECOND", ", ".join(second)))
    model = net.build() if form == "model" else executed(net.source(flat=form == "flat"))()
    given = {"p": np.array([[1.0, 2.0, 3.0]]), "q": np.array([[5.0, 7.0, 11.0]])}
    outputs = model([given["p"], given["q"]])
    for tensor, read in zip(outputs, (first, second), strict=True):
        np.testing.assert_allclose(tensor, given[read[0]] - given[read[1]])
