"""Generated items: links between children, and boxes with ports."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from hypothesis import strategies as st

from archc.pictures.item import FRAME, IN, OUT
from archc.pictures.order import order
from archc.pictures.plan import Box, Placed, Plan
from tests.pictures.geometry import (
    Connection,
    Edge,
    Piece,
    Rectangle,
    lines_in_boxes,
    loose_ends,
    missing_lines,
    outside,
    overlapping_boxes,
    overlapping_lines,
    skew_lines,
)

Link = tuple[int, int, int]


@dataclass(frozen=True)
class Case:
    """An item that can be placed.

    Attributes:
        tensors: the tensor of each net; nets of one tensor leave a box at one port.
    """

    links: tuple[Link, ...]
    boxes: tuple[Box, ...]
    joins: frozenset[int]
    weights: tuple[int, ...]
    main: int | None
    tensors: tuple[int, ...]
    least_width: int

    def plan(self) -> Plan:
        return order(len(self.boxes), self.links, self.joins, self.weights, self.main)


@st.composite
def cases(draw: st.DrawFn, most: int = 12) -> Case:
    """Items of up to `most` children: in half of them each child takes what the one before makes."""
    count = draw(st.integers(0, most))
    chained = draw(st.booleans())
    links: list[Link] = [(child, child, child + 1) for child in range(count - 1)] if chained else []
    sources = [start for _, start, _ in links]
    tensors = list(range(len(links)))
    for _ in range(draw(st.integers(0, most if chained else 2 * most))):
        net = len(tensors)
        source = draw(st.integers(IN, count - 1))
        shared = [tensors[other] for other in range(net) if sources[other] == source != IN]
        tensors.append(shared[0] if shared and draw(st.integers(0, 4)) == 0 else net)
        sources.append(source)
        choices = [OUT, *([FRAME] if source == IN else []), *range(source + 1, count)]
        ends = draw(st.lists(st.sampled_from(choices), min_size=1, max_size=4, unique=True))
        links += [(net, source, end) for end in ends]
    boxes = tuple(draw(_boxes(child, links, tensors)) for child in range(count))
    return Case(
        tuple(links),
        boxes,
        frozenset(draw(st.sets(st.integers(0, count - 1), max_size=3))) if count else frozenset(),
        tuple(draw(st.lists(st.integers(0, 5), min_size=count, max_size=count))),
        draw(st.none() | st.integers(0, count - 1)) if count else None,
        tuple(tensors),
        draw(st.sampled_from([0, 0, 120, 1001])),
    )


@st.composite
def _boxes(draw: st.DrawFn, child: int, links: list[Link], tensors: list[int]) -> Box:
    """A closed box, a stack of repeats, or an open box with fixed ports."""
    enter = sorted({net for net, _, end in links if end == child})
    leave = sorted({net for net, start, _ in links if start == child})
    carried = sorted({tensors[net] for net in leave})
    height = draw(st.integers(10, 60))
    if draw(st.booleans()):
        step = 14 * len(carried)
        width = max(draw(st.integers(24, 200)), step + 12)
        behind = draw(st.sampled_from([0, 6]))
        ports = [width // 2 - 7 * (len(carried) - 1) + 14 * place for place in range(len(carried))]
        outputs = {net: ports[carried.index(tensors[net])] for net in leave}
        return Box(width + behind, height + behind, outputs, front=width if behind else 0)
    entries = draw(_offsets(len(enter)))
    exits = draw(_offsets(len(carried)))
    width = max([60, *entries, *exits]) + draw(st.integers(12, 90))
    order_in = draw(st.permutations(range(len(enter))))
    return Box(
        width,
        height,
        {net: exits[carried.index(tensors[net])] for net in leave},
        {net: entries[place] for net, place in zip(enter, order_in, strict=True)},
    )


@st.composite
def _offsets(draw: st.DrawFn, count: int) -> list[int]:
    steps = draw(st.lists(st.integers(14, 60), min_size=count, max_size=count))
    return list(accumulate(steps))


def rectangles(placed: Placed, boxes: tuple[Box, ...]) -> list[Rectangle]:
    """The boxes of one item."""
    return [
        Rectangle(child, *corner, box.width, box.height)
        for child, (corner, box) in enumerate(zip(placed.corners, boxes, strict=True))
    ]


def pieces(placed: Placed) -> list[Piece]:
    """The lines of one item."""
    return [Piece(line.nets, *segment) for line in placed.lines for segment in line.segments]


def connections(case: Case, placed: Placed) -> list[Connection]:
    """The lines that must be there."""
    boxes = rectangles(placed, case.boxes)
    found = []
    for net, start, end in case.links:
        if end == FRAME:
            continue
        if start == IN:
            first = Edge(placed.inputs[net], placed.inputs[net], 0)
        else:
            x = boxes[start].left + case.boxes[start].outputs[net]
            first = Edge(x, x, boxes[start].bottom)
        if end == OUT:
            last = Edge(placed.outputs[net], placed.outputs[net], placed.height)
        elif case.boxes[end].inputs:
            x = boxes[end].left + case.boxes[end].inputs[net]
            last = Edge(x, x, boxes[end].top)
        else:
            front = case.boxes[end].front or case.boxes[end].width
            last = Edge(boxes[end].left, boxes[end].left + front, boxes[end].top)
        found.append(Connection(net, first, last, end >= 0))
    return found


def faults(case: Case, placed: Placed) -> list[str]:
    """Everything that is wrong with the places of an item."""
    boxes, lines = rectangles(placed, case.boxes), pieces(placed)
    return [
        *overlapping_boxes(boxes),
        *lines_in_boxes(boxes, lines),
        *overlapping_lines(lines, lambda net: case.tensors[net] if isinstance(net, int) else net),
        *skew_lines(lines),
        *missing_lines(connections(case, placed), lines),
        *loose_ends(connections(case, placed), lines),
        *outside(boxes, lines, placed.width, placed.height),
    ]
