"""An order of computation of what may need one another."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from heapq import heapify, heappop, heappush

Edge = tuple[int, int]
"""A source and what takes it."""


def acyclic(sources: Sequence[AbstractSet[int]]) -> tuple[list[int], set[Edge]]:
    """An order in which each follows its sources, near the order of the numbers, and the edges that it does not keep.

    Of each circle, the edge that leads back furthest in the order of the numbers is not kept.

    Args:
        sources: of each number.
    """
    takers: list[list[int]] = [[] for _ in sources]
    for taker, some in enumerate(sources):
        for source in some:
            takers[source].append(taker)
    waits = [set(some) for some in sources]
    ready = [number for number, some in enumerate(waits) if not some]
    heapify(ready)
    waiting = dict.fromkeys(range(len(sources)))
    order: list[int] = []
    cut: set[Edge] = set()
    while waiting:
        if ready:
            number = heappop(ready)
            order.append(number)
            del waiting[number]
            freed = [(number, taker) for taker in takers[number] if number in waits[taker]]
        else:
            freed = [max(_circle(waits, next(iter(waiting))), key=lambda edge: edge[0] - edge[1])]
            cut.update(freed)
        for source, taker in freed:
            waits[taker].discard(source)
            if not waits[taker]:
                heappush(ready, taker)
    return order, cut


def _circle(waits: Sequence[set[int]], start: int) -> list[Edge]:
    """The edges of a circle, found from one that waits for it."""
    trail: dict[int, None] = {}
    taker = start
    while taker not in trail:
        trail[taker] = None
        taker = min(waits[taker])
    passed = list(trail)
    circle = passed[passed.index(taker) :]
    return list(zip([*circle[1:], circle[0]], circle, strict=True))
