"""Convolutions in PyTorch."""

from __future__ import annotations

import ast

from archc.codegen.tree import code, literal, subscript
from archc.ir.graph import Node
from archc.ir.shape import Shape, channels_of
from archc.ops.convolution import _Convolution
from archc.ops.depthwise_convolution import _DepthwiseConvolution, _SeparableConvolution
from archc.ops.transposed_convolution import _TransposedConvolution
from archc.ops.windows import transposed_size
from archc.targets.torch.activations import activated
from archc.targets.torch.translation import (
    Module,
    ModuleParameter,
    Translation,
    Untranslated,
    sizes,
    torch_call,
    translates,
)
from archc.targets.torch.window_padding import Sides, Sizes, channels_back, channels_first, window_sides

_Strided = _Convolution | _DepthwiseConvolution | _SeparableConvolution | _TransposedConvolution


def _unless_one(values: Sizes) -> ast.expr | None:
    """Strides or dilation rates; None where all are 1."""
    return None if set(values) == {1} else sizes(values)


def _bias(op: _Strided) -> tuple[ModuleParameter, ...]:
    return (ModuleParameter("bias", "bias", (0,), (-1,)),) if op.use_bias else ()


def _kernel(axes: int, weight: str = "kernel") -> ModuleParameter:
    """A kernel of Keras's, whose output channels are last and its input channels before them."""
    return ModuleParameter("weight", weight, (axes + 1, axes, *range(axes)))


def _padded_sides(op: _Convolution | _DepthwiseConvolution | _SeparableConvolution, shape: Shape) -> Sides:
    return window_sides(op, op.padding, shape, op.kernel_size, op.strides, op.dilation_rate)


@translates(_Convolution)
def _convolution(node: Node, op: _Convolution) -> Translation:
    shape, axes = node.inputs[0].shape, len(op.kernel_size)
    padded = _padded_sides(op, shape)
    made = torch_call(
        f"nn.Conv{axes}d",
        channels_of(shape),
        op.filters,
        kernel_size=sizes(op.kernel_size),
        stride=_unless_one(op.strides),
        padding=padded.padding,
        dilation=_unless_one(op.dilation_rate),
        groups=None if op.groups == 1 else op.groups,
        bias=None if op.use_bias else False,
    )
    output = code("layer(x)", x=padded.around(channels_first(axes)))
    module = Module(made, (_kernel(axes), *_bias(op)))
    return Translation(activated(channels_back(output, axes), op.activation, len(shape)), (module,))


def _depthwise(op: _DepthwiseConvolution | _SeparableConvolution, shape: Shape, bias: bool) -> ast.expr:
    """The constructor of a convolution with as many groups as channels."""
    channels = channels_of(shape)
    return torch_call(
        f"nn.Conv{len(op.kernel_size)}d",
        channels,
        channels * op.depth_multiplier,
        kernel_size=sizes(op.kernel_size),
        stride=_unless_one(op.strides),
        padding=_padded_sides(op, shape).padding,
        dilation=_unless_one(op.dilation_rate),
        groups=channels,
        bias=None if bias else False,
    )


def _depthwise_kernel(op: _DepthwiseConvolution | _SeparableConvolution, weight: str) -> ModuleParameter:
    axes = len(op.kernel_size)
    return ModuleParameter("weight", weight, (axes, axes + 1, *range(axes)), (-1, 1, *op.kernel_size))


@translates(_DepthwiseConvolution)
def _depthwise_convolution(node: Node, op: _DepthwiseConvolution) -> Translation:
    shape, axes = node.inputs[0].shape, len(op.kernel_size)
    module = Module(_depthwise(op, shape, op.use_bias), (_depthwise_kernel(op, "kernel"), *_bias(op)))
    output = code("layer(x)", x=_padded_sides(op, shape).around(channels_first(axes)))
    return Translation(activated(channels_back(output, axes), op.activation, len(shape)), (module,))


@translates(_SeparableConvolution)
def _separable_convolution(node: Node, op: _SeparableConvolution) -> Translation:
    """A depthwise convolution, then one of size 1."""
    shape, axes = node.inputs[0].shape, len(op.kernel_size)
    kernel = _depthwise_kernel(op, "depthwise_kernel")
    depthwise = Module(_depthwise(op, shape, bias=False), (kernel,), "depthwise")
    between = channels_of(shape) * op.depth_multiplier
    made = torch_call(f"nn.Conv{axes}d", between, op.filters, kernel_size=1, bias=None if op.use_bias else False)
    pointwise = Module(made, (_kernel(axes, "pointwise_kernel"), *_bias(op)), "pointwise")
    output = code("pointwise(depthwise(x))", x=_padded_sides(op, shape).around(channels_first(axes)))
    return Translation(activated(channels_back(output, axes), op.activation, len(shape)), (depthwise, pointwise))


@translates(_TransposedConvolution)
def _transposed_convolution(node: Node, op: _TransposedConvolution) -> Translation:
    """A transposed convolution; what `same` leaves over is cut, the odd row at the end."""
    if max(op.dilation_rate) > 1:
        raise Untranslated(f"{op.op_name} with `dilation_rate`")
    shape, axes = node.inputs[0].shape, len(op.kernel_size)
    each = zip(op.kernel_size, op.strides, op.output_padding or (None,) * axes, strict=True)
    # what is left over is the same for every size, so that of 1 tells
    cut = [width - (transposed_size(1, width, stride, op.padding, 1, extra) or 0) for width, stride, extra in each]
    before = tuple(max(total, 0) // 2 for total in cut)
    rest = tuple(max(total, 0) % 2 for total in cut)
    made = torch_call(
        f"nn.ConvTranspose{axes}d",
        channels_of(shape),
        op.filters,
        kernel_size=sizes(op.kernel_size),
        stride=_unless_one(op.strides),
        padding=sizes(before) if any(before) else None,
        output_padding=sizes(max(-total, 0) for total in cut) if min(cut) < 0 else None,
        bias=None if op.use_bias else False,
    )
    output = code("layer(x)", x=channels_first(axes))
    if any(rest):
        ends = [ast.Slice(None, literal(-1)) if odd else ast.Slice() for odd in rest]
        output = subscript(output, ast.Slice(), ast.Slice(), *ends)
    module = Module(made, (_kernel(axes), *_bias(op)))
    return Translation(activated(channels_back(output, axes), op.activation, len(shape)), (module,))
