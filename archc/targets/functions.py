"""What Keras has no layer for, as functions over Keras that a saved model needs nothing else for.

Every operation made here is named after the layer, so that equal networks are equal files.
"""

from __future__ import annotations

import string
from typing import Any

import keras


def named(tensor: Any, name: str) -> Any:
    """The tensor, after giving the operation that made it a name."""
    tensor._keras_history.operation.name = name
    return tensor


def local_response_normalization(
    x: Any, *, size: int = 5, bias: float = 2.0, alpha: float = 1e-4, beta: float = 0.75, name: str
) -> Any:
    """`x / (bias + alpha * sum of squares) ** beta`, the sum over the `size` channels around each."""
    squares = named(keras.ops.square(x), f"{name}_square")
    widths = [(0, 0)] * (len(x.shape) - 1) + [(size // 2, size // 2)]
    padded = named(keras.ops.pad(squares, widths), f"{name}_pad")
    neighbors = [
        named(padded[..., offset : offset + 1 - size or None], f"{name}_neighbor_{offset}") for offset in range(size)
    ]
    total = neighbors[0]
    for offset, neighbor in enumerate(neighbors[1:], start=1):
        total = named(keras.ops.add(total, neighbor), f"{name}_sum_{offset}")
    scaled = named(keras.ops.multiply(total, alpha), f"{name}_scale")
    shifted = named(keras.ops.add(scaled, bias), f"{name}_shift")
    divisor = named(keras.ops.power(shifted, beta), f"{name}_power")
    return named(keras.ops.divide(x, divisor), name)


def channel_shuffle(x: Any, *, groups: int, name: str) -> Any:
    """The channels of `groups` groups, one of each group in turn."""
    channels = x.shape[-1]
    order = [group + place for place in range(channels // groups) for group in range(0, channels, channels // groups)]
    return named(keras.ops.take(x, order, axis=-1), name)


def slice_axis(x: Any, *, axis: int = -1, start: int = 0, stop: int | None = None, name: str) -> Any:
    """The part of an axis from `start` up to, but not including, `stop`."""
    parts = [slice(None)] * len(x.shape)
    parts[axis] = slice(start, stop)
    return named(x[tuple(parts)], name)


def pad_axis(x: Any, *, axis: int = -1, before: int = 0, after: int = 0, name: str) -> Any:
    """Zeros before and after what is there along an axis."""
    widths = [(0, 0)] * len(x.shape)
    widths[axis] = (before, after)
    return named(keras.ops.pad(x, widths), name)


def scale(
    x: Any, *, center: bool = False, initial: float = 1.0, trainable: bool = True, dtype: str | None = None, name: str
) -> Any:
    """A learned factor a channel; with `center` a learned bias too."""
    axes = string.ascii_lowercase[: len(x.shape)]
    return keras.layers.EinsumDense(
        f"{axes},{axes[-1]}->{axes}",
        output_shape=x.shape[1:],
        bias_axes=axes[-1] if center else None,
        kernel_initializer=keras.initializers.Constant(initial),
        trainable=trainable,
        dtype=dtype,
        name=name,
    )(x)


def learned(
    like: Any,
    *,
    shape: tuple[int, ...],
    initializer: Any = "zeros",
    trainable: bool = True,
    dtype: str | None = None,
    name: str,
) -> Any:
    """A learned tensor of this shape, once for each example of the batch that `like` belongs to."""
    column = named(like[(slice(None), *[0] * (len(like.shape) - 1))], f"{name}_batch")
    ones = named(keras.ops.ones_like(column, dtype=keras.config.floatx()), f"{name}_ones")
    axes = string.ascii_lowercase[: len(shape) + 1]
    return keras.layers.EinsumDense(
        f"a,{axes[1:]}->{axes}",
        output_shape=shape,
        kernel_initializer=initializer,
        trainable=trainable,
        dtype=dtype,
        name=name,
    )(ones)
