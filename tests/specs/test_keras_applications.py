"""A network of `keras.applications` and its spec are the same, so that the weights of one are weights of the other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import pytest

from archc.ir.naming import snake_case
from archc.network import Network, load
from archc.ops import registry
from archc.weights.loading import innermost_layers
from tests.weights.saved import FORMATS, difference, randomize, write


class Same(NamedTuple):
    """A spec and the function of `keras.applications` that makes the same network, on an image of this size.

    Networks that scale pixels of 0 to 255 themselves get such images.
    """

    spec: str
    application: str
    size: int = 64
    slow: bool = False

    def images(self, count: int, size: int) -> Any:
        scale = 128 if self.application.startswith(("ConvNeXt", "EfficientNet", "MobileNetV3")) else 1
        return scale * np.random.default_rng(1).normal(size=(count, size, size, 3)).astype("float32")


NETWORKS = [
    Same("vgg16", "VGG16", slow=True),
    Same("vgg19", "VGG19", slow=True),
    Same("resnet50_keras", "ResNet50", slow=True),
    Same("resnet101_keras", "ResNet101", slow=True),
    Same("resnet152_keras", "ResNet152", slow=True),
    Same("resnet50_v2_keras", "ResNet50V2", slow=True),
    Same("resnet101_v2_keras", "ResNet101V2", slow=True),
    Same("resnet152_v2_keras", "ResNet152V2", slow=True),
    Same("inception_v3_keras", "InceptionV3", size=96, slow=True),
    Same("inception_resnet_v2_keras", "InceptionResNetV2", size=96, slow=True),
    Same("xception", "Xception", size=96, slow=True),
    Same("mobilenet_v1", "MobileNet", slow=True),
    Same("mobilenet_v2", "MobileNetV2", slow=True),
    Same("densenet121", "DenseNet121", slow=True),
    Same("densenet169", "DenseNet169", slow=True),
    Same("densenet201", "DenseNet201", slow=True),
    Same("nasnet_a_mobile", "NASNetMobile", slow=True),
    Same("nasnet_a_large", "NASNetLarge", slow=True),
    Same("mobilenet_v3_small_keras", "MobileNetV3Small"),
    Same("mobilenet_v3_large_keras", "MobileNetV3Large", slow=True),
    Same("efficientnet_b0_keras", "EfficientNetB0"),
    Same("efficientnet_b1_keras", "EfficientNetB1", slow=True),
    Same("efficientnet_b2_keras", "EfficientNetB2", slow=True),
    Same("efficientnet_b3_keras", "EfficientNetB3", slow=True),
    Same("efficientnet_b4_keras", "EfficientNetB4", slow=True),
    Same("efficientnet_b5_keras", "EfficientNetB5", slow=True),
    Same("efficientnet_b6_keras", "EfficientNetB6", slow=True),
    Same("efficientnet_b7_keras", "EfficientNetB7", slow=True),
    Same("efficientnet_v2_b0_keras", "EfficientNetV2B0", slow=True),
    Same("efficientnet_v2_b1_keras", "EfficientNetV2B1", slow=True),
    Same("efficientnet_v2_b2_keras", "EfficientNetV2B2", slow=True),
    Same("efficientnet_v2_b3_keras", "EfficientNetV2B3", slow=True),
    Same("efficientnet_v2_s_keras", "EfficientNetV2S", slow=True),
    Same("efficientnet_v2_m_keras", "EfficientNetV2M", slow=True),
    Same("efficientnet_v2_l_keras", "EfficientNetV2L", slow=True),
    Same("convnext_tiny_keras", "ConvNeXtTiny", slow=True),
    Same("convnext_small_keras", "ConvNeXtSmall", slow=True),
    Same("convnext_base_keras", "ConvNeXtBase", slow=True),
    Same("convnext_large_keras", "ConvNeXtLarge", slow=True),
    Same("convnext_xlarge_keras", "ConvNeXtXLarge", slow=True),
]
SMALL = [pytest.param(same, id=same.spec, marks=[pytest.mark.slow] if same.slow else []) for same in NETWORKS]
FULL = [pytest.param(same, id=same.spec, marks=[pytest.mark.slow]) for same in NETWORKS]
KINDS = {snake_case(name) for name in registry()}


@pytest.fixture(autouse=True)
def fresh_keras() -> None:
    keras.backend.clear_session()


def of_keras(same: Same) -> keras.Model:
    shape = (same.size, same.size, 3)
    return getattr(keras.applications, same.application)(weights=None, classes=10, input_shape=shape)


def of_spec(same: Same) -> Network:
    return load(same.spec, classes=10, inputs=(same.size, same.size, 3))


def given(name: str) -> str | None:
    """A layer's name, unless Keras made it up."""
    match = re.fullmatch(r"(.+?)(_\d+)?", name)
    return None if match and match[1] in KINDS else name


def weighted(model: keras.Model) -> list[tuple[str, list[tuple[int, ...]]]]:
    layers = [layer for layer in innermost_layers(model) if layer.weights]  # ConvNeXt has models in it
    return [(layer.name, [tuple(weight.shape) for weight in layer.weights]) for layer in layers]


def ends(model: keras.Model, image: Any) -> list[Any]:
    """What the last two layers leave: a softmax alone hides differences where it is all but 0 or 1."""
    last_two = keras.Model(model.input, [layer.output for layer in model.layers[-2:]])
    return [np.asarray(output) for output in last_two(image)]


@pytest.mark.parametrize("same", SMALL)
def test_the_weights_of_keras_are_those_of_the_spec(same: Same, tmp_path: Path) -> None:
    theirs = randomize(of_keras(same))
    network = of_spec(same)
    layers = weighted(theirs)
    image = same.images(2, same.size)
    wanted = ends(theirs, image)
    assert min(end.std(axis=-1).min() for end in wanted) > 1e-4
    for file in FORMATS:
        ours = network.build(weights=write(theirs, tmp_path, file))
        assert all(difference(*pair) <= 1e-5 for pair in zip(ends(ours, image), wanted, strict=True))
        for variable in ours.weights:
            assert np.isfinite(np.asarray(variable)).all()
    assert [shapes for _, shapes in weighted(ours)] == [shapes for _, shapes in layers]
    differing = [(mine, name) for (mine, _), (name, _) in zip(weighted(ours), layers, strict=True) if mine != name]
    assert [pair for pair in differing if given(pair[1])] == []


OTHER_PADDING = [
    ("resnet50", "ResNet50"),
    pytest.param("resnet101", "ResNet101", marks=pytest.mark.slow),
    pytest.param("resnet152", "ResNet152", marks=pytest.mark.slow),
]
"""The paper's ResNets; Keras's have a bias in each convolution, and pad the first pooling on both sides."""


@pytest.mark.parametrize(("spec", "application"), OTHER_PADDING)
def test_the_papers_resnets_have_the_names_and_kernels_of_keras(spec: str, application: str) -> None:
    graph = load(spec, classes=10, inputs=(64, 64, 3)).graph
    ours = {(node.name, weight.shape) for node in graph.nodes for weight in node.weights}
    theirs = {
        (layer.name, tuple(weight.shape))
        for layer in of_keras(Same(spec, application)).layers
        for weight in layer.weights
    }
    biases = {(name, shape) for name, shape in theirs if len(shape) == 1 and name.endswith("_conv")}
    assert ours == theirs - biases


@pytest.mark.parametrize("same", FULL)
def test_a_network_of_full_size_computes_what_keras_computes(same: Same, tmp_path: Path) -> None:
    theirs = randomize(getattr(keras.applications, same.application)(weights=None))
    network = load(same.spec)
    image = same.images(1, network.graph.inputs[0].shape[0] or 0)
    ours = network.build(weights=write(theirs, tmp_path, "net.h5"))
    assert difference(ours(image), theirs(image)) <= 1e-5
