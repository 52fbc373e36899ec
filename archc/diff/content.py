"""Pairs of layers with equal content: all that they are computed from is equal, or all that is computed from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from archc.diff.canonical import Canonical, Layer, Value

Pairs = dict[Value, Value]
"""The tensors of the right graph, by the tensors of the left that they correspond to."""


def equal_content(left: Canonical, right: Canonical) -> Pairs:
    """The layers that correspond by their content, and the inputs.

    From the inputs down, a layer corresponds to one with equal content and corresponding inputs; from the outputs up,
    to one with equal users that correspond. Where a layer has both, as all layers of a network do into which a copy of
    one of its parts is put, a place in the order divides the layers: the place where most names are equal.
    """
    down = _from_inputs(left, right)
    if is_complete(left, right, down):
        return down
    up = _from_outputs(left, right)
    return _joined(left, down, up)


def is_complete(left: Canonical, right: Canonical, pairs: Pairs) -> bool:
    """Whether each tensor of both networks has a counterpart."""
    return len(pairs) == len(left.layers) + len(left.inputs) == len(right.layers) + len(right.inputs)


def _from_inputs(left: Canonical, right: Canonical) -> Pairs:
    """The layers that are computed from the same, from the inputs down."""
    pairs: Pairs = dict(zip(left.inputs, right.inputs, strict=False))
    waiting: defaultdict[object, list[Layer]] = defaultdict(list)
    for layer in right.layers:
        waiting[layer.identity, _in_any_order(layer, layer.sources)].append(layer)
    for layer in left.layers:
        if found := waiting.get((layer.identity, _in_any_order(layer, tuple(map(pairs.get, layer.sources))))):
            _pair(left, right, pairs, found, layer)
    return pairs


def _in_any_order(layer: Layer, taken: tuple[Value | None, ...]) -> tuple[Value | None, ...]:
    """What a layer takes; the order means nothing for a commutative merge."""
    return tuple(sorted(taken, key=id)) if layer.canonical.commutes else taken


def _from_outputs(left: Canonical, right: Canonical) -> Pairs:
    """The layers of which the same is computed, from the outputs up."""
    pairs: Pairs = {}
    users, others = _users(left), _users(right)
    waiting: defaultdict[object, list[Layer]] = defaultdict(list)
    for layer in right.layers:
        waiting[layer.identity, frozenset(others[layer])].append(layer)
    for layer in reversed(left.layers):
        taking = [(user if isinstance(user, int) else pairs.get(user), place) for user, place in users[layer]]
        if found := waiting.get((layer.identity, frozenset(taking))):
            _pair(left, right, pairs, found, layer)
    return pairs


def _users(network: Canonical) -> Mapping[Value, list[tuple[Layer | int, int]]]:
    """The layers that take each tensor, with the place of the input; an output of the network by its number."""
    users: defaultdict[Value, list[tuple[Layer | int, int]]] = defaultdict(list)
    taken: list[tuple[Value, Layer | int, int]] = [(tensor, number, 0) for number, tensor in enumerate(network.outputs)]
    for layer in network.layers:
        if layer.source is layer:
            taken += [
                (tensor, layer, 0 if layer.canonical.commutes else place) for place, tensor in enumerate(layer.inputs)
            ]
    for tensor, user, place in taken:
        users[tensor].append((user, place))
        while isinstance(tensor, Layer) and tensor.source is not tensor:
            tensor = tensor.inputs[0]
            users[tensor].append((user, place))
    return users


_COMPARED = 100  # of the layers of equal content, so that many equal branches take time in proportion to their number


def _pair(left: Canonical, right: Canonical, pairs: Pairs, found: list[Layer], layer: Layer) -> None:
    """Pairs a layer with the one of these that is most like it: above and below, in its name, in sharing.

    A layer whose name is that of another layer of the left is left to this one.
    """
    if len(found) == 1:
        pairs[layer] = found.pop()
        return
    shared = layer.first and pairs.get(layer.first)

    def likeness(other: Layer) -> tuple[bool, ...]:
        namesake = left.named.get(other.name)
        return (
            right.below[other] == left.below[layer],
            other.above == layer.above,
            other.canonical.equal == layer.canonical.equal,
            other.name == layer.name,
            namesake is None or namesake in pairs,
            other.first is shared,
        )

    chosen = max(found[:_COMPARED], key=likeness)
    found.remove(chosen)
    pairs[layer] = chosen


def _joined(left: Canonical, down: Pairs, up: Pairs) -> Pairs:
    """The pairs from the inputs down before a place in the order of the left, and those from the outputs up after it.

    Of the places with most pairs it is one with most equal names, and the last of these.
    """
    places = {layer: place for place, layer in enumerate(left.layers)}
    owners = {other: layer for layer, other in down.items() if isinstance(layer, Layer)}
    scores = [0] * (len(left.layers) + 2)  # the changes of the score from one place to the next
    for place, layer in enumerate(left.layers):
        if layer in down:
            scores[place + 1] += _score(layer, down[layer])
        if layer in up:
            worth = _score(layer, up[layer])
            owner = owners.get(up[layer])
            last = place if owner is None else min(place, places[owner])
            scores[0] += worth
            scores[last + 1] -= worth
    best, total, cut = -1, 0, 0
    for place, change in enumerate(scores[:-1]):
        total += change
        if total >= best:
            best, cut = total, place
    before = {*left.inputs, *left.layers[:cut]}
    pairs: Pairs = {tensor: other for tensor, other in down.items() if tensor in before}
    taken = set(pairs.values())
    for layer in left.layers[cut:]:
        if layer in up and up[layer] not in taken:
            pairs[layer] = up[layer]
    return pairs


_PAIR = 1_000_000


def _score(layer: Value, other: Value) -> int:
    """The worth of a pair; equal names decide between equally many pairs."""
    return _PAIR + (layer.name == other.name)


def remaining(layers: Sequence[Layer], paired: Iterable[Value]) -> list[Layer]:
    """The layers without a counterpart."""
    known = set(paired)
    return [layer for layer in layers if layer not in known]
