"""Shapes and their arithmetic.

A shape has no batch and its channels last. A size of None is known only at run time.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

Size = int | None
Shape = tuple[Size, ...]

SPATIAL = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


class ShapeError(ValueError):
    """Shapes that an op cannot take, with the sizes in the message.

    The message does not begin with the op's name, which the caller knows.

    Attributes:
        arguments: the names of the op's arguments that do not fit these shapes, the one to change first.
    """

    def __init__(self, message: str, *, arguments: tuple[str, ...] = ()) -> None:
        self.arguments = arguments
        super().__init__(message)


class UnknownSizeError(ShapeError):
    """A size that must be a number is known only at run time."""


class UnknownShape(tuple[Size, ...]):
    """The shape of a tensor of which not even the number of axes is known. No layer takes such a tensor."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UnknownShape)

    def __ne__(self, other: object) -> bool:
        return not isinstance(other, UnknownShape)

    def __hash__(self) -> int:
        return hash(UnknownShape)


UNKNOWN_SHAPE: Shape = UnknownShape()


def json_shape(shape: Shape) -> list[Size] | None:
    """The sizes for programs; None for an unknown shape."""
    return None if shape == UNKNOWN_SHAPE else list(shape)


def shape_text(shape: Iterable[Size]) -> str:
    """A shape as people write it: `224x224x3`, `?` for an unknown size, `unknown` for an unknown shape."""
    if shape == UNKNOWN_SHAPE:
        return "unknown"
    return "x".join("?" if size is None else str(size) for size in shape) or "scalar"


def known_size(size: Size, what: str, *, arguments: tuple[str, ...] = ()) -> int:
    """The size as a number; an error describes it by `what` and is about these arguments of the op.

    Raises:
        UnknownSizeError: it is known only at run time.
    """
    if size is None:
        raise UnknownSizeError(f"{what} must be a number, but is known only at run time", arguments=arguments)
    return size


def channels_of(shape: Shape) -> int:
    """The number of channels.

    Raises:
        UnknownSizeError: it is known only at run time.
        ShapeError: the shape has no axes.
    """
    if not shape:
        raise ShapeError("a scalar has no channels")
    return known_size(shape[-1], "the number of input channels")


def axis_index(axis: int, shape: Shape, argument: str = "axis") -> int:
    """The index in `shape` of an axis as Keras counts it, where 0 is the batch and -1 the channels.

    Raises:
        ShapeError: there is no such axis.
    """
    index = axis - 1 if axis > 0 else axis + len(shape)
    if axis == 0 or not 0 <= index < len(shape):
        raise ShapeError(f"`{argument}` (={axis}) is not an axis of {shape_text(shape)}", arguments=(argument,))
    return index


def axis_indices(axes: int | tuple[int, ...], shape: Shape, argument: str = "axis") -> tuple[int, ...]:
    """The indices in `shape` of axes as Keras counts them, in their order.

    Raises:
        ShapeError: there is no such axis, or one is named twice.
    """
    indices = tuple(axis_index(axis, shape, argument) for axis in ((axes,) if isinstance(axes, int) else axes))
    if len(set(indices)) < len(indices):
        raise ShapeError(f"`{argument}` (={axes}) names an axis of {shape_text(shape)} twice", arguments=(argument,))
    return indices


def volume(shape: Iterable[Size]) -> Size:
    """The number of elements; None where a size is unknown."""
    known = [size for size in shape if size is not None]
    return prod(known) if shape != UNKNOWN_SHAPE and len(known) == len(tuple(shape)) else None


def known_sum(numbers: Iterable[int | None]) -> int | None:
    """The sum of sizes or counts; None where one is unknown."""
    total = 0
    for number in numbers:
        if number is None:
            return None
        total += number
    return total


def expect_rank(shape: Shape, rank: int) -> Shape:
    """The shape, if it has `rank` axes.

    Raises:
        ShapeError: it has another number of axes.
    """
    if len(shape) != rank:
        names = (*SPATIAL.get(rank - 1, ()), "channels") if rank > 1 else ("features",)
        axes = "1 axis" if rank == 1 else f"{rank} axes"
        raise ShapeError(f"expected an input with {axes} ({', '.join(names)}), got {shape_text(shape)}")
    return shape


def broadcast(shapes: Iterable[Shape]) -> Shape:
    """The shape of the result of element-wise arithmetic: aligned at the channels, a size of 1 stretches.

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
            raise ShapeError(f"cannot broadcast {shape_text(result)} and {shape_text(shape)} to one shape")
        result = longer[:kept] + tuple(None if a is None or b is None else max(a, b) for a, b in pairs)
    return result
