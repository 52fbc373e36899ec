"""How much of the input an output position sees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from archc.ir.graph import Graph, Node, Tensor
from archc.ir.op import Window


class Field(NamedTuple):
    """What one position of a tensor sees along one axis of the input.

    Attributes:
        reach: in input positions; None for the whole axis.
        stride: the step in the input for one step in the tensor.
    """

    reach: float | None
    stride: float


_POINT = Field(1, 1)


def receptive_fields(graph: Graph) -> Mapping[Tensor, tuple[Field, ...]]:
    """The receptive field of every tensor, one `Field` for each spatial axis; the largest over all paths.

    Padding counts, so a field may be larger than the input. A tensor without spatial axes sees what was flattened or
    pooled into it.
    """
    return fields_behind(graph.nodes, {tensor: point_field(tensor) for tensor in graph.inputs})


def point_field(tensor: Tensor) -> tuple[Field, ...]:
    """The receptive field of an input: each position sees itself."""
    return tuple(_POINT for _ in tensor.shape[:-1])


def fields_behind(
    nodes: Iterable[Node], before: Mapping[Tensor, tuple[Field, ...]]
) -> Mapping[Tensor, tuple[Field, ...]]:
    """The receptive fields of tensors, and of layers behind them in an order of computation."""
    fields = dict(before)
    for node in nodes:
        seen, _ = node.op.split_inputs(node.inputs)
        fields[node] = _field(node, [fields[tensor] for tensor in seen])
    return fields


def _field(node: Node, inputs: list[tuple[Field, ...]]) -> tuple[Field, ...]:
    if not inputs:
        return point_field(node)
    before = max(inputs, key=len)
    for other in inputs:
        if len(other) == len(before):
            before = tuple(_larger(a, b) for a, b in zip(before, other, strict=True))
        elif other:
            before = tuple(Field(None, field.stride) for field in before)
    windows = node.op.windows(tuple(tensor.shape for tensor in node.inputs), node.shape)
    if len(windows) == len(before):
        return tuple(_through(window, field) for window, field in zip(windows, before, strict=True))
    if all(window == Window() for window in windows):
        return before
    return tuple(Field(None, 1) for _ in before or windows)


def _through(window: Window, field: Field) -> Field:
    """What is seen through a window over positions that each see `field`."""
    reach = None if field.reach is None or window.reach is None else field.reach + (window.reach - 1) * field.stride
    return Field(reach, field.stride * window.stride)


def _larger(a: Field, b: Field) -> Field:
    if a.reach is None or b.reach is None:
        return Field(None, max(a.stride, b.stride))
    return Field(max(a.reach, b.reach), max(a.stride, b.stride))
