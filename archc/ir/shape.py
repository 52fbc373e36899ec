"""Shape arithmetic: what is left of a size when a window slides over it.

A shape has no batch and its channels last. A size of None is known only at run time.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

Size = int | None
Shape = tuple[Size, ...]


class ShapeError(ValueError):
    """Shapes that an op cannot take, with the sizes in the message.

    Attributes:
        arguments: the names of the op's arguments that do not fit these shapes, the one to change first.
    """

    def __init__(self, message: str, *, arguments: tuple[str, ...] = ()) -> None:
        self.arguments = arguments
        super().__init__(message)


class UnknownSizeError(ShapeError):
    """A size that must be a number is known only at run time."""


def printed(shape: Iterable[Size]) -> str:
    """A shape as people write it: `224x224x3`, `?` for what is unknown."""
    return "x".join("?" if size is None else str(size) for size in shape) or "scalar"


def known(size: Size, what: str) -> int:
    """The size as a number.

    Raises:
        UnknownSizeError: it is known only at run time.
    """
    if size is None:
        raise UnknownSizeError(f"{what} must be a number, but is known only at run time")
    return size


def channels_of(shape: Shape) -> int:
    """The number of channels.

    Raises:
        UnknownSizeError: it is known only at run time.
        ShapeError: there is no axis that could hold them.
    """
    if not shape:
        raise ShapeError("a scalar has no channels")
    return known(shape[-1], "the number of channels that reach it")


def index_of(axis: int, shape: Shape, argument: str = "axis") -> int:
    """The place in `shape` of an axis as Keras counts them, where 0 is the batch and -1 the channels.

    Raises:
        ShapeError: there is no such axis.
    """
    index = axis - 1 if axis > 0 else axis + len(shape)
    if axis == 0 or not 0 <= index < len(shape):
        raise ShapeError(f"`{argument}` (={axis}) is none of the {len(shape)} axes of {printed(shape)}")
    return index


def indices_of(axes: int | tuple[int, ...], shape: Shape, argument: str = "axis") -> tuple[int, ...]:
    """The places in `shape` of axes as Keras counts them, in their order.

    Raises:
        ShapeError: there is no such axis, or one comes twice.
    """
    indices = tuple(index_of(axis, shape, argument) for axis in ((axes,) if isinstance(axes, int) else axes))
    if len(set(indices)) < len(indices):
        raise ShapeError(f"`{argument}` (={axes}) names an axis of {printed(shape)} twice")
    return indices


def volume(shape: Iterable[Size]) -> Size:
    """The number of elements; None where a size is unknown."""
    sizes = tuple(shape)
    return None if None in sizes else prod(size for size in sizes if size is not None)


def windowed(size: Size, window: int, stride: int, padding: str, dilation: int, what: str) -> Size:
    """The number of places where a window stands as it slides over `size`.

    Args:
        size: what the window slides over.
        window: its width before dilation.
        stride: from one place to the next.
        padding: `valid`, `same` or `causal`.
        dilation: the distance between two of its taps.
        what: the name of the size, for the message.

    Raises:
        ShapeError: the window is larger than what it slides over.
    """
    if size is None:
        return None
    if padding != "valid":
        return -(-size // stride)
    reach = dilation * (window - 1) + 1
    if reach > size:
        dilated = f" (dilated to {reach})" if dilation > 1 else ""
        raise ShapeError(f"a window of {window}{dilated} does not fit into {what} {size}")
    return (size - reach) // stride + 1


def transposed(size: Size, window: int, stride: int, padding: str, dilation: int, output_padding: int | None) -> Size:
    """The size that a transposed convolution leaves, by Keras's rule (`compute_conv_transpose_output_length`)."""
    if size is None:
        return None
    reach = dilation * (window - 1) + 1
    if output_padding is None:
        return size * stride + max(reach - stride, 0) if padding == "valid" else size * stride
    pad = reach // 2 if padding == "same" else 0
    return (size - 1) * stride + reach - 2 * pad + output_padding


SPATIAL = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


def ranked(shape: Shape, rank: int, op: str) -> Shape:
    """The shape, if it has `rank` axes.

    Raises:
        ShapeError: it has another number of axes.
    """
    if len(shape) != rank:
        axes = (*SPATIAL.get(rank - 1, ()), "channels") if rank > 1 else ("features",)
        raise ShapeError(f"{op} takes {rank} axes ({', '.join(axes)}), but {printed(shape)} reaches it")
    return shape


def broadcast(shapes: Iterable[Shape], op: str) -> Shape:
    """The shape that element-wise arithmetic leaves: aligned at the channels, a size of 1 stretches.

    As in Keras, a size is unknown where one of the two is, even if the other is known.

    Raises:
        ShapeError: two sizes differ and neither is 1.
    """
    result: Shape = ()
    for shape in shapes:
        longer, shorter = (shape, result) if len(shape) > len(result) else (result, shape)
        kept = len(longer) - len(shorter)
        pairs = tuple(zip(longer[kept:], shorter, strict=True))
        if any(None not in pair and 1 not in pair and pair[0] != pair[1] for pair in pairs):
            raise ShapeError(f"{op} cannot join {printed(result)} and {printed(shape)}")
        result = longer[:kept] + tuple(None if a is None or b is None else max(a, b) for a, b in pairs)
    return result
