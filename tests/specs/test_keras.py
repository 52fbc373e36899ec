"""Where `keras.applications` has a network of the library, it is the same network."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from archc.network import load

SMALL: dict[str, Any] = {"classes": 10, "inputs": (64, 64, 3)}
SAME = {
    "vgg16": "VGG16",
    "vgg19": "VGG19",
    "densenet121": "DenseNet121",
    "resnet50_keras": "ResNet50",
    "resnet50_v2_keras": "ResNet50V2",
}
LARGE = {
    "resnet101_keras": "ResNet101",
    "resnet152_keras": "ResNet152",
    "resnet101_v2_keras": "ResNet101V2",
    "resnet152_v2_keras": "ResNet152V2",
}
OTHER_PADDING = {"resnet50": "ResNet50", "resnet101": "ResNet101", "resnet152": "ResNet152"}
"""Keras's ResNets have a bias in each convolution, and pad the first pooling on both sides."""


def of_keras(name: str) -> keras.Model:
    return getattr(keras.applications, name)(weights=None, classes=10, input_shape=(64, 64, 3))


def weights_of(model: keras.Model) -> list[tuple[str, tuple[int, ...]]]:
    return [(layer.name, tuple(weight.shape)) for layer in model.layers for weight in layer.weights]


@pytest.mark.parametrize(
    ("name", "theirs"), [*SAME.items(), *(pytest.param(*pair, marks=pytest.mark.slow) for pair in LARGE.items())]
)
def test_equal_weights_give_equal_outputs(name: str, theirs: str) -> None:
    ours, model = load(name, **SMALL).build(), of_keras(theirs)
    assert weights_of(ours) == weights_of(model)
    random = np.random.default_rng(0)
    model.set_weights([drawn(weight, random) for weight in model.weights])
    ours.set_weights(model.get_weights())
    images = random.normal(size=(2, 64, 64, 3)).astype("float32")
    for wanted, found in zip(ends(model, images), ends(ours, images), strict=True):
        assert wanted.std(axis=-1).min() > 1e-3
        assert abs(found - wanted).max() <= 1e-5 * np.ptp(wanted)


def ends(model: keras.Model, images: Any) -> list[Any]:
    """What the last two layers leave: a softmax alone hides differences where it is all but 0 or 1."""
    last_two = keras.Model(model.input, [layer.output for layer in model.layers[-2:]])
    return [np.array(output) for output in last_two(images)]


def drawn(weight: Any, random: np.random.Generator) -> Any:
    """Values that hide no fault: no fresh zeros and ones."""
    if len(weight.shape) == 1:
        return random.uniform(0.3, 2, weight.shape)
    return random.normal(0, (2 / np.prod(weight.shape[:-1])) ** 0.5, weight.shape)


@pytest.mark.parametrize(("name", "theirs"), OTHER_PADDING.items())
def test_layers_have_the_names_and_kernels_of_keras(name: str, theirs: str) -> None:
    graph = load(name, **SMALL).graph
    ours = {(node.name, weight.shape) for node in graph.nodes for weight in node.weights}
    model = of_keras(theirs)
    biases = {(layer.name, (layer.filters,)) for layer in model.layers if isinstance(layer, keras.layers.Conv2D)}
    assert ours == set(weights_of(model)) - biases
