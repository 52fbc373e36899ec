"""Layers that put the same numbers in another order, and that widen, cut or enlarge an image, in PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archc.ir.graph import Node
from archc.ir.shape import axis_index
from archc.targets.torch.translation import (
    NOTHING,
    Module,
    Translation,
    Untranslated,
    arguments,
    channels_last,
    dimension,
    image,
    sizes,
)


def flatten(node: Node) -> Translation:
    """All axes become one, in Keras's order."""
    shape = node.inputs[0].shape
    return NOTHING if len(shape) == 1 else Translation(f"torch.flatten({channels_last('{0}', shape)}, 1)")


def reshape(node: Node) -> Translation:
    """Another shape, of the numbers in Keras's order."""
    before, after = node.inputs[0].shape, node.shape
    if before == after and None not in after:
        return NOTHING
    if len(after) == 1:
        return flatten(node)
    if after.count(None) > 1:
        raise Untranslated("Reshape with several unknown sizes")
    target = ["-1" if size is None else str(size) for size in after]
    batch = "{0}.shape[0]" if None in after else "-1"
    reshaped = f"{channels_last('{0}', before)}.reshape({', '.join([batch, *target])})"
    return Translation(f"{reshaped}.permute(0, 3, 1, 2)" if image(after) else reshaped)


def permute(node: Node) -> Translation:
    """The axes in another order."""
    op: Any = node.op
    rank = len(node.shape)
    order = {0: 0} | {dimension(index, rank): dimension(axis - 1, rank) for index, axis in enumerate(op.dims)}
    taken = [order[place] for place in range(rank + 1)]
    return NOTHING if taken == sorted(taken) else Translation(f"{{0}}.permute({arguments(*taken)})")


def repeat_vector(node: Node) -> Translation:
    """A vector, `n` times."""
    op: Any = node.op
    return Translation(f"{{0}}[:, None].repeat(1, {op.n}, 1)")


def _padded(node: Node, before: Mapping[int, int], after: Mapping[int, int]) -> Translation:
    """Zeros around a tensor, by axes counted from 0 without the batch."""
    rank = len(node.shape)
    axes = {dimension(index, rank): (before[index], after[index]) for index in before}
    given = [side for place in range(rank, 0, -1) for side in axes.get(place, (0, 0))]
    while given[-2:] == [0, 0]:
        given = given[:-2]
    return Translation(f"F.pad({{0}}, ({', '.join(map(str, given))}))") if given else NOTHING


def zero_padding(node: Node) -> Translation:
    """Zeros around an image, a sequence or a volume."""
    op: Any = node.op
    pairs = (op.padding,) if node.op.op_name == "ZeroPadding1D" else op.padding
    return _padded(node, *({index: pair[side] for index, pair in enumerate(pairs)} for side in (0, 1)))


def pad(node: Node) -> Translation:
    """Zeros along one axis."""
    op: Any = node.op
    index = axis_index(op.axis, node.shape)
    return _padded(node, {index: op.before}, {index: op.after})


def _sliced(rank: int, parts: Mapping[int, str]) -> Translation:
    """Parts of axes, which are counted from 0 without the batch; `:` for a whole one."""
    by_place = {dimension(index, rank): part for index, part in parts.items() if part != ":"}
    if not by_place:
        return NOTHING
    listed = [by_place.get(place, ":") for place in range(max(by_place) + 1)]
    return Translation(f"{{0}}[{', '.join(listed)}]")


def slice_axis(node: Node) -> Translation:
    """A part of one axis."""
    op: Any = node.op
    part = f"{op.start or ''}:{'' if op.stop is None else op.stop}"
    return _sliced(len(node.shape), {axis_index(op.axis, node.shape): part})


def cropping(node: Node) -> Translation:
    """An image, a sequence or a volume without its border."""
    op: Any = node.op
    pairs = (op.cropping,) if node.op.op_name == "Cropping1D" else op.cropping
    parts = {index: f"{start or ''}:{-end if end else ''}" for index, (start, end) in enumerate(pairs)}
    return _sliced(len(node.shape), parts)


def up_sampling(node: Node) -> Translation:
    """`nn.Upsample`."""
    op: Any = node.op
    if op.interpolation not in ("nearest", "bilinear"):
        raise Untranslated(f"UpSampling2D with `interpolation: {op.interpolation}`")
    mode = None if op.interpolation == "nearest" else '"bilinear"'
    made = f"nn.Upsample({arguments(scale_factor=sizes(op.size), mode=mode)})"
    return Translation("{layer}({0})", (Module(made),))


def up_sampling_sequence(node: Node) -> Translation:
    """Every step of a sequence, several times."""
    op: Any = node.op
    return Translation(f"{{0}}.repeat_interleave({op.size}, 1)")


def channel_shuffle(node: Node) -> Translation:
    """`nn.ChannelShuffle` over an image, and what it does over features that are last."""
    op: Any = node.op
    if op.groups == 1:
        return NOTHING
    if image(node.shape):
        return Translation("{layer}({0})", (Module(f"nn.ChannelShuffle({op.groups})"),))
    return Translation(f"{{0}}.unflatten(-1, ({op.groups}, -1)).transpose(-2, -1).flatten(-2)")
