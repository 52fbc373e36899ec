"""Poolings in PyTorch."""

from __future__ import annotations

from archc.codegen.tree import code
from archc.ir.graph import Node
from archc.ops.pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
    _AdaptivePooling,
    _GlobalPooling,
    _Pooling,
)
from archc.targets.torch.translation import (
    Module,
    Translation,
    Untranslated,
    X,
    sizes,
    torch_call,
    translate,
)
from archc.targets.torch.window_padding import Sides, Sizes, channels_back, channels_first, window_sides


def _pooled_sides(node: Node, op: _Pooling) -> tuple[Sizes, Sides]:
    """The strides of a pooling, and what it pads."""
    strides = op.strides or op.pool_size
    return strides, window_sides(op, op.padding, node.inputs[0].shape, op.pool_size, strides, (1,) * len(strides))


@translate.register
def _max_pooling(op: MaxPooling1D | MaxPooling2D | MaxPooling3D, node: Node) -> Translation:
    """The largest values of windows; the padding is never the largest."""
    strides, padded = _pooled_sides(node, op)
    axes = len(strides)
    stride = None if strides == op.pool_size else sizes(strides)
    made = torch_call(f"nn.MaxPool{axes}d", sizes(op.pool_size), stride=stride, padding=padded.padding)
    output = code("layer(x)", x=padded.around(channels_first(axes), code("-torch.inf")))
    return Translation(channels_back(output, axes), (Module(made),))


@translate.register
def _average_pooling(op: AveragePooling1D | AveragePooling2D | AveragePooling3D, node: Node) -> Translation:
    """The means of windows, without the padding."""
    strides, padded = _pooled_sides(node, op)
    axes = len(strides)
    if not padded.alike:
        if axes != 2:
            raise Untranslated(f"{op.op_name} with padding `same` that differs between the sides")
        return Translation(torch_call("average_pool", X, list(op.pool_size), list(strides), list(padded.listed)))
    made = torch_call(
        f"nn.AvgPool{axes}d",
        sizes(op.pool_size),
        stride=None if strides == op.pool_size else sizes(strides),
        padding=padded.padding,
        count_include_pad=False if padded.padding else None,
    )
    output = code("layer(x)", x=channels_first(axes))
    return Translation(channels_back(output, axes), (Module(made),))


@translate.register
def _adaptive_pooling(op: _AdaptivePooling, _: Node) -> Translation:
    """A grid of fixed size, whatever the size of the input."""
    axes, kind = len(op.output_size), "Avg" if "Average" in op.op_name else "Max"
    made = torch_call(f"nn.Adaptive{kind}Pool{axes}d", sizes(op.output_size))
    return Translation(channels_back(code("layer(x)", x=channels_first(axes)), axes), (Module(made),))


@translate.register
def _global_pooling(op: _GlobalPooling, _: Node) -> Translation:
    """One value a channel, of all positions."""
    method = "mean" if "Average" in op.op_name else "amax"
    dimensions = {1: "1", 2: "(2, 3)", 3: "(1, 2, 3)"}[op.rank]
    return Translation(torch_call(f"x.{method}", code(dimensions), keepdim=True if op.keepdims else None))
