"""A canonical order of a graph's layers, and digests of what each is computed from and what is computed from it.

Order and digests depend on the network alone, not on the order in a file, on names, or on its parts. Layers that pass
their input on in inference, as dropout does, are not seen by the layers around them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from hashlib import blake2b
from operator import itemgetter
from typing import Any, NamedTuple

from archc.diff.dominators import Dominators
from archc.ir.graph import Graph, Input, Node, Tensor
from archc.ir.masks import mask_uses
from archc.ir.op import Op


class OpDigests(NamedTuple):
    """Digests of an op.

    Attributes:
        form: without its widths, and without arguments that matter in training alone.
        content: without arguments that matter in training alone.
        exact: with all arguments.
    """

    form: int
    content: int
    exact: int


class Ordered(NamedTuple):
    """A graph with its layers in canonical order.

    Attributes:
        nodes: each after the layers that it depends on.
        inputs: of each layer; those of a commutative merge are sorted.
        signatures: the digests of each layer's op.
        sources: for each layer that passes its input on in inference, the tensor that it passes on; for any other
            tensor itself.
        above: a digest of each layer with all that it is computed from.
        below: a digest of each layer with all that is computed from it.
        named: the first call of each layer, by its name.
    """

    graph: Graph
    nodes: tuple[Node, ...]
    inputs: dict[Node, tuple[Tensor, ...]]
    signatures: dict[Node, OpDigests]
    sources: dict[Tensor, Tensor]
    above: dict[Tensor, int]
    below: dict[Tensor, int]
    named: dict[str, Node]


def ordered(graph: Graph) -> Ordered:
    """The layers in the order in which the outputs need them, first to last."""
    known: dict[int, OpDigests] = {}
    for node in graph.nodes:
        if id(node.op) not in known:
            known[id(node.op)] = op_digests(node.op)
    signatures = {node: known[id(node.op)] for node in graph.nodes}
    sources = _sources(graph)
    inputs, above = _sorted_inputs(graph, signatures, sources)
    below = _below(graph, signatures, sources)
    named = {node.name: node for node in reversed(graph.nodes)}
    return Ordered(graph, _depth_first(graph, inputs), inputs, signatures, sources, above, below, named)


def _sources(graph: Graph) -> dict[Tensor, Tensor]:
    """For each layer that passes its input on, the tensor that it passes on; for each other tensor itself."""
    sources: dict[Tensor, Tensor] = {made: made for made in graph.inputs}
    masking = mask_uses(graph).changing
    for node in graph.nodes:
        is_single = len(node.inputs) == 1 and node not in masking
        passes_on = is_single and node.op.passes_on((node.inputs[0].shape,))
        sources[node] = sources[node.inputs[0]] if passes_on else node
    return sources


def _sorted_inputs(
    graph: Graph, signatures: dict[Node, OpDigests], sources: dict[Tensor, Tensor]
) -> tuple[dict[Node, tuple[Tensor, ...]], dict[Tensor, int]]:
    """The inputs of each layer, and a digest of each tensor with all that it is computed from.

    The inputs of a commutative merge are sorted by what lies between them and the last layer that all of them depend
    on: the longest path first. What is before that layer plays no part, so that equal branches are sorted alike.
    """
    tree = Dominators()
    for number, made in enumerate(graph.inputs):
        tree.add(made, (), None, _mix(number), _mix(number))
    inputs: dict[Node, tuple[Tensor, ...]] = {}
    for node in graph.nodes:
        before = [sources[tensor] for tensor in node.inputs]
        dominator = tree.common(before)
        paths = [(tree.path(source, dominator), tensor) for source, tensor in zip(before, node.inputs, strict=True)]
        if node.op.commutes:
            paths.sort(key=itemgetter(0))
        inputs[node] = tuple([tensor for _, tensor in paths])
        form, content, _ = signatures[node]
        tree.add(
            node,
            before,
            dominator,
            _mix(form, *[path.form for path, _ in paths]),
            _mix(content, *[path.content for path, _ in paths]),
        )
    return inputs, tree.contents


def _below(graph: Graph, signatures: dict[Node, OpDigests], sources: dict[Tensor, Tensor]) -> dict[Tensor, int]:
    """A digest of each tensor with all that is computed from it."""
    uses: defaultdict[Tensor, list[int]] = defaultdict(list)
    for number, output in enumerate(graph.outputs.values()):
        uses[sources[output]].append(_mix(number))
    below: dict[Tensor, int] = {}
    for node in reversed(graph.nodes):
        form, content, _ = signatures[node]
        below[node] = _mix(form, content, *sorted(uses[node]))
        if sources[node] is node:
            for place, tensor in enumerate(node.inputs):
                uses[sources[tensor]].append(_mix(0 if node.op.commutes else place, below[node]))
    return below


def _depth_first(graph: Graph, inputs: dict[Node, tuple[Tensor, ...]]) -> tuple[Node, ...]:
    """The layers depth first from the outputs, each after its inputs."""
    found: dict[Tensor, None] = {}
    for output in graph.outputs.values():
        pending: list[tuple[Tensor, int]] = [(output, 0)]
        while pending:
            tensor, place = pending.pop()
            if tensor in found:
                continue
            before: Sequence[Tensor] = inputs[tensor] if isinstance(tensor, Node) else ()
            if place < len(before):
                pending += [(tensor, place + 1), (before[place], 0)]
            else:
                found[tensor] = None
    return tuple(tensor for tensor in found if not isinstance(tensor, Input))


def op_digests(op: Op) -> OpDigests:
    """The digests of an op; they are the same in each process."""
    arguments = _arguments(op)
    form = {name: value for name, value in arguments.items() if name not in op.widths}
    return OpDigests(_digest(op.op_name, form), _digest(op.op_name, arguments), _digest(op.op_name, op.arguments()))


def _arguments(op: Op) -> dict[str, Any]:
    """The arguments that matter in inference; an op among them by its name and its own arguments."""
    left_out = op.training_arguments()
    return {name: _in_inference(value) for name, value in op.arguments().items() if name not in left_out}


def _in_inference(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_in_inference, value))
    return (value.op_name, _arguments(value)) if isinstance(value, Op) else value


def _digest(*parts: object) -> int:
    return int.from_bytes(blake2b(repr(parts).encode(), digest_size=7).digest(), "big")


def _mix(*parts: int) -> int:
    """A digest of whole numbers, the same in each process."""
    return hash(parts)
