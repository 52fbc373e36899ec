"""Which parts and layers of two networks correspond.

The children of two parts are aligned as sequences, and the children of matched parts in turn. Each pair of parts is
compared once. Equal parts at both ends are matched first, so that six equal blocks correspond to the first six of
twenty-three. Of equally cheap pairings it is one with most equal names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Literal

from archc.diff.branches import Branches
from archc.diff.canonical import Layer
from archc.diff.changed_arguments import number_of_changes
from archc.diff.parts import Part
from archc.diff.sequences import NEVER, Places, cheapest_alignment, common_subsequence
from archc.ir.shape import Shape

_LAYER = 10_000_000_000  # the cost of adding or removing a layer
_ARGUMENT = 100_000_000  # the cost of each changed argument, beside the cost of a change
_TRAINING = 10_000  # the cost of other arguments that matter in training alone
_NAME = 2  # what equal names save
_SHAPE = 1  # what an output of equal shape saves
_CELLS = 400_000  # the largest table of a sequence alignment
_ALL_CELLS = 1_500_000  # of the tables of all pairs of parts
_CONTAINED = 0.5  # how much of the smaller of two parts must be in the larger


Way = Literal["children", "inside left", "inside right"]
"""Of two parts, whether the children of one correspond to those of the other, or one to children of the other."""


class Costs:
    """What is known of the costs of parts in a comparison of two networks.

    Attributes:
        compared: the cost of pairs of parts, and whether one is inside the other, by their digests.
        estimated: the same, where the cost is told from the number of layers of each op.
    """

    def __init__(self) -> None:
        self.compared: dict[tuple[int, int, bool, bool], tuple[int, Way]] = {}
        self.estimated: dict[tuple[int, int, bool, bool], tuple[int, Way]] = {}


class Alignment:
    """The comparison of two trees.

    Attributes:
        estimates: whether the cost of two parts is told from the number of layers of each op, since the tables of all
            pairs of parts would be too large.
        known: the cost of pairs of parts, and whether one is inside the other, by their digests.
        changes: the cost of changing one layer into another, by their digests.
    """

    def __init__(self, left: Part, right: Part, costs: Costs) -> None:
        self.whole = left, right
        self.estimates = _children(left, set()) * _children(right, set()) > _ALL_CELLS
        self.known = costs.estimated if self.estimates else costs.compared
        self.changes: dict[tuple[int, int], int] = {}

    def pairs(self) -> list[tuple[Layer, Layer]]:
        """The layers that correspond."""
        found: list[tuple[Layer, Layer]] = []
        pending = [self.whole]
        while pending:
            one, other = pending.pop()
            if one.layer is not None and other.layer is not None:
                found.append((one.layer, other.layer))
                continue
            if one.digest == other.digest and one.size == other.size and one.layer is None and other.layer is None:
                found.extend(zip(one.layers(), other.layers(), strict=True))
                continue
            how = self.way(one, other)
            ones = [one] if how == "inside right" else one.children
            others = [other] if how == "inside left" else other.children
            _, matched = self.align(ones, others, by_names=True)
            if how == "children":
                matched = self.exchange_branches(ones, others, 0, matched, by_names=True)[1]
            pending.extend((ones[i], others[j]) for i, j in matched)
        return found

    def way(self, left: Part, right: Part) -> Way:
        """Whether one of two parts that correspond is inside the other; only then has their cost to be known."""
        is_inside = left.form in right.inner_forms or right.form in left.inner_forms
        return self.compare(left, right)[1] if left.layer or right.layer or is_inside else "children"

    # --- costs ---

    def cost_with_names(self, left: Part, right: Part) -> int:
        """The cost of changing one part into the other, less where names or the shape of a layer's output are equal."""
        cost = self.cost(left, right)
        if cost >= NEVER:
            return cost
        same_shape = (
            left.layer is not None and right.layer is not None and left.layer.written.shape == right.layer.written.shape
        )
        return cost - _NAME * len(left.names & right.names) - _SHAPE * same_shape

    def cost(self, left: Part, right: Part) -> int:
        """The cost of changing one part into the other; `NEVER` where they cannot correspond."""
        if left.layer is not None and right.layer is not None:
            return self.cost_of_change(left, right, left.layer, right.layer)
        if left.digest == right.digest and left.layer is None and right.layer is None:
            return 0
        return self.compare(left, right)[0]

    def cost_of_change(self, left: Part, right: Part, one: Layer, other: Layer) -> int:
        """The cost of changing one layer into another; `NEVER` for layers of two ops."""
        if left.digest == right.digest:
            return 0 if left.exact == right.exact else _TRAINING
        if left.kind is not right.kind:
            return NEVER
        key = left.digest, right.digest
        if key not in self.changes:
            self.changes[key] = _LAYER + _ARGUMENT * min(number_of_changes(one.op, other.op), 20)
        return self.changes[key]

    def compare(self, left: Part, right: Part) -> tuple[int, Way]:
        """The cost of two parts, of which one may be a layer, and whether one is inside the other."""
        key = left.digest, right.digest, left.layer is not None, right.layer is not None
        if key not in self.known:
            shared = sum([min(count, right.ops.get(name, 0)) for name, count in left.ops.items()])
            if shared < _CONTAINED * min(left.size, right.size):
                self.known[key] = NEVER, "children"
            elif self.estimates and left.layer is None and right.layer is None:
                self.known[key] = (left.size + right.size - 2 * shared) * _LAYER, "children"
            else:
                self.known[key] = self.cheapest_way(left, right)
        return self.known[key]

    def cheapest_way(self, left: Part, right: Part) -> tuple[int, Way]:
        """The cost of two parts, and whether one is inside the other, from the costs of their children."""
        if left.layer is not None:
            return _cost_inside(left, right, lambda child: self.cost(left, child)), "inside right"
        if right.layer is not None:
            return _cost_inside(right, left, lambda child: self.cost(child, right)), "inside left"
        aligned = self.align(left.children, right.children)
        ways: list[tuple[int, Way]] = [
            (self.exchange_branches(left.children, right.children, *aligned)[0], "children"),
        ]
        if left.form in right.inner_forms:
            ways.append((_cost_inside(left, right, lambda child: self.cost(left, child)), "inside right"))
        if right.form in left.inner_forms:
            ways.append((_cost_inside(right, left, lambda child: self.cost(child, right)), "inside left"))
        return min(ways, key=itemgetter(0))

    def exchange_branches(
        self, left: Sequence[Part], right: Sequence[Part], cost: int, places: Places, *, by_names: bool = False
    ) -> tuple[int, Places]:
        """The same alignment with branches exchanged where that is cheaper: the order of branches has no meaning."""
        pairs = [(i, j) for i, j in places if left[i].is_branch and right[j].is_branch]
        if len(pairs) < 2:
            return cost, places
        named = self.cost_with_names if by_names else None
        branches = Branches([left[i] for i, _ in pairs], [right[j] for _, j in pairs], self.cost, named)
        saved = branches.exchange()
        there = {id(right[j]): j for _, j in pairs}
        others = {i: there[id(part)] for (i, _), part in zip(pairs, branches.right, strict=True)}
        return cost - saved, [(i, others.get(i, j)) for i, j in places]

    # --- sequences ---

    def align(self, left: Sequence[Part], right: Sequence[Part], *, by_names: bool = False) -> tuple[int, Places]:
        """The cheapest alignment of two sequences: its cost, and the places that correspond.

        Args:
            left: the parts before.
            right: the parts after.
            by_names: whether equal names, and shapes, decide between equally cheap alignments.
        """
        start, end = _equal_ends(left, right, _equal_with_names if by_names else _equal)
        before, after = left[start : len(left) - end], right[start : len(right) - end]
        if before and after:
            cost, middle = self.align_middle(before, after, by_names)
        else:
            cost, middle = _unaligned(before, after)
        places = [(place, place) for place in range(start)]
        places += [(start + i, start + j) for i, j in middle]
        places += [(len(left) - place, len(right) - place) for place in range(end, 0, -1)]
        return cost, places

    def align_middle(self, left: Sequence[Part], right: Sequence[Part], by_names: bool) -> tuple[int, Places]:
        """An alignment of what lies between equal ends; of long sequences, between the parts that they share."""
        if _fits(left, right):
            return self.align_by_table(left, right, by_names)
        start, end = _equal_ends(left, right, _equal)
        shared = [(place, place) for place in range(start)]
        middle = (parts[start : len(parts) - end] for parts in (left, right))
        found = common_subsequence(*([part.form for part in parts] for parts in middle))
        shared += [(start + one, start + other) for one, other in found]
        shared += [(len(left) - place, len(right) - place) for place in range(end, 0, -1)]
        cost, places, i, j = 0, Places(), 0, 0
        for one, other in [*shared, (len(left), len(right))]:
            before, after = left[i:one], right[j:other]
            if before and after and _fits(before, after):
                between, inside = self.align_by_table(before, after, by_names)
            else:
                between, inside = _unaligned(before, after)
            cost += between
            places += [(i + a, j + b) for a, b in inside]
            if one < len(left):
                own = self.cost_with_names(left[one], right[other]) if by_names else self.cost(left[one], right[other])
                cost += _size_cost([left[one], right[other]]) if own >= NEVER else own
                if own < NEVER:
                    places.append((one, other))
            i, j = one + 1, other + 1
        return cost, places

    def align_by_table(self, left: Sequence[Part], right: Sequence[Part], by_names: bool) -> tuple[int, Places]:
        """The cheapest alignment of two sequences."""
        removing = [part.size * _LAYER for part in left]
        adding = [part.size * _LAYER for part in right]
        named = _Savings(right) if by_names else None
        rows: dict[tuple[int, int], list[int]] = {}

        def row(i: int) -> Sequence[int]:
            """The costs of changing a part of the left into each of the right."""
            part = left[i]
            key = part.digest, part.exact
            if key not in rows:
                kind, digest = part.kind, part.digest
                rows[key] = [
                    self.cost(part, other)
                    if other.kind is kind or kind is None or other.kind is None or other.digest == digest
                    else NEVER
                    for other in right
                ]
            return rows[key] if named is None else named.saved(part, rows[key])

        return cheapest_alignment(removing, adding, row)


class _Savings:
    """What equal names and shapes save in the table of a sequence.

    Attributes:
        names: the places of each name.
        shapes: the places of the layers with each shape.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        self.names: defaultdict[str, list[int]] = defaultdict(list)
        self.shapes: defaultdict[Shape, list[int]] = defaultdict(list)
        for place, part in enumerate(parts):
            for name in part.names:
                self.names[name].append(place)
            if part.layer is not None:
                self.shapes[part.layer.written.shape].append(place)

    def saved(self, part: Part, costs: Sequence[int]) -> list[int]:
        """The costs of changing a part into each part of the sequence, less where names or shapes are equal."""
        found = [*costs]
        for name in part.names:
            for place in self.names.get(name, ()):
                found[place] -= _NAME
        if part.layer is not None:
            for place in self.shapes.get(part.layer.written.shape, ()):
                found[place] -= _SHAPE
        return found


def _fits(left: Sequence[Part], right: Sequence[Part]) -> bool:
    """Whether the table of two sequences is not too large."""
    return len(left) * len(right) <= _CELLS


def _unaligned(left: Sequence[Part], right: Sequence[Part]) -> tuple[int, Places]:
    """No pairs, where a sequence is empty or the table would be too large."""
    return _size_cost(left) + _size_cost(right), []


def _equal_ends(left: Sequence[Part], right: Sequence[Part], equal: Callable[[Part, Part], bool]) -> tuple[int, int]:
    """How many parts at the start and at the end are equal."""
    least, start, end = min(len(left), len(right)), 0, 0
    while start < least and equal(left[start], right[start]):
        start += 1
    while end < least - start and equal(left[-1 - end], right[-1 - end]):
        end += 1
    return start, end


def _cost_inside(inner: Part, outer: Part, cost: Callable[[Part], int]) -> int:
    """The cost of a part that becomes one of the children of another, or none of them.

    Args:
        inner: a part or a layer.
        outer: a part.
        cost: of changing the inner part into, or from, a child of the outer one.
    """
    if any(_equal(inner, end) for end in (*outer.children[:1], *outer.children[-1:])):
        return (outer.size - inner.size) * _LAYER
    least = min([cost(child) - child.size * _LAYER for child in outer.children], default=NEVER)
    return outer.size * _LAYER + min(inner.size * _LAYER, least)


def _size_cost(parts: Sequence[Part]) -> int:
    """The cost of adding or removing these parts."""
    return sum([part.size for part in parts]) * _LAYER


def _equal(left: Part, right: Part) -> bool:
    return left.digest == right.digest and (left.layer is None) == (right.layer is None)


def _equal_with_names(left: Part, right: Part) -> bool:
    return _equal(left, right) and left.names == right.names


def _children(part: Part, known: set[int]) -> int:
    """The number of children of a part and of the different parts in it, whose digests become known."""
    known.add(part.digest)
    inner = [child for child in part.children if child.layer is None]
    return len(part.children) + sum(_children(child, known) for child in inner if child.digest not in known)
