"""Arrays made to have another shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

Method = Literal["crop", "pad", "tile", "inflate"]
METHODS: tuple[Method, ...] = ("crop", "pad", "tile", "inflate")


class Repeated(NamedTuple):
    """Channels along an axis of an array, some of them several times.

    Attributes:
        axis: counted from the end: -1, -2.
        indices: which old channel each new one is.
        divided: whether the values are divided by the number of times that the channel is there: those of a kernel,
            along the channels that it sums over.
    """

    axis: int
    indices: tuple[int, ...]
    divided: bool = False


class Fit(NamedTuple):
    """How an array gets another shape.

    Attributes:
        method: `crop`, the leading part; `pad`, the old array as the leading part of a new one; `tile`, channels that
            are repeated; `inflate`, the array repeated along a new first axis, divided by the length of that axis.
        shape: that it gets.
        repeated: the axes of `tile`.
    """

    method: Method
    shape: tuple[int, ...]
    repeated: tuple[Repeated, ...] = ()


def leading(old: Sequence[int], new: Sequence[int], method: Method) -> Fit | None:
    """The fit of `crop`, `pad` or `inflate` for an array; None where the method does not lead to its shape."""
    pairs = list(zip(old, new, strict=False))
    same_rank = len(old) == len(new)
    possible = {
        "crop": same_rank and all(had >= has for had, has in pairs),
        "pad": same_rank and all(had <= has for had, has in pairs),
        "inflate": tuple(new[1:]) == tuple(old),
    }
    return Fit(method, tuple(new)) if possible.get(method) else None


def tiled(old: Sequence[int], new: Sequence[int], repeated: Sequence[Repeated]) -> Fit | None:
    """The fit of `tile` for an array; None where these channels are not those of the two shapes."""
    sizes = list(old)
    for axis, indices, _ in repeated:
        if -axis > len(old) or max(indices, default=0) >= old[axis]:
            return None
        sizes[axis] = len(indices)
    return Fit("tile", tuple(new), tuple(repeated)) if sizes == list(new) else None


def fitted(values: Any, fit: Fit, initial: Any) -> Any:
    """The values in another shape.

    Args:
        values: the old array.
        fit: how.
        initial: for `pad`, an array of the new shape, which stays where the old one does not cover it.
    """
    import numpy as np

    if fit.method == "crop":
        return values[tuple(slice(size) for size in fit.shape)]
    if fit.method == "pad":
        made = np.array(initial)
        made[tuple(slice(size) for size in values.shape)] = values
        return made
    if fit.method == "inflate":
        return np.broadcast_to(values / fit.shape[0], fit.shape)
    for axis, indices, divided in fit.repeated:
        values = np.take(values, indices, axis=axis)
        if divided:
            times = Counter(indices)
            counts = np.array([times[index] for index in indices], values.dtype)
            values = values / counts.reshape(-1, *[1] * (-axis - 1))
    return values
