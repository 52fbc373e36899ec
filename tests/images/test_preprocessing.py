"""Pixels as the input of a network: those of `keras.applications`, and what a spec says."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import archc
from archc.diagnostics import SpecError
from archc.images.documented import documented_preprocess
from archc.images.preprocessing import Preparation, preparation_of
from archc.language.document import Preprocess
from archc.library.paths import library_paths
from tests.images.files import photograph, saved
from tests.keras_files.test_applications import SHARED


def keras_input(application: str, path: Path, size: tuple[int, int]) -> Any:
    """What users of Keras write."""
    made = getattr(keras.applications, application)
    module = importlib.import_module(inspect.getmodule(made).__name__)  # type: ignore[union-attr]
    image = keras.utils.img_to_array(keras.utils.load_img(path, target_size=size))
    return module.preprocess_input(np.expand_dims(image, 0))[0]


def prepared(section: dict[str, Any], shape: tuple[int | None, ...] = (30, 40, 3)) -> Preparation:
    text = {"archc": 1, "name": "a", "input": list(shape), "layers": ["Flatten" if None not in shape else "ReLU"]}
    network = archc.loads({**text, "preprocess": section})
    return preparation_of(network.graph, documented_preprocess(network.spec))


def pixels(section: dict[str, Any], path: Path, shape: tuple[int, ...] = (30, 40, 3)) -> Any:
    return prepared(section, shape).pixels(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A photograph of 40 x 30 pixels."""
    return saved(photograph(), tmp_path / "photograph.png")


# As Keras


@pytest.mark.parametrize("spec", SHARED)
def test_the_input_is_that_of_keras_to_the_last_bit(spec: str, path: Path) -> None:
    network = archc.load(spec)
    preparation = preparation_of(network.graph, documented_preprocess(network.spec), "keras")
    wanted = keras_input(SHARED[spec], path, (preparation.frame.height, preparation.frame.width))
    found = preparation.pixels(path)
    assert (found.dtype, found.shape) == (wanted.dtype, wanted.shape)
    assert found.tobytes() == np.ascontiguousarray(wanted).tobytes()


@pytest.mark.parametrize("mode", ["caffe", "tf", "torch"])
def test_every_level_is_that_of_keras_to_the_last_bit(mode: str, tmp_path: Path) -> None:
    from PIL import Image

    levels = np.stack([np.roll(np.arange(256, dtype="u1"), shift) for shift in (0, 85, 170)], -1)[None]
    path = saved(Image.fromarray(levels), tmp_path / "levels.png")
    wanted = keras.applications.imagenet_utils.preprocess_input(levels.astype("f4"), mode=mode)
    assert pixels({"mode": mode}, path, (1, 256, 3)).tobytes() == np.ascontiguousarray(wanted).tobytes()


# As a spec says


@pytest.mark.parametrize(
    ("section", "wanted"),
    [
        ({}, lambda x: x),
        ({"channels": "bgr"}, lambda x: x[..., ::-1]),
        ({"mean": 100}, lambda x: x - 100),
        ({"mean": [1, 2, 3], "std": [4, 5, 6]}, lambda x: (x - [1, 2, 3]) / [4, 5, 6]),
        ({"mean": [1, 2, 3], "channels": "bgr"}, lambda x: x[..., ::-1] - [1, 2, 3]),
        ({"mode": "tf", "channels": "bgr"}, lambda x: x[..., ::-1] / 127.5 - 1),
        ({"mode": "caffe", "mean": [104, 117, 123]}, lambda x: x[..., ::-1] - [104, 117, 123]),
        ({"mode": "caffe", "channels": "rgb"}, lambda x: x - [123.68, 116.779, 103.939]),
        ({"mode": "torch", "mean": 0.5, "std": 0.5}, lambda x: (x / 255 - 0.5) / 0.5),
        (
            {"mode": "torch", "channels": "bgr"},
            lambda x: (x[..., ::-1] / 255 - [0.406, 0.456, 0.485]) / [0.225, 0.224, 0.229],
        ),
    ],
)
def test_numbers_in_a_spec_take_the_place_of_those_of_the_mode(section: Any, wanted: Any, path: Path) -> None:
    image = np.asarray(photograph(), np.float64)
    assert np.allclose(pixels(section, path), wanted(image), rtol=0, atol=2e-5)


def test_a_network_of_one_channel_takes_grey(path: Path) -> None:
    found = pixels({"mode": "tf"}, path, (30, 40, 1))
    assert np.allclose(found[..., 0], np.asarray(photograph().convert("L")) / 127.5 - 1, atol=1e-6)
    assert found.shape == (30, 40, 1)


def test_open_sizes_are_those_of_the_crop() -> None:
    preparation = prepared({"mode": "tf", "size": 256, "crop": 224}, (None, None, 3))
    assert preparation.frame[:2] == (224, 224)


@pytest.mark.parametrize(
    ("section", "shape", "code"),
    [
        ({"mode": "torch"}, (8, 8, 1), "preprocess"),  # three means
        ({"mean": [1, 2]}, (8, 8, 3), "preprocess"),
        ({"std": [1, 0, 1]}, (8, 8, 3), "preprocess"),
        ({"mode": "tf"}, (None, None, 3), "preprocess"),
        ({"mode": "tf"}, (8, 8, 4), "no-classifier"),
        ({"mode": "tf"}, (8, 3), "no-classifier"),
        ({"mode": "tf"}, (8, 8, None), "no-classifier"),
        ({"mode": "tf"}, (4, 8, 8, 3), "no-classifier"),
    ],
)
def test_what_does_not_suit_the_input_is_refused(section: Any, shape: tuple[int | None, ...], code: str) -> None:
    with pytest.raises(SpecError) as caught:
        prepared(section, shape)
    assert [found.code for found in caught.value.diagnostics] == [code]


@pytest.mark.parametrize("key", ["size", "crop"])
@pytest.mark.parametrize("value", [0, -1, 1.5, True, "224"])
def test_a_size_in_pixels_is_a_positive_integer(key: str, value: Any) -> None:
    text = {"archc": 1, "name": "a", "input": [8, 8, 3], "layers": ["Flatten"], "preprocess": {key: value}}
    with pytest.raises(SpecError):
        archc.loads(text)


# Which section


@pytest.mark.parametrize("name", [name for name, path in library_paths().items() if name == path.parent.name])
def test_the_section_of_each_family_suits_its_network(name: str) -> None:
    network = archc.load(name)
    if network.spec.preprocess is not None:
        preparation = preparation_of(network.graph, network.spec.preprocess)
        assert (preparation.frame.height, preparation.frame.width, 3) == network.graph.inputs[0].shape


def test_a_section_is_that_of_the_spec_or_of_another() -> None:
    vgg, lenet = archc.load("vgg16").spec, archc.load("lenet5").spec
    caffe = documented_preprocess(vgg)
    assert (caffe.mode, caffe.size, caffe.crop, caffe.source) == ("caffe", 256, 224, "Section 3.1, with S = 256")
    assert documented_preprocess(lenet, "vgg16") == documented_preprocess(lenet, "keras:VGG16") == caffe
    assert documented_preprocess(vgg, "specs/xception/xception.yaml") == Preprocess(mode="tf")


@pytest.mark.parametrize(
    ("other", "code"),
    [(None, "preprocess"), ("lenet5", "preprocess"), ("keras:EfficientNetB0", "preprocess"), ("vgg61", "unknown-spec")],
)
def test_a_spec_without_the_section_is_refused(other: str | None, code: str) -> None:
    with pytest.raises(SpecError) as caught:
        documented_preprocess(archc.load("lenet5").spec, other)
    assert caught.value.first.code == code
