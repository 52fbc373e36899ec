"""Images in the size of an input: as Keras loads them, and as a spec says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from archc import limits
from archc.diagnostics import SpecError
from archc.images.fitting import Frame, fitted_image, frame_of
from archc.images.reading import Colours, read_image
from archc.language.document import Preprocess
from tests.images.files import KINDS, photograph, saved


def array(image: Any) -> Any:
    return np.asarray(image, np.float32)


# As Keras


@pytest.mark.parametrize("colours", ["RGB", "L"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_pixels_are_those_of_keras(kind: str, colours: Colours, tmp_path: Path) -> None:
    path = KINDS[kind](tmp_path / "image")
    mode = "rgb" if colours == "RGB" else "grayscale"
    for height, width in ((24, 24), (30, 40), (17, 53), (1, 1)):
        found = keras.utils.load_img(path, color_mode=mode, target_size=(height, width))
        wanted = keras.utils.img_to_array(found)
        ours = array(fitted_image(path, Frame(height, width, colours, None), "keras"))
        assert (ours.reshape(height, width, -1) == wanted).all()


# As a spec says


@pytest.mark.parametrize(
    ("size", "crop", "height", "width", "shorter"),
    [
        (256, 224, 224, 224, 256),
        (None, None, 299, 299, None),
        (None, 224, 224, 224, None),
        (32, None, 32, 32, 32),
        (256, 224, 448, 448, 512),  # the same part of an image, at twice the size
        (256, 224, 112, 224, 256),
        (256, 224, 160, 160, 183),
    ],
)
def test_a_frame_is_what_the_spec_says(
    size: int | None, crop: int | None, height: int, width: int, shorter: int | None
) -> None:
    assert frame_of(height, width, "RGB", Preprocess(size=size, crop=crop)).shorter == shorter


@pytest.mark.parametrize(("size", "crop", "side"), [(200, 224, 224), (32, None, 33)])
def test_a_crop_is_within_the_image(size: int, crop: int | None, side: int) -> None:
    with pytest.raises(SpecError) as caught:
        frame_of(side, side, "RGB", Preprocess(size=size, crop=crop))
    assert caught.value.first.code == "preprocess"


@pytest.mark.parametrize(("width", "height", "left", "top"), [(61, 32, 18, 4), (32, 50, 4, 13), (32, 32, 4, 4)])
def test_the_middle_is_cut_out(width: int, height: int, left: int, top: int, tmp_path: Path) -> None:
    """Of an image whose shorter side is right already, the pixels themselves."""
    image = photograph(width, height)
    found = fitted_image(saved(image, tmp_path / "a.png"), Frame(24, 24, "RGB", 32), "spec")
    assert (array(found) == array(image)[top : top + 24, left : left + 24]).all()


@pytest.mark.parametrize(("width", "height"), [(61, 47), (40, 130), (20, 16), (300, 200), (1, 1), (32, 32)])
def test_an_image_is_scaled_as_by_tensorflow(width: int, height: int, tmp_path: Path) -> None:
    """TensorFlow's bilinear scaling of all that a pixel covers, which rounds no number: Pillow rounds in each axis."""
    image = photograph(width, height)
    path = saved(image, tmp_path / "a.png")
    scaled = (32, 32 * height // width) if width <= height else (32 * width // height, 32)
    wanted = tf.image.resize(array(image), scaled[::-1], antialias=True).numpy()
    left, top = (round((side - 24) / 2) for side in scaled)
    found = array(fitted_image(path, Frame(24, 24, "RGB", 32), "spec"))
    assert abs(found - wanted[top : top + 24, left : left + 24]).max() <= 1.01
    squeezed = array(fitted_image(path, Frame(24, 17, "RGB", None), "spec"))
    assert abs(squeezed - tf.image.resize(array(image), (24, 17), antialias=True).numpy()).max() <= 1.01


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_the_size_of_the_input(kind: str, tmp_path: Path) -> None:
    path = KINDS[kind](tmp_path / "image")
    for colours in ("RGB", "L"):
        assert fitted_image(path, Frame(24, 30, colours, 32), "spec").size == (30, 24)
    squeezed = fitted_image(path, Frame(30, 40, "RGB", None), "spec")
    image = read_image(path, "RGB")
    assert image.size != (40, 30) or (array(squeezed) == array(image)).all()


def test_a_narrow_image_is_refused_before_it_is_scaled(tmp_path: Path) -> None:
    path = saved(photograph(2, 3000), tmp_path / "a.png")
    with pytest.raises(SpecError) as caught:
        fitted_image(path, Frame(224, 224, "RGB", 256), "spec")
    assert limits.IMAGE_PIXELS < 256 * 384_000
    assert caught.value.first.message.endswith("is too narrow: scaled, it has 256 x 384,000 pixels")
    assert fitted_image(path, Frame(224, 224, "RGB", 256), "keras").size == (224, 224)
