"""Normalizations in PyTorch."""

from __future__ import annotations

from typing import Any

from archc.ir.graph import Node
from archc.ir.shape import axis_index, axis_indices, channels_of, known_size
from archc.targets.torch.translation import (
    Module,
    Parameter,
    Translation,
    Untranslated,
    arguments,
    dimension,
    image,
    number,
    sizes,
)


def _unless(value: float, default: float) -> str | None:
    """The number; None where it is PyTorch's default."""
    return None if number(value) == number(default) else number(value)


def _affine(op: Any, made: str, order: tuple[int, ...] = (0,)) -> tuple[str, tuple[Parameter, ...], tuple[str, ...]]:
    """The module without what Keras's layer does not learn, with its parameters and the functions it needs."""
    for learned, name in ((op.scale, "weight"), (op.center, "bias")):
        made = made if learned else f'without("{name}", {made})'
    gamma = (Parameter("weight", "gamma", order, ()),) if op.scale else ()
    beta = (Parameter("bias", "beta", order, ()),) if op.center else ()
    return made, (*gamma, *beta), () if op.scale and op.center else ("without",)


def batch_normalization(node: Node) -> Translation:
    """`nn.BatchNorm2d` and its relatives, with the axis that is normalized brought to the channels' place."""
    op: Any = node.op
    for argument in ("renorm", "synchronized"):
        if getattr(op, argument):
            raise Untranslated(f"BatchNormalization with `{argument}`")
    if not op.trainable:
        raise Untranslated("BatchNormalization with `trainable: false`")
    rank, index = len(node.shape), axis_index(op.axis, node.shape)
    if rank > 4:
        raise Untranslated(f"BatchNormalization of {rank} axes")
    given = arguments(node.weights[0].shape[0], eps=_unless(op.epsilon, 1e-5), momentum=_unless(1 - op.momentum, 0.1))
    affine, learned, functions = _affine(op, f"nn.BatchNorm{max(rank - 1, 1)}d({given})")
    moving = (
        Parameter("running_mean", "moving_mean", (0,), ()),
        Parameter("running_var", "moving_variance", (0,), ()),
    )
    moved = "" if (place := dimension(index, rank)) == 1 else f".transpose(1, {place})"
    module = Module(affine, (*learned, *moving), counts=True)
    return Translation(f"{{layer}}({{0}}{moved}){moved}", (module,), functions)


def _over_last_axes(node: Node, called: str) -> str:
    """A layer over the last axes, which are last in PyTorch where the tensor is no image."""
    return f"{called}({{0}}.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)" if image(node.shape) else f"{called}({{0}})"


def _last_axes(node: Node, axis: int | tuple[int, ...]) -> tuple[int, ...]:
    """The sizes of the axes that are normalized together.

    Raises:
        Untranslated: they are not the last.
    """
    rank, indices = len(node.shape), sorted(axis_indices(axis, node.shape))
    if indices != list(range(rank - len(indices), rank)):
        raise Untranslated(f"{node.op.op_name} of other axes than the last")
    return tuple(known_size(node.shape[index], "the size of an axis") for index in indices)


def layer_normalization(node: Node) -> Translation:
    """`nn.LayerNorm`."""
    op: Any = node.op
    axes = _last_axes(node, op.axis)
    # Keras sorts the axes of its weights as they are written: -2 comes before -1, and 1 before 3
    given = arguments(axes[0] if len(axes) == 1 else list(axes), eps=_unless(op.epsilon, 1e-5))
    affine, learned, functions = _affine(op, f"nn.LayerNorm({given})", tuple(range(len(axes))))
    return Translation(_over_last_axes(node, "{layer}"), (Module(affine, learned),), functions)


def rms_normalization(node: Node) -> Translation:
    """`nn.RMSNorm`."""
    op: Any = node.op
    axes = _last_axes(node, op.axis)
    made = f"nn.RMSNorm({arguments(axes[0] if len(axes) == 1 else list(axes), eps=number(op.epsilon))})"
    scale = Parameter("weight", "scale", tuple(range(len(axes))), ())
    return Translation(_over_last_axes(node, "{layer}"), (Module(made, (scale,)),))


def group_normalization(node: Node) -> Translation:
    """`nn.GroupNorm`, over the channels."""
    op: Any = node.op
    shape = node.shape
    if axis_index(op.axis, shape) != len(shape) - 1 or len(shape) not in (1, 3):
        raise Untranslated("GroupNormalization of another axis than an image's channels")
    channels = channels_of(shape)
    given = arguments(channels if op.groups == -1 else op.groups, channels, eps=_unless(op.epsilon, 1e-5))
    affine, learned, functions = _affine(op, f"nn.GroupNorm({given})")
    return Translation("{layer}({0})", (Module(affine, learned),), functions)


def unit_normalization(node: Node) -> Translation:
    """`F.normalize`."""
    op: Any = node.op
    places = [dimension(index, len(node.shape)) for index in axis_indices(op.axis, node.shape)]
    return Translation(f"F.normalize({{0}}, dim={sizes(places) if len(places) == 1 else tuple(places)}, eps=1e-6)")


def local_response_normalization(node: Node) -> Translation:
    """`nn.LocalResponseNorm`, which takes the mean of the squares where archc takes their sum."""
    op: Any = node.op
    if not image(node.shape):
        raise Untranslated("LocalResponseNormalization of what is no image")
    given = arguments(op.size, alpha=number(op.alpha * op.size), beta=number(op.beta), k=number(op.bias))
    return Translation("{layer}({0})", (Module(f"nn.LocalResponseNorm({given})"),))


def scale(node: Node) -> Translation:
    """A learned factor a channel."""
    op: Any = node.op
    channels = channels_of(node.shape)
    shape = (channels, 1, 1) if image(node.shape) else (channels,)
    given = arguments(
        *shape, initial=None if op.initial == 1 else number(op.initial), center=True if op.center else None
    )
    kernel = Parameter("weight", "kernel", (0,), shape)
    bias = (Parameter("bias", "bias", (0,), shape),) if op.center else ()
    return Translation("{layer}({0})", (Module(f"Scale({given})", (kernel, *bias)),), ("Scale",))
