"""What a box says of an op: `conv 3×3, 64 /2 relu`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from archc.ir.op import Op
from archc.ir.shape import Shape, shape_text
from archc.pictures.palette import family
from archc.report.figures import setting_text

_WORDS: Mapping[str, str] = {
    "AdditiveAttention": "additive attention",
    "Average": "average",
    "AveragePooling": "avg pool",
    "BatchNormalization": "BN",
    "Concatenate": "concat",
    "ContrastLimitedAdaptiveHistogramEqualization": "CLAHE",
    "ConvTranspose": "up-conv",
    "Cropping": "crop",
    "DepthwiseConv": "dw conv",
    "ELU": "elu",
    "GroupNormalization": "GN",
    "GroupQueryAttention": "grouped attention",
    "LayerNormalization": "LN",
    "LocalResponseNormalization": "LRN",
    "MultiHeadAttention": "attention",
    "Normalization": "normalization",
    "RMSNormalization": "RMS norm",
    "ReLU": "relu",
    "SeparableConv": "sep conv",
    "UpSampling": "upsample",
    "ZeroPadding": "pad",
}
"""The names that people use, by the op without the number of its axes."""
_KEPT = frozenset({"AugMix", "AutoContrast", "CutMix", "GRU", "LSTM", "LeakyReLU", "MixUp", "PReLU", "RNN"})
"""The ops that are written as they are."""
_SHORTER = {"average": "avg", "pooling": "pool", "normalization": "norm", "convolution": "conv"}
_AXES = re.compile(r"[123]D")
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WINDOWS = ("kernel_size", "pool_size", "size", "output_size", "block_size")
_WIDTHS = ("filters", "units", "output_dim", "num_bins", "num_tokens")
_SHOWN: Mapping[str, tuple[str, ...]] = {
    "ChannelShuffle": ("groups",),
    "Einsum": ("equation",),
    "EinsumDense": ("equation",),
    "GroupNormalization": ("groups",),
    "Permute": ("dims",),
    "Power": ("exponent",),
    "RepeatVector": ("n",),
}
"""The arguments that say what an op does, beside those that several ops have."""


def shape_words(shape: Shape) -> str:
    """A shape as a picture has it: `224×224×3`, `?` for an unknown size, `scalar` without axes."""
    return shape_text(shape).replace("x", "×")


def op_words(op: Op) -> str:
    """What an op is, and the arguments that people tell of it."""
    inside = getattr(op, "layer", None)
    if isinstance(inside, Op):
        return f"{_around(op)} {op_words(inside)}"
    named = getattr(op, "activation", None)
    if type(op).__name__ == "Activation":
        return _activation(named)
    text = " ".join([op_name(op), *_window(op)])
    text += "".join(f"{',' if text[-1:].isdigit() else ''} {width}" for width in _widths(op))
    text = " ".join([text, *_details(op)])
    groups = getattr(op, "groups", 1)
    return f"{text}, {groups} groups" if groups != 1 and family(op) == "convolution" else text


def op_name(op: Op) -> str:
    """The name of an op alone: `conv`, `global max pool`."""
    name = _AXES.sub("", op.op_name)
    if op.op_name in _KEPT:
        return op.op_name
    if name in _WORDS:
        return _WORDS[name]
    words = [word if word.isupper() else word.lower() for word in _WORD_START.sub(" ", name).split(" ")]
    return " ".join(_SHORTER.get(word, word) for word in words)


def _around(op: Op) -> str:
    """A layer around a layer."""
    return {"TimeDistributed": "each", "SpectralNormalization": "spectral"}.get(op.op_name, op_name(op))


def _window(op: Op) -> Iterator[str]:
    for name in _WINDOWS:
        value = getattr(op, name, None)
        if value is not None:
            yield _sizes(value)
            return


def _widths(op: Op) -> Iterator[str]:
    if (heads := getattr(op, "num_heads", None) or getattr(op, "num_query_heads", None)) is not None:
        yield f"{heads} heads"
    for name in _WIDTHS:
        if (value := getattr(op, name, None)) is not None:
            yield str(value)


def _details(op: Op) -> Iterator[str]:
    """Strides, dilation, what is told of this op alone, the activation."""
    strides = getattr(op, "strides", None)
    if strides is not None and not _is_one(strides):
        yield f"/{_strides(strides)}"
    elif strides is None and getattr(op, "pool_size", None) is not None:
        yield f"/{_strides(op.pool_size)}"  # type: ignore[attr-defined]
    dilation = getattr(op, "dilation_rate", None)
    if dilation is not None and not _is_one(dilation):
        yield f"dilated {_strides(dilation)}"
    if family(op) == "arithmetic" and hasattr(op, "axis"):
        yield f"axis {_value(op.axis)}"
    if family(op) == "regularization" and hasattr(op, "rate"):
        yield _value(op.rate)
    for name in _SHOWN.get(op.op_name, ()):
        yield _value(getattr(op, name))
    if "activation" in type(op).model_fields and family(op) not in ("recurrent", "convolutional_recurrence"):
        named = _activation(getattr(op, "activation", None))
        if named != "linear":
            yield named


def _activation(held: Any) -> str:
    """The name of an activation; of one with arguments its name alone."""
    if held is None:
        return "linear"
    return held if isinstance(held, str) else str(held.function_name())


def _sizes(value: Any) -> str:
    """`3×3`; of one axis `3`."""
    return "×".join(map(_value, value)) if isinstance(value, tuple) else _value(value)


def _strides(value: Any) -> str:
    """One number where it is that of all axes."""
    if isinstance(value, tuple):
        return _value(value[0]) if len(set(value)) == 1 else _sizes(value)
    return _value(value)


def _is_one(value: Any) -> bool:
    return set(value) == {1} if isinstance(value, tuple) else value == 1


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(_value, value))
    return "?" if value is None else setting_text(value)
