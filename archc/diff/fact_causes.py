"""The differences between two networks that make a size or a count differ.

A layer is asked: which output has the op of the left network over the inputs of the right? Where it is not that of the
right network, the layer itself is a cause; where the inputs make a difference, their causes are. So each cause is one
that must be mended, and a difference that changes another size, or none, is not among them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import NamedTuple

from archc.analysis import cost
from archc.diagnostics import SpecError
from archc.diff.differences import Change, Differences
from archc.diff.wiring import Rewired
from archc.ir.graph import Input, Node, Tensor
from archc.ir.op import ArgumentError, Op
from archc.ir.shape import Shape, ShapeError


class InputChange(NamedTuple):
    """An input with another shape."""

    left: Input
    right: Input


Cause = InputChange | Change | Rewired
Found = frozenset[int]
"""Causes, by their places among all."""
Axis = int | None
"""An axis of a tensor; None for all of it, where the ranks differ."""

_NONE: Found = frozenset()


class FactCauses:
    """What makes the sizes and counts of the right network of a comparison differ from those of the left.

    Attributes:
        causes: all differences, inputs first, then in the order of the layers.
        sizes: for each tensor of the left whose counterpart has another shape, the causes by the axes that differ.
    """

    def __init__(self, found: Differences) -> None:
        self.found = found
        self.layers = {left: right for left, right in found.sequence if left is not None and right is not None}
        self.kept = frozenset(found.counterparts.values())
        inputs = [
            InputChange(left, right)
            for left in found.left.inputs
            if isinstance(right := found.counterparts.get(left), Input) and left.shape != right.shape
        ]
        places: dict[Node | None, int] = {}  # the outputs of the network, which are None, come last
        for place, pair in enumerate(found.sequence):
            places |= {node: place for node in pair if node is not None}
        differing: list[Change | Rewired] = [*found.changes, *found.rewired]
        of_layers = sorted(differing, key=lambda cause: places.get(cause.right or cause.left, len(places)))
        self.causes: tuple[Cause, ...] = (*inputs, *of_layers)
        own: defaultdict[Tensor, set[int]] = defaultdict(set)
        for place, cause in enumerate(self.causes):
            for side in (cause.left, cause.right):
                if side is not None:
                    own[side].add(place)
        self.own = {tensor: frozenset(places) for tensor, places in own.items()}
        self.sizes: dict[Tensor, dict[Axis, Found]] = {
            made.left: dict.fromkeys(_axes(made.left.shape, made.right.shape), self.own[made.left]) for made in inputs
        }
        for node in found.left.nodes:
            if causes := self._of_layer(node):
                self.sizes[node] = causes

    def named(self, places: Iterable[int]) -> tuple[Cause, ...]:
        """The causes at these places, in order."""
        return tuple([self.causes[place] for place in sorted(places)])

    # --- sizes ---

    def of_shape(self, tensor: Tensor) -> Found:
        """The causes of the shape of the counterpart of a tensor of the left."""
        return frozenset().union(*self.sizes.get(tensor, {}).values())

    def of_absence(self, tensor: Tensor) -> Found:
        """The change that removes a tensor of the left; that of the layer before, where it has none of its own."""
        while tensor not in self.own and tensor not in self.found.counterparts and isinstance(tensor, Node):
            if not tensor.inputs:
                break
            tensor = tensor.inputs[0]
        return self.own.get(tensor, _NONE)

    def _of_layer(self, node: Node) -> dict[Axis, Found]:
        """The causes of the output's sizes, by axis; those of the layers before are known."""
        other = self.layers.get(node)
        if other is None:  # an activation or the like that the right network has inside another layer, or a removed one
            keeps = len(node.inputs) == 1 and node.inputs[0].shape == node.shape
            return self.sizes.get(node.inputs[0], {}) if keeps else {}
        return {axis: self._of_size(node, other, axis) for axis in _axes(node.shape, other.shape)}

    def _of_size(self, node: Node, other: Node, axis: Axis) -> Found:
        had, has = _size(node.shape, axis), _size(other.shape, axis)
        is_own = _size(_shape(node.op, _shapes(other)), axis) != has
        before = self._of_inputs(node, other, lambda given: _size(_shape(node.op, given), axis) != had)
        return (self.own.get(node, _NONE) if is_own else _NONE) | before or self.own.get(node, _NONE)

    def _of_inputs(self, node: Node, other: Node, matters: Callable[[Sequence[Shape]], bool]) -> Found:
        """The causes of those sizes of the inputs that make a difference to a layer."""
        given = _shapes(node)
        free = [*other.inputs]
        pairs: list[tuple[int, Tensor, Tensor]] = []
        alone: list[tuple[int, Tensor]] = []
        for place, tensor in enumerate(node.inputs):
            partner = self.found.counterparts.get(tensor)
            if partner is not None and partner in free:
                free.remove(partner)
                pairs.append((place, tensor, partner))
            else:
                alone.append((place, tensor))
        pairs += [(place, mine, theirs) for (place, mine), theirs in zip(alone, free, strict=False)]
        causes: Found = _NONE
        for place, mine, theirs in pairs:
            between = self._between(mine, theirs, node)
            for axis in _axes(mine.shape, theirs.shape):
                changed = [*given]
                changed[place] = theirs.shape if axis is None else _replaced(mine.shape, axis, theirs.shape[axis])
                if matters(changed):
                    causes |= between(axis)
        for mine in [tensor for _, tensor in alone][len(free) :]:
            causes |= self._all_own(_only(mine, self.found.counterparts)[0])
        for theirs in free[len(alone) :]:
            causes |= self._all_own(_only(theirs, self.kept)[0])
        return causes

    def _between(self, mine: Tensor, theirs: Tensor, user: Node) -> Callable[[Axis], Found]:
        """The causes of an axis of an input; layers that only one network has may be before it."""
        if self.found.counterparts.get(mine) is theirs:
            sizes = self.sizes.get(mine, {})
            return lambda axis: sizes.get(axis, _NONE)
        removed, before = _only(mine, self.found.counterparts)
        added, after = _only(theirs, self.kept)
        common = [tensor for tensor in before if self.found.counterparts.get(tensor) in after]
        elsewhere = self.own.get(user, _NONE) if not common else _NONE  # rewired

        def causes(axis: Axis) -> Found:
            found = self._all_own([node for node in (*removed, *added) if _changes(node, axis)])
            for tensor in common or before:
                sizes = self.sizes.get(tensor, {})
                same_rank = len(tensor.shape) == len(mine.shape)
                found |= sizes.get(axis, _NONE) if same_rank else frozenset().union(*sizes.values())
            return found | elsewhere

        return causes

    def _all_own(self, nodes: Iterable[Tensor]) -> Found:
        return frozenset().union(*(self.own.get(node, _NONE) for node in nodes))

    # --- counts ---

    def of_count(self, measure: str, left: Iterable[Node] | None, right: Iterable[Node] | None) -> Found:
        """The causes of a count: `macs`, `depth`, or one of weights.

        Args:
            measure: what is counted.
            left: the layers of the left network that are counted; None for all.
            right: the layers of the right network that are counted in their place; None for all.
        """
        mine, theirs = (None if nodes is None else {*nodes} for nodes in (left, right))
        alone: list[tuple[Node, int]] = []
        causes: Found = _NONE
        for one, other in self.found.sequence:
            counted = one if one is not None and (mine is None or one in mine) else None
            instead = other if other is not None and (theirs is None or other in theirs) else None
            if counted is not None and instead is not None:
                causes |= self._of_pair(measure, counted, instead)
            elif node := counted or instead:
                alone.append((node, -1 if counted is not None else 1))
        if measure != "depth":
            return causes | self._all_own(_surplus(alone, measure))
        longer = self._all_own(node for node, _ in alone if node.op.weighted)
        rewired = {place for place, cause in enumerate(self.causes) if isinstance(cause, Rewired)}
        return causes | longer or frozenset(rewired)  # the same layers on other paths

    def _of_pair(self, measure: str, node: Node, other: Node) -> Found:
        had, has = _count(node, measure), _count(other, measure)
        if had == has:
            return _NONE
        if (node.first is None) != (other.first is None) or measure == "depth":
            return self.own.get(node, _NONE)
        own = self.own.get(node, _NONE) if _counted(node.op, _shapes(other), measure) != has else _NONE
        before = self._of_inputs(node, other, lambda given: _counted(node.op, given, measure) != had)
        return own | before or self.own.get(node, _NONE)


def _surplus(alone: Sequence[tuple[Node, int]], measure: str) -> Iterator[Node]:
    """The layers of one network alone that change a sum, without those that make up for each other."""
    balance: Counter[tuple[str, int | None]] = Counter()
    keys = [(node.op.op_name, _count(node, measure)) for node, _ in alone]
    for key, (_, sign) in zip(keys, alone, strict=True):
        balance[key] += sign
    for key, (node, sign) in zip(keys, alone, strict=True):
        if key[1] != 0 and balance[key] * sign > 0:
            balance[key] -= sign
            yield node


# --- shapes and counts of an op over given inputs ---


def _shapes(node: Node) -> list[Shape]:
    return [tensor.shape for tensor in node.inputs]


def _shape(op: Op, shapes: Sequence[Shape]) -> Shape | None:
    """The output; None where the op cannot take these shapes."""
    try:
        return op.infer(*shapes)
    except (ShapeError, ArgumentError, SpecError, TypeError):
        return None


def _count(node: Node, measure: str) -> int | None:
    if measure == "macs":
        return node.macs
    return int(node.op.weighted) if measure == "depth" else cost.node_count(measure, node)


def _counted(op: Op, shapes: Sequence[Shape], measure: str) -> int | None:
    """The count of an op over these shapes; None where it cannot take them, or a size is unknown."""
    output = _shape(op, shapes)
    if output is None:
        return None
    if measure == "macs":
        return op.macs(tuple(shapes), output)
    return cost.weight_count(measure, op, op.weights(*shapes), tuple(shapes))


def _axes(left: Shape, right: Shape) -> list[Axis]:
    """The axes that differ."""
    if len(left) != len(right):
        return [None]
    return [axis for axis, (had, has) in enumerate(zip(left, right, strict=True)) if had != has]


def _size(shape: Shape | None, axis: Axis) -> object:
    """What an axis of a shape has; the shape itself where the ranks differ."""
    return shape if shape is None or axis is None or axis >= len(shape) else shape[axis]


def _replaced(shape: Shape, axis: int, size: int | None) -> Shape:
    return (*shape[:axis], size, *shape[axis + 1 :])


def _changes(node: Node, axis: Axis) -> bool:
    """Whether the output of a layer has another size along an axis than one of its inputs, or is made of nothing."""
    differing = [each for tensor in node.inputs for each in _axes(tensor.shape, node.shape)]
    return not node.inputs or axis in differing or None in differing or (axis is None and bool(differing))


def _only(tensor: Tensor, common: Container[Tensor]) -> tuple[list[Node], list[Tensor]]:
    """The layers up to a tensor that only one network has, and the tensors before them, which both have."""
    found: list[Node] = []
    ends: list[Tensor] = []
    pending, seen = [tensor], {tensor}
    while pending:
        each = pending.pop()
        if each in common or isinstance(each, Input):
            ends.append(each)
            continue
        found.append(each)
        pending += [made for made in each.inputs if made not in seen]
        seen |= {*each.inputs}
    return found, ends
