"""What each layer of a network does in a projection."""

from __future__ import annotations

import re
from collections.abc import Iterable

from archc.ir.graph import Node
from archc.ir.op import Op
from archc.ops.activation import PReLU
from archc.ops.activation_arguments import HeldActivation, canonical_activation

_AXES = re.compile("[123]D")
_LINEAR = (
    "Conv DepthwiseConv SeparableConv ConvTranspose Dense EinsumDense Scale BatchNormalization Normalization Rescaling "
    "MaxPooling AveragePooling GlobalAveragePooling GlobalMaxPooling AdaptiveAveragePooling AdaptiveMaxPooling "
    "Add Subtract Average Concatenate Maximum Minimum Sum Mean Max Min "
    "Identity Flatten Reshape Permute RepeatVector Take Roll Slice Pad ChannelShuffle SpaceToDepth DepthToSpace "
    "ZeroPadding Cropping CenterCrop Resizing UpSampling Constant Learned"
)
_LINEAR_OPS = frozenset(_LINEAR.split())
"""Ops that are linear in inference, or select one of their inputs as max pooling does; without `1D`, `2D`, `3D`."""


def rectifiers(nodes: Iterable[Node]) -> frozenset[str]:
    """The names of the layers that rectify: with a `relu` of any slope and bound, at the end or alone."""
    return frozenset(node.name for node in nodes if _rectifies(node.op, len(node.shape)))


def by_gradient(nodes: Iterable[Node]) -> tuple[str, ...]:
    """What is neither linear nor a rectifier nor a switch: a projection passes it by its gradient."""
    found = [_nonlinearity(node.op, len(node.shape)) for node in nodes]
    return tuple(dict.fromkeys(name for name in found if name is not None))


def _activation(op: Op, axes: int) -> HeldActivation:
    """The function that an op is, or ends in, in its one spelling; None for none."""
    held = op.as_activation
    if held is None and op.ends_in_activation:
        held = getattr(op, "activation", None)
    return canonical_activation(held, axes)


def _rectifies(op: Op, axes: int) -> bool:
    activation = _activation(op, axes)
    if isinstance(op, PReLU) or activation in ("relu", "relu6"):
        return True
    kind = getattr(activation, "configured_name", activation)
    return kind in ("leaky_relu", "relu") and getattr(activation, "threshold", 0) == 0


def _nonlinearity(op: Op, axes: int) -> str | None:
    """The name of what an op does that is not exact in a projection; None where all is."""
    activation = _activation(op, axes)
    if activation not in (None, "linear"):
        return None if _rectifies(op, axes) else str(getattr(activation, "configured_name", activation))
    exact = (
        _AXES.sub("", op.op_name) in _LINEAR_OPS
        or op.acts_in_training
        or isinstance(op, PReLU)
        or op.as_activation is not None
    )
    return None if exact else op.op_name
