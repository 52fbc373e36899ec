"""The layers of a network, counted by what they are: how far two networks are apart, before they are compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from archc.diff.canonical_ops import canonical_inputs, canonical_ops
from archc.ir.graph import Graph
from archc.ir.op import Op
from archc.ir.opaque import Opaque
from archc.ir.shape import Shape

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


class _Layer(NamedTuple):
    """A layer in canonical spelling, with the shapes of its inputs and of its output."""

    op: Op
    inputs: tuple[Shape, ...]
    shape: Shape


def census(graph: Graph) -> Census:
    """The layers of a network, counted."""
    layers = [*_layers(graph)]
    places = [(layer.op.op_name, getattr(layer.op, "kernel_size", None), layer.shape[:-1]) for layer in layers]
    return Census(
        Counter([*places, *(("input", made.shape) for made in graph.inputs)]),
        Counter((layer.op.op_name, *layer.inputs, layer.shape) for layer in layers),
        Counter((_arguments(layer.op), *layer.inputs) for layer in layers),
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


def _arguments(op: Op) -> object:
    """What tells ops with other arguments apart; of an opaque layer, whose arguments may be anything, their text."""
    return repr(op) if isinstance(op, Opaque) else op


def _layers(graph: Graph) -> Iterator[_Layer]:
    """The layers in canonical spelling; the activation of a layer is a layer of its own."""
    for node in graph.nodes:
        shapes = tuple([tensor.shape for tensor in canonical_inputs(node)])
        body, activation = canonical_ops(node.op, shapes)
        yield _Layer(body, shapes, node.shape)
        if activation is not None:
            yield _Layer(activation, (node.shape,), node.shape)
