"""Poolings in PyTorch."""

from __future__ import annotations

import ast

from archc.codegen.tree import code
from archc.ir.graph import Node
from archc.ops import pooling
from archc.targets.torch.translation import Translation, Untranslated, X, one_module, sizes, torch_call, translate
from archc.targets.torch.window_padding import Sides, Sizes, channels_back, channels_first, window_sides

_Max = pooling.MaxPooling1D | pooling.MaxPooling2D | pooling.MaxPooling3D
_AdaptiveMax = pooling.AdaptiveMaxPooling1D | pooling.AdaptiveMaxPooling2D | pooling.AdaptiveMaxPooling3D
_AdaptiveMean = pooling.AdaptiveAveragePooling1D | pooling.AdaptiveAveragePooling2D | pooling.AdaptiveAveragePooling3D
_GlobalMax = pooling.GlobalMaxPooling1D | pooling.GlobalMaxPooling2D | pooling.GlobalMaxPooling3D
_GlobalMean = pooling.GlobalAveragePooling1D | pooling.GlobalAveragePooling2D | pooling.GlobalAveragePooling3D
_Mean = pooling.AveragePooling1D | pooling.AveragePooling2D | pooling.AveragePooling3D


def _pooled_sides(op: pooling._Pooling, node: Node) -> tuple[Sizes, Sides]:
    """The strides of a pooling, and what it pads."""
    strides = op.strides or op.pool_size
    return strides, window_sides(op, op.padding, node.inputs[0].shape, op.pool_size, strides, (1,) * len(strides))


def _pooled(constructor: ast.expr, axes: int, sides: Sides | None = None) -> Translation:
    """A pooling over one to three axes; where the layer cannot pad, with what is never the largest value."""
    tensor = channels_first(axes)
    padded = tensor if sides is None else sides.around(tensor, code("-torch.inf"))
    return one_module(constructor, output=channels_back(code("layer(x)", x=padded), axes))


@translate.register
def _max_pooling(op: _Max, node: Node) -> Translation:
    strides, sides = _pooled_sides(op, node)
    axes = len(strides)
    stride = None if strides == op.pool_size else sizes(strides)
    return _pooled(
        torch_call(f"nn.MaxPool{axes}d", sizes(op.pool_size), stride=stride, padding=sides.padding), axes, sides
    )


@translate.register
def _average_pooling(op: _Mean, node: Node) -> Translation:
    """The means of windows, without the padding."""
    strides, sides = _pooled_sides(op, node)
    axes = len(strides)
    if not sides.alike:
        if axes != 2:
            raise Untranslated(f"{op.op_name} with padding `same` that differs between the sides")
        return Translation(torch_call("average_pool", X, list(op.pool_size), list(strides), list(sides.listed)))
    made = torch_call(
        f"nn.AvgPool{axes}d",
        sizes(op.pool_size),
        stride=None if strides == op.pool_size else sizes(strides),
        padding=sides.padding,
        count_include_pad=False if sides.padding else None,
    )
    return _pooled(made, axes)


@translate.register
def _adaptive_pooling(op: _AdaptiveMean | _AdaptiveMax, _: Node) -> Translation:
    """A grid of fixed size, whatever the size of the input."""
    axes = len(op.output_size)
    kind = "Avg" if isinstance(op, _AdaptiveMean) else "Max"
    return _pooled(torch_call(f"nn.Adaptive{kind}Pool{axes}d", sizes(op.output_size)), axes)


@translate.register
def _global_pooling(op: _GlobalMean | _GlobalMax, _: Node) -> Translation:
    """One value a channel, of all positions."""
    method = "mean" if isinstance(op, _GlobalMean) else "amax"
    dimensions = {1: "1", 2: "(2, 3)", 3: "(1, 2, 3)"}[op.rank]
    return Translation(torch_call(f"x.{method}", code(dimensions), keepdim=True if op.keepdims else None))
