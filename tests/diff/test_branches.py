"""Branches that are exchanged, held to a search through all pairs of them."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from archc.diff.branches import Branches, Cost
from archc.diff.parts import Part


def branch(choose: random.Random) -> Part:
    """A branch of one of four contents, with one or two names."""
    part = Part(None, is_branch=True)
    part.digest = choose.randint(1, 4)
    part._names = frozenset(choose.choices("abcdefgh", k=choose.randint(1, 2)))
    return part


def plain(left: Sequence[Part], right: Sequence[Part], cost: Cost) -> tuple[int, list[Part]]:
    """What is saved and the order of the right, by all pairs in turn until none saves anything."""
    found, saved, better = [*right], 0, True
    while better:
        better = False
        for one in range(len(left)):
            for other in range(one + 1, len(left)):
                straight = cost(left[one], found[one]) + cost(left[other], found[other])
                crossed = cost(left[one], found[other]) + cost(left[other], found[one])
                if crossed < straight:
                    found[one], found[other] = found[other], found[one]
                    saved, better = saved + straight - crossed, True
    return saved, found


@pytest.mark.parametrize("by_names", [False, True])
def test_the_exchanges_are_those_of_all_pairs(by_names: bool) -> None:
    for seed in range(200):
        choose = random.Random(seed)
        left, right = ([branch(choose) for _ in range(12)] for _ in "lr")
        costs = {(i, j): 0 if i == j else 100 * choose.randint(1, 5) for i in range(1, 5) for j in range(1, 5)}

        def cost(one: Part, other: Part, costs: dict[tuple[int, int], int] = costs) -> int:
            return costs[one.digest, other.digest]

        def named(one: Part, other: Part, costs: dict[tuple[int, int], int] = costs) -> int:
            return costs[one.digest, other.digest] - 2 * len(one.names & other.names)

        branches = Branches(left, right, cost, named if by_names else None)
        assert (branches.exchange(), branches.right) == plain(left, right, named if by_names else cost)
