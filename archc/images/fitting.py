"""The part of an image that a network sees, in the size of the network's input."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from archc import limits
from archc.diagnostics import SpecError, printable
from archc.images.options import Resize
from archc.images.reading import Colours, opened_image, read_image
from archc.language.document import Preprocess

if TYPE_CHECKING:
    from PIL import Image


class Frame(NamedTuple):
    """The size of an input, in pixels, and its colours.

    Attributes:
        shorter: what the shorter side of an image is scaled to before the frame is cut from its middle; None where the
            whole image is scaled to the frame.
    """

    height: int
    width: int
    colours: Colours
    shorter: int | None


def frame_of(height: int, width: int, colours: Colours, preprocess: Preprocess) -> Frame:
    """The frame that a spec documents.

    `size` belongs to `crop`. For an input of another size than `crop`, it is scaled by the same factor, so that the
    network sees the same part of an image.

    Args:
        height: of the input, in pixels.
        width: of the input.
        colours: of the input.
        preprocess: of the spec.

    Raises:
        SpecError: the crop is larger than the scaled image.
    """
    size, longer = preprocess.size, max(height, width)
    if size is not None and preprocess.crop is not None:
        size = round(size * longer / preprocess.crop)
    if size is not None and size < longer:
        message = f"`preprocess` scales the shorter side to {size} pixels, from which {longer} cannot be cut"
        raise SpecError.of("preprocess", message, None, "`size` must be `crop` at least")
    return Frame(height, width, colours, size)


def fitted_image(path: Path, frame: Frame, resize: Resize) -> Image.Image:
    """An image in the size of an input.

    Args:
        path: of a JPEG or PNG file.
        frame: of the input.
        resize: `spec` scales the shorter side, bilinear, and cuts the frame from the middle, or scales the whole image
            where the frame has no size for that; with the rounding of torchvision's `Resize` and `CenterCrop`. `keras`
            does what `keras.utils.load_img` does with a `target_size`: no rotation, no white, the nearest pixel.

    Raises:
        SpecError: the file cannot be read, or the image is too long and narrow to be scaled.
    """
    if resize == "keras":
        return _as_load_img(path, frame)
    from PIL.Image import Resampling

    image = read_image(path, frame.colours)
    size = (frame.width, frame.height)
    if frame.shorter is None:
        return image.resize(size, Resampling.BILINEAR)
    width, height = scaled = _scaled_size(image.size, frame.shorter)
    if width * height > limits.IMAGE_PIXELS:
        message = f"`{printable(str(path)[:200])}` is too narrow: scaled, it has {width:,} x {height:,} pixels"
        raise SpecError.of("image", message, None, "cut a part from it, or `--resize keras`")
    left, top = (round((length - part) / 2) for length, part in zip(scaled, size, strict=True))
    return image.resize(scaled, Resampling.BILINEAR).crop((left, top, left + frame.width, top + frame.height))


def _scaled_size(size: tuple[int, int], shorter: int) -> tuple[int, int]:
    """The size with a shorter side of this length; the longer is rounded down."""
    width, height = size
    return (shorter, shorter * height // width) if width <= height else (shorter * width // height, shorter)


def _as_load_img(path: Path, frame: Frame) -> Image.Image:
    from PIL.Image import Resampling

    with opened_image(path) as image:
        kept = ("RGB",) if frame.colours == "RGB" else ("L", "I;16", "I")
        converted = image if image.mode in kept else image.convert(frame.colours)
        size = (frame.width, frame.height)
        return converted.copy() if converted.size == size else converted.resize(size, Resampling.NEAREST)
