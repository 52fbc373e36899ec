"""Files as a person sees them, and files that are no image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from archc import limits
from archc.diagnostics import SpecError
from archc.images.reading import Colours, check_openable, read_image
from tests.images.files import KINDS, ORIENTATION, bomb, photograph, png_of_16_bits, saved


def array(image: Any) -> Any:
    return np.asarray(image).astype(int)


def pixels(path: Path, colours: Colours = "RGB") -> Any:
    return array(read_image(path, colours))


def refused(path: Path) -> str:
    with pytest.raises(SpecError) as caught:
        read_image(path, "RGB")
    (found,) = caught.value.diagnostics
    assert str(path) in found.message
    assert found.code in ("image", "unreadable")
    return found.message.partition("` ")[2]


# What is read


@pytest.mark.parametrize("colours", ["RGB", "L"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_read(kind: str, colours: Colours, tmp_path: Path) -> None:
    image = read_image(KINDS[kind](tmp_path / "image"), colours)
    assert image.mode == colours
    assert array(image).min() >= 0


def test_a_png_is_what_was_saved(tmp_path: Path) -> None:
    assert (pixels(saved(photograph(), tmp_path / "a.png")) == array(photograph())).all()


def test_a_grey_image_has_three_equal_channels(tmp_path: Path) -> None:
    grey = photograph().convert("L")
    found = pixels(saved(grey, tmp_path / "a.png"))
    assert all((found[..., channel] == array(grey)).all() for channel in range(3))
    assert (pixels(saved(grey, tmp_path / "a.png"), "L") == array(grey)).all()


def test_one_bit_is_black_and_white(tmp_path: Path) -> None:
    bits = photograph().convert("1")
    assert (pixels(saved(bits, tmp_path / "a.png"), "L") == 255 * np.asarray(bits)).all()


def test_a_palette_is_its_colours(tmp_path: Path) -> None:
    few = photograph().quantize(16)
    assert (pixels(saved(few, tmp_path / "a.png")) == array(few.convert("RGB"))).all()


def test_inks_are_taken_from_white(tmp_path: Path) -> None:
    """Cyan, magenta and yellow each take one colour away, black all: of a flat image a JPEG keeps the values."""
    for inks, seen in {(255, 0, 0, 0): (0, 255, 255), (0, 0, 255, 0): (255, 255, 0), (0, 0, 0, 200): (55,) * 3}.items():
        flat = Image.new("CMYK", (16, 16), inks)
        found = pixels(saved(flat, tmp_path / "a.jpg", quality=100, subsampling=0))
        assert abs(found - seen).max() <= 2


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    opaque = photograph()
    alpha = np.linspace(0, 255, 40).astype("u1")[None, :].repeat(30, 0)
    image = opaque.copy()
    image.putalpha(Image.fromarray(alpha))
    share = alpha[..., None] / 255
    wanted = array(opaque) * share + 255 * (1 - share)
    found = pixels(saved(image, tmp_path / "a.png"))
    assert abs(found - wanted).max() <= 1
    assert (found[:, 0] == 255).all()
    assert (found[:, -1] == array(opaque)[:, -1]).all()


def test_a_transparent_colour_is_white(tmp_path: Path) -> None:
    image = Image.new("RGB", (4, 4), (10, 20, 30))
    image.putpixel((1, 2), (200, 0, 0))
    found = pixels(saved(image, tmp_path / "a.png", transparency=(10, 20, 30)))
    assert tuple(found[2, 1]) == (200, 0, 0)
    assert tuple(found[0, 0]) == (255, 255, 255)


@pytest.mark.parametrize("channels", [1, 3])
def test_of_sixteen_bits_the_upper_eight_are_kept(channels: int, tmp_path: Path) -> None:
    levels = np.random.default_rng(0).integers(0, 65536, (6, 7, channels))
    path = tmp_path / "a.png"
    path.write_bytes(png_of_16_bits(levels))
    assert (pixels(path) == (levels // 256)).all()


def test_a_transparent_level_of_sixteen_bits_is_white(tmp_path: Path) -> None:
    levels = np.arange(16, dtype=np.uint16).reshape(4, 4) * 256
    found = pixels(saved(Image.fromarray(levels), tmp_path / "a.png", transparency=512), "L")
    assert found[0, 2] == 255
    assert (np.delete(found.ravel(), 2) == np.delete(np.arange(16), 2)).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", [".png", ".jpg"])
def test_an_image_stands_upright(ending: str, orientation: int, tmp_path: Path) -> None:
    """Of an image that stands upright, a camera that is held so writes this: by where EXIF sees row 0 and column 0."""
    upright = array(photograph(48, 32))
    written = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: upright.transpose(1, 0, 2)[::-1],
        7: upright.transpose(1, 0, 2)[::-1, ::-1],
        8: upright.transpose(1, 0, 2)[:, ::-1],
    }[orientation]
    tags = Image.Exif()
    tags[ORIENTATION] = orientation
    path = saved(Image.fromarray(written.astype("u1")), tmp_path / f"a{ending}", exif=tags, quality=100, subsampling=0)
    found = pixels(path)
    assert found.shape == upright.shape
    assert abs(found - upright).max() <= (0 if ending == ".png" else 4)


def test_other_words_of_exif_do_no_harm(tmp_path: Path) -> None:
    tags = Image.Exif()
    tags[ORIENTATION] = 77
    assert (pixels(saved(photograph(), tmp_path / "a.png", exif=tags)) == array(photograph())).all()
    path = saved(photograph(), tmp_path / "b.jpg", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff")
    assert pixels(path).shape == (30, 40, 3)


# What is refused


def test_twenty_megapixels_are_read(tmp_path: Path) -> None:
    path = saved(Image.new("RGB", (5472, 3648), (1, 2, 3)), tmp_path / "a.jpg")
    assert read_image(path, "RGB").size == (5472, 3648)


def test_an_image_has_so_many_pixels_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert limits.IMAGE_PIXELS == 64_000_000
    path = saved(photograph(40, 30), tmp_path / "a.png")
    monkeypatch.setattr(limits, "IMAGE_PIXELS", 1200)
    read_image(path, "RGB")
    monkeypatch.setattr(limits, "IMAGE_PIXELS", 1199)
    assert refused(path) == "has 40 x 30 pixels: an image may have 1,199"


def test_a_file_has_so_many_bytes_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(photograph(), tmp_path / "a.png")
    monkeypatch.setattr(limits, "IMAGE_BYTES", path.stat().st_size)
    read_image(path, "RGB")
    monkeypatch.setattr(limits, "IMAGE_BYTES", path.stat().st_size - 1)
    assert refused(path).startswith("has more than")


@pytest.mark.parametrize("size", [(8001, 8000), (12000, 12000), (65535, 65535), (2**31 - 1, 2**31 - 1)])
def test_a_file_that_declares_many_pixels_is_not_decoded(size: tuple[int, int], tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb(*size))
    assert refused(path).endswith("pixels: an image may have 64,000,000")


@pytest.mark.parametrize("form", ["GIF", "TIFF", "WEBP", "BMP", "ICO", "PPM"])
def test_other_formats_are_refused(form: str, tmp_path: Path) -> None:
    path = saved(photograph(), tmp_path / "a.png", format=form)
    assert refused(path) == "is neither a JPEG nor a PNG"


@pytest.mark.parametrize("content", [b"", b"\xff", b"text", b"%PDF-1.4", b"<svg/>", b"\0" * 100])
def test_what_is_no_image_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    assert refused(path) == "is neither a JPEG nor a PNG"


@pytest.mark.parametrize("content", [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff" + b"\0" * 100])
def test_a_signature_alone_is_damaged(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    assert refused(path).startswith("is damaged")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "none.png")
    assert "folder" in refused(tmp_path)
    with pytest.raises(SpecError) as caught:
        check_openable([tmp_path / "a.png", saved(photograph(), tmp_path / "b.png"), tmp_path / "c.png"])
    assert [found.code for found in caught.value.diagnostics] == ["unreadable", "unreadable"]


@pytest.mark.parametrize("ending", [".jpg", ".png"])
def test_a_file_that_is_cut_off_is_damaged(ending: str, tmp_path: Path) -> None:
    path = saved(photograph(), tmp_path / f"a{ending}")
    content = path.read_bytes()
    for length in range(16, len(content) - 20, 37):
        path.write_bytes(content[:length])
        assert refused(path).startswith("is damaged")


@pytest.mark.parametrize("kind", ["jpeg", "progressive", "rotated jpeg", "cmyk", "rotated png", "16 bit grey alpha"])
@settings(max_examples=60)
@given(st.data())
def test_bytes_that_differ_give_an_image_or_one_error(tmp_path_factory: Any, kind: str, data: st.DataObject) -> None:
    path = KINDS[kind](tmp_path_factory.mktemp("images") / "a")
    content = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(8, len(content) - 1), min_size=1, max_size=8)):
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    found = []
    try:
        assert read_image(path, "RGB").mode == "RGB"
    except SpecError as error:
        found = [diagnostic.code for diagnostic in error.diagnostics]
    assert found in ([], ["image"])
