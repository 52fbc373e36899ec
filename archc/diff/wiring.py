"""The inputs of corresponding layers, compared.

A removed layer is bridged: its users get its input. An added layer is put on an edge: it gets the tensor of the edge,
and the user of the edge gets its output. A layer whose inputs do not follow from this is rewired.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from archc.diff.canonical import Canonical, Layer, Value
from archc.diff.classes import Class
from archc.ir.graph import Node, Tensor

Counterparts = Mapping[Value, Value]


class Connections(NamedTuple):
    """A layer with other inputs, or a network with other outputs, in canonical spelling; as `Rewired`."""

    left: Layer | None
    right: Layer | None
    before: tuple[Value, ...]
    after: tuple[Value, ...]
    classes: tuple[Class, ...]

    @property
    def written(self) -> Rewired:
        """The same of the written networks."""
        return Rewired(
            None if self.left is None else self.left.written,
            None if self.right is None else self.right.written,
            tuple([tensor.written for tensor in self.before]),
            tuple([tensor.written for tensor in self.after]),
            self.classes,
        )


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
        removed: of the layers of the left without a counterpart.
        added: of the layers of the right without a counterpart.
    """

    def __init__(self, left: Canonical, right: Canonical, counterparts: Counterparts) -> None:
        self.left, self.right, self.counterparts = left, right, counterparts
        self.removed, self.added = _Roots(set(counterparts)), _Roots(set(counterparts.values()))
        self._bridges: dict[Value, Value | None] = {}
        self._taken: dict[Layer | None, Counter[Value]] = {}

    def mirrored(self, back: Counterparts) -> Splice:
        """The connections of the left graph that follow from those of the right."""
        other = Splice(self.right, self.left, back)
        other.removed, other.added = self.added, self.removed
        return other

    def in_place_of(self, tensor: Value) -> Value | None:
        """The tensor of the right in the place of one of the left: its counterpart, else what bridges it."""
        return self.counterparts.get(tensor) or self.bridge(tensor)

    def bridge(self, removed: Value) -> Value | None:
        """The tensor in the place of a removed one: of those it is computed from, the one that its users have now."""
        if removed not in self._bridges:
            roots = self.removed.of(removed)
            found = {self.counterparts[root]: 0 for root in roots if root in self.counterparts}
            for user in self.left.users[removed]:
                if user is None or user in self.counterparts:
                    taken = self.taken_now(user)
                    for tensor in found.keys() & taken.keys():
                        found[tensor] += taken[tensor]
            place = max(found, key=found.__getitem__, default=None)
            self._bridges[removed] = place if place is not None and found[place] else None
        return self._bridges[removed]

    def taken_now(self, user: Layer | None) -> Counter[Value]:
        """The tensors that the inputs of the counterpart of a layer come from, added layers left out."""
        if user not in self._taken:
            inputs = _inputs(None if user is None else self.counterparts[user], self.right)
            self._taken[user] = Counter([root for tensor in inputs for root in self.added.of(tensor)])
        return self._taken[user]

    def expected(self, left: tuple[Value, ...], right: tuple[Value, ...]) -> list[Value]:
        """The inputs of a layer in the right graph, if only layers around it were added and removed.

        Args:
            left: its inputs in the left graph.
            right: its inputs in the right graph, of which only the added layers are read.
        """
        mapped = [tensor for tensor in map(self.in_place_of, left) if tensor is not None]
        added = [(place, tensor) for place, tensor in enumerate(right) if self.added.has(tensor)]
        places: dict[Value, list[int]] = {}
        for place in range(len(mapped) - 1, -1, -1):
            places.setdefault(mapped[place], []).append(place)
        interrupted: set[int] = set()
        for _, tensor in added:
            if found := self.added.of(tensor).keys() & places.keys():
                first = min(found, key=lambda root: places[root][-1])
                interrupted.add(places[first].pop())
                if not places[first]:
                    del places[first]
        remaining = [tensor for place, tensor in enumerate(mapped) if place not in interrupted]
        for place, tensor in added:
            remaining.insert(place, tensor)
        return remaining

    def explains(self, left: tuple[Value, ...], right: tuple[Value, ...], *, commutative: bool) -> bool:
        """Whether added and removed layers alone explain the inputs of the counterpart of a layer."""
        expected = self.expected(left, right)
        return Counter(expected) == Counter(right) if commutative else expected == list(right)


class _Roots:
    """The corresponding tensors that the layers of one graph without a counterpart are computed from.

    Attributes:
        matched: the tensors with a counterpart.
    """

    def __init__(self, matched: AbstractSet[Value]) -> None:
        self.matched = matched
        self._known: dict[Value, dict[Value, None]] = {}

    def has(self, tensor: Value) -> bool:
        """Whether a tensor is a layer without a counterpart."""
        return isinstance(tensor, Layer) and tensor not in self.matched

    def of(self, tensor: Value) -> dict[Value, None]:
        """What a tensor is computed from, in order; itself, where it is no layer without a counterpart."""
        if not self.has(tensor):
            return {tensor: None}
        pending = [tensor]
        while pending:
            layer = pending[-1]
            unknown = [each for each in layer.sorted if self.has(each) and each not in self._known]
            if unknown:
                pending += unknown
                continue
            pending.pop()
            if layer not in self._known:
                found: dict[Value, None] = {}
                for each in layer.sorted:
                    found |= self._known.get(each, {each: None})
                self._known[layer] = found
        return self._known[tensor]


def _inputs(tensor: Value | None, network: Canonical) -> tuple[Value, ...]:
    """The inputs of a layer; None stands for the end of the network, whose inputs are its outputs."""
    if tensor is None:
        return network.outputs
    return tensor.inputs if isinstance(tensor, Layer) else ()


def rewired(left: Canonical, right: Canonical, counterparts: Counterparts) -> list[Connections]:
    """The layers whose inputs added and removed layers do not explain, whichever of the two graphs comes first.

    Args:
        left: one graph.
        right: the other graph.
        counterparts: the corresponding tensors, inputs included, without moved layers.
    """
    back = {other: tensor for tensor, other in counterparts.items()}
    there = Splice(left, right, counterparts)
    here = there.mirrored(back)
    users: list[tuple[Layer | None, Layer | None]] = [
        (owner, layer) for layer in right.layers if isinstance(owner := back.get(layer), Layer)
    ]
    found = []
    for owner, layer in [*users, (None, None)]:
        had, has = _inputs(owner, left), _inputs(layer, right)
        if tuple(map(counterparts.get, had)) == has:
            continue
        commutative = layer is not None and layer.canonical.commutes
        explained = there.explains(had, has, commutative=commutative)
        if not (explained and here.explains(has, had, commutative=commutative)):
            sources = [counterparts.get(tensor.source) for tensor in had], [tensor.source for tensor in has]
            equal = Counter(sources[0]) == Counter(sources[1]) if commutative else sources[0] == sources[1]
            affected: Class = "cosmetic" if equal else "numerics"
            found.append(Connections(owner, layer, *_difference(had, has, counterparts), (affected,)))
    return found


def _difference(
    left: tuple[Value, ...], right: tuple[Value, ...], counterparts: Counterparts
) -> tuple[tuple[Value, ...], tuple[Value, ...]]:
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
