"""The networks of `keras.applications`, built again from their configurations and files, compute what Keras's compute.

Features before the last layer with weights are compared, not the probabilities: those of new weights are all alike.
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from click.testing import CliRunner

import archc
from archc.cli import main
from tests.keras_files.test_applications import APPLICATIONS
from tests.weights.saved import randomize

REDUCED = {
    "ConvNeXtTiny": 32,
    "DenseNet121": 32,
    "EfficientNetB0": 32,
    "InceptionV3": 75,
    "MobileNetV2": 32,
    "MobileNetV3Small": 32,
    "NASNetMobile": 32,
    "ResNet50": 32,
}
"""Networks, and sizes of images that each takes."""


def features(model: Any) -> Any:
    """What the last layer with weights takes, for two images."""
    last = [layer for layer in model.layers if layer.weights][-1]
    images = np.random.default_rng(0).uniform(0, 255, (2, *model.input_shape[1:])).astype("float32")
    return np.array(keras.Model(model.input, last.input)(images, training=False))


def exchanged(weights: list[Any]) -> list[Any]:
    """The weights with the first two of one shape exchanged that differ."""
    for one, other in combinations(range(len(weights)), 2):
        if weights[one].shape == weights[other].shape and (weights[one] != weights[other]).any():
            found = list(weights)
            found[one], found[other] = weights[other], weights[one]
            return found
    raise AssertionError("no two weights of one shape")


def give(model: Any, weights: list[Any]) -> Any:
    """The model with these weights; a `Normalization` computes with copies of its own."""
    model.set_weights(weights)
    for layer in model.layers:
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()
    return model


def check_weights(model: Any) -> None:
    """Gives the built network the weights of the model in their order, and compares what it computes.

    Weights that are exchanged are a control: features that did not change would prove nothing.
    """
    weights = randomize(model).get_weights()
    expected = features(give(model, weights))
    assert np.isfinite(expected).all()
    assert expected.std() > 0
    built = archc.load(model).build()
    assert [one.shape for one in built.get_weights()] == [one.shape for one in weights]
    assert abs(features(give(built, weights)) - expected).max() == 0
    assert abs(features(give(built, exchanged(weights))) - expected).max() > 0


def check_file(model: Any, folder: Path) -> None:
    """Builds the network again from its file, and compares what it computes."""
    expected = features(give(model, randomize(model).get_weights()))
    model.save(folder / "mine.keras")
    result = CliRunner().invoke(main, ["build", str(folder / "mine.keras"), "-o", str(folder / "other.keras")])
    assert result.exit_code == 0
    assert abs(features(keras.models.load_model(folder / "other.keras")) - expected).max() == 0


def reduced(name: str) -> Any:
    """A network without its top, for small images."""
    keras.backend.clear_session()
    size = REDUCED[name]
    return getattr(keras.applications, name)(weights=None, include_top=False, input_shape=(size, size, 3))


@pytest.mark.parametrize("name", REDUCED)
def test_weights_in_their_order_give_the_features_of_keras(name: str) -> None:
    check_weights(reduced(name))


@pytest.mark.parametrize("name", ["ConvNeXtTiny", "EfficientNetB0"])
def test_a_file_is_built_again_with_its_weights(name: str, tmp_path: Path) -> None:
    check_file(reduced(name), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", APPLICATIONS)
def test_weights_of_every_network_give_the_features_of_keras(name: str, tmp_path: Path) -> None:
    keras.backend.clear_session()
    model = getattr(keras.applications, name)(weights=None)
    check_weights(model)
    check_file(model, tmp_path)
