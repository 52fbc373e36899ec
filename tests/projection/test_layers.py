"""Projections through the layers of real networks, models in models, and shared layers; the choice of units."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import archc
from archc.diagnostics import SpecError
from archc.network import Network
from archc.ops import registry
from archc.projection.rules import _LINEAR_OPS, by_gradient, rectifiers
from tests.projection.test_projection import close, noise
from tests.targets.running import seeded


def network(layers: list[Any], shape: tuple[Any, ...] = (8, 8, 3), **more: Any) -> Network:
    return archc.loads({"archc": 1, "name": "Small", "input": [*shape], "layers": layers, **more})


def gradients(model: Any, images: Any, units: Any) -> Any:
    """The gradients of half the squares of activations, by TensorFlow's tape."""
    found = []
    for unit in units:
        entered = tf.convert_to_tensor(images[unit.image][None])
        with tf.GradientTape() as tape:
            tape.watch(entered)
            activation = model(entered, training=False)[(0, *unit.position, unit.unit)]
        found.append((tape.gradient(activation, entered) * activation).numpy()[0])
    return np.stack(found)


@pytest.mark.parametrize(
    ("name", "layer", "shape"),
    [
        ("lenet5", "C3", (32, 32, 1)),
        ("resnet20_cifar", "stage2", (32, 32, 3)),
        ("squeezenet1_1", "fire4", (65, 65, 3)),
    ],
)
def test_the_gradient_is_that_of_the_tape(name: str, layer: str, shape: tuple[int, ...]) -> None:
    net = archc.load(name, inputs=shape)
    model = seeded(net.build([layer]))
    images = noise(0, 2, *shape)
    found = net.view(model, images, layer=layer, top=3, method="gradient")
    expected = gradients(model, images, found.units)
    assert close(found.projections / np.abs(expected).max(), expected / np.abs(expected).max())
    assert vars(next(one for one in model.layers if one.weights)).keys().isdisjoint({"call"})


CELL = [{"Conv2D": {"filters": 3, "kernel_size": 3, "padding": "same", "activation": "relu"}, "name": "conv"}]


@pytest.mark.parametrize("method", ["deconv", "gradient", "guided"])
def test_layers_of_a_shared_block_are_those_of_copies(method: str) -> None:
    """A block that is used twice is a model in the model; with a copy of its weights each use is a layer."""
    blocks = {"cell": {"inputs": ["cell_input"], "layers": CELL}}
    shared = network([{"cell": None, "share": "cell"}, {"ReLU": None}, {"cell": None, "share": "cell"}], blocks=blocks)
    apart = network([*CELL, {"ReLU": None}, {**CELL[0], "name": "conv_2"}])
    model, other = seeded(shared.build()), apart.build()
    kernel, bias = model.get_weights()
    for name in ("conv", "conv_2"):
        other.get_layer(name).set_weights([kernel, bias])
    image, end = noise(1, 8, 8, 3), next(iter(shared.graph.outputs))
    one = shared.view(model, image, layer=end, method=method, top=3)
    two = apart.view(other, image, layer="conv_2", method=method, top=3)
    assert one.units == two.units
    assert close(one.projections, two.projections)
    assert np.abs(one.projections).max() > 0


def test_a_hard_sigmoid_keeps_its_gradient_in_every_method() -> None:
    """Keras computes it with a rectifier, which is none of the network's."""
    layers = [
        {"Conv2D": {"filters": 2, "kernel_size": 3}, "name": "conv"},
        {"Activation": "hard_sigmoid", "name": "gate"},
    ]
    net = network(layers)
    model, image = seeded(net.build()), noise(2, 8, 8, 3)
    one, two = (net.view(model, image, layer="gate", method=method) for method in ("deconv", "gradient"))
    assert one.by_gradient == ("hard_sigmoid",)
    assert (one.projections == two.projections).all()


def test_what_is_linear_is_an_op_of_the_registry() -> None:
    names = {name.replace("1D", "").replace("2D", "").replace("3D", "") for name in registry()}
    assert names >= _LINEAR_OPS


def test_rectifiers_and_what_passes_by_its_gradient() -> None:
    layers = [
        {"Conv2D": {"filters": 4, "kernel_size": 3, "activation": "relu"}, "name": "a"},
        {"Activation": "relu6", "name": "b"},
        {"PReLU": None, "name": "c"},
        {"ReLU": {"threshold": 1.0}, "name": "d"},
        {"LocalResponseNormalization": None, "name": "e"},
        {"DepthwiseConv2D": {"kernel_size": 3, "activation": "swish"}, "name": "f"},
        {"Dropout": 0.5, "name": "g"},
        {"GlobalAveragePooling2D": None, "name": "h"},
        {"Dense": {"units": 3, "activation": "softmax"}, "name": "i"},
    ]
    nodes = network(layers).graph.nodes
    assert rectifiers(nodes) == {"a", "b", "c"}
    assert by_gradient(nodes) == ("relu", "LocalResponseNormalization", "silu", "softmax")


def test_the_strongest_channels_are_found_over_all_images() -> None:
    net = network([{"Conv2D": {"filters": 6, "kernel_size": 3}, "name": "conv"}])
    model, images = seeded(net.build()), noise(3, 4, 8, 8, 3)
    output = model(images).numpy()
    found = net.view(model, images, layer="conv", top=6).units
    assert [unit.unit for unit in found] == [*np.argsort(-output.max(axis=(0, 1, 2)))]
    for unit in found:
        assert output[(unit.image, *unit.position, unit.unit)] == output[..., unit.unit].max() == unit.activation


def test_a_unit_has_its_strongest_positions_or_one_in_each_image() -> None:
    net = network([{"Conv2D": {"filters": 6, "kernel_size": 3}, "name": "conv"}])
    model, images = seeded(net.build()), noise(4, 3, 8, 8, 3)
    output = model(images).numpy()[..., 2]
    one = net.view(model, images[1], layer="conv", unit=2, top=5).units
    assert [unit.activation for unit in one] == sorted(output[1].reshape(-1), reverse=True)[:5]
    assert len({unit.position for unit in one}) == 5
    each = net.view(model, images, layer="conv", unit=2).units
    assert {unit.image: unit.activation for unit in each} == dict(enumerate(output.max(axis=(1, 2))))


def test_batches_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    net = network([{"Conv2D": {"filters": 6, "kernel_size": 3, "activation": "relu"}, "name": "conv"}])
    model, images = seeded(net.build()), noise(5, 5, 8, 8, 3)
    whole = net.view(model, images, layer="conv")
    done: list[int] = []
    monkeypatch.setattr("archc.projection.layer_model.BYTES", 12 * 6 * 6 * 6 * 2)
    parts = net.view(model, images, layer="conv", progress=done.append)
    assert done == [2, 4, 6]
    assert parts.units == whole.units
    assert (parts.projections == whole.projections).all()


def test_an_open_input_has_the_size_of_the_image() -> None:
    net = network([{"Conv2D": {"filters": 2, "kernel_size": 3, "padding": "same"}, "name": "conv"}], (None, None, 3))
    model = seeded(net.build())
    found = net.view(model, noise(6, 7, 9, 3), layer="conv")
    assert found.projections.shape == (2, 7, 9, 3)
    for unit, box, patch in zip(found.units, found.boxes, found.patches, strict=True):
        spans = [(max(place - 1, 0), min(place + 2, size)) for place, size in zip(unit.position, (7, 9), strict=True)]
        assert [*box] == spans
        assert patch.shape == (*(stop - start for start, stop in spans), 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"unit": 6}, "has no unit 6: it has 6"),
        ({"unit": -1}, "has no unit -1"),
        ({"method": "guded"}, "there is no method `guded`"),
        ({"layer": "covn"}, "covn"),
        ({"image": np.zeros((9, 8, 3))}, "the images have the shape"),
        ({"image": np.zeros((0, 8, 8, 3))}, "the images have the shape"),
        ({"image": np.full((8, 8, 3), np.nan)}, "not finite"),
    ],
)
def test_what_is_refused(arguments: dict[str, Any], message: str) -> None:
    net = network([{"Conv2D": {"filters": 6, "kernel_size": 3}, "name": "conv"}])
    given = {"layer": "conv", "image": np.zeros((8, 8, 3)), **arguments}
    with pytest.raises(SpecError, match=message):
        net.view(net.build(), given.pop("image"), **given)


def test_a_layer_of_two_inputs_is_refused() -> None:
    net = archc.loads({
        "archc": 1, "name": "Two", "inputs": {"a": [4], "b": [4]}, "layers": [{"Add": ["a", "b"], "name": "sum"}],
    })  # fmt: skip
    with pytest.raises(SpecError, match="depends on one input"):
        net.view(net.build(), np.zeros(4), layer="sum")
