"""Pairs of corresponding places in two sequences."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

Places = list[tuple[int, int]]
"""Pairs of places, one in each sequence, rising in both."""

NEVER = 1 << 60
"""The cost of what cannot be."""

_EDITS = 400  # of one search, an even number; the next begins where it ends


def cheapest_alignment(
    removing: Sequence[int], adding: Sequence[int], changing: Callable[[int], Sequence[int]]
) -> tuple[int, Places]:
    """The cheapest alignment of two sequences, by the algorithm of Needleman and Wunsch.

    Of two equally cheap alignments it is the one that matches earlier, so that added items come late.

    Args:
        removing: the cost of removing each item of the left.
        adding: the cost of adding each item of the right.
        changing: for an item of the left, the cost of changing it into each item of the right; `NEVER` where they
            cannot be matched.

    Returns:
        The cost, and the matched places.
    """
    rows, columns = len(removing), len(adding)
    row = [0] * (columns + 1)
    for j in range(columns - 1, -1, -1):
        row[j] = row[j + 1] + adding[j]
    best = [row]
    matching: list[bytearray] = []
    for i in range(rows - 1, -1, -1):
        below, costs, own = row, changing(i), removing[i]
        matched = bytearray(columns)
        right = below[columns] + own
        row = [right] * (columns + 1)
        for j in range(columns - 1, -1, -1):
            cheapest = below[j] + own
            if (added := right + adding[j]) < cheapest:
                cheapest = added
            if (changed := costs[j] + below[j + 1]) <= cheapest:
                cheapest, matched[j] = changed, 1
            row[j] = right = cheapest
        best.append(row)
        matching.append(matched)
    best.reverse()
    matching.reverse()
    places, i, j = Places(), 0, 0
    while i < rows and j < columns:
        if matching[i][j]:
            places.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j] + removing[i]:
            i += 1
        else:
            j += 1
    return best[0][0], places


def common_subsequence(left: Sequence[int], right: Sequence[int]) -> Places:
    """A common subsequence, by Myers's algorithm ("An O(ND) difference algorithm", 1986).

    It is a longest one if the sequences differ by fewer than `_EDITS` edits; else a long one, found piece by piece.
    """
    places, i, j = Places(), 0, 0
    if set(left).isdisjoint(right):
        return places
    while i < len(left) and j < len(right):
        found, rows, columns = _search(left[i:], right[j:])
        places += [(i + one, j + other) for one, other in found]
        i, j = i + rows, j + columns
    return places


def _search(left: Sequence[int], right: Sequence[int]) -> tuple[Places, int, int]:
    """The pairs that one search finds, and how far it reaches in both sequences.

    The diagonals are counted from 0, the lowest; `reach` has one more at each end, which no path reaches.
    """
    rows, columns, middle = len(left), len(right), _EDITS
    reach = [-1] * (2 * middle + 1)
    reach[middle + 1] = 0
    trail: list[list[int]] = []
    for edits in range(_EDITS):
        trail.append(reach[:])
        for diagonal in range(middle - edits, middle + edits + 1, 2):
            before, after = reach[diagonal - 1], reach[diagonal + 1]
            i = after if before < after else before + 1
            j = i - diagonal + middle
            while i < rows and j < columns and left[i] == right[j]:
                i, j = i + 1, j + 1
            reach[diagonal] = i
            if i >= rows and j >= columns:
                return _walk_back(trail, rows, columns), rows, columns
    # of equally far ends the first counts
    last = sorted(range(1, 2 * middle, 2), key=lambda diagonal: abs(diagonal - middle))
    ends = [(reach[diagonal], reach[diagonal] - diagonal + middle) for diagonal in (middle + 1, *last)]
    i, j = max((end for end in ends if end[0] <= rows and 0 <= end[1] <= columns), key=sum)
    return _walk_back(trail, i, j), i, j


def _walk_back(trail: list[list[int]], i: int, j: int) -> Places:
    """The pairs on the path that a search found, from its end to its start."""
    places, middle = Places(), _EDITS
    for edits in range(len(trail) - 1, -1, -1):
        reach, diagonal = trail[edits], i - j + middle
        down = reach[diagonal - 1] < reach[diagonal + 1]
        before = diagonal + 1 if down else diagonal - 1
        start = reach[before] if edits else 0
        least = start - before + middle
        while i > start + (not down) * (edits > 0) and j > least + down * (edits > 0) and i > 0 and j > 0:
            i, j = i - 1, j - 1
            places.append((i, j))
        if edits:
            i, j = start, start - before + middle
    return places[::-1]


def rising(places: Sequence[tuple[int, int]]) -> Places:
    """A longest part of these places that rises in both sequences, as in patience sorting.

    Args:
        places: pairs of places that rise in the first sequence; no place stands twice.
    """
    ends: list[int] = []  # for each length, the least end in the second sequence
    last: list[int] = []  # the pair of that end
    before: list[int] = []
    for number, (_, place) in enumerate(places):
        length = bisect_left(ends, place)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1], last[length : length + 1] = [place], [number]
    found, number = Places(), last[-1] if last else -1
    while number >= 0:
        found.append(places[number])
        number = before[number]
    return found[::-1]
