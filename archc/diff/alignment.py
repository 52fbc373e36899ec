"""Which parts and layers of two networks correspond.

The children of two parts are aligned as sequences, and the children of matched parts in turn. Each pair of parts is
compared once. Equal parts at both ends are matched first, so that six equal blocks correspond to the first six of
twenty-three. Names are not compared.
"""

from __future__ import annotations

from collections.abc import Sequence

from archc.diff.parts import Part
from archc.diff.sequences import Places, cheapest_alignment, common_subsequence
from archc.ir.graph import Node

_LAYER = 1000  # the cost of adding or removing a layer
_ARGUMENT = 10  # the cost of each changed argument, beside the cost of a change
_CELLS = 200_000  # the largest table of a sequence alignment
_CONTAINED = 0.5  # how much of the smaller of two parts must be in the larger


class Alignment:
    """The comparison of two trees.

    Attributes:
        known: the cost of pairs of parts, with the pairs of their children, by their digests.
    """

    def __init__(self) -> None:
        self.known: dict[tuple[int, int], tuple[int, Places, str]] = {}

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
        """The cost of changing one part into the other; None where they cannot correspond."""
        if left.node is not None and right.node is not None:
            return _change_cost(left.node, right.node, left.digest == right.digest)
        if left.digest == right.digest and left.node is None and right.node is None:
            return 0
        shared = sum((left.ops & right.ops).values())
        if shared < _CONTAINED * min(left.size, right.size):
            return None
        return self.compare(left, right)[0]

    def compare(self, left: Part, right: Part) -> tuple[int, Places, str]:
        """The cost of two parts, the pairs of their children, and whether one is inside the other."""
        key = (left.digest ^ (left.node is not None), right.digest ^ (right.node is not None))
        if key in self.known:
            return self.known[key]
        ways: list[tuple[int, Places, str]] = []
        if left.node is None and right.node is None:
            cost, places = self.align(left.children, right.children)
            ways.append((*self.exchange_branches(left, right, cost, places), "children"))
        if right.node is None and (left.node is not None or _deeper(right, left)):
            ways.append((*self.align([left], right.children), "inside right"))
        if left.node is None and (right.node is not None or _deeper(left, right)):
            ways.append((*self.align(left.children, [right]), "inside left"))
        self.known[key] = min(ways, key=lambda way: way[0])
        return self.known[key]

    def exchange_branches(self, left: Part, right: Part, cost: int, places: Places) -> tuple[int, Places]:
        """The same alignment with branches exchanged where that is cheaper: the order of branches has no meaning."""
        found = list(places)
        branches = [
            place for place, (i, j) in enumerate(found) if left.children[i].is_branch and right.children[j].is_branch
        ]
        better = True
        while better:
            better = False
            for number, one in enumerate(branches):
                for other in branches[number + 1 :]:
                    (i, j), (k, m) = found[one], found[other]
                    crossed = self.total_cost(left, right, (i, m), (k, j))
                    straight = self.total_cost(left, right, (i, j), (k, m))
                    if crossed is not None and straight is not None and crossed < straight:
                        found[one], found[other] = (i, m), (k, j)
                        cost, better = cost + crossed - straight, True
        return cost, found

    def total_cost(self, left: Part, right: Part, *places: tuple[int, int]) -> int | None:
        """The cost of matching these children; None where two of them cannot correspond."""
        costs = [self.cost(left.children[i], right.children[j]) for i, j in places]
        return None if None in costs else sum(cost for cost in costs if cost is not None)

    # --- sequences ---

    def align(self, left: Sequence[Part], right: Sequence[Part]) -> tuple[int, Places]:
        """The cheapest alignment of two sequences: its cost, and the places that correspond."""
        start = 0
        while start < min(len(left), len(right)) and _equal(left[start], right[start]):
            start += 1
        end = 0
        while end < min(len(left), len(right)) - start and _equal(left[-1 - end], right[-1 - end]):
            end += 1
        cost, middle = self.align_middle(left[start : len(left) - end], right[start : len(right) - end])
        places = [(place, place) for place in range(start)]
        places += [(start + i, start + j) for i, j in middle]
        places += [(len(left) - place, len(right) - place) for place in range(end, 0, -1)]
        return cost, places

    def align_middle(self, left: Sequence[Part], right: Sequence[Part]) -> tuple[int, Places]:
        """An alignment of what lies between equal ends; of long sequences, between the parts that they share."""
        if len(left) * len(right) <= _CELLS:
            return self.align_by_table(left, right)
        cost, places, i, j = 0, Places(), 0, 0
        shared = common_subsequence([part.form for part in left], [part.form for part in right])
        for one, other in [*shared, (len(left), len(right))]:
            before, after = left[i:one], right[j:other]
            fits = len(before) * len(after) <= _CELLS
            between, inside = self.align_by_table(before, after) if fits else (_size_cost([*before, *after]), [])
            cost += between
            places += [(i + a, j + b) for a, b in inside]
            if one < len(left):
                own = self.cost(left[one], right[other])
                cost += _size_cost([left[one], right[other]]) if own is None else own
                if own is not None:
                    places.append((one, other))
            i, j = one + 1, other + 1
        return cost, places

    def align_by_table(self, left: Sequence[Part], right: Sequence[Part]) -> tuple[int, Places]:
        """The cheapest alignment of two sequences."""
        removing = [part.size * _LAYER for part in left]
        adding = [part.size * _LAYER for part in right]
        return cheapest_alignment(left, right, removing, adding, self.cost)


def _size_cost(parts: Sequence[Part]) -> int:
    """The cost of adding or removing these parts."""
    return sum(part.size for part in parts) * _LAYER


def _equal(left: Part, right: Part) -> bool:
    return left.digest == right.digest and (left.node is None) == (right.node is None)


def _deeper(part: Part, other: Part) -> bool:
    """Whether a part may have the other as one of its children: one of the two is inside a part of its own."""
    return any(child.node is None and child.form == other.form for child in part.children)


def _change_cost(left: Node, right: Node, equal: bool) -> int | None:
    """The cost of changing one layer into the other; None for layers of two ops."""
    if equal:
        return 0
    if left.op.op_name != right.op.op_name:
        return None
    return _LAYER + _ARGUMENT * min(len(changed_arguments(left, right)), 20)


def changed_arguments(left: Node, right: Node) -> dict[str, list[object]]:
    """The arguments that differ between two layers of one op, with both values."""
    return {
        name: [getattr(left.op, name), getattr(right.op, name)]
        for name in type(left.op).model_fields
        if getattr(left.op, name) != getattr(right.op, name)
    }
