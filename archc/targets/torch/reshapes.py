"""Layers that put the same numbers in another order, and that widen, cut or enlarge an image, in PyTorch."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from archc.codegen.tree import attribute, call, code, literal, subscript
from archc.ir.graph import Node
from archc.ir.shape import axis_index
from archc.ops.function import ChannelShuffle, Pad, Slice
from archc.ops.resampling import (
    Cropping1D,
    Cropping2D,
    Cropping3D,
    UpSampling1D,
    UpSampling2D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
    _Cropping,
    _ZeroPadding,
)
from archc.ops.reshaping import Flatten, Permute, RepeatVector, Reshape
from archc.targets.torch.translation import (
    UNCHANGED,
    Module,
    Translation,
    Untranslated,
    X,
    channels_last,
    dimension,
    image,
    sizes,
    torch_call,
    translates,
)


@translates(Flatten)
def _flatten(node: Node, _: Flatten) -> Translation:
    """All axes become one, in Keras's order."""
    return _flattened(node)


def _flattened(node: Node) -> Translation:
    shape = node.inputs[0].shape
    return UNCHANGED if len(shape) == 1 else Translation(code("torch.flatten(x, 1)", x=channels_last(X, shape)))


@translates(Reshape)
def _reshape(node: Node, _: Reshape) -> Translation:
    """Another shape, of the numbers in Keras's order."""
    before, after = node.inputs[0].shape, node.shape
    if before == after and None not in after:
        return UNCHANGED
    if len(after) == 1:
        return _flattened(node)
    if after.count(None) > 1:
        raise Untranslated("Reshape with several unknown sizes")
    batch = code("x.shape[0]") if None in after else literal(-1)
    target = [literal(-1 if size is None else size) for size in after]
    reshaped = call(attribute(channels_last(X, before), "reshape"), [batch, *target])
    return Translation(code("x.permute(0, 3, 1, 2)", x=reshaped) if image(after) else reshaped)


@translates(Permute)
def _permute(node: Node, op: Permute) -> Translation:
    """The axes in another order."""
    rank = len(node.shape)
    order = {0: 0} | {dimension(index, rank): dimension(axis - 1, rank) for index, axis in enumerate(op.dims)}
    places = [order[place] for place in range(rank + 1)]
    return UNCHANGED if places == sorted(places) else Translation(torch_call("x.permute", *places))


@translates(RepeatVector)
def _repeat_vector(_: Node, op: RepeatVector) -> Translation:
    return Translation(code("x[:, None].repeat(1, n, 1)", n=literal(op.n)))


def _padded(node: Node, sides: Mapping[int, tuple[int, int]]) -> Translation:
    """Zeros around a tensor.

    Args:
        node: the call of the layer.
        sides: the zeros before and after each axis, which is counted from 0 without the batch.
    """
    rank = len(node.shape)
    by_dimension = {dimension(index, rank): pair for index, pair in sides.items()}
    given = [side for place in range(rank, 0, -1) for side in by_dimension.get(place, (0, 0))]
    while given[-2:] == [0, 0]:
        given = given[:-2]
    return Translation(code("F.pad(x, sides)", sides=literal(tuple(given)))) if given else UNCHANGED


@translates(ZeroPadding1D)
def _zero_padding_of_a_sequence(node: Node, op: ZeroPadding1D) -> Translation:
    return _padded(node, {0: op.padding})


@translates(ZeroPadding2D, ZeroPadding3D)
def _zero_padding(node: Node, op: _ZeroPadding) -> Translation:
    return _padded(node, dict(enumerate(op.padding)))


@translates(Pad)
def _pad(node: Node, op: Pad) -> Translation:
    return _padded(node, {axis_index(op.axis, node.shape): (op.before, op.after)})


def _sliced(rank: int, parts: Mapping[int, tuple[int | None, int | None]]) -> Translation:
    """Parts of axes.

    Args:
        rank: the number of axes without the batch.
        parts: where the part of each axis starts and ends, None at the ends of the axis, which is counted from 0
            without the batch.
    """
    by_dimension = {dimension(index, rank): part for index, part in parts.items() if part != (None, None)}
    if not by_dimension:
        return UNCHANGED
    listed = [_slice(*by_dimension.get(place, (None, None))) for place in range(max(by_dimension) + 1)]
    return Translation(subscript(X, *listed))


def _slice(start: int | None, stop: int | None) -> ast.expr:
    return ast.Slice(None if start is None else literal(start), None if stop is None else literal(stop))


@translates(Slice)
def _slice_axis(node: Node, op: Slice) -> Translation:
    """A part of one axis."""
    return _sliced(len(node.shape), {axis_index(op.axis, node.shape): (op.start or None, op.stop)})


@translates(Cropping1D)
def _cropping_of_a_sequence(node: Node, op: Cropping1D) -> Translation:
    return _cropped(node, [op.cropping])


@translates(Cropping2D, Cropping3D)
def _cropping(node: Node, op: _Cropping) -> Translation:
    return _cropped(node, op.cropping)


def _cropped(node: Node, sides: Sequence[tuple[int, int]]) -> Translation:
    parts = {index: (start or None, -end if end else None) for index, (start, end) in enumerate(sides)}
    return _sliced(len(node.shape), parts)


@translates(UpSampling1D)
def _up_sampling_of_a_sequence(_: Node, op: UpSampling1D) -> Translation:
    return Translation(code("x.repeat_interleave(size, 1)", size=literal(op.size)))


@translates(UpSampling2D)
def _up_sampling(_: Node, op: UpSampling2D) -> Translation:
    if op.interpolation not in ("nearest", "bilinear"):
        raise Untranslated(f"UpSampling2D with `interpolation: {op.interpolation}`")
    mode = None if op.interpolation == "nearest" else "bilinear"
    made = torch_call("nn.Upsample", scale_factor=sizes(op.size), mode=mode)
    return Translation(code("layer(x)"), (Module(made),))


@translates(ChannelShuffle)
def _channel_shuffle(node: Node, op: ChannelShuffle) -> Translation:
    """`nn.ChannelShuffle` over an image, and what it does over features that are last."""
    if op.groups == 1:
        return UNCHANGED
    if image(node.shape):
        return Translation(code("layer(x)"), (Module(torch_call("nn.ChannelShuffle", op.groups)),))
    shuffled = "x.unflatten(-1, (groups, -1)).transpose(-2, -1).flatten(-2)"
    return Translation(code(shuffled, groups=literal(op.groups)))
