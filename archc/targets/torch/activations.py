"""Activations, and dropout and noise, which act in training alone, in PyTorch."""

from __future__ import annotations

import ast

from archc.codegen.tree import code, literal
from archc.ir.graph import Node
from archc.ir.shape import Shape, axis_indices
from archc.ops.activation import ELU, Activation, Identity, LeakyReLU, PReLU, ReLU, Softmax
from archc.ops.activation_arguments import HeldActivation
from archc.ops.core import Masking
from archc.ops.regularization import (
    ActivityRegularization,
    AlphaDropout,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    Sampling,
    StochasticDepth,
    _SpatialDropout,
)
from archc.targets.torch.translation import (
    UNCHANGED,
    ModuleParameter,
    Translation,
    Untranslated,
    X,
    channels_dimension,
    dimension,
    image,
    number,
    one_module,
    torch_call,
    translate,
)

# `x` is the tensor, `channels` the dimension of the channels; the others are arguments, without their defaults.
ACTIVATIONS = {
    "celu": "F.celu(x)",
    "elu": "F.elu(x)",
    "exponential": "torch.exp(x)",
    "gelu": "F.gelu(x)",
    "hard_shrink": "F.hardshrink(x)",
    "hard_sigmoid": "F.hardsigmoid(x)",
    "hard_silu": "F.hardswish(x)",
    "hard_swish": "F.hardswish(x)",
    "hard_tanh": "F.hardtanh(x)",
    "leaky_relu": "F.leaky_relu(x, 0.2)",
    "log_sigmoid": "F.logsigmoid(x)",
    "log_softmax": "F.log_softmax(x, dim=channels)",
    "mish": "F.mish(x)",
    "relu": "F.relu(x)",
    "relu6": "F.relu6(x)",
    "selu": "F.selu(x)",
    "sigmoid": "torch.sigmoid(x)",
    "silu": "F.silu(x)",
    "soft_shrink": "F.softshrink(x)",
    "softmax": "F.softmax(x, dim=channels)",
    "softplus": "F.softplus(x)",
    "softsign": "F.softsign(x)",
    "squareplus": "squareplus(x)",
    "swish": "F.silu(x)",
    "tanh": "torch.tanh(x)",
    "tanh_shrink": "F.tanhshrink(x)",
}


WITH_ARGUMENTS = {
    "celu": "F.celu(x, alpha)",
    "elu": "F.elu(x, alpha)",
    "gelu": 'F.gelu(x, approximate="tanh")',
    "hard_shrink": "F.hardshrink(x, threshold)",
    "leaky_relu": "F.leaky_relu(x, negative_slope)",
    "log_softmax": "F.log_softmax(x, dim=axis)",
    "soft_shrink": "F.softshrink(x, threshold)",
    "softmax": "F.softmax(x, dim=axis)",
    "squareplus": "squareplus(x, b)",
    "threshold": "F.threshold(x, threshold, default_value)",
}


def activated(output: ast.expr, activation: HeldActivation, shape: Shape) -> ast.expr:
    """The expression with the activation around it; `shape` is that of the tensor in Keras.

    Raises:
        Untranslated: PyTorch has no function for it.
    """
    if activation is None:
        return output
    channels = literal(channels_dimension(len(shape)))
    if isinstance(activation, str):
        if activation not in ACTIVATIONS:
            raise Untranslated(f"the activation `{activation}`")
        return code(ACTIVATIONS[activation], x=output, channels=channels)
    given, name = dict(activation), activation.configured_name
    if name == "relu":
        return _rectified(output, given["negative_slope"], given["max_value"], given["threshold"])
    if name not in WITH_ARGUMENTS:
        raise Untranslated(f"the activation `{name}`")
    axis = {"axis": literal(_along(given.pop("axis"), shape))} if "axis" in given else {}
    numbers = {key: number(value) for key, value in given.items()}
    return code(WITH_ARGUMENTS[name], x=output, **numbers, **axis)


def _along(axis: int, shape: Shape) -> int:
    """PyTorch's dimension of an axis of Keras's."""
    (index,), rank = axis_indices(axis, shape), len(shape)
    return channels_dimension(rank) if index == rank - 1 else dimension(index, rank)


def _rectified(x: ast.expr, negative_slope: float, max_value: float | None, threshold: float) -> ast.expr:
    """`F.relu` and its relatives, which read `x` once."""
    slope, least = number(negative_slope), number(threshold)
    most = None if max_value is None else number(max_value)
    if threshold or (negative_slope and most is not None):
        bounded = "rectified(x, slope, least)" if most is None else "rectified(x, slope, least, most)"
        return code(bounded, x=x, slope=slope, least=least, **({} if most is None else {"most": most}))
    if negative_slope:
        return code("F.leaky_relu(x, slope)", x=x, slope=slope)
    if most is None:
        return code("F.relu(x)", x=x)
    return code("F.relu6(x)", x=x) if max_value == 6 else code("torch.clamp(x, 0, most)", x=x, most=most)


@translate.register
def _identity(_: Identity, __: Node) -> Translation:
    return UNCHANGED


@translate.register
def _activity_regularization(_: ActivityRegularization, __: Node) -> Translation:
    """Nothing: what is added to the loss belongs to the training in PyTorch."""
    return UNCHANGED


@translate.register
def _activation(op: Activation, node: Node) -> Translation:
    return UNCHANGED if op.activation == "linear" else Translation(activated(X, op.activation, node.shape))


@translate.register
def _relu(op: ReLU, _: Node) -> Translation:
    return Translation(_rectified(X, op.negative_slope, op.max_value, op.threshold))


@translate.register
def _leaky_relu(op: LeakyReLU, _: Node) -> Translation:
    return Translation(code("F.leaky_relu(x, slope)", slope=number(op.negative_slope)))


@translate.register
def _elu(op: ELU, _: Node) -> Translation:
    return Translation(code("F.elu(x)") if op.alpha == 1 else code("F.elu(x, alpha)", alpha=number(op.alpha)))


@translate.register
def _prelu(_: PReLU, node: Node) -> Translation:
    """`nn.PReLU`, which learns a slope a channel."""
    shape = node.weights[0].shape
    if any(size != 1 for size in shape[:-1]) or not (len(shape) == 1 or image(node.shape)):
        raise Untranslated("PReLU with a slope a position")
    alpha = ModuleParameter("weight", "alpha", tuple(range(len(shape))), (-1,))
    return one_module(torch_call("nn.PReLU", shape[-1]), alpha)


@translate.register
def _masking(op: Masking, node: Node) -> Translation:
    along = channels_dimension(len(node.shape))
    test = code("(x != value).any(along, True)", value=number(op.mask_value), along=literal(along))
    return Translation(code("torch.where(test, x, 0.0)", test=test))


@translate.register
def _softmax(op: Softmax, node: Node) -> Translation:
    """`F.softmax` along one axis."""
    axes = op.axis if isinstance(op.axis, tuple) else (op.axis,)
    if len(axes) > 1:
        raise Untranslated("Softmax along several axes")
    return Translation(code("F.softmax(x, dim=along)", along=literal(_along(axes[0], node.shape))))


# --- dropout and noise ---


@translate.register
def _dropout(op: Dropout, node: Node) -> Translation:
    if op.noise_shape is None:
        return one_module(torch_call("nn.Dropout", number(op.rate)))
    if op.noise_shape[0] is not None:
        raise Untranslated("Dropout with one mask for the batch")
    rank = len(node.shape)
    whole = sorted(dimension(index, rank) for index, size in enumerate(op.noise_shape[1:]) if size == 1)
    return one_module(torch_call("SharedDropout", number(op.rate), *whole))


@translate.register
def _spatial_dropout(op: _SpatialDropout, node: Node) -> Translation:
    if image(node.shape):
        return one_module(torch_call("nn.Dropout2d", number(op.rate)))
    return one_module(torch_call("SharedDropout", number(op.rate), *range(1, len(node.shape))))


@translate.register
def _stochastic_depth(op: StochasticDepth, node: Node) -> Translation:
    return one_module(torch_call("SharedDropout", number(op.rate), *range(1, len(node.shape) + 1)))


@translate.register
def _alpha_dropout(op: AlphaDropout, _: Node) -> Translation:
    if op.noise_shape is not None:
        raise Untranslated("AlphaDropout with `noise_shape`")
    return one_module(torch_call("nn.AlphaDropout", number(op.rate)))


@translate.register
def _gaussian_noise(op: GaussianNoise, _: Node) -> Translation:
    return one_module(torch_call("GaussianNoise", number(op.stddev)))


@translate.register
def _sampling(_: Sampling, __: Node) -> Translation:
    return one_module(torch_call("Sampling"), output=code("layer(x, x_1)"))


@translate.register
def _gaussian_dropout(op: GaussianDropout, _: Node) -> Translation:
    return one_module(torch_call("GaussianDropout", number(op.rate)))
