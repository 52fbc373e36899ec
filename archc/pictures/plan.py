"""What the two halves of the layout exchange: the order of boxes in rows, and the places of boxes and lines.

`order` makes a `Plan` of an item from its links alone. `place` makes a `Placed` of a plan and the sizes of the boxes.
All places are integers. `place.js` does the same as `place` in a page, to the last integer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class PlanLink(NamedTuple):
    """A line between two rows: a tensor, where it comes from in the upper row, and where it goes to in the lower one.

    An entry of a row is the number of a child, or `-1 - net` where a tensor passes the row.
    """

    net: int
    top: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The order of the boxes of one item, whatever their sizes are.

    Attributes:
        rows: the entries of each row, from left to right. The first row has the tensors that enter, the last those that
            leave.
        links: the lines below each row but the last.
        straight: for each row but the first, the entries whose line from above is straight, with the upper entry and
            the tensor.
        spine: the rows, with one entry each, that make the axis.
        joins: the children that take their tensors as one bar with one arrow: merges.
        crossings: of lines between rows.
    """

    rows: tuple[tuple[int, ...], ...]
    links: tuple[tuple[PlanLink, ...], ...]
    straight: tuple[Mapping[int, tuple[int, int]], ...]
    spine: tuple[tuple[int, int], ...]
    joins: frozenset[int]
    crossings: int = 0


@dataclass(frozen=True, slots=True)
class Box:
    """The size of a child, and where tensors enter and leave it.

    Attributes:
        inputs: the offsets of the tensors that enter, from the left edge; empty for a closed box, where they enter
            from straight above as far as there is room.
        outputs: the offsets of the tensors that leave, for each tensor; what two networks connect in different ways is
            one tensor and leaves at one offset.
        front: the width that lines may enter and leave, less than `width` where repeats stand behind the box; 0 for all
            of it.
    """

    width: int
    height: int
    outputs: Mapping[int, int]
    inputs: Mapping[int, int] = field(default_factory=dict)
    front: int = 0


class Segment(NamedTuple):
    """A straight piece of a line, vertical or horizontal; `arrow`: it ends in one, at its second point."""

    x1: int
    y1: int
    x2: int
    y2: int
    arrow: bool


class PlacedLine(NamedTuple):
    """Pieces that carry the same tensors."""

    nets: tuple[int, ...]
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """The places of the boxes and lines inside one item, from its upper left corner.

    Attributes:
        corners: the upper left corner of each child.
        inputs: where each tensor enters, from the left.
        outputs: where each tensor leaves, from the left.
    """

    width: int
    height: int
    corners: tuple[tuple[int, int], ...]
    inputs: Mapping[int, int]
    outputs: Mapping[int, int]
    lines: tuple[PlacedLine, ...]
