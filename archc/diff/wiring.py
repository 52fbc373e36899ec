"""Connections compared over corresponding layers: what a layer takes after what is removed and added around it.

A layer that is removed is bridged: what took it takes what it took. A layer that is added stands on an edge: behind it
is what took the edge's tensor before. Where that does not give what a layer really takes, it is rewired.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from archc.diff.order import Ordered
from archc.ir.graph import Node, Tensor

Counterparts = Mapping[Tensor, Tensor]


class Rewired(NamedTuple):
    """A layer, or the network's end, that takes other tensors.

    Attributes:
        left: the layer in the left graph; None for the outputs.
        right: its counterpart; None for the outputs.
        before: the tensors of the left that it takes no longer.
        after: the tensors of the right that it takes instead.
    """

    left: Node | None
    right: Node | None
    before: tuple[Tensor, ...]
    after: tuple[Tensor, ...]


class Splice:
    """The connections of the right graph as far as they follow from those of the left.

    Attributes:
        counterparts: the tensors of the right that those of the left correspond to, in place.
        bridges: for layers that are removed, the tensor of the right that takes their place, where one does.
        roots: for each layer that is added, the corresponding tensors behind it.
    """

    def __init__(self, left: Ordered, right: Ordered, counterparts: Counterparts) -> None:
        self.left, self.right, self.counterparts = left, right, counterparts
        kept = set(counterparts.values())
        self.roots: dict[Tensor, dict[Tensor, None]] = {}
        for node in right.nodes:
            if node not in kept:
                self.roots[node] = {root: None for tensor in right.inputs[node] for root in self.behind(tensor)}
        self.bridges = self.bridged()

    def behind(self, tensor: Tensor) -> dict[Tensor, None]:
        """The corresponding tensors that a tensor of the right comes from, itself where it corresponds."""
        return self.roots.get(tensor, {tensor: None})

    def bridged(self) -> dict[Tensor, Tensor]:
        """What takes the place of each layer that is removed: of what it took, what those that took it take now."""
        users = _users(self.left)
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
            taken = Counter(
                root
                for user in users[removed]
                for tensor in self.takes(self.counterparts.get(user) if user is not None else None, user is None)
                for root in self.behind(tensor)
            )
            if found and (place := max(found, key=lambda tensor: taken[tensor])) in taken:
                bridges[removed] = place
        return bridges

    def takes(self, node: Tensor | None, end: bool) -> tuple[Tensor, ...]:
        """What a layer of the right takes, or the end of the network."""
        if end:
            return tuple(self.right.graph.outputs.values())
        return node.inputs if isinstance(node, Node) else ()

    def expected(self, left: tuple[Tensor, ...], right: tuple[Tensor, ...]) -> list[Tensor]:
        """What a layer takes in the right graph, if only what is removed and added around it moved.

        Args:
            left: the tensors that it takes in the left graph.
            right: those that it takes in the right graph, of which only the added ones are looked at.
        """
        taken = [self.counterparts.get(tensor) or self.bridges.get(tensor) for tensor in left]
        remaining = [tensor for tensor in taken if tensor is not None]
        for tensor in right:
            interrupted = next((other for other in remaining if other in self.roots.get(tensor, ())), None)
            if interrupted is not None:
                remaining.remove(interrupted)
        for place, tensor in enumerate(right):
            if tensor in self.roots:
                remaining.insert(min(place, len(remaining)), tensor)
        return remaining

    def explains(self, left: tuple[Tensor, ...], right: tuple[Tensor, ...], commutative: bool) -> bool:
        """Whether additions and removals alone lead from what a layer takes to what its counterpart takes."""
        expected = self.expected(left, right)
        return Counter(expected) == Counter(right) if commutative else expected == list(right)


def _users(ordered: Ordered) -> Mapping[Tensor, list[Node | None]]:
    """The layers that take each tensor; None for the network's end."""
    users: defaultdict[Tensor, list[Node | None]] = defaultdict(list)
    for node in ordered.nodes:
        for tensor in node.inputs:
            users[tensor].append(node)
    for tensor in ordered.graph.outputs.values():
        users[tensor].append(None)
    return users


def rewired(left: Ordered, right: Ordered, counterparts: Counterparts) -> list[Rewired]:
    """The connections that additions and removals do not explain, whichever of the two graphs comes first.

    Args:
        left: a graph.
        right: another.
        counterparts: of the layers of the left that are still in their place, and of the inputs.
    """
    back = {other: tensor for tensor, other in counterparts.items()}
    there, here = Splice(left, right, counterparts), Splice(right, left, back)
    found = []
    for node in right.nodes:
        owner = back.get(node)
        if isinstance(owner, Node):
            commutative = node.op.commutes
            if not (
                there.explains(owner.inputs, node.inputs, commutative)
                and here.explains(node.inputs, owner.inputs, commutative)
            ):
                found.append(Rewired(owner, node, *_difference(owner.inputs, node.inputs, counterparts)))
    ends = tuple(left.graph.outputs.values()), tuple(right.graph.outputs.values())
    if not (there.explains(*ends, commutative=False) and here.explains(ends[1], ends[0], commutative=False)):
        found.append(Rewired(None, None, *_difference(*ends, counterparts)))
    return found


def _difference(
    left: tuple[Tensor, ...], right: tuple[Tensor, ...], counterparts: Counterparts
) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """The tensors that only one of two layers takes; all of them where only their order differs."""
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
