"""Long sequences: what they have in common, and how much of it is found."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from archc.diff import sequences
from archc.diff.compare import diff
from tests.diff.graphs import KEEPING, Layer, applied, built


def longest(left: list[int], right: list[int]) -> int:
    """The length of a longest common subsequence, by the table."""
    best = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i, one in enumerate(left):
        for j, other in enumerate(right):
            best[i + 1][j + 1] = best[i][j] + 1 if one == other else max(best[i][j + 1], best[i + 1][j])
    return best[-1][-1]


def is_common(pairs: list[tuple[int, int]], left: list[int], right: list[int]) -> bool:
    rising = all(a < c and b < d for (a, b), (c, d) in pairwise(pairs))
    return rising and all(left[i] == right[j] for i, j in pairs)


@pytest.mark.parametrize("seed", range(60))
def test_a_longest_common_subsequence_is_found(seed: int) -> None:
    choose = random.Random(seed)
    left, right = ([choose.randint(0, choose.choice([1, 4, 30])) for _ in range(choose.randint(0, 60))] for _ in "lr")
    pairs = sequences.common_subsequence(left, right)
    assert is_common(pairs, left, right)
    assert len(pairs) == longest(left, right)


@pytest.mark.parametrize("seed", range(20))
def test_a_search_that_is_cut_off_goes_on(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequences, "_EDITS", 6)
    choose = random.Random(seed)
    left = [choose.randint(0, 5) for _ in range(200)]
    right = [choose.randint(0, 5) for _ in range(150)]
    pairs = sequences.common_subsequence(left, right)
    assert is_common(pairs, left, right)
    assert len(pairs) > longest(left, right) / 2


@pytest.mark.parametrize("layers", [1_000, pytest.param(3_000, marks=pytest.mark.slow)])
def test_long_networks_with_little_in_common_are_compared(layers: int) -> None:
    choose = random.Random(0)
    left = [Layer(KEEPING[choose.choice([0, 2])](choose), (place - 1,), "left") for place in range(layers)]
    right = [Layer(KEEPING[choose.choice([0, 1])](choose), (place - 1,), "right") for place in range(layers)]
    found = diff(built(left), built(right))
    assert found.counts["unchanged"] > layers / 6
    applied(found)
