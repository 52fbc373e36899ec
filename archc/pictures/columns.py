"""Where boxes and lines stand from left to right.

What is connected by straight lines is one column, and moves as one. Columns keep their order and their least distances,
and stand as near as they can to what they are connected with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from archc.pictures.plan import Box, Plan

LANE = 2
"""The width of a line that passes a row."""
BETWEEN_BOXES = 22
BESIDE_LANE = 12
DRIFT = 40
"""How far a straight line may lead a box away from the axis of its column."""
ROUNDS = 24
SWEEPS = 8
FAR = 1 << 40


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes and ports of the entries of rows: boxes and lines that pass."""

    boxes: Sequence[Box]

    def width(self, entry: int) -> int:
        """With the repeats that stand behind it."""
        return LANE if entry < 0 else self.boxes[entry].width

    def height(self, entry: int) -> int:
        """Nothing for a line."""
        return 0 if entry < 0 else self.boxes[entry].height

    def front(self, entry: int) -> int:
        """The width that lines may enter."""
        return LANE if entry < 0 else self.boxes[entry].front or self.boxes[entry].width

    def enters(self, entry: int, net: int) -> int:
        """Where the tensor enters, if it may choose: the middle."""
        return self.boxes[entry].inputs[net] if entry >= 0 and self.boxes[entry].inputs else self.front(entry) // 2

    def leaves(self, entry: int, net: int) -> int:
        """Where the tensor leaves."""
        return LANE // 2 if entry < 0 else self.boxes[entry].outputs[net]


class _Columns:
    """Entries of rows by their places in `at`; a column has its axis at 0."""

    def __init__(self, plan: Plan, sizes: Sizes) -> None:
        self.sizes = sizes
        self.at: list[dict[int, int]] = []
        self.entries: list[int] = []
        for entries in plan.rows:
            self.at.append({entry: len(self.entries) + place for place, entry in enumerate(entries)})
            self.entries.extend(entries)
        self.stems = [sizes.front(entry) // 2 for entry in self.entries]
        for row, links in enumerate(plan.links):
            straight = plan.straight[row]
            for net, top, _ in reversed(links):
                self.stems[self.at[row][top]] = sizes.leaves(top, net)
            for top, net in straight.values():
                self.stems[self.at[row][top]] = sizes.leaves(top, net)
        self.column = [-1] * len(self.entries)
        self.offset = [0] * len(self.entries)
        self.members: list[list[int]] = []
        self.axis = -1
        spine = set(plan.spine)
        for row, entries in enumerate(plan.rows):
            for entry in entries:
                above = plan.straight[row - 1].get(entry) if row else None
                self._add(row, entry, above, (row, entry) in spine)

    def _add(self, row: int, entry: int, above: tuple[int, int] | None, on_axis: bool) -> None:
        """Puts an entry into the column of what is straight above it, on the axis, or into one of its own."""
        place = self.at[row][entry]
        stem = self.stems[place]
        column, offset = -1, -stem
        if above is not None:
            top, net = above
            upper = self.at[row - 1][top]
            enters = self.sizes.enters(entry, net)
            line = self.offset[upper] + self.sizes.leaves(top, net)
            if entry < 0 or (abs(line) <= DRIFT and abs(line - enters + stem) <= DRIFT):
                column, offset = self.column[upper], line - enters
        if on_axis and self.axis >= 0 and column != self.axis:
            if column >= 0 and abs(enters - stem) <= DRIFT:
                self._merge(column, enters - stem - line)
            column, offset = self.axis, -stem
        if column < 0:
            column = len(self.members)
            self.members.append([])
        if on_axis and self.axis < 0:
            self.axis = column
        self.column[place], self.offset[place] = column, offset
        self.members[column].append(place)

    def _merge(self, column: int, shift: int) -> None:
        """Puts a column on the axis."""
        for place in self.members[column]:
            self.column[place] = self.axis
            self.offset[place] += shift
        self.members[self.axis].extend(self.members[column])
        self.members[column] = []


@dataclass(frozen=True, slots=True)
class _Forces:
    """What columns do to one another.

    Attributes:
        ordered: the columns from the left; what is left of another comes before it.
        left: for each column, those on its left, with the least distance of the axes.
        right: the same to the right.
        pulls: for each column, what it is connected with: the other column, the weight of the connections, and the
            weighted sum of how far right of the other axis its own would be, were they straight.
    """

    ordered: Sequence[int]
    left: Sequence[Sequence[tuple[int, int]]]
    right: Sequence[Sequence[tuple[int, int]]]
    pulls: Sequence[Sequence[tuple[int, int, int]]]


def across(plan: Plan, boxes: Sequence[Box]) -> list[dict[int, int]]:
    """The left edge of each entry of each row, as far as the axis is at 0."""
    columns = _Columns(plan, Sizes(boxes))
    forces = _forces(plan, columns)
    xs = _settle(forces, columns.axis)
    return [
        {entry: xs[columns.column[place]] + columns.offset[place] for entry, place in row.items()} for row in columns.at
    ]


def _forces(plan: Plan, columns: _Columns) -> _Forces:
    count = len(columns.members)
    distances: list[dict[int, int]] = [{} for _ in range(count)]
    sizes, offset, column = columns.sizes, columns.offset, columns.column
    for row, entries in enumerate(plan.rows):
        places = columns.at[row]
        for one, other in pairwise(entries):
            a, b = places[one], places[other]
            between = BETWEEN_BOXES if one >= 0 and other >= 0 else BESIDE_LANE
            least = offset[a] + sizes.width(one) + between - offset[b]
            known = distances[column[a]]
            known[column[b]] = max(least, known.get(column[b], least))
    pulls: list[dict[int, tuple[int, int]]] = [{} for _ in range(count)]

    def pull(one: int, other: int, weight: int, aside: int) -> None:
        for pulled, towards, sign in ((one, other, 1), (other, one, -1)):
            weights, moment = pulls[pulled].get(towards, (0, 0))
            pulls[pulled][towards] = weights + weight, moment + sign * weight * aside

    for row, links in enumerate(plan.links):
        for net, top, bottom in links:
            a, b = columns.at[row][top], columns.at[row + 1][bottom]
            if column[a] != column[b]:
                aside = offset[b] + sizes.enters(bottom, net) - offset[a] - sizes.leaves(top, net)
                pull(column[a], column[b], 1 + (top < 0) + (bottom < 0), aside)
    left: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    for one, known in enumerate(distances):
        for other, least in known.items():
            left[other].append((one, least))
    right = [list(known.items()) for known in distances]
    return _Forces(
        _sorted(left, right),
        left,
        right,
        [[(other, *force) for other, force in known.items()] for known in pulls],
    )


def _sorted(left: Sequence[Sequence[tuple[int, int]]], right: Sequence[Sequence[tuple[int, int]]]) -> list[int]:
    waits = [len(known) for known in left]
    found = [column for column, missing in enumerate(waits) if not missing]
    for column in found:
        for other, _ in right[column]:
            waits[other] -= 1
            if not waits[other]:
                found.append(other)
    return found


def _settle(forces: _Forces, axis: int) -> list[int]:
    """The place of each column: the axis goes to the middle of what it is connected with, and has precedence."""
    bounds = _bounds(forces, axis)
    xs = _between(forces, [0] * len(forces.ordered), bounds, 0)
    for _ in range(ROUNDS):
        wanted = [(x + _wanted(forces, xs, column)) // 2 for column, x in enumerate(xs)]
        settled = _between(forces, wanted, bounds, _wanted(forces, xs, axis) if axis >= 0 else 0)
        if settled == xs:
            break
        xs = settled
    for sweep in range(SWEEPS):
        moved = False
        for column in forces.ordered if sweep % 2 else reversed(forces.ordered):
            want = _wanted(forces, xs, column)
            low = max((xs[other] + least for other, least in forces.left[column]), default=-FAR)
            high = min((xs[other] - least for other, least in forces.right[column]), default=FAR)
            want = min(max(want, low), high)
            if want != xs[column] and column != axis:
                xs[column] = want
                moved = True
        if not moved:
            break
    return xs


def _bounds(forces: _Forces, axis: int) -> list[tuple[int, int]]:
    """How far left and right of the axis each column may stand."""
    lows, highs = [-FAR] * len(forces.ordered), [FAR] * len(forces.ordered)
    if axis >= 0:
        lows[axis] = highs[axis] = 0
    for column in forces.ordered:
        for other, least in forces.right[column]:
            lows[other] = max(lows[other], lows[column] + least)
    for column in reversed(forces.ordered):
        for other, least in forces.left[column]:
            highs[other] = min(highs[other], highs[column] - least)
    return list(zip(lows, highs, strict=True))


def _wanted(forces: _Forces, xs: Sequence[int], column: int) -> int:
    """Where a column would stand if it were alone: the weighted mean of what it is connected with."""
    weights = moments = 0
    for other, weight, moment in forces.pulls[column]:
        weights += weight
        moments += weight * xs[other] + moment
    return moments // weights if weights else xs[column]


def _between(forces: _Forces, wanted: Sequence[int], bounds: Sequence[tuple[int, int]], axis: int) -> list[int]:
    """Places that keep the least distances, near those that are wanted, with the axis where it is wanted.

    Half way between the places where all were pushed to the right and those where all were pushed to the left: both
    keep the distances, so what is half way does too.
    """
    right, left = list(wanted), list(wanted)
    for column in forces.ordered:
        right[column] = max([right[column]] + [right[other] + least for other, least in forces.left[column]])
    for column in reversed(forces.ordered):
        left[column] = min([left[column]] + [left[other] - least for other, least in forces.right[column]])
    return [
        (min(max(a, low + axis), high + axis) + min(max(b, low + axis), high + axis)) // 2
        for a, b, (low, high) in zip(right, left, bounds, strict=True)
    ]


def widest(rows: Sequence[Mapping[int, int]], sizes: Sizes) -> tuple[int, int]:
    """The left end of the leftmost entry, and the right end of the rightmost."""
    lefts = [x for row in rows for x in row.values()]
    rights = [x + sizes.width(entry) for row in rows for entry, x in row.items()]
    return min(lefts, default=0), max(rights, default=0)
