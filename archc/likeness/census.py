"""The layers of a network, counted by what they are: how far two networks are apart, before they are compared."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from archc.diff.canonical import canonical
from archc.ir.graph import Graph, Node

Form = tuple[object, ...]


class Census(NamedTuple):
    """The layers of a network in canonical spelling, counted three times.

    Attributes:
        layers: by the op with all arguments, and the shapes of its inputs.
        forms: by the op and its shapes, without other arguments.
        places: by the op and the spatial sizes of its output, whatever its width.
        inputs: by their shapes.
    """

    layers: Counter[Form]
    forms: Counter[Form]
    places: Counter[Form]
    inputs: Counter[Form]


def census(graph: Graph) -> Census:
    """The layers of a network, counted."""
    nodes = canonical(graph).graph.nodes
    return Census(
        Counter((node.op, *_shapes(node)) for node in nodes),
        Counter((node.op.op_name, *_shapes(node), node.shape) for node in nodes),
        Counter((node.op.op_name, getattr(node.op, "kernel_size", None), node.shape[:-1]) for node in nodes),
        Counter((made.shape,) for made in graph.inputs),
    )


def distance(one: Census, other: Census) -> int:
    """How many layers only one of two networks has, by each way to count them; 0 where all are equal."""
    return sum(_apart(mine, theirs) for mine, theirs in zip(one, other, strict=True))


def _apart(one: Counter[Form], other: Counter[Form]) -> int:
    return (one - other).total() + (other - one).total()


def _shapes(node: Node) -> tuple[object, ...]:
    return tuple([tensor.shape for tensor in node.inputs])
