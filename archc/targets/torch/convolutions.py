"""Convolutions, dense layers and embeddings in PyTorch."""

from __future__ import annotations

import ast

from archc.codegen.tree import code, literal, subscript
from archc.ir.graph import Node
from archc.ir.shape import Shape, channels_of
from archc.ops.convolution import _Convolution
from archc.ops.core import Dense, Embedding, ReversibleEmbedding
from archc.ops.depthwise_convolution import _DepthwiseConvolution, _SeparableConvolution
from archc.ops.einsum import EinsumDense
from archc.ops.transposed_convolution import _TransposedConvolution
from archc.ops.windows import transposed_size
from archc.targets.torch.activations import activated
from archc.targets.torch.translation import (
    LAYER,
    Module,
    ModuleParameter,
    Translation,
    Untranslated,
    X,
    image,
    in_keras_order,
    in_torch_order,
    number,
    one_module,
    sizes,
    torch_call,
    translate,
)
from archc.targets.torch.window_padding import Sides, Sizes, channels_back, channels_first, window_sides

_Strided = _Convolution | _DepthwiseConvolution | _SeparableConvolution | _TransposedConvolution


def _unless_one(values: Sizes) -> ast.expr | None:
    """Strides or dilation rates; None where all are 1."""
    return None if set(values) == {1} else sizes(values)


def _bias(op: _Strided | Dense) -> tuple[ModuleParameter, ...]:
    return (ModuleParameter("bias", "bias", (0,), (-1,)),) if op.use_bias else ()


def _kernel(axes: int, weight: str = "kernel") -> ModuleParameter:
    """A kernel of Keras's, whose output channels are last and its input channels before them."""
    return ModuleParameter("weight", weight, (axes + 1, axes, *range(axes)))


_Sliding = _Convolution | _DepthwiseConvolution | _SeparableConvolution


def _padded_sides(op: _Sliding, shape: Shape) -> Sides:
    return window_sides(op, op.padding, shape, op.kernel_size, op.strides, op.dilation_rate)


def _constructor(op: _Sliding, shape: Shape, filters: int, groups: int | None, *, bias: bool) -> ast.expr:
    return torch_call(
        f"nn.Conv{len(op.kernel_size)}d",
        channels_of(shape),
        filters,
        kernel_size=sizes(op.kernel_size),
        stride=_unless_one(op.strides),
        padding=_padded_sides(op, shape).padding,
        dilation=_unless_one(op.dilation_rate),
        groups=groups,
        bias=None if bias else False,
    )


def _output(op: _Sliding, shape: Shape, template: str = "layer(x)") -> ast.expr:
    """What a layer outputs, in the order of the input's axes; `x` is the input, padded where the layer cannot."""
    axes = len(op.kernel_size)
    output = code(template, x=_padded_sides(op, shape).around(channels_first(axes)))
    return activated(channels_back(output, axes), op.activation, shape)


@translate.register
def _convolution(op: _Convolution, node: Node) -> Translation:
    shape = node.inputs[0].shape
    made = _constructor(op, shape, op.filters, None if op.groups == 1 else op.groups, bias=op.use_bias)
    return one_module(made, _kernel(len(op.kernel_size)), *_bias(op), output=_output(op, shape))


def _depthwise(op: _DepthwiseConvolution | _SeparableConvolution, shape: Shape, bias: bool) -> ast.expr:
    """The constructor of a convolution with as many groups as channels."""
    channels = channels_of(shape)
    return _constructor(op, shape, channels * op.depth_multiplier, channels, bias=bias)


def _depthwise_kernel(op: _DepthwiseConvolution | _SeparableConvolution, weight: str) -> ModuleParameter:
    axes = len(op.kernel_size)
    return ModuleParameter("weight", weight, (axes, axes + 1, *range(axes)), (-1, 1, *op.kernel_size))


@translate.register
def _depthwise_convolution(op: _DepthwiseConvolution, node: Node) -> Translation:
    shape = node.inputs[0].shape
    made = _depthwise(op, shape, op.use_bias)
    return one_module(made, _depthwise_kernel(op, "kernel"), *_bias(op), output=_output(op, shape))


@translate.register
def _separable_convolution(op: _SeparableConvolution, node: Node) -> Translation:
    """A depthwise convolution, then one of size 1."""
    shape, axes = node.inputs[0].shape, len(op.kernel_size)
    kernel = _depthwise_kernel(op, "depthwise_kernel")
    depthwise = Module(_depthwise(op, shape, bias=False), (kernel,), "depthwise")
    between = channels_of(shape) * op.depth_multiplier
    made = torch_call(f"nn.Conv{axes}d", between, op.filters, kernel_size=1, bias=None if op.use_bias else False)
    pointwise = Module(made, (_kernel(axes, "pointwise_kernel"), *_bias(op)), "pointwise")
    return Translation(_output(op, shape, "pointwise(depthwise(x))"), (depthwise, pointwise))


@translate.register
def _transposed_convolution(op: _TransposedConvolution, node: Node) -> Translation:
    """A transposed convolution; what is too much for `same` is cut, the odd row at the end."""
    if max(op.dilation_rate) > 1:
        raise Untranslated(f"{op.op_name} with `dilation_rate`")
    shape, axes = node.inputs[0].shape, len(op.kernel_size)
    each = zip(op.kernel_size, op.strides, op.output_padding or (None,) * axes, strict=True)
    # what is cut is the same for every size, so it is computed for size 1
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
    output = activated(channels_back(output, axes), op.activation, shape)
    return one_module(made, _kernel(axes), *_bias(op), output=output)


@translate.register
def _dense(op: Dense, node: Node) -> Translation:
    """`nn.Linear`; over the channels of an image, the convolution of size 1 that it is."""
    shape = node.inputs[0].shape
    made = torch_call(
        "nn.Conv2d" if image(shape) else "nn.Linear",
        channels_of(shape),
        op.units,
        kernel_size=1 if image(shape) else None,
        bias=None if op.use_bias else False,
    )
    kernel = ModuleParameter("weight", "kernel", (1, 0), (op.units, -1, 1, 1) if image(shape) else ())
    return one_module(made, kernel, *_bias(op), output=activated(LAYER, op.activation, shape))


@translate.register
def _embedding(op: Embedding, node: Node) -> Translation:
    if image(node.shape) or image(node.inputs[0].shape):
        raise Untranslated(f"Embedding of {len(node.inputs[0].shape)} axes")
    made = torch_call("nn.Embedding", op.input_dim, op.output_dim)
    return one_module(made, ModuleParameter("weight", "embeddings", (0, 1)))


@translate.register
def _reversible_embedding(op: ReversibleEmbedding, node: Node) -> Translation:
    """An embedding; in reverse a product with its weight, or with that of a linear layer beside it."""
    if op.reverse and op.reverse_dtype not in (None, "float32"):
        raise Untranslated("ReversibleEmbedding with `reverse_dtype`")
    embedding = torch_call("nn.Embedding", op.input_dim, op.output_dim)
    modules = [Module(embedding, (ModuleParameter("weight", "embeddings", (0, 1)),))]
    if not op.tie_weights:
        linear = torch_call("nn.Linear", op.output_dim, op.input_dim, bias=False)
        modules.append(Module(linear, (ModuleParameter("weight", "reverse_embeddings", (1, 0)),), "reverse"))
    before, after = node.inputs[0].shape, node.shape
    if not op.reverse:
        if image(before) or image(after):
            raise Untranslated(f"ReversibleEmbedding of {len(before)} axes")
        return Translation(LAYER, tuple(modules))
    product = "F.linear(x, layer.weight)" if op.tie_weights else "reverse(x)"
    output = code(product, x=in_keras_order(X, before))
    if op.logit_soft_cap is not None:
        output = code("torch.tanh(x / cap) * cap", x=output, cap=number(op.logit_soft_cap))
    return Translation(in_torch_order(output, after), tuple(modules))


@translate.register
def _einsum_dense(op: EinsumDense, node: Node) -> Translation:
    """A kernel that an equation multiplies with the input, both with their axes in Keras's order."""
    shapes = {weight.name: weight.shape for weight in node.weights}
    sizes_of_each = [list(shape) for shape in shapes.values()]
    parameters = [
        ModuleParameter("weight" if name == "kernel" else "bias", name, tuple(range(len(shape))))
        for name, shape in shapes.items()
    ]
    output = code("layer(x)", x=in_keras_order(X, node.inputs[0].shape))
    whole = activated(in_torch_order(output, node.shape), op.activation, node.shape)
    return one_module(torch_call("EinsumDense", op.equation, *sizes_of_each), *parameters, output=whole)
