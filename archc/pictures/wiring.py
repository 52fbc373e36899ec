"""The lines of a picture: each connection of the network, inside each item that it passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from archc.pictures.draft import Draft
from archc.pictures.drawn import DrawnGraph, DrawnInput, DrawnLayer, DrawnOutput, Net
from archc.pictures.item import FRAME, IN, OUT, Link

Drawn = DrawnInput | DrawnLayer | DrawnOutput


class Place(NamedTuple):
    """Where a layer, an input or an output is shown.

    Attributes:
        path: the numbers of the items around it, the network first, and of the item that shows it.
        rounds: the round that it is in, by the numbers of items; the first round is left out.
        earlier: the numbers of the items that repeat it in a later round too.
        shown: what is shown in its place: itself, or the layer of the first round.
    """

    path: Sequence[int]
    rounds: Mapping[int, int]
    earlier: Sequence[int]
    shown: Drawn


class Places:
    """The places of all layers, inputs and outputs in a tree.

    Args:
        drafts: the items of the tree by their numbers, in preorder.
        parents: the number of the item around each.
    """

    def __init__(self, drafts: Sequence[Draft], parents: Sequence[int]) -> None:
        self._stands_for: dict[Drawn, tuple[Drawn, int, int]] = {}
        self._paths: dict[Drawn, tuple[int, ...]] = {}
        self._last = {number: len(draft.rounds) - 1 for number, draft in enumerate(drafts) if draft.rounds}
        paths: list[tuple[int, ...]] = [(0,)]
        for number, draft in enumerate(drafts):
            if number:
                paths.append((*paths[parents[number]], number))
            for index, one in enumerate(draft.rounds[1:], 1):
                shown = zip(one.layers, draft.rounds[0].layers, strict=True)
                self._stands_for.update({mine: (first, number, index) for mine, first in shown})
            if draft.port is not None:
                self._paths[draft.port] = paths[number]
            elif draft.layer is not None:
                self._paths.update(dict.fromkeys(draft.rows[0], paths[number]))

    def of(self, drawn: Drawn) -> Place:
        """Where something is shown."""
        rounds: dict[int, int] = {}
        while drawn in self._stands_for:
            drawn, number, index = self._stands_for[drawn]
            rounds[number] = index
        path = self._paths[drawn]
        earlier = [number for number in path if rounds.get(number, 0) < self._last.get(number, 0)]
        return Place(path, rounds, earlier, drawn)


def links_of(graph: DrawnGraph, places: Places, count: int) -> list[list[Link]]:
    """The links of each of `count` items; a connection from one round of an item to another is not among them."""
    found: list[dict[Link, None]] = [{} for _ in range(count)]
    for net, taker in graph.connections():
        start, end = places.of(net.source), places.of(taker)
        depth = _common_depth(start, end)
        if depth:
            assert not isinstance(start.shown, DrawnOutput)
            repeat = max((number for number in start.earlier if number in start.path[depth:]), default=0)
            _connect(found, Net(start.shown, net.number, net.sides, repeat), start, end, depth)
    return [_without_vain_ends(links) for links in found]


def _common_depth(start: Place, end: Place) -> int:
    """The number of items around both; 0 where they are in one box, or in two rounds of one item."""
    for depth, (mine, theirs) in enumerate(zip(start.path, end.path, strict=False)):
        if mine != theirs:
            return depth
        if start.rounds.get(mine) != end.rounds.get(mine):
            return 0
    return 0


def _connect(found: Sequence[dict[Link, None]], net: Net, start: Place, end: Place, depth: int) -> None:
    """Adds the links of a connection: out of the items around its source, across, and into those around its end."""
    found[start.path[depth - 1]][Link(net, start.path[depth], end.path[depth])] = None
    for item, child in zip(start.path[depth:], start.path[depth + 1 :], strict=False):
        found[item][Link(net, child, OUT)] = None
    for item, child in zip(end.path[depth:], end.path[depth + 1 :], strict=False):
        if item in end.rounds:
            found[item][Link(net, IN, FRAME)] = None
            break
        found[item][Link(net, IN, child)] = None


def _without_vain_ends(links: Mapping[Link, None]) -> list[Link]:
    """The links without ends at the frame of tensors that the first round takes too."""
    taken = {link.net for link in links if link.start == IN and link.end != FRAME}
    return [link for link in links if link.end != FRAME or link.net not in taken]
