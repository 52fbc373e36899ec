"""Which parts and layers of two networks correspond.

The children of two parts are aligned as sequences, what stands in matched parts in turn, and each pair of parts is
compared once. What is alike at both ends is matched first, so that of six equal blocks and twenty-three the first six
correspond. Names play no part.
"""

from __future__ import annotations

from collections.abc import Sequence

from archc.diff.parts import Part
from archc.ir.graph import Node

_LAYER = 1000  # what it costs to add or remove one
_FIELD = 10  # what it costs to change an argument, beside what a change costs
_EDITS = 400  # that a search looks through before it goes on from where it came
_CELLS = 200_000  # the largest table of a sequence alignment
_CONTAINED = 0.5  # how much of the smaller of two parts must be in the larger

Pairs = list[tuple[int, int]]


class Alignment:
    """The comparison of two trees.

    Attributes:
        known: the cost of pairs of parts, with the pairs of their children, by their digests.
    """

    def __init__(self) -> None:
        self.known: dict[tuple[int, int], tuple[int, Pairs, str]] = {}

    def pairs(self, left: Part, right: Part) -> list[tuple[Node, Node]]:
        """The layers that correspond."""
        found: list[tuple[Node, Node]] = []
        pending = [(left, right)]
        while pending:
            one, other = pending.pop()
            if one.node is not None and other.node is not None:
                found.append((one.node, other.node))
                continue
            if one.digest == other.digest and one.size == other.size and one.node is None and other.node is None:
                found.extend(zip(one.layers(), other.layers(), strict=True))
                continue
            _, matched, how = self.compare(one, other)
            ones = [one] if how == "inside right" else one.children
            others = [other] if how == "inside left" else other.children
            pending.extend((ones[i], others[j]) for i, j in matched)
        return found

    def cost(self, left: Part, right: Part) -> int | None:
        """What it costs to make one part the other; None where they are not to be compared."""
        if left.node is not None and right.node is not None:
            return _change(left.node, right.node, left.digest == right.digest)
        if left.digest == right.digest and left.node is None and right.node is None:
            return 0
        shared = sum((left.ops & right.ops).values())
        if shared < _CONTAINED * min(left.size, right.size):
            return None
        return self.compare(left, right)[0]

    def compare(self, left: Part, right: Part) -> tuple[int, Pairs, str]:
        """The cost of two parts, the pairs of their children, and whether one is inside the other."""
        key = (left.digest ^ (left.node is not None), right.digest ^ (right.node is not None))
        known = self.known.get(key)
        if known is None:
            self.known[key] = known = self.best(left, right)
        return known

    def best(self, left: Part, right: Part) -> tuple[int, Pairs, str]:
        """The cheapest of the ways to compare two parts."""
        ways: list[tuple[int, Pairs, str]] = []
        if left.node is None and right.node is None:
            cost, pairs = self.sequences(left.children, right.children)
            ways.append((*self.uncrossed(left, right, cost, pairs), "children"))
        if right.node is None and (left.node is not None or _deeper(right, left)):
            ways.append((*self.sequences([left], right.children), "inside right"))
        if left.node is None and (right.node is not None or _deeper(left, right)):
            ways.append((*self.sequences(left.children, [right]), "inside left"))
        return min(ways, key=lambda way: way[0])

    def uncrossed(self, left: Part, right: Part, cost: int, pairs: Pairs) -> tuple[int, Pairs]:
        """The same alignment with branches exchanged where they correspond better: their order means nothing."""
        found = list(pairs)
        places = [
            place for place, (i, j) in enumerate(found) if left.children[i].is_branch and right.children[j].is_branch
        ]
        better = True
        while better:
            better = False
            for number, one in enumerate(places):
                for other in places[number + 1 :]:
                    (i, j), (k, m) = found[one], found[other]
                    crossed = self.together(left, right, (i, m), (k, j))
                    straight = self.together(left, right, (i, j), (k, m))
                    if crossed is not None and straight is not None and crossed < straight:
                        found[one], found[other] = (i, m), (k, j)
                        cost, better = cost + crossed - straight, True
        return cost, found

    def together(self, left: Part, right: Part, *pairs: tuple[int, int]) -> int | None:
        """What it costs to match these children with one another."""
        costs = [self.cost(left.children[i], right.children[j]) for i, j in pairs]
        return None if None in costs else sum(cost for cost in costs if cost is not None)

    # --- sequences ---

    def sequences(self, left: Sequence[Part], right: Sequence[Part]) -> tuple[int, Pairs]:
        """The cheapest alignment of two sequences: its cost, and the places that correspond."""
        start = 0
        while start < min(len(left), len(right)) and _alike(left[start], right[start]):
            start += 1
        end = 0
        while end < min(len(left), len(right)) - start and _alike(left[-1 - end], right[-1 - end]):
            end += 1
        ones, others = left[start : len(left) - end], right[start : len(right) - end]
        cost, middle = self.middle(ones, others)
        pairs = [(place, place) for place in range(start)]
        pairs += [(start + i, start + j) for i, j in middle]
        pairs += [(len(left) - place, len(right) - place) for place in range(end, 0, -1)]
        return cost, pairs

    def middle(self, left: Sequence[Part], right: Sequence[Part]) -> tuple[int, Pairs]:
        """An alignment of what is not alike at the ends."""
        if not left or not right:
            return sum(part.size for part in (*left, *right)) * _LAYER, []
        if len(left) * len(right) <= _CELLS:
            return self.table(left, right)
        cost, pairs, i, j = 0, Pairs(), 0, 0
        for one, other in [*_common([p.form for p in left], [p.form for p in right]), (len(left), len(right))]:
            between, inside = (
                self.table(left[i:one], right[j:other])
                if _small(one - i, other - j)
                else _far(left[i:one], right[j:other])
            )
            cost += between
            pairs += [(i + a, j + b) for a, b in inside]
            if one < len(left) and other < len(right):
                own = self.cost(left[one], right[other])
                if own is not None:
                    pairs.append((one, other))
                    cost += own
                else:
                    cost += (left[one].size + right[other].size) * _LAYER
            i, j = one + 1, other + 1
        return cost, pairs

    def table(self, left: Sequence[Part], right: Sequence[Part]) -> tuple[int, Pairs]:
        """The cheapest alignment, by Needleman and Wunsch; what is added stands as late as it may."""
        best = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
        for i in range(len(left) - 1, -1, -1):
            best[i][-1] = best[i + 1][-1] + left[i].size * _LAYER
        for j in range(len(right) - 1, -1, -1):
            best[-1][j] = best[-1][j + 1] + right[j].size * _LAYER
        costs: dict[tuple[int, int], int] = {}
        for i in range(len(left) - 1, -1, -1):
            row, below, own = best[i], best[i + 1], left[i].size * _LAYER
            for j in range(len(right) - 1, -1, -1):
                cheapest = min(below[j] + own, row[j + 1] + right[j].size * _LAYER)
                pair = self.cost(left[i], right[j])
                if pair is not None and pair + below[j + 1] <= cheapest:
                    cheapest = costs[i, j] = pair + below[j + 1]
                row[j] = cheapest
        return best[0][0], self.traced(left, right, best, costs)

    def traced(
        self, left: Sequence[Part], right: Sequence[Part], best: list[list[int]], costs: dict[tuple[int, int], int]
    ) -> Pairs:
        """The pairs of the cheapest alignment; of two as cheap, the one that matches earlier."""
        pairs, i, j = Pairs(), 0, 0
        while i < len(left) and j < len(right):
            if costs.get((i, j)) == best[i][j]:
                pairs.append((i, j))
                i, j = i + 1, j + 1
            elif best[i][j] == best[i + 1][j] + left[i].size * _LAYER:
                i += 1
            else:
                j += 1
        return pairs


def _alike(left: Part, right: Part) -> bool:
    return left.digest == right.digest and (left.node is None) == (right.node is None)


def _small(rows: int, columns: int) -> bool:
    return rows * columns <= _CELLS


def _far(left: Sequence[Part], right: Sequence[Part]) -> tuple[int, Pairs]:
    """Two long sequences without anything in common."""
    return sum(part.size for part in (*left, *right)) * _LAYER, []


def _deeper(part: Part, other: Part) -> bool:
    """Whether a part may hold the other as one of its children: where one of the two stands in a part of its own."""
    return any(child.node is None and child.form == other.form for child in part.children)


def _change(left: Node, right: Node, same: bool) -> int | None:
    """What it costs to make one layer the other."""
    if same:
        return 0
    if left.op.op_name != right.op.op_name:
        return None
    return _LAYER + _FIELD * min(len(fields(left, right)), 20)


def fields(left: Node, right: Node) -> dict[str, list[object]]:
    """The arguments that differ between two layers of one kind, with both values."""
    return {
        name: [getattr(left.op, name), getattr(right.op, name)]
        for name in type(left.op).model_fields
        if getattr(left.op, name) != getattr(right.op, name)
    }


def _common(left: Sequence[int], right: Sequence[int]) -> Pairs:
    """A common subsequence: a longest one where the two are not too unlike, else one found piece by piece."""
    pairs, i, j = Pairs(), 0, 0
    while i < len(left) and j < len(right):
        found, rows, columns = _searched(left[i:], right[j:])
        pairs += [(i + one, j + other) for one, other in found]
        i, j = i + rows, j + columns
    return pairs


def _searched(left: Sequence[int], right: Sequence[int]) -> tuple[Pairs, int, int]:
    """The pairs of two sequences by Myers ("An O(ND) difference algorithm", 1986), and how far the search came."""
    rows, columns = len(left), len(right)
    reach = {1: 0}
    trail: list[dict[int, int]] = []
    for edits in range(_EDITS):
        trail.append(dict(reach))
        for diagonal in range(-edits, edits + 1, 2):
            down = diagonal == -edits or (
                diagonal != edits and reach.get(diagonal - 1, -1) < reach.get(diagonal + 1, -1)
            )
            i = reach[diagonal + 1] if down else reach[diagonal - 1] + 1
            j = i - diagonal
            while i < rows and j < columns and left[i] == right[j]:
                i, j = i + 1, j + 1
            reach[diagonal] = i
            if i >= rows and j >= columns:
                return _walked(trail, rows, columns), rows, columns
    ends = [(i, i - diagonal) for diagonal, i in reach.items() if (diagonal + _EDITS) % 2]
    i, j = max((end for end in ends if end[0] <= rows and 0 <= end[1] <= columns), key=sum)
    return _walked(trail, i, j), i, j


def _walked(trail: list[dict[int, int]], i: int, j: int) -> Pairs:
    """The pairs on the way that Myers's search found, from its end back."""
    pairs = Pairs()
    for edits in range(len(trail) - 1, -1, -1):
        reach, diagonal = trail[edits], i - j
        down = diagonal == -edits or (diagonal != edits and reach.get(diagonal - 1, -1) < reach.get(diagonal + 1, -1))
        before = diagonal + 1 if down else diagonal - 1
        start = reach.get(before, 0) if edits else 0
        while i > start + (not down) * (edits > 0) and j > (start - before) + down * (edits > 0) and i > 0 and j > 0:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        if edits:
            i, j = start, start - before
    return pairs[::-1]
