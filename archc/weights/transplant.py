"""Which weights of a network come from another one, by the counterparts of the layers. Keras is not needed."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from math import prod
from typing import Literal, NamedTuple

from archc.diff.changes import fits
from archc.ir.graph import Graph, Node, Tensor
from archc.ir.op import Op, Weight
from archc.ir.opaque import Opaque
from archc.weights.fit import Fit

Pairing = Mapping[Node, Node]
"""The layers of the old network by those of the new one that take their weights, each as its first call."""

Reason = Literal["no-counterpart", "staged-start", "other-kind", "no-weight", "other-type", "other-shape", "beside"]
"""Why a weight begins new: its layer has no counterpart, or is not named by the `initialize` that the plan follows, or
its counterpart is of another kind; the counterpart has no such weight, or one of another type or shape; or another
weight of the layer has another shape."""


class Start(NamedTuple):
    """The network whose weights the spec of the new network begins with, by its `initialize`.

    Attributes:
        spec: its name there.
        followed: whether it is the old network, so that the plan takes what `initialize` names and nothing else.
    """

    spec: str
    followed: bool


class Origin(NamedTuple):
    """A weight of the old network, with the first call of its layer."""

    layer: Node
    weight: Weight


class PlannedWeight(NamedTuple):
    """A weight of the new network.

    Attributes:
        layer: the first call of its layer.
        weight: the weight.
        counterpart: the weight of the old network that corresponds to it; None where there is none.
        why: why it begins new; None where it takes the values of its counterpart.
        fit: how these get its shape; None where they have it.
    """

    layer: Node
    weight: Weight
    counterpart: Origin | None
    why: Reason | None
    fit: Fit | None = None

    @property
    def source(self) -> Origin | None:
        """The weight of the old network whose values it takes; None where it begins new."""
        return self.counterpart if self.why is None else None

    @property
    def is_part_new(self) -> bool:
        """Whether it takes values, and has new ones beside them."""
        return self.fit is not None and self.fit.method == "pad"

    @property
    def taken_values(self) -> int:
        """How many of its values are taken, where any are."""
        assert self.counterpart is not None
        return prod((self.counterpart.weight if self.is_part_new else self.weight).shape)


class Sums(NamedTuple):
    """How much it is.

    Attributes:
        layers: the number of layers with weights, each once.
        params: the number of learned weights.
        total_params: with those that are not trainable.
    """

    layers: int
    params: int
    total_params: int


class TransplantPlan(NamedTuple):
    """What each weight of a new network begins with.

    Attributes:
        old: the network whose weights are taken.
        new: the network that takes them.
        pairing: the layers of both that correspond.
        weights: all weights of the new network, in the order of its layers.
        start: what `initialize` of the new network's spec names; None where it has none, or all counterparts are asked
            for.
        lost: where channels are repeated: the layers at which the function is no longer that of the old network; empty
            where it is kept. None where no channels are repeated.
    """

    old: Graph
    new: Graph
    pairing: Pairing
    weights: tuple[PlannedWeight, ...]
    start: Start | None = None
    lost: tuple[Tensor, ...] | None = None

    @property
    def is_staged(self) -> bool:
        """Whether it follows `initialize` of the new network's spec."""
        return self.start is not None and self.start.followed

    @property
    def taken(self) -> tuple[PlannedWeight, ...]:
        """The weights that take values of the old network."""
        return tuple(planned for planned in self.weights if planned.why is None)

    @property
    def begun_new(self) -> tuple[PlannedWeight, ...]:
        """The weights that begin new."""
        return tuple(planned for planned in self.weights if planned.why is not None)

    @property
    def left_out(self) -> tuple[Origin, ...]:
        """The weights of the old network that nothing takes."""
        used = {(planned.source.layer, planned.source.weight.name) for planned in self.taken if planned.source}
        return tuple(one for one in weights_of(self.old) if (one.layer, one.weight.name) not in used)

    @property
    def whole_layers(self) -> frozenset[Node]:
        """The layers of the new network, as their first calls, that need no new value."""
        lacking = {planned.layer for planned in self.weights if planned.why is not None or planned.is_part_new}
        return frozenset(planned.layer for planned in self.weights) - lacking

    @property
    def taken_sums(self) -> Sums:
        """How much of the new network is taken; a layer counts that takes anything."""
        learned = sum(planned.taken_values for planned in self.taken if planned.weight.trainable)
        return Sums(
            len({planned.layer for planned in self.taken}), learned, sum(one.taken_values for one in self.taken)
        )

    @property
    def new_sums(self) -> Sums:
        """How much of the new network begins new; a layer counts that has a new value."""
        every, taken = sums_of(self.weights), self.taken_sums
        layers = every.layers - len(self.whole_layers)
        return Sums(layers, every.params - taken.params, every.total_params - taken.total_params)

    @property
    def share(self) -> Fraction:
        """The share of the learned weights of the new network that are taken; of all where nothing is learned."""
        (_, taken, all_taken), (_, of, every) = self.taken_sums, sums_of(self.weights)
        return Fraction(taken, of) if of else Fraction(all_taken, every) if every else Fraction(1)


def sums_of(weights: Iterable[PlannedWeight | Origin]) -> Sums:
    """How many layers and weights these are."""
    listed = list(weights)
    learned = sum(prod(one.weight.shape) for one in listed if one.weight.trainable)
    return Sums(len({one.layer for one in listed}), learned, sum(prod(one.weight.shape) for one in listed))


def weights_of(graph: Graph) -> Iterator[Origin]:
    """All weights of a network, in the order of its layers; those of a shared layer once."""
    for node in graph.nodes:
        if node.first is None:
            yield from (Origin(node, weight) for weight in node.weights)


def transplant_plan(old: Graph, new: Graph, pairing: Pairing, start: Start | None = None) -> TransplantPlan:
    """What each weight of the new network begins with.

    A layer takes the weights of its counterpart by their names. Where one of them has another shape, all weights of the
    layer begin new, as they belong together.

    Args:
        old: the network whose weights are taken.
        new: the network that takes them.
        pairing: which layer takes from which.
        start: what `initialize` names, which the pairing follows or not.
    """
    lacking: Reason = "staged-start" if start is not None and start.followed else "no-counterpart"
    planned = [
        found
        for node in new.nodes
        if node.first is None and node.weights
        for found in _of_layer(node, pairing.get(node), lacking)
    ]
    return TransplantPlan(old, new, pairing, tuple(planned), start)


def paired_layers(counterparts: Mapping[Tensor, Tensor]) -> dict[Node, Node]:
    """Which layer of the right takes from which of the left, where calls of layers correspond.

    A layer that is called several times may have several counterparts: it takes from the first that fits and that no
    other takes from, else from the first that fits, else from the first.

    Args:
        counterparts: the tensors of the right by the tensors of the left.
    """
    candidates: defaultdict[Node, dict[Node, None]] = defaultdict(dict)
    for mine, theirs in counterparts.items():
        if isinstance(mine, Node) and isinstance(theirs, Node) and theirs.weights:
            candidates[theirs.first or theirs][mine.first or mine] = None
    found: dict[Node, Node] = {}
    used: set[Node] = set()
    for mine, theirs in counterparts.items():
        if isinstance(mine, Node) and isinstance(theirs, Node) and theirs.weights:
            source, layer = mine.first or mine, theirs.first or theirs
            if source not in used and layer not in found and fits(source, layer):
                found[layer] = source
                used.add(source)
    return {
        layer: found.get(layer) or next((source for source in sources if fits(source, layer)), next(iter(sources)))
        for layer, sources in candidates.items()
    }


def _of_layer(layer: Node, source: Node | None, lacking: Reason) -> list[PlannedWeight]:
    """The weights of a layer of the new network."""
    if source is None:
        return [PlannedWeight(layer, weight, None, lacking) for weight in layer.weights]
    if not _is_alike(source, layer):
        return [PlannedWeight(layer, weight, None, "other-kind") for weight in layer.weights]
    named = _by_names(source, layer)
    planned = [_of_weight(layer, weight, source, named.get(weight.name)) for weight in layer.weights]
    if any(each.why == "other-shape" for each in planned):
        return [each._replace(why=each.why or "beside") for each in planned]
    return planned


def _of_weight(layer: Node, weight: Weight, source: Node, found: Weight | None) -> PlannedWeight:
    if found is None:
        return PlannedWeight(layer, weight, None, "no-weight")
    why: Reason | None = None
    if _is_integer(source, found) != _is_integer(layer, weight):
        why = "other-type"
    elif found.shape != weight.shape:
        why = "other-shape"
    return PlannedWeight(layer, weight, Origin(source, found), why)


def _is_integer(layer: Node, weight: Weight) -> bool:
    return _own_name(weight) in layer.op.integer_weights


def _is_alike(source: Node, layer: Node) -> bool:
    """Whether two layers are of one kind, or have the same weights: a layer may be written alone or in a wrapper."""
    if isinstance(source.op, Opaque):
        return False
    if kind_of(source.op) == kind_of(layer.op):
        return True
    ours, theirs = (Counter((_own_name(weight), weight.shape) for weight in node.weights) for node in (source, layer))
    return ours == theirs


def kind_of(op: Op) -> str:
    """The kind of a layer, whatever wraps it and whatever its rank: that of `Conv2D` and `Conv3D` is one."""
    inner = getattr(op, "layer", None)
    return kind_of(inner) if isinstance(inner, Op) else re.sub(r"[123]D", "", op.op_name)


def _by_names(source: Node, layer: Node) -> dict[str, Weight]:
    """The weights of one layer by the names of those of another: names in full, else without the wrapper's part."""
    found = {weight.name: weight for weight in source.weights}
    own = {_own_name(weight): weight for weight in source.weights}
    if len(own) == len(source.weights) and len({_own_name(weight) for weight in layer.weights}) == len(layer.weights):
        found = {weight.name: own[_own_name(weight)] for weight in layer.weights if _own_name(weight) in own} | found
    return found


def _own_name(weight: Weight) -> str:
    """The name without the layer inside a wrapper that holds it."""
    return weight.name.rpartition("/")[2]
