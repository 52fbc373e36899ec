"""Branches of two merges that correspond in pairs, exchanged where that is cheaper: their order has no meaning.

What an exchange saves depends on the digests of the branches, and a little on their names. So the pairs of branches
with which an exchange may save something are found by the kinds of pairs, which are few, and by equal names.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from archc.diff.parts import Part

Cost = Callable[[Part, Part], int]
Pair = tuple[Part, Part]
Kind = tuple[int, int]
"""Of a pair of branches: their digests."""

_MOST_KINDS = 600  # so that the comparisons of kinds stay few; between more of them no exchange is sought


class Branches:
    """Pairs of branches.

    Attributes:
        left: the branches of the left.
        right: those of the right that correspond to them.
    """

    def __init__(self, left: Sequence[Part], right: Sequence[Part], cost: Cost, named: Cost | None) -> None:
        """Pairs of branches as they correspond so far.

        Args:
            left: the branches of the left.
            right: those of the right that correspond to them.
            cost: of changing one branch into another, whatever their names.
            named: the same, less where names are equal; None where names make no difference.
        """
        self.left, self.right = left, [*right]
        self._cost, self._named = cost, named
        self._places: dict[Kind, list[int]] = {}  # of the pairs of each kind, rising
        self._kinds: list[tuple[Kind, Pair]] = []  # with the first pair of each
        self._partners: dict[Kind, tuple[list[Kind], int]] = {}  # the kinds with which each saves, of so many
        self._owners: defaultdict[tuple[str, int], set[int]] = defaultdict(set)  # of each name, on each side
        for place in range(len(left)):
            self._enter(place)

    def exchange(self) -> int:
        """Exchanges branches of two pairs, first to last, until that saves nothing; returns what it saves."""
        cost, saved, better = self._named or self._cost, 0, len(self._places) <= _MOST_KINDS
        while better:
            better = False
            for one in range(len(self.left)):
                other = one
                while (other := min(self._next(one, other), default=0)) > one:
                    less = _saving(self._pair(one), self._pair(other), cost)
                    if less > 0:
                        self._cross(one, other)
                        saved, better = saved + less, True
        return saved

    def _next(self, one: int, after: int) -> Iterator[int]:
        """Places behind another, the next among them, of pairs with which an exchange may save something."""
        for kind in self._saving_with(one):
            places = self._places[kind]
            if places and places[-1] > after:
                yield places[bisect_right(places, after)]
        if self._named is not None:
            for part, side in ((self.left[one], 1), (self.right[one], 0)):
                for name in part.names:
                    yield from [place for place in self._owners.get((name, side), ()) if place > after]

    def _saving_with(self, place: int) -> list[Kind]:
        """The kinds of pairs with which an exchange saves something, whatever the names."""
        kind, pair = self._kind(place), self._pair(place)
        partners, known = self._partners.get(kind, ([], 0))
        if known < len(self._kinds):
            partners += [other for other, first in self._kinds[known:] if _saving(pair, first, self._cost) > 0]
            self._partners[kind] = partners, len(self._kinds)
        return partners

    def _cross(self, one: int, other: int) -> None:
        """Exchanges the right branches of two pairs."""
        self._leave(one)
        self._leave(other)
        self.right[one], self.right[other] = self.right[other], self.right[one]
        self._enter(one)
        self._enter(other)

    def _enter(self, place: int) -> None:
        """Makes a pair known by its kind, and by its names where they make a difference."""
        kind = self._kind(place)
        if kind not in self._places:
            self._places[kind] = []
            self._kinds.append((kind, self._pair(place)))
        insort(self._places[kind], place)
        for key in self._names(place):
            self._owners[key].add(place)

    def _leave(self, place: int) -> None:
        self._places[self._kind(place)].remove(place)
        for key in self._names(place):
            self._owners[key].discard(place)

    def _names(self, place: int) -> list[tuple[str, int]]:
        if self._named is None:
            return []
        return [(name, side) for side, part in enumerate((self.left[place], self.right[place])) for name in part.names]

    def _kind(self, place: int) -> Kind:
        return self.left[place].digest, self.right[place].digest

    def _pair(self, place: int) -> Pair:
        return self.left[place], self.right[place]


def _saving(one: Pair, other: Pair, cost: Cost) -> int:
    """What two pairs save when they exchange their branches."""
    straight, crossed = cost(*one) + cost(*other), cost(one[0], other[1]) + cost(other[0], one[1])
    return straight - crossed
