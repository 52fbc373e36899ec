"""The folded diagram of a network as boxes and lines, for templates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from archc.diagnostics import printable
from archc.ir.graph import Graph
from archc.ir.shape import json_shape
from archc.pictures.cards import shape_of
from archc.pictures.drawn import Net, drawn
from archc.pictures.item import FRAME, IN, OUT, Item, View
from archc.pictures.palette import LIGHT, ColourKind, colour_kind
from archc.pictures.view import view
from archc.pictures.wording import op_words


@dataclass(frozen=True, slots=True)
class DiagramBox:
    """A layer, an input, an output, or a part of the network.

    Attributes:
        id: a name without blanks: `b7`.
        kind: `layer`, `part`, `input` or `output`.
        name: of the layer or part; the first and the last of several.
        word: of a part, the block that it is a use of; empty for others.
        ops: of a layer, what it does, with the padding before it and the slim layers behind it: `conv 3×3, 64`, `BN`.
        shape: of what leaves it, without the batch; None for an unknown shape.
        times: how often it is repeated.
        boxes: of a part that is open, what is in it; empty for others.
        fill: the colour of its kind, in the light palette of `archc plot`.
        border: that of its frame.
    """

    id: str
    kind: str
    name: str
    word: str
    ops: tuple[str, ...]
    shape: tuple[int | None, ...] | None
    times: int
    boxes: tuple[DiagramBox, ...]
    fill: str
    border: str


@dataclass(frozen=True, slots=True)
class DiagramLine:
    """A tensor that goes from one box to another; none leads from one repeat of a part to the next.

    Attributes:
        start: the id of the box that it leaves, a closed one.
        end: the id of the box that it enters, a closed one.
        frame: the id of the repeated part at whose frame it ends, as later repeats alone take it; empty for others.
    """

    start: str
    end: str
    frame: str


@dataclass(frozen=True, slots=True)
class Diagram:
    """The network as boxes and lines.

    Attributes:
        level: how many parts may be open around a box; a part that has as many around it is closed: one box.
        boxes: the outermost, in the order of creation.
        lines: those between all boxes, in the order of the boxes that they leave.
    """

    level: int
    boxes: tuple[DiagramBox, ...]
    lines: tuple[DiagramLine, ...]


def diagrams(graph: Graph) -> tuple[Diagram, ...]:
    """The diagrams of a network at all levels, the one with all parts open first."""
    seen = view(drawn(graph))
    return tuple(_Level(seen, level).diagram() for level in reversed(range(max(seen.parts_around) + 1)))


class _Level:
    """One network with its parts open to a level."""

    def __init__(self, seen: View, level: int) -> None:
        self.seen = seen
        self.level = level

    def diagram(self) -> Diagram:
        """The boxes and lines."""
        root = self.seen.root
        found = [line for item in self._open_items(root) for line in self._lines(item)]
        lines = sorted(found, key=lambda line: (int(line.start[1:]), int(line.end[1:]), line.frame))
        return Diagram(self.level, tuple(self._boxes(root)), tuple(lines))

    def _is_open(self, item: Item) -> bool:
        return bool(item.children) and (item.kind != "part" or self.seen.parts_around[item.number] < self.level)

    def _open_items(self, item: Item) -> Iterator[Item]:
        if self._is_open(item):
            yield item
            for child in item.children:
                yield from self._open_items(child)

    def _boxes(self, item: Item) -> Iterator[DiagramBox]:
        """The boxes in an open item; those of a lane stand for themselves."""
        for child in item.children:
            if child.kind == "lane":
                yield from self._boxes(child)
            else:
                yield _box(child, tuple(self._boxes(child)) if self._is_open(child) else ())

    def _lines(self, item: Item) -> Iterator[DiagramLine]:
        """The lines between two children of an item, from closed box to closed box."""
        for net, start, end in item.links:
            if start >= 0 and end >= 0:
                source = self._source(item.children[start], net)
                yield from (DiagramLine(_id(source), *found) for found in self._ends(item.children[end], net))

    def _source(self, item: Item, net: Net) -> Item:
        """The closed box in an item that a tensor leaves."""
        while self._is_open(item):
            item = next(item.children[link.start] for link in item.links if link.end == OUT and link.net == net)
        return item

    def _ends(self, item: Item, net: Net) -> Iterator[tuple[str, str]]:
        """The closed boxes in an item that a tensor enters, each with the frame where it ends."""
        if not self._is_open(item):
            yield _id(item), ""
            return
        for link in item.links:
            if link.start == IN and link.net == net:
                if link.end == FRAME:
                    yield _id(self._first(item)), _id(item)
                else:
                    yield from self._ends(item.children[link.end], net)

    def _first(self, item: Item) -> Item:
        """The first closed box in an item."""
        while self._is_open(item):
            item = item.children[0]
        return item


def _id(item: Item) -> str:
    return f"b{item.number}"


def _box(item: Item, boxes: tuple[DiagramBox, ...]) -> DiagramBox:
    layers = [] if item.layer is None else [*item.padding, item.layer, *item.strips]
    kind: ColourKind = "port" if item.port else "part" if item.layer is None else colour_kind(item.layer.node.op)
    sizes = json_shape(shape_of(item))
    return DiagramBox(
        _id(item), item.kind, printable(item.name), printable(item.word),
        tuple(printable(op_words(layer.node.op)) for layer in layers),
        None if sizes is None else tuple(sizes), item.times, boxes, *LIGHT.kinds[kind],
    )  # fmt: skip
