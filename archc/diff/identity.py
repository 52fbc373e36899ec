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

from archc.diff.canonical import canonical
from archc.ir.graph import Graph, Node, Tensor
from archc.ir.masks import MaskUses, mask_uses
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
    return _Told(canonical(graph).graph).digest().hex()


class _Told:
    """The tensors of a graph in canonical spelling, by digests that tell them apart.

    Attributes:
        taken: what each layer takes, past layers that do nothing; without these layers.
        shared: the calls of each layer that is called again.
        outputs: of the network, past layers that do nothing.
        by: a digest of each tensor; equal ones are not told apart.
    """

    def __init__(self, graph: Graph) -> None:
        masking = mask_uses(graph)
        kept = _kept(graph, masking)
        self.outputs = [kept[tensor] for tensor in graph.outputs.values()]
        self.taken = {node: [kept[tensor] for tensor in node.inputs] for node in graph.nodes if kept[node] is node}
        calls: defaultdict[Node, list[Node]] = defaultdict(list)
        for node in self.taken:
            calls[node.first or node].append(node)
        self.shared = [found for found in calls.values() if len(found) > 1]
        self.by: dict[Tensor, bytes] = {
            made: _content((number, made.shape, made.dtype)) for number, made in enumerate(graph.inputs)
        }
        contents: dict[tuple[int, bool], bytes] = {}
        for node in self.taken:
            key = id(node.op), node in masking.uses
            if key not in contents:
                contents[key] = _op_digest(node.op, masked=key[1])
            self.by[node] = contents[key]
        for number, output in enumerate(self.outputs):
            self.by[output] = _digest((self.by[output], _content(number)))

    def digest(self) -> bytes:
        """A digest of the whole graph, whose layers are named by their digests, and these by those of their inputs."""
        inputs = [digest for tensor, digest in self.by.items() if not isinstance(tensor, Node)]
        before, told = 0, self.tell_by_inputs()
        while before < told < len(self.by):
            self.tell_by_users()
            self.tell_by_sharing()
            before, told = told, self.tell_by_inputs()
        sharing = [_digest(sorted(self.by[node] for node in calls)) for calls in self.shared]
        ends = [self.by[tensor] for tensor in self.outputs]
        return _digest([_digest(part) for part in (inputs, sorted(self.by.values()), sorted(sharing), ends)])

    def tell_by_inputs(self) -> int:
        """Tells layers apart by their inputs, first to last; gives the number of tensors that are told apart."""
        by = self.by
        for node, tensors in self.taken.items():
            digests = [by[tensor] for tensor in tensors]
            if node.op.commutes:
                digests.sort()
            by[node] = _digest((by[node], *digests))
        return len(set(by.values()))

    def tell_by_users(self) -> None:
        """Tells tensors apart by the layers that take them, and at which place, last to first."""
        users: defaultdict[Tensor, list[bytes]] = defaultdict(list)
        for node in reversed(self.taken):
            self.by[node] = _digest((self.by[node], *sorted(users[node])))
            for place, tensor in enumerate(self.taken[node]):
                users[tensor].append((0 if node.op.commutes else place).to_bytes(4, "big") + self.by[node])

    def tell_by_sharing(self) -> None:
        """Tells the calls of a layer apart from those of others."""
        for calls in self.shared:
            together = _digest(sorted(self.by[node] for node in calls))
            self.by.update({node: _digest((self.by[node], together)) for node in calls})


def _kept(graph: Graph, masking: MaskUses) -> dict[Tensor, Tensor]:
    """For each layer that does nothing, in training neither, the tensor that it passes on; for others themselves."""
    kept: dict[Tensor, Tensor] = {made: made for made in graph.inputs}
    for node in graph.nodes:
        acts = len(node.inputs) != 1 or node.op.acts_in_training or node in masking.changing
        passes_on = not acts and node.op.passes_on((node.inputs[0].shape,))
        kept[node] = kept[node.inputs[0]] if passes_on else node
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
