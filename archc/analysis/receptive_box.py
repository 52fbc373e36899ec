"""The part of the input that one position of a tensor sees, in input positions."""

from __future__ import annotations

from math import ceil, floor
from typing import NamedTuple

from archc.ir.graph import Graph, Node, Tensor
from archc.ir.op import Op, Window
from archc.ir.shape import Shape, Size
from archc.ops.resampling import sides_of_axes


class Span(NamedTuple):
    """The positions from `start` up to, but not including, `stop` along an axis; `stop` is None for its end."""

    start: int
    stop: int | None


Box = tuple[Span, ...]
"""One span for each spatial axis."""

_ALL = Span(0, None)


def receptive_box(graph: Graph, tensor: Tensor, position: tuple[int, ...]) -> Box:
    """What a position of a tensor sees of the input of the network, cut off at the borders.

    It is exact for convolution, pooling and padding, over all paths. For resampling and transposed convolution it may
    be some positions larger than what is seen.

    Args:
        graph: a network with one input.
        tensor: one of its tensors.
        position: along the spatial axes; empty for a tensor that has none.
    """
    (entered,) = graph.inputs
    boxes: dict[Tensor, Box] = {tensor: tuple(Span(place, place + 1) for place in position)}
    for node in reversed(graph.nodes):
        if node not in boxes:
            continue
        for seen in node.inputs:
            box = _seen_through(node, boxes[node], seen)
            boxes[seen] = _around(boxes[seen], box) if seen in boxes else box
    return boxes.get(entered, ())


def _seen_through(node: Node, box: Box, seen: Tensor) -> Box:
    """What a box of the output of a layer sees of one of its inputs."""
    sizes, windows = seen.shape[:-1], node.op.windows(tuple(tensor.shape for tensor in node.inputs), node.shape)
    if not len(sizes) == len(windows) == len(box):
        return tuple(Span(0, size) for size in sizes)
    return tuple(
        _clipped(_along(node.op, axis, span, window, (sizes[axis], node.shape[axis])), sizes[axis])
        for axis, (span, window) in enumerate(zip(box, windows, strict=True))
    )


def _along(op: Op, axis: int, span: Span, window: Window, sizes: Shape) -> Span:
    """What a span of the output sees along an axis; `sizes` are those of the input and the output."""
    size, made = sizes
    if window.reach is None or span.stop is None:
        return _ALL
    if window == Window():
        shift = 0 if size in (made, 1) else _offset(op, axis)
        return _ALL if shift is None else Span(span.start + shift, span.stop + shift)
    first, last, stride = span.start, span.stop - 1, window.stride
    padding = getattr(op, "padding", "valid")
    if stride >= 1 and (hasattr(op, "strides") or stride == window.reach):
        before = _padded_before(padding, window, size, made)
        if before is None:
            return _ALL
        return Span(int(first * stride) - before, int(last * stride) - before + window.reach)
    low, high = ((place + 0.5) * stride - 0.5 for place in (first, last))
    return Span(floor(low - window.reach), ceil(high + window.reach) + 1)


def _offset(op: Op, axis: int) -> int | None:
    """The position in the input of the first position of the output of padding or cropping; None for another op."""
    padding, cropping = getattr(op, "padding", None), getattr(op, "cropping", None)
    if isinstance(padding, tuple):
        return -sides_of_axes(padding)[axis][0]
    return sides_of_axes(cropping)[axis][0] if isinstance(cropping, tuple) else None


def _padded_before(padding: str, window: Window, size: Size, made: Size) -> int | None:
    """How many positions a sliding window has before the input; None where it depends on an open size."""
    assert window.reach is not None
    if padding == "valid":
        return 0
    if padding == "causal":
        return window.reach - 1
    if size is None or made is None:
        return None
    return max(int((made - 1) * window.stride) + window.reach - size, 0) // 2


def _clipped(span: Span, size: Size) -> Span:
    start = max(span.start, 0)
    if size is None:
        return Span(start, span.stop)
    stop = size if span.stop is None else min(span.stop, size)
    return Span(min(start, size), max(stop, min(start, size)))


def _around(one: Box, other: Box) -> Box:
    """The smallest box around two."""
    return tuple(
        Span(min(a.start, b.start), None if a.stop is None or b.stop is None else max(a.stop, b.stop))
        for a, b in zip(one, other, strict=True)
    )
