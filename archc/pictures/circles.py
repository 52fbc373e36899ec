"""Parts in an order in which each follows what it takes; parts that need one another are seen through."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heappop, heappush

from archc.pictures.draft import Draft, Order


def in_order(drafts: Sequence[Draft], order: Order) -> list[Draft]:
    """The drafts in an order of computation, in which no two need one another.

    Layers never do, so this ends.
    """
    ordered = sorted(drafts, key=order.span)
    while not _are_apart(ordered, order):
        takers = _takers(ordered)
        done = _sorted(takers)
        if len(done) == len(ordered):
            return [ordered[place] for place in done]
        circle = _on_circles(takers, set(range(len(ordered))) - set(done))
        inside = [_seen_through(draft) if place in circle else [draft] for place, draft in enumerate(ordered)]
        ordered = sorted((draft for some in inside for draft in some), key=order.span)
    return ordered


def _are_apart(drafts: Sequence[Draft], order: Order) -> bool:
    """Whether each draft ends before the next one begins, as in most networks."""
    end = -1
    for draft in drafts:
        first, last = order.span(draft)
        if first <= end:
            return False
        end = last
    return True


def _takers(drafts: Sequence[Draft]) -> list[set[int]]:
    """For each draft, those that take what it makes."""
    owners: dict[object, int] = {layer: place for place, draft in enumerate(drafts) for layer in draft.layers}
    takers: list[set[int]] = [set() for _ in drafts]
    for place, draft in enumerate(drafts):
        for layer in draft.layers:
            for net in layer.inputs:
                owner = owners.get(net.source, place)
                if owner != place:
                    takers[owner].add(place)
    return takers


def _sorted(takers: Sequence[set[int]]) -> list[int]:
    """The drafts that hang on no circle, each behind what it takes, else as they stand."""
    waits = [0] * len(takers)
    for some in takers:
        for place in some:
            waits[place] += 1
    ready = [place for place, count in enumerate(waits) if not count]
    heapify(ready)
    done: list[int] = []
    while ready:
        place = heappop(ready)
        done.append(place)
        for taker in takers[place]:
            waits[taker] -= 1
            if not waits[taker]:
                heappush(ready, taker)
    return done


def _on_circles(takers: Sequence[set[int]], left: set[int]) -> set[int]:
    """Those of the drafts that are left that are on a circle, or between two circles."""
    sources: dict[int, list[int]] = {}
    waits = {place: len(takers[place] & left) for place in left}
    for place in left:
        for taker in takers[place] & left:
            sources.setdefault(taker, []).append(place)
    behind = [place for place, count in waits.items() if not count]
    found = set(left)
    while behind:
        place = behind.pop()
        found.discard(place)
        for source in sources.get(place, ()):
            waits[source] -= 1
            if not waits[source]:
                behind.append(source)
    return found


def _seen_through(draft: Draft) -> list[Draft]:
    """What is in a draft, one level down."""
    return draft.rounds or draft.children or [draft]
