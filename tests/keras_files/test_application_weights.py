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
from tests.keras_files.test_applications import APPLICATIONS, SHARED
from tests.targets.networks import marked

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
    shape = [size or 224 for size in model.input_shape[1:]]
    images = np.random.default_rng(0).uniform(-1, 1, (2, *shape)).astype("float32")
    return np.array(keras.Model(model.input, last.input)(images, training=False))


def perturbed(model: Any) -> list[Any]:
    """Random weights that keep the size of what passes through, so that features depend on the image."""
    random = np.random.default_rng(0)
    found = []
    for variable in model.weights:
        shape = tuple(variable.shape)
        if len(shape) > 1:
            fan = np.prod(shape[:-2]) * (1 if shape[-1] == 1 else shape[-2])  # one a channel
            found.append(random.normal(0, (2 / fan) ** 0.5, shape))
        elif "variance" in variable.name:
            found.append(random.uniform(0.5, 1, shape))
        else:
            found.append(random.normal(1 if "gamma" in variable.name else 0, 0.1, shape))
    return [values.astype("float32") if values.shape else np.zeros((), "int64") for values in found]


def exchanged(weights: list[Any]) -> list[Any]:
    """The weights with the first two kernels of one shape exchanged."""
    kernels = [place for place, values in enumerate(weights) if values.ndim > 1]
    for one, other in combinations(kernels, 2):
        if weights[one].shape == weights[other].shape:
            found = list(weights)
            found[one], found[other] = weights[other], weights[one]
            return found
    raise AssertionError("no two kernels of one shape")


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
    weights = perturbed(model)
    expected = features(give(model, weights))
    assert np.isfinite(expected).all()
    assert abs(expected[0] - expected[1]).max() > 0
    built = archc.load(model).build()
    assert [one.shape for one in built.get_weights()] == [one.shape for one in weights]
    assert abs(features(give(built, weights)) - expected).max() == 0
    assert abs(features(give(built, exchanged(weights))) - expected).max() > 0


def check_file(model: Any, folder: Path) -> None:
    """Builds the network again from its file, and compares what it computes."""
    expected = features(give(model, perturbed(model)))
    model.save(folder / "mine.keras")
    result = CliRunner().invoke(main, ["build", str(folder / "mine.keras"), "-o", str(folder / "other.keras")])
    assert result.exit_code == 0
    assert abs(features(keras.models.load_model(folder / "other.keras")) - expected).max() == 0


def reduced(name: str) -> Any:
    """A network without its top, for small images."""
    keras.backend.clear_session()
    size = REDUCED[name]
    return getattr(keras.applications, name)(weights=None, include_top=False, input_shape=(size, size, 3))


@pytest.mark.parametrize("name", marked(REDUCED, ("ConvNeXtTiny", "InceptionV3", "MobileNetV3Small")))
def test_weights_in_their_order_give_the_features_of_keras(name: str) -> None:
    check_weights(reduced(name))


@pytest.mark.parametrize("name", ["EfficientNetB0"])
def test_a_file_is_built_again_with_its_weights(name: str, tmp_path: Path) -> None:
    check_file(reduced(name), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("spec", ["xception", "mobilenet_v2"])
@pytest.mark.parametrize("ending", [".weights.h5", ".keras", ".h5"])
@pytest.mark.filterwarnings("ignore:.*HDF5")
def test_weights_of_a_network_of_the_library_load_into_keras_s(spec: str, ending: str, tmp_path: Path) -> None:
    keras.backend.clear_session()
    ours = archc.load(spec).build()
    expected = features(give(ours, perturbed(ours)))
    path = tmp_path / f"saved{ending}"
    ours.save_weights(path) if ending == ".weights.h5" else ours.save(path)
    theirs = getattr(keras.applications, SHARED[spec])(weights=None)
    theirs.load_weights(path)
    assert abs(features(theirs) - expected).max() == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", APPLICATIONS)
def test_weights_of_every_network_give_the_features_of_keras(name: str, tmp_path: Path) -> None:
    keras.backend.clear_session()
    model = getattr(keras.applications, name)(weights=None)
    check_weights(model)
    check_file(model, tmp_path)
