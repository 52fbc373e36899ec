"""Occlusion maps: how a unit responds while a square covers one part of the image after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from archc.diagnostics import SpecError
from archc.ir.graph import Graph
from archc.projection.layer_model import LayerModel, Progress
from archc.projection.projection import stacked
from archc.projection.units import check_unit


@dataclass(frozen=True, eq=False)
class Occlusion:
    """How channels of a layer respond to an image, parts of which are covered.

    The response is the sum of a channel over all positions, as in Zeiler and Fergus, Figure 7 (b); of a layer without
    positions it is the feature itself, as the probability of a class in Figure 7 (d).

    Attributes:
        layer: the name of the layer or part.
        units: the numbers of the channels.
        responses: of each to the whole image.
        maps: an array (units, rows, columns): the response while the square is at a place.
        tops: the first row that the square covers, for each row of the maps.
        lefts: the first column that it covers, for each column of the maps.
        square: the side of the square.
    """

    layer: str
    units: tuple[int, ...]
    responses: tuple[float, ...]
    maps: Any
    tops: tuple[int, ...]
    lefts: tuple[int, ...]
    square: int


def occlude(
    model: Any,
    graph: Graph,
    image: Any,
    *,
    layer: str,
    unit: int | None = None,
    top: int = 9,
    square: int | None = None,
    stride: int | None = None,
    fill: Any = None,
    progress: Progress = lambda _: None,
) -> Occlusion:
    """Covers one part of an image after the other, and computes how channels of a layer respond.

    Args:
        model: of Keras, whole or ending at the layer.
        graph: the network that ends at the layer.
        image: as the network takes it, (height, width, channels).
        layer: the name of the layer or part.
        unit: a channel; the channels that respond most to the whole image if None.
        top: how many channels.
        square: the side of the square in pixels; an eighth of the shorter side if None.
        stride: how far it moves; half of its side if None.
        fill: the value of each channel in the square; the mean of the image if None.
        progress: is called with the number of places done.

    Raises:
        SpecError: the layer has no such unit, the image does not fit, or the square is larger than the image.
    """
    images = stacked(graph, image)
    if len(images) != 1 or images.ndim != 4:
        raise SpecError.of("view", "an occlusion map is of one image, (height, width, channels)")
    height, width = images.shape[1:3]
    side = max(1, min(height, width) // 8) if square is None else square
    step = max(1, side // 2) if stride is None else stride
    if side > min(height, width):
        message = f"a square of {side} pixels does not fit into an image of {width}x{height}"
        raise SpecError.of("usage", message, None, f"from 1 to {min(height, width)}")
    computed = LayerModel(model, graph, layer)
    whole = _responses(next(computed.activations(images)))[0]
    if unit is not None:
        check_unit(unit, len(whole), layer)
    chosen = [int(index) for index in np.argsort(-whole, kind="stable")[:top]] if unit is None else [unit]
    tops, lefts = (tuple(range(0, size - side + 1, step)) for size in (height, width))
    covered = _Covered(images[0], tops, lefts, side, images[0].mean(axis=(0, 1)) if fill is None else fill)
    found = np.concatenate([_responses(batch)[:, chosen] for batch in computed.activations(covered, progress)])
    maps = np.moveaxis(found.reshape(len(tops), len(lefts), -1), -1, 0)
    return Occlusion(layer, tuple(chosen), tuple(float(whole[index]) for index in chosen), maps, tops, lefts, side)


def _responses(batch: Any) -> Any:
    """The response of each channel to each image: (images, channels)."""
    found = np.asarray(batch, np.float32)
    return found.reshape(len(found), -1, found.shape[-1]).sum(axis=1)


class _Covered:
    """The image with the square at each place, row by row; those of a slice are made when they are asked for."""

    def __init__(self, image: Any, tops: tuple[int, ...], lefts: tuple[int, ...], side: int, fill: Any) -> None:
        self._image, self._side, self._fill = image, side, fill
        self._places = [(top, left) for top in tops for left in lefts]

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, places: slice) -> Any:
        return np.stack([*self._made(self._places[places])])

    def _made(self, places: list[tuple[int, int]]) -> Iterator[Any]:
        for top, left in places:
            covered = self._image.copy()
            covered[top : top + self._side, left : left + self._side] = self._fill
            yield covered
