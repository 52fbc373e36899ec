"""JPEG and PNG files, decoded within bounds: upright, with eight bits a channel."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from archc import limits
from archc.diagnostics import Diagnostic, SpecError, printable, shortened
from archc.open_file import open_file

if TYPE_CHECKING:
    from PIL import Image

Colours = Literal["RGB", "L"]
"""Pillow's names for three channels and for one."""

_FORMATS = ("JPEG", "PNG")
_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_WHITE = (255, 255, 255, 255)
_UPPER_EIGHT_BITS = 8


def check_pillow() -> None:
    """Checks that images can be read.

    Raises:
        SpecError: Pillow is not installed.
    """
    if find_spec("PIL") is None:
        raise SpecError.of("no-pillow", "images are read by Pillow, and it is not installed")


def check_openable(paths: Iterable[Path]) -> None:
    """Checks, before long work, that files can be opened.

    Raises:
        SpecError: some cannot; it has a diagnostic for each.
    """
    found: list[Diagnostic] = []
    for path in paths:
        try:
            open_file(path).close()
        except SpecError as error:
            found += error.diagnostics
    if found:
        raise SpecError(found)


def read_image(path: Path, colours: Colours) -> Image.Image:
    """An image as a person sees it: rotated as its camera says, with white where it is transparent.

    Of 16 bits a channel the upper eight are kept, as Pillow does where there are three channels. Colour profiles are
    not applied.

    Args:
        path: of a JPEG or PNG file.
        colours: `RGB` for three channels, `L` for one.

    Raises:
        SpecError: the file cannot be opened, is no JPEG or PNG, is damaged, or is larger than the limits.
    """
    with opened_image(path) as image, _decoding(path):
        return _as_shown(image, colours)


@contextmanager
def opened_image(path: Path) -> Iterator[Image.Image]:
    """An image as its file has it, decoded; an error of Pillow's with it inside is one of the file.

    Raises:
        SpecError: the file cannot be opened, is no JPEG or PNG, is damaged, or is larger than the limits.
    """
    check_pillow()
    from PIL import Image

    with open_file(path) as file:
        content = file.read(limits.IMAGE_BYTES + 1)
    if len(content) > limits.IMAGE_BYTES:
        raise _fault(path, f"has more than {limits.IMAGE_BYTES >> 20} MiB")
    if not content.startswith(_SIGNATURES):
        raise _fault(path, "is neither a JPEG nor a PNG")
    with _decoding(path):
        try:
            image = Image.open(io.BytesIO(content), formats=_FORMATS)
        except Image.DecompressionBombError:  # far more than the limit
            raise _too_large(path, "too many pixels") from None
        width, height = image.size
        if width * height > limits.IMAGE_PIXELS:
            raise _too_large(path, f"{width:,} x {height:,} pixels")
        image.load()
        with image:
            yield image


def _as_shown(image: Image.Image, colours: Colours) -> Image.Image:
    from PIL import Image, ImageOps

    shown: Image.Image = ImageOps.exif_transpose(image)
    if shown.mode.startswith("I"):
        shown = _of_eight_bits(shown)
    if shown.has_transparency_data:
        shown = shown.convert("RGBA")
        shown = Image.alpha_composite(Image.new("RGBA", shown.size, _WHITE), shown)
    if shown.mode not in ("RGB", "L"):
        shown = shown.convert("RGB")  # what a palette or CMYK has as grey, its colours tell
    return shown if shown.mode == colours else shown.convert(colours)


def _of_eight_bits(image: Image.Image) -> Image.Image:
    """A grey image of 16 bits with eight; Pillow's own conversion makes all that is above 255 white."""
    import numpy as np
    from PIL import Image

    levels = np.asarray(image)
    upper = (levels >> _UPPER_EIGHT_BITS).astype(np.uint8)
    upper[levels == image.info.get("transparency")] = 255
    return Image.fromarray(upper)


@contextmanager
def _decoding(path: Path) -> Iterator[None]:
    """Turns what Pillow raises and warns of a damaged file into one error.

    Raises:
        SpecError: the file is damaged.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except SpecError:
        raise
    except Exception as error:  # decoders raise what they meet: OSError, SyntaxError, struct.error, zlib.error
        reason = shortened(str(error).strip() or type(error).__name__, 120)
        if type(error).__name__ == "UnidentifiedImageError":
            reason = "Pillow finds no image in it"
        raise _fault(path, f"is damaged: {reason}") from None


def _too_large(path: Path, size: str) -> SpecError:
    hint = "make it smaller: a network sees some hundred pixels of each side"
    return _fault(path, f"has {size}: an image may have {limits.IMAGE_PIXELS:,}", hint)


def _fault(path: Path, what: str, hint: str | None = None) -> SpecError:
    return SpecError.of("image", f"`{printable(str(path)[:200])}` {what}", None, hint)
