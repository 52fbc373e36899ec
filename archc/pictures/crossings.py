"""The order of the entries of rows, so that few lines cross: sweeps of barycentres, then neighbours change places."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from archc.pictures.plan import PlanLink

Entry = TypeVar("Entry")
Rows = list[list[int]]
Channels = Sequence[Sequence[PlanLink]]

SWEEPS = 12
PATIENCE = 4
"""Sweeps without fewer crossings, after which the rows stay as they were at best."""


def places_of(entries: Sequence[int]) -> dict[int, int]:
    """The place of each entry of a row."""
    return {entry: place for place, entry in enumerate(entries)}


def _crossings(upper: Sequence[int], lower: Sequence[int], channel: Sequence[PlanLink]) -> int:
    """How many pairs of lines cross between two rows."""
    if len(upper) < 2 or len(lower) < 2:
        return 0
    above, below = places_of(upper), places_of(lower)
    found = 0
    passed: list[int] = []
    for _, bottom in sorted((above[top], below[bottom]) for _, top, bottom in channel):
        found += len(passed) - bisect_right(passed, bottom)
        insort(passed, bottom)
    return found


def untangled(
    rows: Rows, channels: Channels, needed: set[int], spans: Mapping[int, tuple[int, int]]
) -> tuple[Rows, int]:
    """The rows with their entries in order, and how many lines cross.

    At first main children are on the left, then lines, then what the main child does not need. Of the lines those that
    started last are on the left, and of these those that end first: so they are nested, inside an item as around it.
    Lines that go the same way are in the order of their numbers, the last on the left; if lines cross then, the other
    way is tried too.
    """
    best, fewest = rows, -1
    for last_first in (True, False):

        def start(entry: int, sign: int = 1 if last_first else -1) -> tuple[int, int, int, int]:
            if entry < 0:
                first, last = spans[entry]
                return 1, -first, last, sign * entry
            return (0 if entry in needed else 2), 0, 0, entry

        tried = [sorted(entries, key=start) for entries in rows]
        found = _untangle(tried, channels)
        if fewest < 0 or found < fewest:
            best, fewest = tried, found
        if not fewest:
            break
    return best, fewest


def _untangle(rows: Rows, channels: Channels) -> int:
    """Orders the rows so that few lines cross; returns how many do."""

    def crossings() -> int:
        return sum(_crossings(rows[row], rows[row + 1], channel) for row, channel in enumerate(channels))

    fewest, best = crossings(), [list(entries) for entries in rows]
    since = 0
    for sweep in range(SWEEPS):
        if not fewest or since == PATIENCE:
            break
        downwards = sweep % 2 == 0
        for row in range(len(channels)) if downwards else reversed(range(len(channels))):
            if downwards:
                _align(rows[row], rows[row + 1], [(top, bottom) for _, top, bottom in channels[row]])
            else:
                _align(rows[row + 1], rows[row], [(bottom, top) for _, top, bottom in channels[row]])
        for row in range(len(rows)):
            _exchange(row, rows, channels)
        found = crossings()
        since += 1
        if found < fewest:
            fewest, best, since = found, [list(entries) for entries in rows], 0
    rows[:] = best
    return fewest


def _align(fixed: Sequence[int], moving: list[int], lines: Sequence[tuple[int, int]]) -> None:
    """Orders a row by the mean places of what its entries are connected with in the fixed row."""
    if len(moving) < 2:
        return
    places = places_of(fixed)
    pulls: dict[int, list[int]] = {}
    for start, end in lines:
        pulls.setdefault(end, []).append(places[start])
    now, width = places_of(moving), len(moving)

    def mean(entry: int) -> tuple[int, int]:
        pulling = pulls.get(entry)
        if pulling is None:
            return (now[entry] * len(fixed) << 16) // width, now[entry]
        return (sum(pulling) << 16) // len(pulling), now[entry]

    moving.sort(key=mean)


def _exchange(row: int, rows: Rows, channels: Channels) -> None:
    """Neighbours in a row change places while that saves crossings."""
    entries = rows[row]
    if len(entries) < 2:
        return
    ends: list[dict[int, list[int]]] = [{}, {}]
    if row:
        above = places_of(rows[row - 1])
        for _, top, bottom in channels[row - 1]:
            ends[0].setdefault(bottom, []).append(above[top])
    if row < len(channels):
        below = places_of(rows[row + 1])
        for _, top, bottom in channels[row]:
            ends[1].setdefault(top, []).append(below[bottom])
    for side in ends:
        for places in side.values():
            places.sort()

    def crossings(left: int, right: int) -> int:
        return sum(bisect_left(side[right], place) for side in ends if right in side for place in side.get(left, ()))

    exchange_neighbours(entries, crossings, PATIENCE)


def exchange_neighbours(entries: list[Entry], crossings: Callable[[Entry, Entry], int], passes: int) -> None:
    """Neighbours in a list change places while that saves crossings.

    Args:
        entries: in their order.
        crossings: how many there are if the first of two stands before the second.
        passes: over the list, at most.
    """
    for _ in range(passes):
        moved = False
        for place in range(len(entries) - 1):
            one, other = entries[place], entries[place + 1]
            if crossings(other, one) < crossings(one, other):
                entries[place], entries[place + 1] = other, one
                moved = True
        if not moved:
            break
