"""Weights whose numbers a spec gives: a constant kernel is what Keras makes of it, in every target and in a diff."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

import archc
from archc.folding.write import write
from archc.ops import registry
from archc.ops.weight_arguments import Initializer, initializer_of
from tests.folding.equality import is_equal
from tests.ops.oracle import built, example_names, named_example
from tests.targets.networks import network
from tests.targets.pytorch import module_of
from tests.targets.running import left

SOBEL = [[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]]

EDGES = """
archc: 1
name: Edges
input: [8, 8, 2]
layers:
  - DepthwiseConv2D:
      kernel_size: 3
      padding: same
      use_bias: false
      depthwise_initializer: {Constant: %s}
      trainable: %s
    name: sobel
  - Conv2D: {filters: 2, kernel_size: 1, kernel_initializer: {Constant: [[[[1, 2], [3, -4]]]]}, trainable: false}
    name: mixed
  - SeparableConv2D:
      filters: 1
      kernel_size: [2, 1]
      depthwise_initializer: {Constant: [[[[1], [2]]], [[[-1], [-2]]]]}
      pointwise_initializer: {Constant: 0.5}
      bias_initializer: {Constant: [0.25]}
      trainable: false
    name: separable
  - Flatten
  - Dense: {units: 3, kernel_initializer: {Identity: 2}, trainable: false}
    name: first
"""


def kernel(rows: list[list[float]], channels: int = 2) -> list[Any]:
    """A kernel of a depthwise convolution, the same for each channel."""
    return [[[[number]] * channels for number in row] for row in rows]


def edges(rows: list[list[float]] = SOBEL, *, trainable: bool = False) -> archc.Network:
    return network(EDGES % (kernel(rows), str(trainable).lower()))


def by_hand(values: Any) -> keras.Model:
    x = entered = keras.Input((8, 8, 2))
    constant = keras.initializers.Constant
    options = {"use_bias": False, "trainable": False, "name": "sobel"}
    x = layers.DepthwiseConv2D(3, padding="same", depthwise_initializer=constant(values), **options)(x)
    return keras.Model(entered, layers.Flatten(name="flat")(x), name="edges")


def test_the_kernels_are_the_numbers_of_the_spec() -> None:
    model = edges().build()
    assert np.array_equal(model.get_layer("sobel").get_weights()[0], kernel(SOBEL))
    assert model.get_layer("mixed").get_weights()[0].ravel().tolist() == [1, 2, 3, -4]
    assert model.count_params() == edges().total_params
    assert edges().params == 0


def test_the_network_computes_what_a_model_by_hand_computes(tmp_path: Path) -> None:
    text = EDGES[: EDGES.index("  - Conv2D")] % (kernel(SOBEL), "false") + "  - Flatten\n"
    ours, wanted = network(text).build(), by_hand(kernel(SOBEL))
    ours.save(tmp_path / "edges.keras")
    for model in (ours, keras.saving.load_model(tmp_path / "edges.keras")):
        assert np.array_equal(left(model)[0], left(wanted)[0])


@pytest.mark.parametrize("values", [kernel(SOBEL), np.array(kernel(SOBEL), "float32")], ids=["lists", "an array"])
def test_a_model_by_hand_is_read_and_folded(values: Any, tmp_path: Path) -> None:
    model = by_hand(values)
    model.save(tmp_path / "edges.keras")
    read = archc.load(tmp_path / "edges.keras")
    for flat in (True, False):
        is_equal(read.graph, write(read.graph, "Edges", flat=flat).text)
    fresh = network(write(read.graph, "Edges").text).build()
    assert np.array_equal(left(fresh)[0], left(model)[0])


def test_a_new_pytorch_module_has_the_kernels() -> None:
    torch = pytest.importorskip("torch")
    net = edges()
    given = np.random.default_rng(0).normal(size=(2, 8, 8, 2)).astype("float32")
    with torch.no_grad():
        found = module_of(net.graph)(torch.tensor(given.transpose(0, 3, 1, 2))).numpy()
    np.testing.assert_allclose(found, net.build()(given).numpy(), rtol=1e-5, atol=1e-5)


def test_a_trained_kernel_is_left_to_the_weights_in_pytorch() -> None:
    assert "sobel.weight" in edges().source("torch")
    assert "sobel.weight" not in edges(trainable=True).source("torch")


FILLED = [
    name
    for name in example_names(layers=True)
    if any(field.endswith("_initializer") for field in named_example(name)[0].model_fields)
]


@pytest.mark.parametrize("name", FILLED)
def test_each_weight_has_the_numbers_of_its_initializer(name: str) -> None:
    op, example = named_example(name)
    fields = [field for field in op.model_fields if field.endswith("_initializer")]
    numbers = {field: {"Constant": 0.5 + place} for place, field in enumerate(fields)}
    made = op(**{**example.arguments, **numbers})
    weights = made.weights(*example.inputs)
    if any("/" in weight.name for weight in weights):
        return
    layer, _ = built(op, {**example.arguments, **numbers}, example.inputs)
    for weight, variable in zip(weights, layer.weights, strict=True):
        initializer = initializer_of(made, weight.name)
        if isinstance(initializer, Initializer):
            assert (np.asarray(variable) == initializer.value).all()  # type: ignore[attr-defined]


def test_most_weights_have_an_initializer() -> None:
    names = ["Conv2D", "DepthwiseConv1D", "SeparableConv2D", "PReLU", "BatchNormalization", "Embedding", "EinsumDense"]
    for name in names:
        op = registry()[name]
        made = op(**op.examples[0].arguments)
        weights = made.weights(*op.examples[0].inputs)
        assert weights
        assert all(initializer_of(made, weight.name) is not None for weight in weights)


# --- in a diff ---


def rows(center: float) -> list[list[float]]:
    return [SOBEL[0], [2.0, center, -2.0], SOBEL[2]]


def test_another_constant_kernel_is_another_function() -> None:
    found = edges().diff(edges(rows(5)))
    (change,) = found.changes
    assert change.classes == ("numerics",)
    assert list(change.fields) == ["depthwise_initializer"]


def test_another_first_value_of_a_trained_kernel_matters_in_training_alone() -> None:
    found = edges(trainable=True).diff(edges(rows(5), trainable=True))
    assert found.classes == ("training",)


def test_a_drawn_kernel_that_is_not_trained_is_that_of_the_weights() -> None:
    text = "archc: 1\nname: a\ninput: [4]\nlayers: [{Dense: {units: 3, kernel_initializer: %s, trainable: false}}]\n"
    one, other = network(text % "he_normal"), network(text % "glorot_normal")
    assert one.diff(other).classes == ("training",)
    assert one.diff(network(text % "ones")).classes == ("numerics",)


def test_a_table_of_one_number_is_that_number() -> None:
    text = "archc: 1\nname: a\ninput: [2]\nlayers: [{Dense: {units: 2, kernel_initializer: %s, trainable: false}}]\n"
    one, other = network(text % "ones"), network(text % "{Constant: [[1, 1], [1, 1]]}")
    assert not one.diff(other).has_changes
