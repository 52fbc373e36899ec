"""Holds the scene of a picture to its tree: each line from what makes a tensor to what takes it, nothing on another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

import archc
from archc.library.paths import library_paths
from archc.pictures.cards import STACKED, Notes, card, shared_items
from archc.pictures.drawn import Net, Sides, drawn
from archc.pictures.item import FRAME, IN, OUT, Item, View
from archc.pictures.options import Direction
from archc.pictures.picture import HEAD, Drawing, Scene, SceneBox, opened
from archc.pictures.view import view
from tests.pictures.geometry import (
    Connection,
    Edge,
    Piece,
    Rectangle,
    lines_in_boxes,
    missing_lines,
    outside,
    overlapping_boxes,
    overlapping_lines,
    skew_lines,
)

ROOT = Path(__file__).parents[2]
LEVELS = (0, 1, 2, 9)


@cache
def network_names() -> tuple[str, ...]:
    """The networks of the library, and the specs of tests."""
    folders = (ROOT / "tests" / "elaborate" / "networks", ROOT / "tests" / "pictures" / "networks")
    return (
        *library_paths(),
        *(str(path.relative_to(ROOT)) for folder in folders for path in sorted(folder.glob("*.yaml"))),
    )


def drawing_of(name: str, direction: Direction = "tb", *, repeats: bool = True) -> Drawing:
    """A network, ready to be drawn."""
    path = ROOT / name if name.endswith(".yaml") else name
    tree = view(drawn(archc.load(path).graph), repeats=repeats)
    notes = Notes(shared=shared_items(tree))
    return Drawing(tree, lambda item: card(item, notes), direction)


def sets_of_open_items(tree: View, random: Random, count: int) -> Iterator[frozenset[int]]:
    """Some levels, and random parts."""
    yield from dict.fromkeys(opened(tree, levels) for levels in LEVELS)
    parts = sorted(opened(tree, len(tree.items)))
    for _ in range(count if parts else 0):
        yield frozenset(random.sample(parts, random.randint(1, len(parts))))


def faults(scene: Scene, tree: View, side: Sides = Sides.BOTH) -> list[str]:
    """What is wrong with a scene; empty where nothing is.

    Args:
        scene: of the tree.
        tree: a network, or two as one.
        side: of two networks the one whose lines are drawn; both for all lines.
    """
    frames = _frames(tree)
    boxes = [_rectangle(box, frames) for box in scene.boxes]
    pieces = [
        Piece(line.nets, line.x1, line.y1, line.x2, line.y2, line.arrow, _framed(line.item.number, tree))
        for line in scene.lines
        if line.arrow or (line.x1, line.y1) != (line.x2, line.y2)
    ]
    found = overlapping_boxes(boxes) + lines_in_boxes(boxes, pieces) + outside(boxes, pieces, scene.width, scene.height)
    found += overlapping_lines(pieces, lambda net: (net.source, net.number) if isinstance(net, Net) else net)
    upright = scene if scene.direction == "tb" else _transposed(scene)
    drawn_pieces = [
        Piece(line.nets, line.x1, line.y1, line.x2, line.y2, line.arrow, _owner(line.item.number, tree))
        for line in upright.lines
    ]
    long_pieces = [piece for piece in drawn_pieces if (piece.x1, piece.y1) != (piece.x2, piece.y2)]
    connections = [one for one in _connections(upright, tree) if isinstance(one.net, Net) and side & one.net.sides]
    return found + skew_lines(long_pieces) + missing_lines(connections, drawn_pieces)


# --- boxes ---


def _frames(tree: View) -> Mapping[int, int | None]:
    """The number of the part around each item."""
    return {item.number: _framed(tree.parents[item.number], tree) for item in tree.items}


def _framed(number: int, tree: View) -> int | None:
    """The number of the part that an item is, or that is around it; None for the network."""
    owner = _owner(number, tree)
    return owner or None


def _owner(number: int, tree: View) -> int:
    """The number of the item that is no lane: itself, or what is around it."""
    while tree.items[number].kind == "lane":
        number = tree.parents[number]
    return number


def _rectangle(box: SceneBox, frames: Mapping[int, int | None]) -> Rectangle:
    number = box.item.number
    return Rectangle(number, box.x, box.y, box.width, box.height, frames[number], HEAD if box.is_open else None)


def _transposed(scene: Scene) -> Scene:
    boxes = tuple(replace(box, x=box.y, y=box.x, width=box.height, height=box.width) for box in scene.boxes)
    lines = tuple(replace(line, x1=line.y1, y1=line.x1, x2=line.y2, y2=line.x2) for line in scene.lines)
    return replace(scene, width=scene.height, height=scene.width, boxes=boxes, lines=lines)


# --- lines ---


def _connections(scene: Scene, tree: View) -> Iterator[Connection]:
    """The lines that must be there: from box to box, through the lanes between them."""
    boxes = {box.item.number: box for box in scene.boxes}
    head = HEAD if scene.direction == "tb" else 0
    shown = [tree.root, *(box.item for box in scene.boxes if box.is_open)]
    for item in shown:
        for around, net, start, end in _links(item):
            if end == FRAME:
                continue
            source = _source(tree, around, net, start)
            if source is item:
                box = boxes[item.number]
                begins = Edge(box.x, box.x + box.width, box.y + head)
            else:
                box = boxes[source.number]
                begins = Edge(box.x, box.x + box.width, box.y + box.height)
            yield Connection(net, begins, _end(scene, item, around, end, boxes), end != OUT, item.number)


def _links(item: Item) -> Iterator[tuple[Item, Net, int, int]]:
    """The lines of an item and of the lanes in it that end at a box, or leave the item."""
    pending = [item]
    while pending:
        around = pending.pop()
        for net, start, end in around.links:
            if end >= 0 and around.children[end].kind == "lane":
                continue
            if end == OUT and around is not item:
                continue
            yield around, net, start, end
        pending += [child for child in around.children if child.kind == "lane"]


def _source(tree: View, around: Item, net: Net, start: int) -> Item:
    """What a line comes from: a box, or the item that a tensor enters."""
    while True:
        if start == IN:
            if around.kind != "lane":
                return around
            around = tree.items[tree.parents[around.number]]
            start = next(link.start for link in around.links if link.net == net)
        elif around.children[start].kind == "lane":
            around = around.children[start]
            start = next(link.start for link in around.links if link.net == net and link.end == OUT)
        else:
            return around.children[start]


def _end(scene: Scene, item: Item, around: Item, end: int, boxes: Mapping[int, SceneBox]) -> Edge:
    if end == OUT:
        if item.kind == "network":
            return Edge(0, scene.width, scene.height)
        box = boxes[item.number]
        behind = STACKED if item.times > 1 else 0
        return Edge(box.x, box.x + box.width, box.y + box.height - behind)
    box = boxes[around.children[end].number]
    return Edge(box.x, box.x + box.width, box.y)
