"""The tracks of the lines between two rows.

Each wire runs down from its tops to a horizontal piece, its track, and from there down to its bottoms. Tracks are
ordered so that few lines cross and no two lie on one another.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from archc.pictures.crossings import exchange_neighbours

CLEAR = 3
"""Vertical pieces that are nearer than this look like one."""
BESIDE = 8
"""The least distance of two horizontal pieces in one track."""
PASSES = 16


class Wire(NamedTuple):
    """What is one connected line between two rows.

    Attributes:
        tops: where it comes from: the place and the tensor.
        bottoms: where it goes to: the place and the entry of the lower row.
    """

    tops: tuple[tuple[int, int], ...]
    bottoms: tuple[tuple[int, int], ...]

    @property
    def nets(self) -> tuple[int, ...]:
        """The tensors that it carries."""
        return tuple(net for _, net in self.tops)


class Route(NamedTuple):
    """A wire, or a part of one, with its track.

    Attributes:
        nets: the tensors of the wire.
        tops: as in the wire; none where the part hangs on another part.
        bottoms: as in the wire; none where another part hangs on this one.
        level: of the track, from 0 at the top; -1 for a wire that is one vertical piece.
        low: the left end of the track.
        high: the right end of the track.
        joint: the place and level where it hangs on the part above it.
    """

    nets: tuple[int, ...]
    tops: tuple[tuple[int, int], ...]
    bottoms: tuple[tuple[int, int], ...]
    level: int
    low: int
    high: int
    joint: tuple[int, int] | None = None


class _Bent(NamedTuple):
    wire: Wire
    tops: tuple[int, ...]
    bottoms: tuple[int, ...]
    low: int
    high: int


def routes(wires: Sequence[Wire], width: int) -> list[Route]:
    """Gives each wire its track.

    Where wires have to pass one another both ways, one of them changes its place in a column between two tracks.

    Args:
        wires: no two of them have near tops, unless these are one port, nor near bottoms.
        width: of the item; columns are within it where there is room.
    """
    found = []
    bent = []
    for wire in wires:
        tops, bottoms = tuple(x for x, _ in wire.tops), tuple(x for x, _ in wire.bottoms)
        low, high = min(tops + bottoms), max(tops + bottoms)
        if low == high:
            found.append(Route(wire.nets, wire.tops, wire.bottoms, -1, low, high))
        else:
            bent.append(_Bent(wire, tops, bottoms, low, high))
    bent.sort(key=_direction)
    exchange_neighbours(bent, _cost, PASSES)
    used = sorted(x for wire in wires for x, _ in wire.tops + wire.bottoms)
    skyline = _Skyline()
    joints: dict[int, tuple[int, int]] = {}
    for index, is_upper in _downwards(_above(bent)):
        wire, tops, bottoms, low, high = bent[index]
        if is_upper:
            column = _column(tops[0], used, width)
            low, high = min(*tops, column), max(*tops, column)
            level = skyline.lay(low, high)
            joints[index] = column, level
            found.append(Route(wire.nets, wire.tops, (), level, low, high))
        elif index in joints:
            joint = joints[index]
            low, high = min(*bottoms, joint[0]), max(*bottoms, joint[0])
            found.append(Route(wire.nets, (), wire.bottoms, skyline.lay(low, high), low, high, joint))
        else:
            found.append(Route(wire.nets, wire.tops, wire.bottoms, skyline.lay(low, high), low, high))
    return found


def _direction(bent: _Bent) -> tuple[int, int]:
    """Of the wires to the right, the rightmost is the highest; of those to the left, the leftmost; forks are below."""
    if bent.low == bent.tops[0]:
        return 0, -bent.low
    if bent.high == bent.tops[-1]:
        return 1, bent.high
    return 2, bent.low


def _cost(upper: _Bent, lower: _Bent) -> int:
    """The crossings if one track is above the other."""
    if upper.high < lower.low or lower.high < upper.low:
        return 0
    return sum(lower.low <= x <= lower.high for x in upper.bottoms) + sum(
        upper.low <= x <= upper.high for x in lower.tops
    )


def _above(bent: Sequence[_Bent]) -> list[list[int]]:
    """For each wire, those that must be above it: they come down near where it goes down.

    What starts at the same port is the same tensor, and may lie on one another.
    """
    tops = sorted((x, index) for index, one in enumerate(bent) for x in one.tops)
    found: list[list[int]] = []
    for index, one in enumerate(bent):
        above = []
        for bottom in one.bottoms:
            for x, other in tops[bisect_left(tops, (bottom - CLEAR + 1, -1)) : bisect_left(tops, (bottom + CLEAR, -1))]:
                if other != index and x not in one.tops:
                    above.append(other)
        found.append(above)
    return found


def _downwards(above: Sequence[list[int]]) -> Iterator[tuple[int, bool]]:
    """The wires from the top, each below those that must be above it.

    Where that is a circle, the upper part of one of them (True) comes before the rest, and the lower part (False) in
    its turn.
    """
    new, open_, done = 0, 1, 2
    state = [new] * len(above)
    split = set()
    for first in range(len(above)):
        pending = [first] if state[first] == new else []
        while pending:
            index = pending[-1]
            state[index] = open_
            waits = above[index]
            while waits and (state[waits[-1]] == done or waits[-1] in split):
                waits.pop()
            if not waits:
                state[index] = done
                pending.pop()
                yield index, False
            elif state[waits[-1]] == open_:
                split.add(waits[-1])
                yield waits[-1], True
            else:
                pending.append(waits[-1])


def _column(near: int, used: list[int], width: int) -> int:
    """A free place for a vertical piece; it is added to those that are used."""
    for clear in (CLEAR, 1):
        for distance in range(1, width + 1):
            for x in (near + distance, near - distance):
                place = bisect_right(used, x - clear)
                if 0 <= x <= width and (place == len(used) or used[place] >= x + clear):
                    used.insert(place, x)
                    return x
    used.append(max(used[-1], width) + CLEAR)
    return used[-1]


class _Skyline:
    """The lowest track that is taken at each place."""

    def __init__(self) -> None:
        self.starts = [-(1 << 40)]
        self.levels = [-1]

    def lay(self, low: int, high: int) -> int:
        """The level of a track below all that were laid where it is."""
        high += BESIDE + 1
        first = bisect_right(self.starts, low - BESIDE) - 1
        end = bisect_left(self.starts, high)
        level = max(self.levels[first:end]) + 1
        self.starts[first:end] = [self.starts[first], low - BESIDE, high]
        self.levels[first:end] = [self.levels[first], level, self.levels[end - 1]]
        return level
