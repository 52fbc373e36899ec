"""What a layer would leave that cannot be made: the sizes on which every reading of it agrees.

A fault must not hide those that come after it, nor be followed by what is only its consequence. So a layer that failed
is tried again with what is wrong left open, in several ways; sizes that all of them leave are taken for sure, the
others are unknown. Nothing here is ever part of a graph that a user gets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from archc.ir.graph import Input, Tensor
from archc.ir.op import Op
from archc.ir.shape import Shape, ShapeError, UnknownSizeError
from archc.language.value import Value

_SIZES = (
    2**10 * 9 * 5 * 7 * 11 * 13,
    2**11 * 9 * 5 * 7 * 11 * 13,
)  # stand for an unknown size: most groups divide them
_VALUES: tuple[Value, ...] = (1, 2, 3, "same")  # stand for an argument that is missing or wrong
_RANKS = (1, 2, 3, 4)


def stand_in(shape: Shape) -> Input:
    """A tensor in place of one that a fault prevented."""
    return Input("?", shape)


def completed(tensor: Tensor | None, documented: Value) -> Tensor | None:
    """The tensor with its unknown sizes taken from what is documented; None where neither says anything."""
    listed = isinstance(documented, list | tuple) and all(size is None or type(size) is int for size in documented)
    if not listed or (tensor is not None and (None not in tensor.shape or len(tensor.shape) != len(documented))):
        return tensor
    computed = tensor.shape if tensor is not None else (None,) * len(documented)
    return stand_in(tuple(said if size is None else size for size, said in zip(computed, documented, strict=True)))


def likely_shape(
    class_: type[Op], arguments: Mapping[str, Any], wrong: set[str], reached: tuple[Shape | None, ...]
) -> Shape | None:
    """The shape that a layer leaves, as far as it does not hang on what is wrong.

    Args:
        class_: the op.
        arguments: those that are not wrong.
        wrong: the names of those that are missing or wrong.
        reached: the shapes that reach it; None where nothing is known of one.
    """
    ops = list(_readings(class_, arguments, wrong))
    found = [shape for op in ops for shape in _shapes(op, reached)]
    return _agreed(found) if found else _by_channels(arguments, reached)


def _readings(class_: type[Op], arguments: Mapping[str, Any], wrong: set[str]) -> Iterator[Op]:
    """The op with other values for what is wrong; the op itself where nothing is."""
    settings: list[dict[str, Any]] = [{}]
    if wrong:
        settings += [dict.fromkeys(wrong, value) for value in _VALUES]
    for setting in settings:
        try:
            yield class_(**{**arguments, **setting})
        except (ValidationError, TypeError):
            continue


def _shapes(op: Op, reached: tuple[Shape | None, ...]) -> Iterator[Shape]:
    """What the op leaves, by what may reach it."""
    for shapes in _completed(op, reached):
        for less in (shapes, _like_first(op, shapes), _channels_alone(shapes), _unknown(shapes)):
            found = _inferred(op, less)
            if found is not None:
                yield found
                break


def _completed(op: Op, reached: tuple[Shape | None, ...]) -> Iterator[tuple[Shape, ...]]:
    """The shapes that reach the op, with those filled in of which nothing is known."""
    known = [shape for shape in reached if shape is not None]
    if len(known) == len(reached):
        yield tuple(known)
    elif known:
        like = list(known[0])
        axis = getattr(op, "axis", None)
        if isinstance(axis, int) and -len(like) <= axis < 0:
            like[axis] = None
        yield tuple(tuple(like) if shape is None else shape for shape in reached)
    else:
        for rank in _RANKS:
            yield ((None,) * rank,) * len(reached)


def _like_first(op: Op, shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """The shapes that a merge takes as if all were like the first, but for the axis that they are joined along."""
    first = shapes[0] if shapes else ()
    axis = getattr(op, "axis", None)
    if not isinstance(axis, int) or not -len(first) <= axis < 0:
        return (first,) * len(shapes)
    along = axis % len(first)
    sizes = [shape[along] if len(shape) == len(first) else None for shape in shapes]
    return tuple((*first[:along], size, *first[along + 1 :]) for size in sizes)


def _channels_alone(shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
    return tuple((*(None for _ in shape[:-1]), *shape[-1:]) for shape in shapes)


def _unknown(shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
    return tuple((None,) * len(shape) for shape in shapes)


def certain_fault(op: Op, shapes: tuple[Shape, ...]) -> ShapeError | None:
    """What is wrong whatever the unknown sizes are."""
    messages = []
    for trial in _filled(shapes):
        try:
            op.infer(*trial)
        except ShapeError as error:
            messages.append(str(error))
    return ShapeError(messages[0]) if len(messages) == len(_SIZES) and len(set(messages)) == 1 else None


def _filled(shapes: tuple[Shape, ...]) -> list[tuple[Shape, ...]]:
    """The shapes with numbers for the unknown sizes, in two ways."""
    return [tuple(tuple(size or instead for size in shape) for shape in shapes) for instead in _SIZES]


def _inferred(op: Op, shapes: tuple[Shape, ...]) -> Shape | None:
    try:
        return op.infer(*shapes)
    except UnknownSizeError:
        filled = _filled(shapes)
    except (ShapeError, TypeError):
        return None
    try:
        return _agreed([op.infer(*trial) for trial in filled])
    except ShapeError:
        return None


def _agreed(shapes: Iterable[Shape]) -> Shape | None:
    """The sizes that all have; None where they have different numbers of axes."""
    listed = list(shapes)
    if len({len(shape) for shape in listed}) != 1:
        return None
    return tuple(sizes[0] if len(set(sizes)) == 1 else None for sizes in zip(*listed, strict=True))


def _by_channels(arguments: Mapping[str, Any], reached: tuple[Shape | None, ...]) -> Shape | None:
    """The channels that the arguments name, and nothing of the other axes."""
    channels = next((arguments[name] for name in ("filters", "units") if type(arguments.get(name)) is int), None)
    if channels is None or not reached or not reached[0]:
        return None
    return *(None for _ in reached[0][:-1]), channels
