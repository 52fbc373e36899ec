"""Normalizations in PyTorch."""

from __future__ import annotations

import ast

from archc.codegen.tree import call, code, literal
from archc.ir.graph import Node
from archc.ir.shape import axis_index, axis_indices, channels_of, known_size
from archc.ops.function import LocalResponseNormalization, Scale
from archc.ops.normalization import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    RMSNormalization,
    UnitNormalization,
)
from archc.targets.torch.translation import (
    LAYER,
    Module,
    ModuleParameter,
    Translation,
    Untranslated,
    dimension,
    image,
    number,
    one_module,
    rounded,
    sizes,
    torch_call,
    translate,
)


def _unless(value: float, default: float) -> ast.expr | None:
    """The number; None where it is PyTorch's default."""
    return None if rounded(value) == rounded(default) else number(value)


_Affine = BatchNormalization | LayerNormalization | GroupNormalization


def _affine(op: _Affine, constructor: ast.expr, order: tuple[int, ...] = (0,)) -> Module:
    """The module without the parameters that Keras's layer does not learn."""
    for learned, parameter in ((op.scale, "weight"), (op.center, "bias")):
        constructor = constructor if learned else call("without", [ast.Constant(parameter), constructor])
    gamma = (ModuleParameter("weight", "gamma", order),) if op.scale else ()
    beta = (ModuleParameter("bias", "beta", order),) if op.center else ()
    return Module(constructor, (*gamma, *beta))


@translate.register
def _batch_normalization(op: BatchNormalization, node: Node) -> Translation:
    """`nn.BatchNorm2d` and its relatives, with the normalized axis in the place of the channels."""
    refused = {"renorm": op.renorm, "synchronized": op.synchronized, "trainable: false": not op.trainable}
    for argument in (argument for argument, given in refused.items() if given):
        raise Untranslated(f"BatchNormalization with `{argument}`")
    rank = len(node.shape)
    if rank > 4:
        raise Untranslated(f"BatchNormalization of {rank} axes")
    eps, momentum = _unless(op.epsilon, 1e-5), _unless(1 - op.momentum, 0.1)
    made = torch_call(f"nn.BatchNorm{max(rank - 1, 1)}d", node.weights[0].shape[0], eps=eps, momentum=momentum)
    affine = _affine(op, made)
    moving = (
        ModuleParameter("running_mean", "moving_mean", (0,)),
        ModuleParameter("running_var", "moving_variance", (0,)),
    )
    place = dimension(axis_index(op.axis, node.shape), rank)
    moved = code("layer(x.transpose(1, place)).transpose(1, place)", place=literal(place))
    module = Module(affine.constructor, (*affine.parameters, *moving), counts=True)
    return Translation(LAYER if place == 1 else moved, (module,))


def _over_last_axes(node: Node) -> ast.expr:
    """A layer over the last axes, which are last in PyTorch where the tensor is no image."""
    return code("layer(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)" if image(node.shape) else "layer(x)")


def _last_axes(node: Node, axis: int | tuple[int, ...]) -> list[int]:
    """The sizes of the axes that are normalized together.

    Raises:
        Untranslated: they are not the last.
    """
    rank, indices = len(node.shape), sorted(axis_indices(axis, node.shape))
    if indices != list(range(rank - len(indices), rank)):
        raise Untranslated(f"{node.op.op_name} of other axes than the last")
    return [known_size(node.shape[index], "the size of an axis") for index in indices]


@translate.register
def _layer_normalization(op: LayerNormalization, node: Node) -> Translation:
    axes = _last_axes(node, op.axis)
    # Keras sorts the axes of its weights as they are written: -2 comes before -1, and 1 before 3
    made = torch_call("nn.LayerNorm", axes[0] if len(axes) == 1 else axes, eps=_unless(op.epsilon, 1e-5))
    return Translation(_over_last_axes(node), (_affine(op, made, tuple(range(len(axes)))),))


@translate.register
def _rms_normalization(op: RMSNormalization, node: Node) -> Translation:
    axes = _last_axes(node, op.axis)
    made = torch_call("nn.RMSNorm", axes[0] if len(axes) == 1 else axes, eps=number(op.epsilon))
    scale = ModuleParameter("weight", "scale", tuple(range(len(axes))))
    return one_module(made, scale, output=_over_last_axes(node))


@translate.register
def _group_normalization(op: GroupNormalization, node: Node) -> Translation:
    """`nn.GroupNorm`, over the channels."""
    shape = node.shape
    if axis_index(op.axis, shape) != len(shape) - 1 or len(shape) not in (1, 3):
        raise Untranslated("GroupNormalization of another axis than an image's channels")
    channels = channels_of(shape)
    groups = channels if op.groups == -1 else op.groups
    made = torch_call("nn.GroupNorm", groups, channels, eps=_unless(op.epsilon, 1e-5))
    return Translation(LAYER, (_affine(op, made),))


@translate.register
def _unit_normalization(op: UnitNormalization, node: Node) -> Translation:
    places = [dimension(index, len(node.shape)) for index in axis_indices(op.axis, node.shape)]
    return Translation(code("F.normalize(x, dim=places, eps=1e-6)", places=sizes(places)))


@translate.register
def _local_response_normalization(op: LocalResponseNormalization, node: Node) -> Translation:
    """`nn.LocalResponseNorm`, which takes the mean of the squares where archc takes their sum."""
    if not image(node.shape):
        raise Untranslated("LocalResponseNormalization of what is no image")
    if node.dtype in ("bfloat16", "float16"):
        raise Untranslated(f"LocalResponseNormalization of {node.dtype}")
    alpha = number(op.alpha * op.size)
    made = torch_call("nn.LocalResponseNorm", op.size, alpha=alpha, beta=number(op.beta), k=number(op.bias))
    return one_module(made)


@translate.register
def _scale(op: Scale, node: Node) -> Translation:
    """A learned factor a channel."""
    channels = channels_of(node.shape)
    shape = (channels, 1, 1) if image(node.shape) else (channels,)
    initial = None if op.initial == 1 else number(op.initial)
    made = torch_call("Scale", *shape, initial=initial, center=True if op.center else None)
    kernel = ModuleParameter("weight", "kernel", (0,), shape)
    bias = (ModuleParameter("bias", "bias", (0,), shape),) if op.center else ()
    return one_module(made, kernel, *bias)
