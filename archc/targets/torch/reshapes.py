"""Layers that put the same numbers in another order, and that widen, cut or enlarge an image, in PyTorch."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from archc.codegen.tree import attribute, call, code, literal, subscript
from archc.ir.graph import Node
from archc.ir.shape import axis_index
from archc.ops.function import ChannelShuffle, Pad, Slice
from archc.ops.resampling import UpSampling1D, UpSampling2D, _Cropping, _ZeroPadding
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
    translate,
)


@translate.register
def _flatten(_: Flatten, node: Node) -> Translation:
    """All axes become one, in Keras's order."""
    return _flattened(node)


def _flattened(node: Node) -> Translation:
    shape = node.inputs[0].shape
    return UNCHANGED if len(shape) == 1 else Translation(code("torch.flatten(x, 1)", x=channels_last(X, shape)))


@translate.register
def _reshape(_: Reshape, node: Node) -> Translation:
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
    """Zeros before and after axes, which are counted from 0 without the batch."""
    rank = len(node.shape)
    by_dimension = {dimension(index, rank): pair for index, pair in sides.items()}
    given = [side for place in range(rank, 0, -1) for side in by_dimension.get(place, (0, 0))]
    while given[-2:] == [0, 0]:
        given = given[:-2]
    return Translation(code("F.pad(x, sides)", sides=literal(tuple(given)))) if given else UNCHANGED


def _for_each_axis(sides: tuple[Any, ...]) -> dict[int, tuple[int, int]]:
    """The pair of each axis; that of a sequence, which has one axis, stands alone."""
    return {0: sides} if isinstance(sides[0], int) else dict(enumerate(sides))


@translate.register
def _zero_padding(op: _ZeroPadding, node: Node) -> Translation:
    return _padded(node, _for_each_axis(op.padding))


@translate.register
def _pad(op: Pad, node: Node) -> Translation:
    return _padded(node, {axis_index(op.axis, node.shape): (op.before, op.after)})


def _sliced(node: Node, parts: Mapping[int, tuple[int | None, int | None]]) -> Translation:
    """The parts of axes from a start to an end, None at the ends of an axis; axes are counted from 0."""
    rank = len(node.shape)
    by_dimension = {dimension(index, rank): part for index, part in parts.items() if part != (None, None)}
    if not by_dimension:
        return UNCHANGED
    slices = []
    for place in range(max(by_dimension) + 1):
        bounds = by_dimension.get(place, (None, None))
        slices.append(ast.Slice(*(None if bound is None else literal(bound) for bound in bounds)))
    return Translation(subscript(X, *slices))


@translate.register
def _slice_axis(op: Slice, node: Node) -> Translation:
    return _sliced(node, {axis_index(op.axis, node.shape): (op.start or None, op.stop)})


@translate.register
def _cropping(op: _Cropping, node: Node) -> Translation:
    sides = _for_each_axis(op.cropping)
    return _sliced(node, {index: (start or None, -end if end else None) for index, (start, end) in sides.items()})


@translate.register
def _up_sampling_of_a_sequence(op: UpSampling1D, _: Node) -> Translation:
    return Translation(code("x.repeat_interleave(size, 1)", size=literal(op.size)))


@translate.register
def _up_sampling(op: UpSampling2D, _: Node) -> Translation:
    if op.interpolation not in ("nearest", "bilinear"):
        raise Untranslated(f"UpSampling2D with `interpolation: {op.interpolation}`")
    mode = None if op.interpolation == "nearest" else "bilinear"
    made = torch_call("nn.Upsample", scale_factor=sizes(op.size), mode=mode)
    return Translation(code("layer(x)"), (Module(made),))


@translate.register
def _channel_shuffle(op: ChannelShuffle, node: Node) -> Translation:
    """`nn.ChannelShuffle` over an image, and what it does over features that are last."""
    if op.groups == 1:
        return UNCHANGED
    if image(node.shape):
        return Translation(code("layer(x)"), (Module(torch_call("nn.ChannelShuffle", op.groups)),))
    shuffled = "x.unflatten(-1, (groups, -1)).transpose(-2, -1).flatten(-2)"
    return Translation(code(shuffled, groups=literal(op.groups)))
