"""The table of what the PyTorch target knows: each op with the function that translates it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from archc.ir.graph import Node
from archc.ir.shape import Shape, axis_index, channels_of
from archc.targets.torch import activation_functions as activations
from archc.targets.torch import normalizations as normalization
from archc.targets.torch import reshapes as reshaping
from archc.targets.torch import sliding_windows as windows
from archc.targets.torch.activation_functions import activated
from archc.targets.torch.translation import (
    NOTHING,
    Module,
    Parameter,
    Translation,
    Untranslated,
    arguments,
    as_wide,
    dimension,
    image,
    number,
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
    if op.mask_zero:
        raise Untranslated("Embedding with `mask_zero`")
    if image(node.shape) or image(node.inputs[0].shape):
        raise Untranslated(f"Embedding of {len(node.inputs[0].shape)} axes")
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


def _operands(node: Node) -> list[str]:
    rank = len(node.shape)
    if any(not tensor.shape for tensor in node.inputs) and rank:
        raise Untranslated(f"{node.op.op_name} of a scalar")
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
    return Translation(f"torch.cat(({tensors}), {dimension(axis_index(op.axis, node.shape), len(node.shape))})")


def _constant(value: float | tuple[float, ...], shape: Shape) -> str:
    """Numbers that arithmetic with a tensor of this shape takes: one, or one a channel."""
    if not isinstance(value, tuple):
        return number(value)
    listed = f"{{0}}.new_tensor([{', '.join(number(item) for item in value)}])"
    return f"{listed}.view(-1, 1, 1)" if image(shape) else listed


def _rescaling(node: Node) -> Translation:
    op: Any = node.op
    scaled = "" if op.scale == 1 else f" * {_constant(op.scale, node.shape)}"
    below = not isinstance(op.offset, tuple) and op.offset < 0
    moved = f" - {_constant(-op.offset, node.shape)}" if below else f" + {_constant(op.offset, node.shape)}"
    moved = moved if op.offset != 0 else ""
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
    **_each(reshaping.flatten, "Flatten"),
    **_each(reshaping.reshape, "Reshape"),
    **_each(reshaping.permute, "Permute"),
    **_each(reshaping.repeat_vector, "RepeatVector"),
    **_each(reshaping.channel_shuffle, "ChannelShuffle"),
    **_each(reshaping.slice_axis, "Slice"),
    **_each(reshaping.pad, "Pad"),
    **_over("123", reshaping.zero_padding, "ZeroPadding"),
    **_over("123", reshaping.cropping, "Cropping"),
    **_each(reshaping.up_sampling_sequence, "UpSampling1D"),
    **_each(reshaping.up_sampling, "UpSampling2D"),
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
