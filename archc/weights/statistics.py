"""What numbers an array of a file has: counted and averaged, one array in memory at a time."""

from __future__ import annotations

from math import prod, sqrt
from typing import Any, NamedTuple

from archc.weights.saved_layers import SavedArray

_AT_ONCE = 1 << 20  # numbers that are converted at a time
_UNPACKED = 4  # times the file that a compressed array may have; Keras writes arrays uncompressed
_SMALL = 64 << 20  # bytes that any array may have


class Statistics(NamedTuple):
    """The numbers of an array.

    Attributes:
        mean: of the finite numbers; None where there are none, or it is too large.
        deviation: the standard deviation of the finite numbers, divided by their count; None as for `mean`.
        zeros: how many are 0.
        nan: how many are NaN.
        infinite: how many are infinite.
    """

    mean: float | None
    deviation: float | None
    zeros: int
    nan: int
    infinite: int


def statistics(array: SavedArray, file_size: int) -> Statistics | str:
    """The statistics of an array, or why it is not read.

    Args:
        array: in an open file.
        file_size: in bytes, which bounds what a compressed array may have.
    """
    is_float = array.is_float
    if is_float is None:
        return "neither floats nor integers"
    size = prod(array.shape) * array.dataset.dtype.itemsize
    if size > max(_SMALL, _UNPACKED * file_size):
        return f"it declares {size:,} bytes, and the file has {file_size:,}"
    if wrong := array.mismatch(array.shape, is_float):
        return wrong.message
    return _of_numbers(array.read())


def _of_numbers(values: Any) -> Statistics:
    import numpy as np

    count, mean, squares, zeros, nan, infinite = 0, 0.0, 0.0, 0, 0, 0
    flat = values.reshape(-1)
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, flat.size, _AT_ONCE):
            part = flat[start : start + _AT_ONCE].astype(np.float64)
            zeros += int(np.count_nonzero(part == 0))
            nan += int(np.count_nonzero(np.isnan(part)))
            infinite += int(np.count_nonzero(np.isinf(part)))
            part = part[np.isfinite(part)]
            if part.size:
                own = float(part.mean())
                apart, whole = own - mean, count + part.size
                squares += float(((part - own) ** 2).sum()) + apart * apart * count * part.size / whole
                mean += apart * part.size / whole
                count = whole
    known = count > 0 and abs(mean) < np.inf
    deviation = sqrt(squares / count) if known and squares < np.inf else None
    return Statistics(mean if known else None, deviation, zeros, nan, infinite)
