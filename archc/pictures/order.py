"""The order of the boxes of one item: rows, lines that pass rows, what stands left of what, which lines are straight.

It depends on no size. The boxes stand in rows, each below all that it needs. A tensor that passes a row has one entry
there, however many boxes take it further down. The order in the rows is found by sweeps of barycentres.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence

from archc.pictures.item import FRAME, IN, OUT
from archc.pictures.plan import Plan, PlanLink

Rows = list[list[int]]
Channels = Sequence[Sequence[PlanLink]]

SWEEPS = 12
PATIENCE = 4
"""Sweeps without fewer crossings, after which the rows stay as they were at best."""


def order(
    count: int,
    links: Sequence[tuple[int, int, int]],
    joins: frozenset[int],
    weights: Sequence[int],
    main: int | None,
) -> Plan:
    """Puts the children of an item into rows.

    Args:
        count: of the children; they are numbered in the order of creation.
        links: the number of a tensor, where it comes from (a child or `IN`), and where it goes to (a child, `OUT` or
            `FRAME`).
        joins: the children that take their tensors as one bar.
        weights: how much is in each child; of the lines that could be straight, those between heavy ones are.
        main: the child that the axis leads to; what it does not need stands on the right.

    Raises:
        ValueError: the children form a circle.
    """
    sources, targets = _nets(links)
    before, after = _neighbours(count, sources, targets)
    row_of = _rows_of(before, after, fed={end for ends in targets.values() for end in ends})
    last = max(row_of, default=0) + 1
    rows: Rows = [[] for _ in range(last + 1)]
    for child, row in enumerate(row_of):
        rows[row].append(child)
    channels: list[list[PlanLink]] = [[] for _ in range(last)]
    started: dict[int, int] = {}
    for net, source in sources.items():
        first = 0 if source == IN else row_of[source]
        started[-1 - net] = first
        _pass(net, source, first, [(last if end == OUT else row_of[end], end) for end in targets[net]], rows, channels)
    needed = _needed(main, before) if main is not None else set(range(count))
    for entries in rows:
        entries.sort(key=lambda entry: _first_place(entry, needed, started))
    crossings = _untangle(rows, channels)
    axis, gathering = _axis(rows, row_of, before, needed)
    straight = [_straight(row, rows, channel, weights, axis, gathering) for row, channel in enumerate(channels)]
    return Plan(
        rows=tuple(map(tuple, rows)),
        links=tuple(map(tuple, channels)),
        straight=tuple(straight),
        spine=tuple(_upright(axis, rows, straight)),
        joins=joins,
        crossings=crossings,
    )


def _nets(links: Sequence[tuple[int, int, int]]) -> tuple[dict[int, int], dict[int, list[int]]]:
    """Where each tensor comes from and what takes it, by numbers; nothing for one that ends at the frame."""
    sources: dict[int, int] = {}
    targets: dict[int, dict[int, None]] = {}
    for net, start, end in sorted(links):
        sources.setdefault(net, start)
        taken = targets.setdefault(net, {})
        if end not in (FRAME, sources[net]):
            taken[end] = None
    return sources, {net: list(taken) for net, taken in targets.items()}


def _neighbours(
    count: int, sources: Mapping[int, int], targets: Mapping[int, Sequence[int]]
) -> tuple[list[list[int]], list[list[int]]]:
    """The children that each child takes from, and those that take from it."""
    before: list[list[int]] = [[] for _ in range(count)]
    after: list[list[int]] = [[] for _ in range(count)]
    for net, source in sources.items():
        for end in targets[net]:
            if source != IN and end != OUT:
                before[end].append(source)
                after[source].append(end)
    return before, after


def _rows_of(before: Sequence[Sequence[int]], after: Sequence[Sequence[int]], fed: set[int]) -> list[int]:
    """The row of each child, from 1: the longest path to it; what takes nothing stands right above its first taker."""
    row_of = [1] * len(before)
    waits = [len(sources) for sources in before]
    ready = [child for child, missing in enumerate(waits) if not missing]
    for child in ready:
        for taker in after[child]:
            row_of[taker] = max(row_of[taker], row_of[child] + 1)
            waits[taker] -= 1
            if not waits[taker]:
                ready.append(taker)
    if len(ready) < len(before):
        raise ValueError("the children of an item form a circle")
    for child in ready:
        if child not in fed and after[child]:
            row_of[child] = min(row_of[taker] for taker in after[child]) - 1
    return row_of


def _pass(
    net: int, source: int, first: int, taken: list[tuple[int, int]], rows: Rows, channels: list[list[PlanLink]]
) -> None:
    """Adds the entries and lines of one tensor, from the row `first` to the last row that takes it."""
    lane = -1 - net
    if source == IN:
        rows[0].append(lane)
    ends: dict[int, list[int]] = {}
    for row, end in taken:
        ends.setdefault(row, []).append(lane if end == OUT else end)
    final = max(ends, default=first)
    top = lane if source == IN else source
    for row in range(first + 1, final + 1):
        passes = row < final or lane in ends[row]
        if passes:
            rows[row].append(lane)
        bottoms = [end for end in ends.get(row, ()) if end != lane]
        channels[row - 1].extend(PlanLink(net, top, bottom) for bottom in ([lane] if passes else []) + bottoms)
        top = lane


def _needed(main: int, before: Sequence[Sequence[int]]) -> set[int]:
    """The main child and all that it needs."""
    found = {main}
    pending = [main]
    while pending:
        for child in before[pending.pop()]:
            if child not in found:
                found.add(child)
                pending.append(child)
    return found


def _first_place(entry: int, needed: set[int], started: Mapping[int, int]) -> tuple[int, int, int]:
    """Main children first, then lines, the last that started first, then what the main child does not need."""
    if entry < 0:
        return 1, -started[entry], entry
    return (0 if entry in needed else 2), 0, entry


def _axis(
    rows: Rows, row_of: Sequence[int], before: Sequence[Sequence[int]], needed: set[int]
) -> tuple[dict[int, int], set[int]]:
    """The entry of each row that the axis should lead through, if there is one, and the children that gather branches.

    It is the only main child of a row, or the only port. What is alone in its row because other branches are shorter is
    a branch: it stands above a child that takes two or more tensors from what is not on the axis.
    """
    alone = {}
    for row, entries in enumerate(rows):
        ports = row in (0, len(rows) - 1)
        main = entries if ports else [entry for entry in entries if entry in needed]
        if len(main) == 1:
            alone[row] = main[0]
    axis, gathering = dict(alone), set()
    for row, entry in alone.items():
        aside = {child for child in before[entry] if alone.get(row_of[child]) != child} if entry >= 0 else set()
        if len(aside) > 1:
            gathering.add(entry)
            for between in range(min(row_of[child] for child in aside) + 1, row):
                axis.pop(between, None)
    return axis, gathering


# crossings


def _places(entries: Sequence[int]) -> dict[int, int]:
    return {entry: place for place, entry in enumerate(entries)}


def _crossings(upper: Sequence[int], lower: Sequence[int], channel: Sequence[PlanLink]) -> int:
    """How many pairs of lines cross between two rows."""
    if len(upper) < 2 or len(lower) < 2:
        return 0
    above, below = _places(upper), _places(lower)
    found = 0
    passed: list[int] = []
    for _, bottom in sorted((above[top], below[bottom]) for _, top, bottom in channel):
        found += len(passed) - bisect_right(passed, bottom)
        insort(passed, bottom)
    return found


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
    places = _places(fixed)
    pulls: dict[int, list[int]] = {}
    for start, end in lines:
        pulls.setdefault(end, []).append(places[start])
    now, width = _places(moving), len(moving)

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
        above = _places(rows[row - 1])
        for _, top, bottom in channels[row - 1]:
            ends[0].setdefault(bottom, []).append(above[top])
    if row < len(channels):
        below = _places(rows[row + 1])
        for _, top, bottom in channels[row]:
            ends[1].setdefault(top, []).append(below[bottom])
    for side in ends:
        for places in side.values():
            places.sort()

    def crossings(left: int, right: int) -> int:
        return sum(bisect_left(side[right], place) for side in ends if right in side for place in side.get(left, ()))

    for _ in range(PATIENCE):
        moved = False
        for place in range(len(entries) - 1):
            left, right = entries[place], entries[place + 1]
            if crossings(right, left) < crossings(left, right):
                entries[place], entries[place + 1] = right, left
                moved = True
        if not moved:
            break


# straight lines


def _straight(
    row: int,
    rows: Rows,
    channel: Sequence[PlanLink],
    weights: Sequence[int],
    axis: Mapping[int, int],
    gathering: set[int],
) -> dict[int, tuple[int, int]]:
    """The lines below a row that are straight, by their lower entries; none crosses another.

    What could be the axis comes first. What gathers branches stands below the middle of them.
    """
    enters, leaves = row == 0, row + 2 == len(rows)
    above, below = _places(rows[row]), _places(rows[row + 1])
    takers: dict[int, list[int]] = {}
    takes: dict[int, list[int]] = {}
    for _, top, bottom in channel:
        takers.setdefault(top, []).append(bottom)
        takes.setdefault(bottom, []).append(top)
    wanted = []
    for net, top, bottom in channel:
        urgency = _urgency(top, bottom, takers[top], takes[bottom], enters, leaves)
        if axis.get(row) == top and axis.get(row + 1) == bottom:
            urgency = 5
        elif bottom in gathering:
            urgency = 0
        weight = sum(weights[entry] for entry in (top, bottom) if entry >= 0)
        if urgency > 1 or (urgency and weight):
            wanted.append((-urgency, -weight, above[top], below[bottom], net, top, bottom))
    tops: list[int] = []
    bottoms: list[int] = []
    found = {}
    for _, _, high, low, net, top, bottom in sorted(wanted):
        place = bisect_left(tops, high)
        free = place == len(tops) or (tops[place] > high and bottoms[place] > low)
        if free and (not place or bottoms[place - 1] < low):
            tops.insert(place, high)
            bottoms.insert(place, low)
            found[bottom] = top, net
    return found


def _urgency(top: int, bottom: int, takers: Sequence[int], takes: Sequence[int], enters: bool, leaves: bool) -> int:
    """How much a line wants to be straight, from 0: skips most, then what is the only line on either side."""
    boxes_below = [entry for entry in takers if entry >= 0]
    boxes_above = [entry for entry in takes if entry >= 0]
    if top < 0 and bottom < 0 and not (enters and len(takers) > 1):
        return 4
    if (len(takers) == 1 and len(takes) == 1) or (top >= 0 > bottom and leaves):
        return 3
    only_box = bottom >= 0 and boxes_below == [bottom] and (len(takes) == 1 or boxes_above in ([], [top]))
    if only_box and (top >= 0 or enters):
        return 2
    if top >= 0 and bottom >= 0 and len(boxes_below) <= 2 and len(boxes_above) <= 2:
        return 1
    return 0


def _upright(
    axis: Mapping[int, int], rows: Rows, straight: Sequence[Mapping[int, tuple[int, int]]]
) -> Iterator[tuple[int, int]]:
    """The part of the axis that can be one vertical line: no straight line leads from its one side to the other."""
    started = False
    left, right, own = -1, 0, None
    for row, entries in enumerate(rows):
        places = _places(entries)
        if started:
            kept = [(places[bottom], top) for bottom, (top, _) in straight[row - 1].items()]
            above = _places(rows[row - 1])
            continued = next((entries[place] for place, top in kept if top == own), None)
            left, right = (
                max((place for place, top in kept if above[top] <= left), default=-1),
                min((place for place, top in kept if above[top] >= right), default=len(entries)),
            )
            own = continued
        mine = axis.get(row)
        if mine is not None and (not started or left < places[mine] < right) and own in (None, mine):
            yield row, mine
            started, own = True, mine
        if own is not None:
            left, right = places[own] - 1, places[own] + 1
