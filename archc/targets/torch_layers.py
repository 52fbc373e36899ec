"""The table of what the PyTorch target knows: each op with the function that translates it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from archc.ir.graph import Node
from archc.ir.shape import Shape, channels_of, index_of
from archc.targets import torch_activations as activations
from archc.targets import torch_normalization as normalization
from archc.targets import torch_windows as windows
from archc.targets.torch_activations import activated
from archc.targets.torch_layout import (
    NOTHING,
    Module,
    Parameter,
    Translation,
    Untranslated,
    arguments,
    as_wide,
    channels_last,
    dimension,
    image,
    number,
    sizes,
)


def _dense(node: Node) -> Translation:
    """`nn.Linear`; over the channels of an image, the convolution of size 1 that it is."""
    op: Any = node.op
    shape = node.inputs[0].shape
    bias = (Parameter("bias", "bias", (0,), (-1,)),) if op.use_bias else ()
    made = arguments(channels_of(shape), op.units, kernel_size=1 if image(shape) else None)
    made += "" if op.use_bias else ", bias=False"
    kernel = Parameter("weight", "kernel", (1, 0), (op.units, -1, 1, 1) if image(shape) else ())
    module = Module(f"nn.{'Conv2d' if image(shape) else 'Linear'}({made})", (kernel, *bias))
    return Translation(activated("{layer}({0})", op.activation, len(shape)), (module,))


def _embedding(node: Node) -> Translation:
    op: Any = node.op
    if op.mask_zero or image(node.shape):
        raise Untranslated("Embedding with `mask_zero`" if op.mask_zero else "Embedding of two axes")
    module = Module(f"nn.Embedding({op.input_dim}, {op.output_dim})", (Parameter("weight", "embeddings", (0, 1), ()),))
    return Translation("{layer}({0})", (module,))


def _dropout(node: Node) -> Translation:
    op: Any = node.op
    rate, shape = number(op.rate), node.shape
    if op.noise_shape is None:
        return Translation("{layer}({0})", (Module(f"nn.Dropout({rate})"),))
    if op.noise_shape[0] is not None:
        raise Untranslated("Dropout with one mask for the batch")
    whole = sorted(dimension(index, len(shape)) for index, size in enumerate(op.noise_shape[1:]) if size == 1)
    return Translation("{layer}({0})", (Module(f"SharedDropout({arguments(rate, *whole)})"),), ("SharedDropout",))


def _spatial_dropout(node: Node) -> Translation:
    op: Any = node.op
    rate = number(op.rate)
    if image(node.shape):
        return Translation("{layer}({0})", (Module(f"nn.Dropout2d({rate})"),))
    whole = range(1, len(node.shape))
    return Translation("{layer}({0})", (Module(f"SharedDropout({arguments(rate, *whole)})"),), ("SharedDropout",))


def _alpha_dropout(node: Node) -> Translation:
    op: Any = node.op
    if op.noise_shape is not None:
        raise Untranslated("AlphaDropout with `noise_shape`")
    return Translation("{layer}({0})", (Module(f"nn.AlphaDropout({number(op.rate)})"),))


def _gaussian_noise(node: Node) -> Translation:
    op: Any = node.op
    return Translation("{layer}({0})", (Module(f"GaussianNoise({number(op.stddev)})"),), ("GaussianNoise",))


def _gaussian_dropout(node: Node) -> Translation:
    op: Any = node.op
    return Translation("{layer}({0})", (Module(f"GaussianDropout({number(op.rate)})"),), ("GaussianDropout",))


def _flatten(node: Node) -> Translation:
    shape = node.inputs[0].shape
    return NOTHING if len(shape) == 1 else Translation(f"torch.flatten({channels_last('{0}', shape)}, 1)")


def _reshape(node: Node) -> Translation:
    before, after = node.inputs[0].shape, node.shape
    if before == after and None not in after:
        return NOTHING
    if len(after) == 1:
        return _flatten(node)
    if after.count(None) > 1:
        raise Untranslated("Reshape with several unknown sizes")
    target = ["-1" if size is None else str(size) for size in after]
    batch = "{0}.shape[0]" if None in after else "-1"
    reshaped = f"{channels_last('{0}', before)}.reshape({', '.join([batch, *target])})"
    return Translation(f"{reshaped}.permute(0, 3, 1, 2)" if image(after) else reshaped)


def _permute(node: Node) -> Translation:
    op: Any = node.op
    rank = len(node.shape)
    order = {0: 0} | {dimension(index, rank): dimension(axis - 1, rank) for index, axis in enumerate(op.dims)}
    taken = [order[place] for place in range(rank + 1)]
    return NOTHING if taken == sorted(taken) else Translation(f"{{0}}.permute({arguments(*taken)})")


def _repeat_vector(node: Node) -> Translation:
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


def _zero_padding(node: Node) -> Translation:
    op: Any = node.op
    pairs = (op.padding,) if node.op.op_name == "ZeroPadding1D" else op.padding
    return _padded(node, *({index: pair[side] for index, pair in enumerate(pairs)} for side in (0, 1)))


def _pad(node: Node) -> Translation:
    op: Any = node.op
    index = index_of(op.axis, node.shape)
    return _padded(node, {index: op.before}, {index: op.after})


def _sliced(rank: int, parts: Mapping[int, str]) -> Translation:
    """Parts of axes, which are counted from 0 without the batch; `:` for a whole one."""
    by_place = {dimension(index, rank): part for index, part in parts.items() if part != ":"}
    if not by_place:
        return NOTHING
    listed = [by_place.get(place, ":") for place in range(max(by_place) + 1)]
    return Translation(f"{{0}}[{', '.join(listed)}]")


def _slice(node: Node) -> Translation:
    op: Any = node.op
    part = f"{op.start or ''}:{'' if op.stop is None else op.stop}"
    return _sliced(len(node.shape), {index_of(op.axis, node.shape): part})


def _cropping(node: Node) -> Translation:
    op: Any = node.op
    pairs = (op.cropping,) if node.op.op_name == "Cropping1D" else op.cropping
    parts = {index: f"{start or ''}:{-end if end else ''}" for index, (start, end) in enumerate(pairs)}
    return _sliced(len(node.shape), parts)


def _up_sampling(node: Node) -> Translation:
    op: Any = node.op
    if op.interpolation not in ("nearest", "bilinear"):
        raise Untranslated(f"UpSampling2D with `interpolation: {op.interpolation}`")
    mode = None if op.interpolation == "nearest" else '"bilinear"'
    made = f"nn.Upsample({arguments(scale_factor=sizes(op.size), mode=mode)})"
    return Translation("{layer}({0})", (Module(made),))


def _up_sampling_sequence(node: Node) -> Translation:
    op: Any = node.op
    return Translation(f"{{0}}.repeat_interleave({op.size}, 1)")


def _operands(node: Node) -> list[str]:
    rank = len(node.shape)
    return [as_wide(f"{{{place}}}", tensor.shape, rank) for place, tensor in enumerate(node.inputs)]


def _joined(operator: str) -> Callable[[Node], Translation]:
    def translated(node: Node) -> Translation:
        return Translation(operator.join(_operands(node))) if len(node.inputs) > 1 else NOTHING

    return translated


def _average(node: Node) -> Translation:
    operands = _operands(node)
    return Translation(f"({' + '.join(operands)}) / {len(operands)}") if len(operands) > 1 else NOTHING


def _extreme(function: str) -> Callable[[Node], Translation]:
    def translated(node: Node) -> Translation:
        found, *others = _operands(node)
        for other in others:
            found = f"{function}({found}, {other})"
        return Translation(found) if others else NOTHING

    return translated


def _concatenate(node: Node) -> Translation:
    op: Any = node.op
    if len(node.inputs) == 1:
        return NOTHING
    tensors = ", ".join(f"{{{place}}}" for place in range(len(node.inputs)))
    return Translation(f"torch.cat(({tensors}), {dimension(index_of(op.axis, node.shape), len(node.shape))})")


def _channel_shuffle(node: Node) -> Translation:
    op: Any = node.op
    if op.groups == 1:
        return NOTHING
    if image(node.shape):
        return Translation("{layer}({0})", (Module(f"nn.ChannelShuffle({op.groups})"),))
    return Translation(f"{{0}}.unflatten(-1, ({op.groups}, -1)).transpose(-2, -1).flatten(-2)")


def _constant(value: float | tuple[float, ...], shape: Shape) -> str:
    """Numbers that arithmetic with a tensor of this shape takes: one, or one a channel."""
    if not isinstance(value, tuple):
        return number(value)
    listed = f"{{0}}.new_tensor([{', '.join(number(item) for item in value)}])"
    return f"{listed}.view(-1, 1, 1)" if image(shape) else listed


def _rescaling(node: Node) -> Translation:
    op: Any = node.op
    scaled = "" if op.scale == 1 else f" * {_constant(op.scale, node.shape)}"
    moved = "" if op.offset == 0 else f" + {_constant(op.offset, node.shape)}"
    return Translation(f"{{0}}{scaled}{moved}") if scaled or moved else NOTHING


def _identity(_: Node) -> Translation:
    return NOTHING


_Translate = Callable[[Node], Translation]


def _each(translated: _Translate, *names: str) -> dict[str, _Translate]:
    return dict.fromkeys(names, translated)


def _over(axes: str, translated: _Translate, *names: str) -> dict[str, _Translate]:
    return {f"{name}{count}D": translated for name in names for count in axes}


TABLE: Mapping[str, _Translate] = {
    # kernels
    **_over("123", windows.convolution, "Conv"),
    **_over("12", windows.depthwise_convolution, "DepthwiseConv"),
    **_over("12", windows.separable_convolution, "SeparableConv"),
    **{f"Conv{count}DTranspose": windows.transposed_convolution for count in "123"},
    **_each(_dense, "Dense"),
    **_each(_embedding, "Embedding"),
    # pooling
    **_over("123", windows.max_pooling, "MaxPooling"),
    **_over("123", windows.average_pooling, "AveragePooling"),
    **_over("123", windows.global_pooling, "GlobalAveragePooling", "GlobalMaxPooling"),
    **_over("123", windows.adaptive_pooling, "AdaptiveAveragePooling", "AdaptiveMaxPooling"),
    # activations
    **_each(activations.activation, "Activation"),
    **_each(activations.relu, "ReLU"),
    **_each(activations.leaky_relu, "LeakyReLU"),
    **_each(activations.elu, "ELU"),
    **_each(activations.prelu, "PReLU"),
    **_each(activations.softmax, "Softmax"),
    **_each(_identity, "Identity"),
    # normalization
    **_each(normalization.batch_normalization, "BatchNormalization"),
    **_each(normalization.layer_normalization, "LayerNormalization"),
    **_each(normalization.group_normalization, "GroupNormalization"),
    **_each(normalization.rms_normalization, "RMSNormalization"),
    **_each(normalization.unit_normalization, "UnitNormalization"),
    **_each(normalization.local_response_normalization, "LocalResponseNormalization"),
    **_each(normalization.scale, "Scale"),
    **_each(_rescaling, "Rescaling"),
    # what acts in training
    **_each(_dropout, "Dropout"),
    **_over("123", _spatial_dropout, "SpatialDropout"),
    **_each(_alpha_dropout, "AlphaDropout"),
    **_each(_gaussian_noise, "GaussianNoise"),
    **_each(_gaussian_dropout, "GaussianDropout"),
    # merges
    **_each(_joined(" + "), "Add"),
    **_each(_joined(" - "), "Subtract"),
    **_each(_joined(" * "), "Multiply"),
    **_each(_average, "Average"),
    **_each(_extreme("torch.maximum"), "Maximum"),
    **_each(_extreme("torch.minimum"), "Minimum"),
    **_each(_concatenate, "Concatenate"),
    # axes
    **_each(_flatten, "Flatten"),
    **_each(_reshape, "Reshape"),
    **_each(_permute, "Permute"),
    **_each(_repeat_vector, "RepeatVector"),
    **_each(_channel_shuffle, "ChannelShuffle"),
    **_each(_slice, "Slice"),
    **_each(_pad, "Pad"),
    **_over("123", _zero_padding, "ZeroPadding"),
    **_over("123", _cropping, "Cropping"),
    **_each(_up_sampling_sequence, "UpSampling1D"),
    **_each(_up_sampling, "UpSampling2D"),
}


def translated(node: Node) -> Translation:
    """A layer in PyTorch.

    Raises:
        Untranslated: the table does not know the op, or not with these arguments over these shapes.
    """
    translate = TABLE.get(node.op.op_name)
    if translate is None:
        raise Untranslated(node.op.op_name)
    if node.op.dtype is not None:
        raise Untranslated(f"{node.op.op_name} with `dtype`")
    return translate(node)
