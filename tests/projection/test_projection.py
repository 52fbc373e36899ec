"""Projections against explicit transposed matrices, and what holds of the three methods."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.projection.networks import SHAPE, made, network, networks
from tests.projection.reference import FORWARD, MASKS, SIGNAL, run


def noise(seed: int, *shape: int) -> Any:
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def close(one: Any, other: Any) -> bool:
    return bool(np.abs(one - other).max() <= 1e-5 * max(1.0, np.abs(other).max()))


@settings(max_examples=12)
@given(networks(), st.integers(0, 99), st.sampled_from([*MASKS]))
def test_a_projection_is_that_of_the_transposed_matrices(steps: list[Any], seed: int, method: str) -> None:
    net = network(steps)
    model, weights = made(net)
    image = noise(seed, *SHAPE)
    output, back = run(steps, image.astype("float64"), weights, MASKS[method])
    found = net.view(model, image, layer="end", top=4, method=method)
    assert [unit.activation for unit in found.units] == sorted((unit.activation for unit in found.units), reverse=True)
    largest = output.reshape(-1, output.shape[-1]).max(axis=0)
    assert close(found.units[0].activation, largest.max())
    for unit, projection in zip(found.units, found.projections, strict=True):
        signal = np.zeros_like(output)
        signal[(*unit.position, unit.unit)] = output[(*unit.position, unit.unit)]
        assert close(unit.activation, largest[unit.unit])
        assert close(projection, back(signal))


@settings(max_examples=4)
@given(networks(pools=False, only_relu=True), st.integers(0, 99))
def test_the_missing_mask_makes_guided_backpropagation_of_either(steps: list[Any], seed: int) -> None:
    net = network(steps)
    model, weights = made(net)
    image = noise(seed, *SHAPE)
    found = net.view(model, image, layer="end", top=1, method="guided")
    (unit,) = found.units
    for masks in (MASKS["gradient"] | SIGNAL, MASKS["deconv"] | FORWARD):
        output, back = run(steps, image.astype("float64"), weights, masks)
        signal = np.zeros_like(output)
        signal[(*unit.position, unit.unit)] = unit.activation
        assert close(found.projections[0], back(signal))


TWO_LAYERS = [
    ("Conv2D", {"filters": 5, "kernel_size": 3, "strides": 1, "padding": "valid", "name": "a"}),
    ("ReLU", {"name": "rectified"}),
    ("Conv2D", {"filters": 4, "kernel_size": 3, "strides": 2, "padding": "same", "name": "b"}),
]


@given(st.integers(0, 99))
@settings(max_examples=2)
def test_the_masks_of_the_methods(seed: int) -> None:
    """Between two convolutions, the signal is masked by the sign of the activation, of itself, or of both."""
    net = network(TWO_LAYERS)
    model, _ = made(net)
    image = noise(seed, *SHAPE)
    hidden = net.build(["a"])
    for layer in hidden.layers:
        layer.set_weights(model.get_layer(layer.name).get_weights())
    forward = hidden(image[None]).numpy()[0]
    below = network(TWO_LAYERS[2:], forward.shape)
    upper = below.build()
    upper.get_layer("b").set_weights(model.get_layer("b").get_weights())
    lower = network(TWO_LAYERS[:1])
    first = lower.build()
    first.get_layer("a").set_weights(model.get_layer("a").get_weights())
    unit = net.view(model, image, layer="end", top=1).units[0]
    signal = below.view(upper, np.maximum(forward, 0), layer="end", unit=unit.unit, top=1, method="gradient")
    assert signal.units[0].position == unit.position
    arrived = signal.projections[0]
    masks = {"gradient": forward > 0, "deconv": arrived > 0, "guided": (forward > 0) & (arrived > 0)}
    for method, mask in masks.items():
        expected = transposed(first, image, arrived * mask)
        assert close(net.view(model, image, layer="end", top=1, method=method).projections[0], expected)
    assert not close(transposed(first, image, arrived * masks["deconv"]), transposed(first, image, arrived))


def transposed(model: Any, image: Any, signal: Any) -> Any:
    """What the filters of a layer make of a signal."""
    import tensorflow as tf

    entered = tf.convert_to_tensor(image[None])
    with tf.GradientTape() as tape:
        tape.watch(entered)
        total = tf.reduce_sum(model(entered) * signal[None])
    return tape.gradient(total, entered).numpy()[0]
