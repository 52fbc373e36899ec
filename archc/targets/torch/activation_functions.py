"""Activations in PyTorch."""

from __future__ import annotations

from typing import Any

from archc.ir.graph import Node
from archc.ir.shape import axis_indices
from archc.targets.torch.translation import (
    NOTHING,
    Module,
    Parameter,
    Translation,
    Untranslated,
    channels_dimension,
    dimension,
    image,
    number,
)

# `{}` is the tensor; `{dim}` is the dimension of the channels.
ACTIVATIONS = {
    "celu": "F.celu({})",
    "elu": "F.elu({})",
    "exponential": "torch.exp({})",
    "gelu": "F.gelu({})",
    "hard_shrink": "F.hardshrink({})",
    "hard_sigmoid": "F.hardsigmoid({})",
    "hard_silu": "F.hardswish({})",
    "hard_swish": "F.hardswish({})",
    "hard_tanh": "F.hardtanh({})",
    "leaky_relu": "F.leaky_relu({}, 0.2)",
    "log_sigmoid": "F.logsigmoid({})",
    "log_softmax": "F.log_softmax({}, dim={dim})",
    "mish": "F.mish({})",
    "relu": "F.relu({})",
    "relu6": "F.relu6({})",
    "selu": "F.selu({})",
    "sigmoid": "torch.sigmoid({})",
    "silu": "F.silu({})",
    "soft_shrink": "F.softshrink({})",
    "softmax": "F.softmax({}, dim={dim})",
    "softplus": "F.softplus({})",
    "softsign": "F.softsign({})",
    "swish": "F.silu({})",
    "tanh": "torch.tanh({})",
    "tanh_shrink": "F.tanhshrink({})",
}


def activated(computed: str, activation: str | None, rank: int) -> str:
    """The expression with the activation around it.

    Args:
        computed: a template of `Translation.computed`.
        activation: Keras's name.
        rank: the number of axes without the batch.

    Raises:
        Untranslated: PyTorch has no function for it.
    """
    if activation is None:
        return computed
    if activation not in ACTIVATIONS:
        raise Untranslated(f"the activation `{activation}`")
    return ACTIVATIONS[activation].replace("{}", computed).replace("{dim}", str(channels_dimension(rank)))


def activation(node: Node) -> Translation:
    """An activation by its name."""
    op: Any = node.op
    if op.activation == "linear":
        return NOTHING
    return Translation(activated("{0}", op.activation, len(node.shape)))


def relu(node: Node) -> Translation:
    """`F.relu` and its relatives; with a threshold, what they are made of."""
    op: Any = node.op
    slope, most, least = number(op.negative_slope), op.max_value, number(op.threshold)
    if op.threshold or (op.negative_slope and most is not None):
        kept = "{0}" if most is None else f"{{0}}.clamp(max={number(most)})"
        below = f"{slope} * ({{0}} - {least})" if op.negative_slope else "0.0"
        return Translation(f"torch.where({{0}} >= {least}, {kept}, {below})")
    if op.negative_slope:
        return Translation(f"F.leaky_relu({{0}}, {slope})")
    if most is None:
        return Translation("F.relu({0})")
    return Translation("F.relu6({0})" if most == 6 else f"torch.clamp({{0}}, 0, {number(most)})")


def leaky_relu(node: Node) -> Translation:
    """`F.leaky_relu`."""
    op: Any = node.op
    return Translation(f"F.leaky_relu({{0}}, {number(op.negative_slope)})")


def elu(node: Node) -> Translation:
    """`F.elu`."""
    op: Any = node.op
    return Translation("F.elu({0})" if op.alpha == 1 else f"F.elu({{0}}, {number(op.alpha)})")


def prelu(node: Node) -> Translation:
    """`nn.PReLU`, which learns a slope a channel."""
    shape = node.weights[0].shape
    if any(size != 1 for size in shape[:-1]) or not (len(shape) == 1 or image(node.shape)):
        raise Untranslated("PReLU with a slope a position")
    alpha = Parameter("weight", "alpha", tuple(range(len(shape))), (-1,))
    return Translation("{layer}({0})", (Module(f"nn.PReLU({shape[-1]})", (alpha,)),))


def softmax(node: Node) -> Translation:
    """`F.softmax` along one axis."""
    op: Any = node.op
    rank = len(node.shape)
    indices = axis_indices(op.axis, node.shape)
    if len(indices) > 1:
        raise Untranslated("Softmax along several axes")
    last = indices[0] == rank - 1
    return Translation(f"F.softmax({{0}}, dim={channels_dimension(rank) if last else dimension(indices[0], rank)})")
