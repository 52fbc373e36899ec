"""The layers of a network, counted by what they are: how far two networks are apart, before they are compared."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from archc.diff.canonical import canonical
from archc.ir.graph import Graph, Node
from archc.ir.opaque import Opaque

Form = tuple[object, ...]


Distance = tuple[int, int, int]
"""How many layers only one of two networks has, by each way to count them: places, then forms, then layers."""
NONE: Distance = (0, 0, 0)


class Census(NamedTuple):
    """The layers of a network in canonical spelling, counted three times.

    Attributes:
        places: by the op, its kernel, and the spatial sizes of its output, whatever its width; and the inputs.
        forms: by the op and its shapes, without other arguments.
        layers: by the op with all arguments, and the shapes of its inputs.
    """

    places: Counter[Form]
    forms: Counter[Form]
    layers: Counter[Form]


def census(graph: Graph) -> Census:
    """The layers of a network, counted."""
    nodes = canonical(graph).graph.nodes
    places = [(node.op.op_name, getattr(node.op, "kernel_size", None), node.shape[:-1]) for node in nodes]
    return Census(
        Counter([*places, *(("input", made.shape) for made in graph.inputs)]),
        Counter((node.op.op_name, *_shapes(node), node.shape) for node in nodes),
        Counter((_arguments(node), *_shapes(node)) for node in nodes),
    )


def distance(one: Census, other: Census) -> Distance:
    """How far two networks are apart: what repeats counts before widths, and widths before other arguments."""
    places, forms, layers = (_apart(mine, theirs) for mine, theirs in zip(one, other, strict=True))
    return places, forms, layers


def kinds_apart(one: Census, other: Census) -> int:
    """How many kinds of layers only one of two networks has, however often: another depth makes no difference."""
    return sum(len(mine.keys() ^ theirs.keys()) for mine, theirs in zip(one, other, strict=True))


def _apart(one: Counter[Form], other: Counter[Form]) -> int:
    return (one - other).total() + (other - one).total()


def _arguments(node: Node) -> object:
    """What tells ops with other arguments apart; of an opaque layer, whose arguments may be anything, their text."""
    return repr(node.op) if isinstance(node.op, Opaque) else node.op


def _shapes(node: Node) -> tuple[object, ...]:
    return tuple([tensor.shape for tensor in node.inputs])
