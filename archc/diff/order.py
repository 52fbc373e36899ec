"""A canonical order of a graph's layers: it depends on the network, not on the order in a file."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple

from archc.ir.graph import Graph, Input, Node, Tensor
from archc.ir.op import Op


class Mark(NamedTuple):
    """The sort key of a tensor: its depth, what computes it, and the widths.

    Attributes:
        depth: the layers on the longest path from an input, negated, so that the deeper comes first.
        form: a digest of the layers that it depends on, without their widths.
        content: a digest of these layers with their widths.
    """

    depth: int
    form: int
    content: int


class Ordered(NamedTuple):
    """A graph with its layers in canonical order.

    Attributes:
        nodes: each after the layers that it depends on.
        inputs: of each layer; those of a commutative merge are sorted.
        signatures: the two digests of each layer's op: `op_digests`.
    """

    graph: Graph
    nodes: tuple[Node, ...]
    inputs: dict[Node, tuple[Tensor, ...]]
    signatures: dict[Node, tuple[int, int]]


def ordered(graph: Graph) -> Ordered:
    """The layers in the order in which the outputs need them, first to last."""
    marks: dict[Tensor, Mark] = {}
    inputs: dict[Node, tuple[Tensor, ...]] = {}
    signatures: dict[int, tuple[int, int]] = {}
    for number, made in enumerate(graph.inputs):
        content = _digest(number, made.shape, made.dtype)
        marks[made] = Mark(0, content, content)
    for node in graph.nodes:
        taken = [marks[tensor] for tensor in node.inputs]
        if node.op.commutes and len(taken) > 1:
            inputs[node] = tuple(sorted(node.inputs, key=marks.__getitem__))
            taken.sort()
        else:
            inputs[node] = node.inputs
        if id(node.op) not in signatures:
            signatures[id(node.op)] = op_digests(node.op)
        form, content = signatures[id(node.op)]
        depth = min((mark.depth for mark in taken), default=0) - 1
        marks[node] = Mark(
            depth,
            hash((form, *[mark.form for mark in taken])),
            hash((content, node.first is not None, *[mark.content for mark in taken])),
        )
    forms = {node: signatures[id(node.op)] for node in graph.nodes}
    return Ordered(graph, _depth_first(graph, inputs), inputs, forms)


def _depth_first(graph: Graph, inputs: dict[Node, tuple[Tensor, ...]]) -> tuple[Node, ...]:
    """The layers depth first from the outputs, each after its inputs."""
    found: dict[Tensor, None] = {}
    for output in graph.outputs.values():
        pending: list[tuple[Tensor, int]] = [(output, 0)]
        while pending:
            tensor, place = pending.pop()
            if tensor in found:
                continue
            taken: Sequence[Tensor] = inputs[tensor] if isinstance(tensor, Node) else ()
            if place < len(taken):
                pending += [(tensor, place + 1), (taken[place], 0)]
            else:
                found[tensor] = None
    return tuple(tensor for tensor in found if not isinstance(tensor, Input))


def op_digests(op: Op) -> tuple[int, int]:
    """Two digests of an op, without its widths and with all its arguments; they are the same in each process."""
    arguments = op.arguments()
    form = {name: value for name, value in arguments.items() if name not in op.widths}
    return _digest(op.op_name, form), _digest(op.op_name, arguments)


def _digest(*parts: object) -> int:
    return int.from_bytes(blake2b(repr(parts).encode(), digest_size=7).digest(), "big")
