"""Layers that change the range, the size or the content of an image, in PyTorch."""

from __future__ import annotations

import ast
from collections.abc import Callable
from math import sqrt

from archc.codegen.tree import code, list_of
from archc.ir.graph import Node
from archc.ir.shape import axis_indices, known_size
from archc.ops.augmentation import _Augmentation
from archc.ops.preprocessing import AutoContrast, CenterCrop, Normalization
from archc.targets.torch.reshapes import sliced
from archc.targets.torch.translation import (
    UNCHANGED,
    ModuleParameter,
    Translation,
    Untranslated,
    dimension,
    number,
    one_module,
    torch_call,
    translate,
)


@translate.register
def _augmentation(_: _Augmentation, __: Node) -> Translation:
    """Nothing, as in inference: in PyTorch images are augmented before they reach a module."""
    return UNCHANGED


@translate.register
def _center_crop(op: CenterCrop, node: Node) -> Translation:
    before = node.inputs[0].shape
    if not op.crops(before):
        raise Untranslated("CenterCrop of a smaller image")
    parts: dict[int, tuple[int | None, int | None]] = {}
    for index, to in enumerate((op.height, op.width)):
        size = known_size(before[index], "the size of an image")
        start = (size - to) // 2
        parts[index] = (start or None, start + to if start + to < size else None)
    return sliced(3, parts)


@translate.register
def _auto_contrast(op: AutoContrast, _: Node) -> Translation:
    low, high = map(number, op.value_range)
    if op.value_range == (0.0, 255.0):
        return Translation(code("auto_contrast(x)"))
    return Translation(code("auto_contrast(x, low, high)", low=low, high=high))


_LEAST_DEVIATION = 1e-7  # Keras's `epsilon`


@translate.register
def _normalization(op: Normalization, node: Node) -> Translation:
    """The arithmetic of constants, or a module with the statistics that Keras's layer was adapted to."""
    if op.mean is None or op.variance is None:
        return _adapted(op, node)
    mean = _along_axis(op, node, op.mean, float)
    deviation = _along_axis(op, node, op.variance, lambda value: max(sqrt(value), _LEAST_DEVIATION))
    written = "x * deviation + mean" if op.invert else "(x - mean) / deviation"
    return Translation(code(written, mean=mean, deviation=deviation))


def _adapted(op: Normalization, node: Node) -> Translation:
    """Statistics in the state of a module, along the axes that have their own."""
    rank = len(node.shape)
    kept = sorted(axis_indices(op.axis or (), node.shape))
    order = tuple(kept.index(index) for index in sorted(kept, key=lambda index: dimension(index, rank)))
    sizes = [1] * rank
    for index in kept:
        sizes[dimension(index, rank) - 1] = known_size(node.shape[index], "the size of `axis`")
    statistics = (ModuleParameter(name, name, order, tuple(sizes)) for name in ("mean", "variance"))
    made = torch_call("Normalization", *sizes, invert=True if op.invert else None)
    return one_module(made, *statistics, ModuleParameter("count", "count", ()))


def _along_axis(
    op: Normalization, node: Node, value: float | tuple[float, ...], of: Callable[[float], float]
) -> ast.expr:
    """A number of each value; several lie along the last of the axes that have their own statistics."""
    if not isinstance(value, tuple):
        return number(of(value))
    if len(value) == 1:
        return number(of(value[0]))
    rank = len(node.shape)
    last = max(axis_indices(op.axis or (), node.shape))
    listed = torch_call("x.new_tensor", list_of(number(of(one)) for one in value))
    shape = ", ".join(["-1", *["1"] * (rank - dimension(last, rank))])
    return code(f"numbers.view({shape})", numbers=listed)
