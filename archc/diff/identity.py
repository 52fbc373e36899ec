"""The identity of a network: equal for two networks where a comparison finds nothing that they compute differently.

Layers are told apart by what they are computed from, by what is computed from them and by the weights that they share,
in rounds, until a round tells no more of them apart. Names, parts, the order of layers in a file, the spelling of
arguments, and layers that do nothing play no part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from archc.diff.canonical import Canonical, Layer, Value
from archc.ir.graph import Graph
from archc.ir.masks import mask_uses
from archc.ir.op import Op
from archc.ops.configured import Configured
from archc.ops.weight_arguments import canonical_value


def identity(graph: Graph) -> str:
    """The identity of a network, the same in each process: 32 hexadecimal digits.

    Networks that are the same graph have one identity. The same means: ops with the same arguments, also those that
    matter in training alone; the same connections, where the order of the inputs of a commutative merge means nothing;
    the same layers called again; inputs of the same shapes and types, and outputs, in order.

    Networks of one identity are the same graph, but for graphs of many equal layers in parallel that no neighbourhood
    tells apart, as two rings of three layers and one of six.
    """
    return _Told(Canonical(graph)).digest().hex()


class _Told:
    """The tensors of a graph in canonical spelling, by digests that tell them apart.

    Attributes:
        taken: what each layer takes, past layers that do nothing; without these layers.
        shared: the calls of each layer that is called again.
        outputs: of the network, past layers that do nothing.
        by: a digest of each tensor; equal ones are not told apart.
    """

    def __init__(self, network: Canonical) -> None:
        masked = mask_uses(network.graph).uses
        kept = _kept(network)
        self.outputs = [kept[value] for value in network.outputs]
        own = [layer for layer in network.created if kept[layer] is layer]
        self.taken = {layer: [kept[value] for value in layer.inputs] for layer in own}
        calls: defaultdict[Layer, list[Layer]] = defaultdict(list)
        for layer in self.taken:
            calls[layer.first or layer].append(layer)
        self.shared = [found for found in calls.values() if len(found) > 1]
        self.by: dict[Value, bytes] = {
            made: _content((number, made.written.shape, made.written.dtype))
            for number, made in enumerate(network.inputs)
        }
        contents: dict[tuple[int, bool], bytes] = {}
        for layer in self.taken:
            key = id(layer.op), layer.written in masked
            if key not in contents:
                contents[key] = _op_digest(layer.op, masked=key[1])
            self.by[layer] = contents[key]
        for number, output in enumerate(self.outputs):
            self.by[output] = _digest((self.by[output], _content(number)))

    def digest(self) -> bytes:
        """A digest of the whole graph, whose layers are named by their digests, and these by those of their inputs."""
        inputs = [digest for value, digest in self.by.items() if not isinstance(value, Layer)]
        before, told = 0, self.tell_by_inputs()
        while before < told < len(self.by):
            self.tell_by_users()
            self.tell_by_sharing()
            before, told = told, self.tell_by_inputs()
        sharing = [_digest(sorted(self.by[layer] for layer in calls)) for calls in self.shared]
        ends = [self.by[value] for value in self.outputs]
        return _digest([_digest(part) for part in (inputs, sorted(self.by.values()), sorted(sharing), ends)])

    def tell_by_inputs(self) -> int:
        """Tells layers apart by their inputs, first to last; gives the number of tensors that are told apart."""
        by = self.by
        for layer, values in self.taken.items():
            digests = [by[value] for value in values]
            if layer.op.commutes:
                digests.sort()
            by[layer] = _digest((by[layer], *digests))
        return len(set(by.values()))

    def tell_by_users(self) -> None:
        """Tells tensors apart by the layers that take them, and at which place, last to first."""
        users: defaultdict[Value, list[bytes]] = defaultdict(list)
        for layer in reversed(self.taken):
            self.by[layer] = _digest((self.by[layer], *sorted(users[layer])))
            for place, value in enumerate(self.taken[layer]):
                users[value].append((0 if layer.op.commutes else place).to_bytes(4, "big") + self.by[layer])

    def tell_by_sharing(self) -> None:
        """Tells the calls of a layer apart from those of others."""
        for calls in self.shared:
            together = _digest(sorted(self.by[layer] for layer in calls))
            self.by.update({layer: _digest((self.by[layer], together)) for layer in calls})


def _kept(network: Canonical) -> dict[Value, Value]:
    """For each layer that does nothing, in training neither, the tensor that it passes on; for others themselves."""
    kept: dict[Value, Value] = {made: made for made in network.inputs}
    for layer in network.created:
        does_nothing = layer.source is not layer and not layer.op.acts_in_training
        kept[layer] = kept[layer.inputs[0]] if does_nothing else layer
    return kept


def _op_digest(op: Op, *, masked: bool) -> bytes:
    """A digest of an op; `masked` is whether something uses a mask that it makes."""
    try:
        return _remembered_digest(op, masked)
    except TypeError:  # an argument is a mapping, which cannot be the key of a memory
        return _remembered_digest.__wrapped__(op, masked)


@lru_cache(maxsize=10_000)
def _remembered_digest(op: Op, masked: bool) -> bytes:
    return _content(_plain(op, () if masked else ("mask_zero",)))


def _plain(value: Any, left_out: Container[str] = ()) -> Any:
    """An argument, or an op without some arguments, as data that is equal where values mean the same."""
    if isinstance(value, Op):
        return value.op_name, [(name, _plain(held)) for name, held in value.values().items() if name not in left_out]
    if isinstance(value, str | Configured):
        name, arguments = canonical_value(value)
        return name, sorted((key, _plain(held)) for key, held in arguments.items())
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    if isinstance(value, dict):
        return sorted((key, _plain(held)) for key, held in value.items())
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _content(value: Any) -> bytes:
    return _digest((repr(value).encode(),))


def _digest(parts: Iterable[bytes]) -> bytes:
    return blake2b(b"".join(parts), digest_size=16).digest()
