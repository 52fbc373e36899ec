"""What holds for each picture: nothing lies on another, and each line leads from its start to its end.

The checks are over absolute places and return the faults that they find, as text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple


class Rectangle(NamedTuple):
    """A box of the picture.

    Attributes:
        frame: the name of the open box that it stands in.
        bar: the height of the title of an open box; None for a closed box.
    """

    name: Hashable
    left: int
    top: int
    width: int
    height: int
    frame: Hashable = None
    bar: int | None = None

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height


class Piece(NamedTuple):
    """A straight piece of a line.

    Attributes:
        frame: the name of the open box that it is drawn in.
    """

    nets: tuple[Hashable, ...]
    x1: int
    y1: int
    x2: int
    y2: int
    arrow: bool = False
    frame: Hashable = None


class Edge(NamedTuple):
    """Where a line may start or end: a horizontal edge."""

    left: int
    right: int
    y: int


class Connection(NamedTuple):
    """A line that must be there; `arrow`: it ends in one."""

    net: Hashable
    start: Edge
    end: Edge
    arrow: bool
    frame: Hashable = None


Tensor = Callable[[Hashable], Hashable]

BAND = 64
"""The height of the strips by which boxes are looked up."""


def overlapping_boxes(boxes: Iterable[Rectangle]) -> list[str]:
    """Boxes that are neither apart nor one inside the other, below its title."""
    boxes = sorted(boxes, key=lambda box: box.top)
    frames = _frames(boxes)
    faults = []
    for place, box in enumerate(boxes):
        for other in boxes[place + 1 :]:
            if other.top >= box.bottom:
                break
            if other.left < box.right and box.left < other.right and not _contains(box, other, frames):
                faults.append(f"boxes {box.name} and {other.name} overlap")
    return faults


def lines_in_boxes(boxes: Sequence[Rectangle], pieces: Iterable[Piece]) -> list[str]:
    """Lines that enter the inside of a closed box, of an open box that they do not belong to, or a title."""
    frames = _frames(boxes)
    bands: dict[int, list[Rectangle]] = defaultdict(list)
    for box in boxes:
        for band in range(box.top // BAND, box.bottom // BAND + 1):
            bands[band].append(box)
    faults = []
    for piece in pieces:
        around = set(_around(piece.frame, frames))
        near = {box.name: box for band in range(piece.y1 // BAND, piece.y2 // BAND + 1) for box in bands[band]}
        for box in near.values():
            bottom = box.top + box.bar if box.bar is not None and box.name in around else box.bottom
            if piece.x2 > box.left and piece.x1 < box.right and piece.y2 > box.top and piece.y1 < bottom:
                faults.append(f"line {piece.nets} at {piece[1:5]} runs through box {box.name}")
    return faults


def overlapping_lines(pieces: Iterable[Piece], tensor: Tensor = lambda net: net) -> list[str]:
    """Lines that lie on one another and carry no common tensor.

    Args:
        tensor: what a net carries; nets of one tensor may start at one port.
    """
    lying: dict[tuple[str, int], list[tuple[int, int, frozenset[Hashable], Piece]]] = defaultdict(list)
    for piece in pieces:
        carried = frozenset(map(tensor, piece.nets))
        if piece.x1 == piece.x2:
            lying["vertical", piece.x1].append((piece.y1, piece.y2, carried, piece))
        else:
            lying["horizontal", piece.y1].append((piece.x1, piece.x2, carried, piece))
    faults = []
    for (direction, _), found in lying.items():
        found.sort(key=lambda one: one[:2])
        for place, (_, end, carried, piece) in enumerate(found):
            for start, _, others, other in found[place + 1 :]:
                if start >= end:
                    break
                if not carried & others:
                    faults.append(f"{direction} lines {piece.nets} and {other.nets} lie on one another at {other[1:5]}")
    return faults


def skew_lines(pieces: Iterable[Piece]) -> list[str]:
    """Pieces that are neither vertical, from the top, nor horizontal, from the left."""
    return [
        f"line {piece.nets} at {piece[1:5]} is skew"
        for piece in pieces
        if not (piece.x1 == piece.x2 and piece.y1 < piece.y2) and not (piece.y1 == piece.y2 and piece.x1 < piece.x2)
    ]


def missing_lines(connections: Iterable[Connection], pieces: Iterable[Piece]) -> list[str]:
    """Connections that no pieces of their tensor make."""
    drawn: dict[tuple[Hashable, Hashable], list[Piece]] = defaultdict(list)
    for piece in pieces:
        for net in piece.nets:
            drawn[piece.frame, net].append(piece)
    return [
        f"line {one.net} from {one.start} to {one.end} is missing"
        for one in connections
        if not _connected(one, drawn[one.frame, one.net])
    ]


def loose_ends(connections: Iterable[Connection], pieces: Sequence[Piece]) -> list[str]:
    """Pieces with an end that is neither on another piece of their tensors nor where a connection starts or ends."""
    drawn: dict[tuple[Hashable, Hashable], list[Piece]] = defaultdict(list)
    edges: dict[tuple[Hashable, Hashable], set[Edge]] = defaultdict(set)
    for piece in pieces:
        for net in piece.nets:
            drawn[piece.frame, net].append(piece)
    for one in connections:
        edges[one.frame, one.net] |= {one.start, one.end}

    def held(piece: Piece, x: int, y: int) -> bool:
        end = piece._replace(x1=x, x2=x, y1=y, y2=y)
        return any(
            any(other is not piece and _touch(end, other) for other in drawn[piece.frame, net])
            or any(_at(edge, x, y, end) for edge in edges[piece.frame, net])
            for net in piece.nets
        )

    return [
        f"line {piece.nets} at {piece[1:5]} has a loose end"
        for piece in pieces
        if not held(piece, piece.x1, piece.y1) or not held(piece, piece.x2, piece.y2)
    ]


def outside(boxes: Iterable[Rectangle], pieces: Iterable[Piece], width: int, height: int) -> list[str]:
    """What leaves the picture."""
    faults = [
        f"box {box.name} is outside"
        for box in boxes
        if box.left < 0 or box.top < 0 or box.right > width or box.bottom > height
    ]
    return faults + [
        f"line {piece.nets} at {piece[1:5]} is outside"
        for piece in pieces
        if piece.x1 < 0 or piece.y1 < 0 or piece.x2 > width or piece.y2 > height
    ]


def _frames(boxes: Iterable[Rectangle]) -> dict[Hashable, Hashable]:
    return {box.name: box.frame for box in boxes}


def _around(name: Hashable, frames: Mapping[Hashable, Hashable]) -> Iterator[Hashable]:
    """An open box and those around it."""
    while name is not None:
        yield name
        name = frames.get(name)


def _contains(box: Rectangle, other: Rectangle, frames: Mapping[Hashable, Hashable]) -> bool:
    if box.name in _around(other.frame, frames):
        outer, inner = box, other
    elif other.name in _around(box.frame, frames):
        outer, inner = other, box
    else:
        return False
    within = outer.left <= inner.left and inner.right <= outer.right and inner.bottom <= outer.bottom
    return outer.bar is not None and within and outer.top + outer.bar <= inner.top


def _connected(one: Connection, pieces: Sequence[Piece]) -> bool:
    reached = [piece for piece in pieces if _at(one.start, piece.x1, piece.y1, piece)]
    left = [piece for piece in pieces if piece not in reached]
    for piece in reached:
        found = [other for other in left if _touch(piece, other)]
        reached += found
        left = [other for other in left if other not in found]
    return any(_at(one.end, piece.x2, piece.y2, piece) and piece.arrow == one.arrow for piece in reached)


def _at(edge: Edge, x: int, y: int, piece: Piece) -> bool:
    return piece.x1 == piece.x2 and edge.left <= x <= edge.right and y == edge.y


def _touch(piece: Piece, other: Piece) -> bool:
    return max(piece.x1, other.x1) <= min(piece.x2, other.x2) and max(piece.y1, other.y1) <= min(piece.y2, other.y2)
