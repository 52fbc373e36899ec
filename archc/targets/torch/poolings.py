"""Poolings in PyTorch."""

from __future__ import annotations

from archc.codegen.tree import code
from archc.ir.graph import Node
from archc.ops.pooling import (
    AdaptiveAveragePooling1D,
    AdaptiveAveragePooling2D,
    AdaptiveAveragePooling3D,
    AdaptiveMaxPooling1D,
    AdaptiveMaxPooling2D,
    AdaptiveMaxPooling3D,
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
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
    translates,
)
from archc.targets.torch.window_padding import Sides, Sizes, channels_back, channels_first, window_sides


def _pooled_sides(node: Node, op: _Pooling) -> tuple[Sizes, Sides]:
    """The strides of a pooling, and what it pads."""
    strides = op.strides or op.pool_size
    return strides, window_sides(op, op.padding, node.inputs[0].shape, op.pool_size, strides, (1,) * len(strides))


@translates(MaxPooling1D, MaxPooling2D, MaxPooling3D)
def _max_pooling(node: Node, op: _Pooling) -> Translation:
    """The largest values of windows, where what is padded is never the largest."""
    strides, padded = _pooled_sides(node, op)
    axes = len(strides)
    stride = None if strides == op.pool_size else sizes(strides)
    made = torch_call(f"nn.MaxPool{axes}d", sizes(op.pool_size), stride=stride, padding=padded.padding)
    output = code("layer(x)", x=padded.around(channels_first(axes), code("-torch.inf")))
    return Translation(channels_back(output, axes), (Module(made),))


@translates(AveragePooling1D, AveragePooling2D, AveragePooling3D)
def _average_pooling(node: Node, op: _Pooling) -> Translation:
    """The means of windows, without what is padded."""
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


@translates(AdaptiveAveragePooling1D, AdaptiveAveragePooling2D, AdaptiveAveragePooling3D)
def _adaptive_average(_: Node, op: _AdaptivePooling) -> Translation:
    return _over_grid(op, "Avg")


@translates(AdaptiveMaxPooling1D, AdaptiveMaxPooling2D, AdaptiveMaxPooling3D)
def _adaptive_max(_: Node, op: _AdaptivePooling) -> Translation:
    return _over_grid(op, "Max")


def _over_grid(op: _AdaptivePooling, kind: str) -> Translation:
    """A grid of fixed size, whatever the size of the input."""
    axes = len(op.output_size)
    made = torch_call(f"nn.Adaptive{kind}Pool{axes}d", sizes(op.output_size))
    return Translation(channels_back(code("layer(x)", x=channels_first(axes)), axes), (Module(made),))


@translates(GlobalAveragePooling1D, GlobalAveragePooling2D, GlobalAveragePooling3D)
def _global_average(_: Node, op: _GlobalPooling) -> Translation:
    return _over_all(op, "mean")


@translates(GlobalMaxPooling1D, GlobalMaxPooling2D, GlobalMaxPooling3D)
def _global_max(_: Node, op: _GlobalPooling) -> Translation:
    return _over_all(op, "amax")


def _over_all(op: _GlobalPooling, method: str) -> Translation:
    """One value a channel, of all positions."""
    dimensions = {1: "1", 2: "(2, 3)", 3: "(1, 2, 3)"}[op.rank]
    return Translation(torch_call(f"x.{method}", code(dimensions), keepdim=True if op.keepdims else None))
