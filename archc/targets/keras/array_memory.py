"""Tensors in the memory of arrays, so that large weights are neither filled nor copied where they are loaded."""

from __future__ import annotations

from functools import cache
from math import prod
from typing import Any

_ALIGNMENT = 64  # bytes; TensorFlow copies what begins at another place


def aligned_zeros(shape: tuple[int, ...], dtype: Any) -> Any:
    """An array whose memory a tensor can take over; that of a large one is first touched where it is written."""
    import numpy as np

    kind = np.dtype(dtype)
    size = prod(shape) * kind.itemsize
    room = np.zeros(size + _ALIGNMENT, np.uint8)
    start = -room.ctypes.data % _ALIGNMENT
    return room[start : start + size].view(kind).reshape(shape)


def tensor_of(array: Any) -> Any:
    """The array as what Keras takes as a value: of TensorFlow a tensor in the same memory, which it may write to."""
    import keras

    if keras.backend.backend() != "tensorflow":
        return array
    from tensorflow.experimental import dlpack

    return dlpack.from_dlpack(array.__dlpack__())


@cache
def unfilled_zeros() -> Any:
    """An initializer of zeros that take no time, as far as weights are of the usual type."""
    from keras import initializers

    class UnfilledZeros(initializers.Zeros):  # type: ignore[misc]
        def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
            return tensor_of(aligned_zeros(shape, dtype)) if dtype == "float32" else super().__call__(shape, dtype)

    return UnfilledZeros()
