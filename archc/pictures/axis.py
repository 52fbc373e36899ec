"""The axis of an item, and the lines between its rows that are straight."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

from archc.pictures.crossings import Rows, places_of
from archc.pictures.plan import PlanLink


def axis_of(
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


def straight_lines(
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
    above, below = places_of(rows[row]), places_of(rows[row + 1])
    takers: dict[int, set[int]] = {}
    takes: dict[int, set[int]] = {}
    for _, top, bottom in channel:
        takers.setdefault(top, set()).add(bottom)
        takes.setdefault(bottom, set()).add(top)
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


def _urgency(top: int, bottom: int, takers: set[int], takes: set[int], enters: bool, leaves: bool) -> int:
    """How much a line wants to be straight, from 0: skips most, then what is the only line on either side.

    Args:
        top: the upper entry.
        bottom: the lower entry.
        takers: what the upper entry is connected with.
        takes: what the lower entry is connected with.
        enters: whether the upper row has the tensors that enter the item.
        leaves: whether the lower row has the tensors that leave the item.
    """
    if top < 0 and bottom < 0 and not (enters and len(takers) > 1):
        return 4
    if (len(takers) == 1 and len(takes) == 1) or (top >= 0 > bottom and leaves):
        return 3
    boxes_below = {entry for entry in takers if entry >= 0}
    boxes_above = {entry for entry in takes if entry >= 0}
    only_box = boxes_below == {bottom} and (len(takes) == 1 or boxes_above <= {top})
    if only_box and (top >= 0 or enters):
        return 2
    if top >= 0 and bottom >= 0 and len(boxes_below) <= 2 and len(boxes_above) <= 2:
        return 1
    return 0


def upright(
    axis: Mapping[int, int], rows: Rows, straight: Sequence[Mapping[int, tuple[int, int]]]
) -> Iterator[tuple[int, int]]:
    """The part of the axis that can be one vertical line: no straight line leads from its one side to the other."""
    started = False
    left, right, own = -1, 0, None
    for row, entries in enumerate(rows):
        places = places_of(entries)
        if started:
            kept = [(places[bottom], top) for bottom, (top, _) in straight[row - 1].items()]
            above = places_of(rows[row - 1])
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
