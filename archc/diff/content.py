"""Pairs of layers with equal content: all that they are computed from is equal, or all that is computed from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from archc.diff.order import Ordered
from archc.ir.graph import Node, Tensor

Pairs = dict[Tensor, Tensor]
"""The tensors of the right graph, by the tensors of the left that they correspond to."""


def equal_content(left: Ordered, right: Ordered) -> Pairs:
    """The layers that correspond by their content, and the inputs.

    From the inputs down, a layer corresponds to one with equal content and corresponding inputs; from the outputs up,
    to one with equal users that correspond. Where a layer has both, as all layers of a network do into which a copy of
    one of its parts is put, a place in the order divides the layers: the place where most names are equal.
    """
    down = _from_inputs(left, right)
    if len(down) == len(left.nodes) + len(left.graph.inputs) == len(right.nodes) + len(right.graph.inputs):
        return down
    up = _from_outputs(left, right)
    return _joined(left, down, up)


def _from_inputs(left: Ordered, right: Ordered) -> Pairs:
    """The layers that are computed from the same, from the inputs down."""
    pairs: Pairs = dict(zip(left.graph.inputs, right.graph.inputs, strict=False))
    waiting: defaultdict[object, list[Node]] = defaultdict(list)
    for node in right.nodes:
        waiting[_taken(right, node, right.sources.__getitem__)].append(node)
    for node in left.nodes:
        key = _taken(left, node, lambda tensor: pairs.get(left.sources[tensor]))
        if None not in key[1]:
            _pair(left, right, pairs, waiting[key], node)
    return pairs


def _taken(
    ordered: Ordered, node: Node, seen: Callable[[Tensor], Tensor | None]
) -> tuple[object, tuple[Tensor | None, ...]]:
    """What a layer is, and what it takes; the order means nothing for a commutative merge."""
    found = [seen(tensor) for tensor in node.inputs]
    if node.op.commutes:
        found.sort(key=id)
    return _identity(ordered, node), tuple(found)


def _identity(ordered: Ordered, node: Node) -> object:
    """What a layer must have in common with its counterpart; of a layer that passes its input on, all arguments."""
    return ordered.signatures[node].content if ordered.sources[node] is node else node.op


def _from_outputs(left: Ordered, right: Ordered) -> Pairs:
    """The layers of which the same is computed, from the outputs up."""
    pairs: Pairs = {}
    users, others = _users(left), _users(right)
    waiting: defaultdict[object, list[Node]] = defaultdict(list)
    for node in right.nodes:
        waiting[_identity(right, node), frozenset(others[node])].append(node)
    for node in reversed(left.nodes):
        taking = [(pairs.get(user) if isinstance(user, Node) else user, place) for user, place in users[node]]
        if all(user is not None for user, _ in taking):
            _pair(left, right, pairs, waiting[_identity(left, node), frozenset(taking)], node)
    return pairs


def _users(ordered: Ordered) -> Mapping[Tensor, list[tuple[Node | int, int]]]:
    """The layers that take each tensor, with the place of the input; an output of the network by its number."""
    users: defaultdict[Tensor, list[tuple[Node | int, int]]] = defaultdict(list)
    taken: list[tuple[Tensor, Node | int, int]] = [
        (tensor, number, 0) for number, tensor in enumerate(ordered.graph.outputs.values())
    ]
    for node in ordered.nodes:
        if ordered.sources[node] is node:
            taken += [(tensor, node, 0 if node.op.commutes else place) for place, tensor in enumerate(node.inputs)]
    for tensor, user, place in taken:
        users[tensor].append((user, place))
        while isinstance(tensor, Node) and ordered.sources[tensor] is not tensor:
            tensor = tensor.inputs[0]
            users[tensor].append((user, place))
    return users


_COMPARED = 100  # of the layers of equal content, so that many equal branches take time in proportion to their number


def _pair(left: Ordered, right: Ordered, pairs: Pairs, found: list[Node], node: Node) -> None:
    """Pairs a layer with the one of these that is most like it: above and below, in its name, in sharing.

    A layer whose name is that of another layer of the left is left to this one.
    """
    if not found:
        return
    shared = node.first and pairs.get(node.first)

    def likeness(other: Node) -> tuple[bool, ...]:
        namesake = left.named.get(other.name)
        return (
            right.below[other] == left.below[node],
            right.above[other] == left.above[node],
            other.op == node.op,
            other.name == node.name,
            namesake is None or namesake in pairs,
            other.first is shared,
        )

    chosen = found[0] if len(found) == 1 else max(found[:_COMPARED], key=likeness)
    found.remove(chosen)
    pairs[node] = chosen


def _joined(left: Ordered, down: Pairs, up: Pairs) -> Pairs:
    """The pairs from the inputs down before a place in the order of the left, and those from the outputs up after it.

    Of the places with most pairs it is one with most equal names, and the last of these.
    """
    places = {node: place for place, node in enumerate(left.nodes)}
    owners = {other: node for node, other in down.items() if isinstance(node, Node)}
    scores = [0] * (len(left.nodes) + 2)  # the changes of the score from one place to the next
    for place, node in enumerate(left.nodes):
        if node in down:
            scores[place + 1] += _score(node, down[node])
        if node in up:
            worth = _score(node, up[node])
            owner = owners.get(up[node])
            last = place if owner is None else min(place, places[owner])
            scores[0] += worth
            scores[last + 1] -= worth
    best, total, cut = -1, 0, 0
    for place, change in enumerate(scores[:-1]):
        total += change
        if total >= best:
            best, cut = total, place
    before = {*left.graph.inputs, *left.nodes[:cut]}
    pairs: Pairs = {tensor: other for tensor, other in down.items() if tensor in before}
    taken = set(pairs.values())
    for node in left.nodes[cut:]:
        if node in up and up[node] not in taken:
            pairs[node] = up[node]
    return pairs


_PAIR = 1_000_000


def _score(node: Tensor, other: Tensor) -> int:
    """The worth of a pair; equal names decide between equally many pairs."""
    return _PAIR + (node.name == other.name)


def remaining(nodes: Sequence[Node], paired: Iterable[Tensor]) -> list[Node]:
    """The layers without a counterpart."""
    known = set(paired)
    return [node for node in nodes if node not in known]
