"""Contact sheets: projections beside the patches of the images, occlusion maps, feature maps."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from archc import limits
from archc.atomic_file import whole_file
from archc.diagnostics import SpecError
from archc.projection.occlusion import Occlusion
from archc.projection.projection import Projections, part

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIX = ".png"

_BACKGROUND = (245, 245, 245)
_MARGIN, _GAP, _BETWEEN = 12, 4, 20  # in pixels: around the sheet, between tiles, between two grids of tiles
_LEAST_SIDE = 96  # of a tile in pixels: smaller ones are enlarged by whole numbers
_DROP, _RISE = (200, 0, 0), (0, 60, 200)  # where a covered part makes the response smaller, and larger
_COVER = 0.75  # how much of the image the strongest colour of an occlusion map hides


def projection_sheet(found: Projections, shown: Sequence[Any], *, is_bgr: bool = False) -> Image:
    """The projections on the left, each beside the patch in the same place on the right, as in Figure 2 of the paper.

    A projection is grey where it is zero, and has its own scale.

    Args:
        found: the projections.
        shown: each image as a person sees it, an array (height, width, 1 or 3) from 0 to 255.
        is_bgr: whether the network has blue first.

    Raises:
        SpecError: the sheet would be too large.
    """
    projected = []
    for projection, box in zip(found.projections, found.boxes, strict=True):
        cut = part(projection, box)
        projected.append(_signed(cut[..., ::-1] if is_bgr else cut))
    patches = [part(shown[unit.image], box) for unit, box in zip(found.units, found.boxes, strict=True)]
    return _sheet([projected, patches])


def occlusion_sheet(found: Occlusion, shown: Any) -> Image:
    """The image, and beside it one for each unit: red where a square makes the response smaller, blue where larger.

    Args:
        found: the maps.
        shown: the image as a person sees it, an array (height, width, 1 or 3) from 0 to 255.

    Raises:
        SpecError: the sheet would be too large.
    """
    grey = np.repeat(shown.astype(np.float32).mean(axis=2, keepdims=True), 3, axis=2)
    tiles = []
    for response, values in zip(found.responses, found.maps, strict=True):
        change = _in_place(response - values, found, shown.shape[:2])
        strength = _COVER * (np.abs(change) / max(float(np.abs(change).max()), 1e-30))[..., None]
        colour = np.where(change[..., None] > 0, np.array(_DROP), np.array(_RISE))
        tiles.append((grey * (1 - strength) + colour * strength).astype(np.uint8))
    return _sheet([[shown], tiles])


def feature_map_sheet(maps: Any) -> Image:
    """The channels of a layer in their order, row by row: each from its least value or 0, black, to its largest, white.

    Args:
        maps: an array (height, width, channels).

    Raises:
        SpecError: the sheet would be too large, or the layer has no positions.
    """
    if maps.ndim != 3:
        raise SpecError.of("view", "the layer has no maps of height and width", None, "a convolution or a pooling has")
    low = np.minimum(maps.min(axis=(0, 1)), 0)
    span = maps.max(axis=(0, 1)) - low
    grey = ((maps - low) / np.where(span > 0, span, 1) * 255).astype(np.uint8)
    return _sheet([[grey[..., channel : channel + 1] for channel in range(maps.shape[2])]])


def write_sheet(sheet: Image, path: Path, *, force: bool) -> None:
    """Writes a sheet as PNG, whole or not at all.

    Raises:
        SpecError: the file is there and may not be replaced, or cannot be written.
    """
    with whole_file(path, force) as written:
        sheet.save(written, format="PNG", optimize=True)


def _signed(values: Any) -> Any:
    """Numbers around zero as grey and colours around grey."""
    most = max(float(np.abs(values).max(initial=0)), 1e-30)
    return np.round(127.5 + 127.5 * (values / most)).astype(np.uint8)


def _in_place(values: Any, found: Occlusion, size: tuple[int, int]) -> Any:
    """A map in the size of the image: each value around the middle of its square, and zero at the borders."""
    placed = np.zeros(size, np.float32)
    step_down, step_right = _step(found.tops), _step(found.lefts)
    for row, top in enumerate(found.tops):
        for column, left in enumerate(found.lefts):
            down, right = top + (found.square - step_down) // 2, left + (found.square - step_right) // 2
            area = (slice(max(down, 0), down + step_down), slice(max(right, 0), right + step_right))
            placed[area] = values[row, column]
    return placed


def _step(places: tuple[int, ...]) -> int:
    return places[1] - places[0] if len(places) > 1 else 1


def _sheet(grids: Sequence[Sequence[Any]]) -> Image:
    """Grids of tiles beside each other, all enlarged by one factor."""
    from PIL import Image

    height, width = (max(tile.shape[axis] for grid in grids for tile in grid) for axis in (0, 1))
    factor = max(1, _LEAST_SIDE // max(height, width))
    cell = (height * factor + _GAP, width * factor + _GAP)
    columns = [_columns(len(grid)) for grid in grids]
    rows = max(ceil(len(grid) / count) for grid, count in zip(grids, columns, strict=True))
    size = (
        2 * _MARGIN + sum(columns) * cell[1] + (len(grids) - 1) * _BETWEEN - _GAP * len(grids),
        2 * _MARGIN + rows * cell[0] - _GAP,
    )
    if size[0] * size[1] > limits.IMAGE_PIXELS:
        message = f"the sheet would have {size[0]:,} x {size[1]:,} pixels"
        raise SpecError.of("view", message, None, "show fewer units with `--top`, or a layer with fewer channels")
    sheet = Image.new("RGB", size, _BACKGROUND)
    left = _MARGIN
    for grid, count in zip(grids, columns, strict=True):
        for number, tile in enumerate(grid):
            place = (left + number % count * cell[1], _MARGIN + number // count * cell[0])
            sheet.paste(Image.fromarray(_rgb(tile).repeat(factor, axis=0).repeat(factor, axis=1)), place)
        left += count * cell[1] - _GAP + _BETWEEN
    return sheet


def _columns(count: int) -> int:
    """Of a grid that is as wide as it is high, or one tile wider."""
    return isqrt(max(count - 1, 0)) + 1


def _rgb(tile: Any) -> Any:
    """A tile with red, green and blue; one with another number of channels is the mean of them in grey."""
    values = tile if tile.shape[2] in (1, 3) else tile.mean(axis=2, keepdims=True).astype(np.uint8)
    return np.ascontiguousarray(np.repeat(values, 3, axis=2) if values.shape[2] == 1 else values)
