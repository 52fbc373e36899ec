"""Where lines enter boxes, and which of them are one wire between two rows."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from archc.pictures.columns import LANE, Sizes
from archc.pictures.plan import PlanLink
from archc.pictures.tracks import CLEAR, Wire

STEP = 14
"""The distance of ports of one box where there is room."""
LEAST_STEP = 6
CORNER = 12
"""The distance of ports from the corners of a box where there is room."""
ASIDE = (4, -4, 8, -8, 12, -12)

Group = tuple[int, tuple[int, ...]]
"""A port that is wanted: its place, and the tensors that enter there."""


def wires(
    links: Sequence[PlanLink], upper: Mapping[int, int], lower: Mapping[int, int], sizes: Sizes, joins: frozenset[int]
) -> list[Wire]:
    """The wires between two rows, from the left edges of the entries of both.

    A box of `joins` takes as one bar what it shares with no other box.
    """
    starts = {net: upper[top] + sizes.leaves(top, net) for net, top, _ in links}
    uses = Counter(starts[net] for net, _, _ in links)
    taken: dict[int, list[int]] = {}
    for net, _, bottom in links:
        taken.setdefault(bottom, []).append(net)
    tops = sorted(set(starts.values()))
    found = []
    ends: dict[int, list[tuple[int, int]]] = {net: [] for net in starts}
    for bottom, nets in taken.items():
        pure = [net for net in nets if uses[starts[net]] == 1] if bottom in joins else []
        for x, group in _entrances(bottom, nets, pure, starts, tops, lower[bottom], sizes):
            if len(group) == 1:
                ends[group[0]].append((x, bottom))
            else:
                found.append(Wire(tuple(sorted((starts[net], net) for net in group)), ((x, bottom),)))
    found += [Wire(((starts[net], net),), tuple(sorted(bottoms))) for net, bottoms in ends.items() if bottoms]
    return found


def _entrances(
    bottom: int,
    nets: Sequence[int],
    pure: Sequence[int],
    starts: Mapping[int, int],
    tops: Sequence[int],
    left: int,
    sizes: Sizes,
) -> Iterator[Group]:
    """Where tensors enter an entry, each alone or several as one bar."""
    if bottom < 0:
        yield left + LANE // 2, tuple(nets)
        return
    if sizes.boxes[bottom].inputs:
        yield from ((left + sizes.enters(bottom, net), (net,)) for net in nets)
        return
    right = left + sizes.front(bottom)
    corner = min(CORNER, (right - left) // 4)
    joined = set(pure) if len(pure) > 1 else set()
    alone = [net for net in nets if net not in joined]
    if (len(alone) + bool(joined) - 1) * LEAST_STEP > right - left - 2 * corner:
        alone = []
    groups: list[Group] = [(starts[net], (net,)) for net in alone]
    if len(alone) < len(nets):
        bar = tuple(net for net in nets if net in joined) if alone else tuple(nets)
        groups.append((_nearest([starts[net] for net in bar], left + corner, right - corner), bar))
    groups.sort()
    places = _spread([x for x, _ in groups], left + corner, right - corner)
    yield from _aside(places, [group for _, group in groups], starts, tops, left + CORNER // 2, right - CORNER // 2)


def _nearest(xs: Sequence[int], low: int, high: int) -> int:
    """Of the places between two, the nearest to their middle; their middle if there is none."""
    middle = (low + high) // 2
    inside = [x for x in xs if low <= x <= high]
    return min(inside, key=lambda x: (abs(x - middle), x)) if inside else middle


def _spread(wanted: Sequence[int], low: int, high: int) -> list[int]:
    """Places between `low` and `high`, in order and apart, near those that are wanted."""
    if len(wanted) == 1:
        return [wanted[0] if low <= wanted[0] <= high else (low + high) // 2]
    step = min(STEP, (high - low) // (len(wanted) - 1))
    places = [min(max(x, low), high) for x in wanted]
    for place in range(1, len(places)):
        places[place] = max(places[place], places[place - 1] + step)
    places[-1] = min(places[-1], high)
    for place in reversed(range(len(places) - 1)):
        places[place] = min(places[place], places[place + 1] - step)
    return places


def _aside(
    places: list[int],
    groups: Sequence[tuple[int, ...]],
    starts: Mapping[int, int],
    tops: Sequence[int],
    low: int,
    high: int,
) -> Iterator[Group]:
    """Moves ports that stand right below where another tensor comes down, where there is room."""
    for place, group in enumerate(groups):
        own = {starts[net] for net in group}
        before = places[place - 1] if place else low - STEP
        after = places[place + 1] if place + 1 < len(places) else high + STEP
        for aside in (0, *ASIDE):
            x = places[place] + aside
            fits = aside == 0 or (low <= x <= high and before + LEAST_STEP <= x <= after - LEAST_STEP)
            if fits and (x in own or not _near(x, tops, own)):
                places[place] = x
                break
        yield places[place], group


def _near(x: int, tops: Sequence[int], own: set[int]) -> bool:
    """Whether something else comes down near a place."""
    place = bisect_right(tops, x - CLEAR)
    while place < len(tops) and tops[place] < x + CLEAR:
        if tops[place] not in own:
            return True
        place += 1
    return False
