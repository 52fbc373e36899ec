"""Images of every kind, as files that Pillow writes; PNG files that it cannot write are put together here."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

ORIENTATION = 0x0112
"""The tag of EXIF that says how a camera was held."""


def photograph(width: int = 40, height: int = 30, seed: int = 0) -> Image.Image:
    """Smooth colours with some noise."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    waves = [127 + 90 * np.sin(x / 7 + k) * np.cos(y / 5 - k) for k in range(3)]
    return Image.fromarray(np.clip(np.stack(waves, -1) + random.normal(0, 20, (height, width, 3)), 0, 255).astype("u1"))


def png_of_16_bits(levels: Any) -> bytes:
    """A PNG with 16 bits a channel: height, width, and 1 to 4 channels."""
    height, width, channels = levels.shape
    colour_type = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in levels)
    chunks = {
        b"IHDR": struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0),
        b"IDAT": zlib.compress(rows),
        b"IEND": b"",
    }
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks.items()
    )


def bomb(width: int, height: int) -> bytes:
    """The start of a PNG that declares so many pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    empty = b"IDAT" + zlib.compress(b"\0" * 100)
    chunks = [struct.pack(">I", len(each) - 4) + each + struct.pack(">I", zlib.crc32(each)) for each in (header, empty)]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def saved(image: Image.Image, path: Path, **options: Any) -> Path:
    image.save(path, **options)
    return path


def _rotated(path: Path, kind: str) -> Path:
    tags = Image.Exif()
    tags[ORIENTATION] = 6
    return saved(photograph(), path.with_suffix(kind), exif=tags)


def _of_16_bits(path: Path, channels: int) -> Path:
    path = path.with_suffix(".png")
    path.write_bytes(png_of_16_bits(np.random.default_rng(channels).integers(0, 65536, (30, 40, channels))))
    return path


def _see_through(path: Path, mode: str) -> Path:
    image = photograph().convert(mode)
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    return saved(image, path.with_suffix(".png"))


KINDS: dict[str, Callable[[Path], Path]] = {
    "jpeg": lambda path: saved(photograph(), path.with_suffix(".jpg"), quality=90),
    "progressive": lambda path: saved(photograph(), path.with_suffix(".jpeg"), progressive=True),
    "png": lambda path: saved(photograph(), path.with_suffix(".png")),
    "jpeg named png": lambda path: saved(photograph(), path.with_suffix(".png"), format="JPEG"),
    "grey jpeg": lambda path: saved(photograph().convert("L"), path.with_suffix(".jpg")),
    "grey png": lambda path: saved(photograph().convert("L"), path.with_suffix(".png")),
    "one bit": lambda path: saved(photograph().convert("1"), path.with_suffix(".png")),
    "palette": lambda path: saved(photograph().quantize(16), path.with_suffix(".png")),
    "palette, one transparent": lambda path: saved(photograph().quantize(16), path.with_suffix(".png"), transparency=3),
    "cmyk": lambda path: saved(photograph().convert("CMYK"), path.with_suffix(".jpg")),
    "alpha": lambda path: _see_through(path, "RGB"),
    "grey alpha": lambda path: _see_through(path, "L"),
    "16 bit grey": lambda path: _of_16_bits(path, 1),
    "16 bit grey alpha": lambda path: _of_16_bits(path, 2),
    "16 bit": lambda path: _of_16_bits(path, 3),
    "16 bit alpha": lambda path: _of_16_bits(path, 4),
    "rotated jpeg": lambda path: _rotated(path, ".jpg"),
    "rotated png": lambda path: _rotated(path, ".png"),
    "1x1": lambda path: saved(photograph(1, 1), path.with_suffix(".png")),
    "1x1 jpeg": lambda path: saved(photograph(1, 1), path.with_suffix(".jpg")),
    "tall": lambda path: saved(photograph(3, 90), path.with_suffix(".png")),
}
"""Files that are written to a path with the ending of their kind."""
