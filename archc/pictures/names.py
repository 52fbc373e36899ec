"""By which names the facts of an item are looked up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archc.ir.graph import Region
from archc.pictures.draft import Draft
from archc.pictures.drawn import DrawnGraph, DrawnLayer
from archc.pictures.wiring import Places


@dataclass(slots=True, eq=False)
class _Extent:
    """A part of the network in the tree.

    Attributes:
        path: the numbers of the items around all its layers, the network first.
        last: the path of its last layer.
        count: the layers in it.
    """

    path: Sequence[int]
    last: Sequence[int]
    count: int = 0


def names_of(graph: DrawnGraph, drafts: Sequence[Draft], places: Places) -> list[tuple[str, ...]]:
    """The names of the layers and parts that each item shows; those of layers of later rounds too."""
    found: list[dict[str, None]] = [{} for _ in drafts]
    shown: set[Region] = set()
    for number, draft in enumerate(drafts):
        for one in draft.rounds or [draft]:
            if one.region is not None:
                shown.add(one.region)
                found[number].update({one.region.name: None} if one.region.name else {})
    for region, extent in _extents(graph.layers, shown, places).items():
        found[_item_of(extent, drafts)][str(region.name)] = None
    for layer in graph.layers:
        found[places.of(layer).path[-1]][layer.name] = None
    return [tuple(names) for names in found]


def _extents(layers: Sequence[DrawnLayer], shown: set[Region], places: Places) -> Mapping[Region, _Extent]:
    """The parts with names that no item is made of."""
    found: dict[Region, _Extent] = {}
    for layer in layers:
        path = places.of(layer).path
        for region in layer.region.chain():
            if region.name and region not in shown:
                extent = found.setdefault(region, _Extent(path, path))
                extent.path, extent.last = _common(extent.path, path), path
                extent.count += 1
    return found


def _common(mine: Sequence[int], theirs: Sequence[int]) -> Sequence[int]:
    for depth, (one, other) in enumerate(zip(mine, theirs, strict=False)):
        if one != other:
            return mine[:depth]
    return mine[: len(theirs)]


def _item_of(extent: _Extent, drafts: Sequence[Draft]) -> int:
    """The item with just the layers of a part, else the one that shows what the part ends with."""
    for number in extent.path[1:]:
        if len(drafts[number].rows[0]) == extent.count:
            return number
    return extent.last[min(len(extent.path), len(extent.last) - 1)]
