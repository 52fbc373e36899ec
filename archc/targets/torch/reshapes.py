"""Layers that take nothing, order the same numbers anew, or widen, cut or enlarge an image, in PyTorch."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from archc.codegen.tree import attribute, call, code, literal, subscript
from archc.ir.graph import Node
from archc.ir.shape import axis_index, axis_indices
from archc.ops.constant import Constant
from archc.ops.function import ChannelShuffle, Learned, Pad, Slice
from archc.ops.resampling import UpSampling1D, UpSampling2D, UpSampling3D, _Cropping, _ZeroPadding, sides_of_axes
from archc.ops.reshaping import DepthToSpace, Flatten, Permute, RepeatVector, Reshape, Roll, SpaceToDepth, Take
from archc.targets.torch.translation import (
    LAYER,
    UNCHANGED,
    ModuleParameter,
    Translation,
    Untranslated,
    X,
    channels_last,
    dimension,
    image,
    in_keras_order,
    in_torch_order,
    one_module,
    sizes,
    torch_call,
    translate,
)


@translate.register
def _constant(op: Constant, node: Node) -> Translation:
    """Given numbers, in Keras's order."""
    made = call("Constant", [literal(op.value, tuples=False), *map(literal, node.shape)])
    return one_module(made, output=in_torch_order(LAYER, node.shape))


@translate.register
def _learned(op: Learned, node: Node) -> Translation:
    """A learned tensor, in Keras's order."""
    weight = ModuleParameter("weight", "kernel", tuple(range(len(op.shape))))
    return one_module(torch_call("Learned", *op.shape), weight, output=in_torch_order(LAYER, node.shape))


@translate.register
def _flatten(_: Flatten, node: Node) -> Translation:
    """All axes become one, in Keras's order."""
    shape = node.inputs[0].shape
    return UNCHANGED if len(shape) == 1 else Translation(code("torch.flatten(x, 1)", x=channels_last(X, shape)))


@translate.register
def _reshape(_: Reshape, node: Node) -> Translation:
    """Another shape, of the numbers in Keras's order."""
    before, after = node.inputs[0].shape, node.shape
    if before == after and None not in after:
        return UNCHANGED
    if len(after) == 1:
        return _flatten(Flatten(), node)
    if after.count(None) > 1:
        raise Untranslated("Reshape with several unknown sizes")
    batch = code("x.shape[0]") if None in after else literal(-1)
    target = [literal(-1 if size is None else size) for size in after]
    reshaped = call(attribute(channels_last(X, before), "reshape"), [batch, *target])
    return Translation(in_torch_order(reshaped, after))


@translate.register
def _permute(op: Permute, node: Node) -> Translation:
    """The axes in another order."""
    rank = len(node.shape)
    order = {0: 0} | {dimension(index, rank): dimension(axis - 1, rank) for index, axis in enumerate(op.dims)}
    places = [order[place] for place in range(rank + 1)]
    return UNCHANGED if places == sorted(places) else Translation(torch_call("x.permute", *places))


@translate.register
def _repeat_vector(op: RepeatVector, _: Node) -> Translation:
    return Translation(code("x[:, None].repeat(1, n, 1)", n=literal(op.n)))


def _padded(node: Node, sides: Mapping[int, tuple[int, int]]) -> Translation:
    """Zeros before and after each axis, which is counted from 0 without the batch."""
    rank = len(node.shape)
    by_dimension = {dimension(index, rank): pair for index, pair in sides.items()}
    given = [side for place in range(rank, 0, -1) for side in by_dimension.get(place, (0, 0))]
    while given[-2:] == [0, 0]:
        given = given[:-2]
    return Translation(code("F.pad(x, sides)", sides=literal(tuple(given)))) if given else UNCHANGED


@translate.register
def _zero_padding(op: _ZeroPadding, node: Node) -> Translation:
    return _padded(node, dict(enumerate(sides_of_axes(op.padding))))


@translate.register
def _pad(op: Pad, node: Node) -> Translation:
    return _padded(node, {axis_index(op.axis, node.shape): (op.before, op.after)})


def sliced(rank: int, parts: Mapping[int, tuple[int | None, int | None]]) -> Translation:
    """Parts of axes, counted from 0 without the batch: where each starts and ends, None at the ends of its axis."""
    by_dimension = {dimension(index, rank): part for index, part in parts.items() if part != (None, None)}
    if not by_dimension:
        return UNCHANGED
    keys = []
    for place in range(max(by_dimension) + 1):
        bounds = by_dimension.get(place, (None, None))
        keys.append(ast.Slice(*(None if bound is None else literal(bound) for bound in bounds)))
    return Translation(subscript(X, *keys))


@translate.register
def _slice_axis(op: Slice, node: Node) -> Translation:
    """A part of one axis."""
    return sliced(len(node.shape), {axis_index(op.axis, node.shape): (op.start or None, op.stop)})


@translate.register
def _cropping(op: _Cropping, node: Node) -> Translation:
    sides = enumerate(sides_of_axes(op.cropping))
    parts = {index: (start or None, -end if end else None) for index, (start, end) in sides}
    return sliced(len(node.shape), parts)


@translate.register
def _up_sampling_of_a_sequence(op: UpSampling1D, _: Node) -> Translation:
    return Translation(code("x.repeat_interleave(size, 1)", size=literal(op.size)))


@translate.register
def _up_sampling_of_a_volume(op: UpSampling3D, _: Node) -> Translation:
    depth, height, width = map(literal, op.size)
    repeated = "x.repeat_interleave(depth, 1).repeat_interleave(height, 2).repeat_interleave(width, 3)"
    return Translation(code(repeated, depth=depth, height=height, width=width))


@translate.register
def _up_sampling(op: UpSampling2D, _: Node) -> Translation:
    if op.interpolation not in ("nearest", "bilinear"):
        raise Untranslated(f"UpSampling2D with `interpolation: {op.interpolation}`")
    mode = None if op.interpolation == "nearest" else "bilinear"
    return one_module(torch_call("nn.Upsample", scale_factor=sizes(op.size), mode=mode))


@translate.register
def _channel_shuffle(op: ChannelShuffle, node: Node) -> Translation:
    """`nn.ChannelShuffle` over an image, and what it does over features that are last."""
    if op.groups == 1:
        return UNCHANGED
    if image(node.shape):
        return one_module(torch_call("nn.ChannelShuffle", op.groups))
    shuffled = "x.unflatten(-1, (groups, -1)).transpose(-2, -1).flatten(-2)"
    return Translation(code(shuffled, groups=literal(op.groups)))


@translate.register
def _take(op: Take, node: Node) -> Translation:
    """What is at some places along an axis, in Keras's order of the axes."""
    shape, index = node.inputs[0].shape, axis_index(op.axis, node.inputs[0].shape)
    before = [ast.Slice()] * (index + 1)
    taken = subscript(in_keras_order(X, shape), *before, literal(op.indices, tuples=False))
    return Translation(in_torch_order(taken, node.shape))


@translate.register
def _roll(op: Roll, node: Node) -> Translation:
    rank = len(node.shape)
    dims = tuple(dimension(index, rank) for index in axis_indices(op.axis, node.shape))
    return Translation(code("x.roll(shift, dims)", shift=literal(op.shift), dims=literal(_single(dims))))


def _single(dims: tuple[int, ...]) -> int | tuple[int, ...]:
    return dims[0] if len(dims) == 1 else dims


@translate.register
def _space_to_depth(op: SpaceToDepth, _: Node) -> Translation:
    """As `F.pixel_unshuffle`, with the channels in Keras's order."""
    moved = "F.pixel_unshuffle(x, n).unflatten(1, (-1, square)).transpose(1, 2).flatten(1, 2)"
    return Translation(code(moved, n=literal(op.block_size), square=literal(op.block_size**2)))


@translate.register
def _depth_to_space(op: DepthToSpace, _: Node) -> Translation:
    """As `F.pixel_shuffle`, with the channels in Keras's order."""
    moved = "F.pixel_shuffle(x.unflatten(1, (square, -1)).transpose(1, 2).flatten(1, 2), n)"
    return Translation(code(moved, n=literal(op.block_size), square=literal(op.block_size**2)))
