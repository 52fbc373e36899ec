"""The inputs of corresponding layers, compared.

A removed layer is bridged: its users get its input. An added layer is put on an edge: it gets the tensor of the edge,
and the user of the edge gets its output. A layer whose inputs do not follow from this is rewired.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from archc.diff.classes import Class
from archc.diff.order import Ordered
from archc.ir.graph import Node, Tensor

Counterparts = Mapping[Tensor, Tensor]


class Rewired(NamedTuple):
    """A layer with other inputs, or a network with other outputs.

    Attributes:
        left: the layer in the left graph; None for the outputs of the network.
        right: its counterpart; None for the outputs of the network.
        before: the inputs in the left graph that it no longer has.
        after: the inputs in the right graph that it has instead.
        classes: what it means for a user; `cosmetic` where a layer between passes its input on.
    """

    left: Node | None
    right: Node | None
    before: tuple[Tensor, ...]
    after: tuple[Tensor, ...]
    classes: tuple[Class, ...] = ("numerics",)


class Splice:
    """The connections of the right graph that follow from those of the left.

    Attributes:
        counterparts: the tensors of the right, by the tensors of the left that they correspond to; no moved layers.
        bridges: for removed layers, the tensor of the right that takes their place, where there is one.
        roots: for each added layer, the corresponding tensors that it is computed from.
    """

    def __init__(self, left: Ordered, right: Ordered, counterparts: Counterparts) -> None:
        self.left, self.right, self.counterparts = left, right, counterparts
        kept = set(counterparts.values())
        self.roots: dict[Tensor, dict[Tensor, None]] = {}
        for node in right.nodes:
            if node not in kept:
                self.roots[node] = {root: None for tensor in right.inputs[node] for root in self.sources(tensor)}
        self.bridges = self.bridge_removed()

    def sources(self, tensor: Tensor) -> dict[Tensor, None]:
        """The corresponding tensors that a tensor of the right is computed from; itself, where it corresponds."""
        return self.roots.get(tensor, {tensor: None})

    def bridge_removed(self) -> dict[Tensor, Tensor]:
        """The tensor that takes the place of each removed layer: the one of its inputs that its users have now."""
        users = users_of(self.left)
        candidates: dict[Tensor, dict[Tensor, None]] = {}
        for node in self.left.nodes:
            if node not in self.counterparts:
                found: dict[Tensor, None] = {}
                for source in self.left.inputs[node]:
                    own = self.counterparts.get(source)
                    found |= {own: None} if own is not None else candidates.get(source, {})
                candidates[node] = found
        bridges: dict[Tensor, Tensor] = {}
        for removed, found in candidates.items():
            now = Counter(
                root
                for user in users[removed]
                if user is None or user in self.counterparts
                for tensor in _inputs(None if user is None else self.counterparts[user], self.right)
                for root in self.sources(tensor)
            )
            if found and (place := max(found, key=lambda tensor: now[tensor])) in now:
                bridges[removed] = place
        return bridges

    def expected(self, left: tuple[Tensor, ...], right: tuple[Tensor, ...]) -> list[Tensor]:
        """The inputs of a layer in the right graph, if only layers around it were added and removed.

        Args:
            left: its inputs in the left graph.
            right: its inputs in the right graph, of which only the added layers are read.
        """
        mapped = [self.counterparts.get(tensor) or self.bridges.get(tensor) for tensor in left]
        remaining = [tensor for tensor in mapped if tensor is not None]
        for tensor in right:
            interrupted = next((other for other in remaining if other in self.roots.get(tensor, ())), None)
            if interrupted is not None:
                remaining.remove(interrupted)
        for place, tensor in enumerate(right):
            if tensor in self.roots:
                remaining.insert(min(place, len(remaining)), tensor)
        return remaining

    def explains(self, left: tuple[Tensor, ...], right: tuple[Tensor, ...], commutative: bool) -> bool:
        """Whether added and removed layers alone explain the inputs of the counterpart of a layer."""
        expected = self.expected(left, right)
        return Counter(expected) == Counter(right) if commutative else expected == list(right)


def _inputs(tensor: Tensor | None, ordered: Ordered) -> tuple[Tensor, ...]:
    """The inputs of a layer; None stands for the end of the network, whose inputs are its outputs."""
    if tensor is None:
        return tuple(ordered.graph.outputs.values())
    return tensor.inputs if isinstance(tensor, Node) else ()


def users_of(ordered: Ordered) -> Mapping[Tensor, list[Node | None]]:
    """The layers that have each tensor as an input; None for an output of the network."""
    users: defaultdict[Tensor, list[Node | None]] = defaultdict(list)
    for node in ordered.nodes:
        for tensor in node.inputs:
            users[tensor].append(node)
    for tensor in ordered.graph.outputs.values():
        users[tensor].append(None)
    return users


def rewired(left: Ordered, right: Ordered, counterparts: Counterparts) -> list[Rewired]:
    """The layers whose inputs added and removed layers do not explain, whichever of the two graphs comes first.

    Args:
        left: one graph.
        right: the other graph.
        counterparts: the corresponding tensors, inputs included, without moved layers.
    """
    back = {other: tensor for tensor, other in counterparts.items()}
    there, here = Splice(left, right, counterparts), Splice(right, left, back)
    users: list[tuple[Node | None, Node | None]] = [
        (owner, node) for node in right.nodes if isinstance(owner := back.get(node), Node)
    ]
    found = []
    for owner, node in [*users, (None, None)]:
        had, has = _inputs(owner, left), _inputs(node, right)
        commutative = node is not None and node.op.commutes
        if not (there.explains(had, has, commutative) and here.explains(has, had, commutative)):
            sources = [counterparts.get(left.sources[tensor]) for tensor in had], [right.sources[each] for each in has]
            equal = Counter(sources[0]) == Counter(sources[1]) if commutative else sources[0] == sources[1]
            affected: Class = "cosmetic" if equal else "numerics"
            found.append(Rewired(owner, node, *_difference(had, has, counterparts), (affected,)))
    return found


def _difference(
    left: tuple[Tensor, ...], right: tuple[Tensor, ...], counterparts: Counterparts
) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """The inputs that only one of two layers has; all of them where only their order differs."""
    remaining = Counter(right)
    before = []
    for tensor in left:
        other = counterparts.get(tensor)
        if other is not None and remaining[other]:
            remaining[other] -= 1
        else:
            before.append(tensor)
    after = list(remaining.elements())
    return (tuple(before), tuple(after)) if before or after else (left, right)
