"""The order of the boxes of one item: rows, lines that pass rows, what stands left of what, which lines are straight.

It depends on no size. The boxes stand in rows, each below all that it needs. A tensor that passes a row has one entry
there, however many boxes take it further down. The order in the rows is found by sweeps of barycentres.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archc.pictures.axis import axis_of, straight_lines, upright
from archc.pictures.crossings import Rows, untangled
from archc.pictures.item import FRAME, IN, OUT
from archc.pictures.plan import Plan, PlanLink


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
            `FRAME`). Tensors are numbered in the order of creation, as far as it is known.
        joins: the children that take their tensors as one bar.
        weights: how much is in each child; of the lines that could be straight, those between heavy ones are.
        main: the child that the axis leads to; what it does not need stands on the right. None for the last that makes
            a tensor that leaves.

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
    spans: dict[int, tuple[int, int]] = {}
    for net, source in sources.items():
        first = 0 if source == IN else row_of[source]
        taken = [(last if end == OUT else row_of[end], end) for end in targets[net]]
        spans[-1 - net] = first, max((row for row, _ in taken), default=last)
        _pass(net, source, first, taken, rows, channels)
    if main is None:
        main = max((source for net, source in sources.items() if source != IN and OUT in targets[net]), default=None)
    needed = _needed(main, before) if main is not None else set(range(count))
    rows, crossings = untangled(rows, channels, needed, spans)
    axis, gathering = axis_of(rows, row_of, before, needed)
    straight = [straight_lines(row, rows, channel, weights, axis, gathering) for row, channel in enumerate(channels)]
    return Plan(
        rows=tuple(map(tuple, rows)),
        links=tuple(map(tuple, channels)),
        straight=tuple(straight),
        spine=tuple(upright(axis, rows, straight)),
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
