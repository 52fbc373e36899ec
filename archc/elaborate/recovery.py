"""Estimates the output shape of a layer that failed.

An error must not hide later errors, and must not cause others. So the shape rule of a failed layer is run again with
several values for what is wrong; sizes that all runs give are certain, the others are unknown. No estimate is ever part
of a graph that a user gets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from archc import limits
from archc.ir.graph import Input, Tensor
from archc.ir.op import Op
from archc.ir.shape import Shape, ShapeError, UnknownSizeError
from archc.language.value import Value

_SIZE = 2**10 * 9 * 5 * 7 * 11 * 13
_SIZES = (_SIZE, 2 * _SIZE)  # stand for an unknown size: most groups divide them
_VALUES: tuple[Value, ...] = (1, 2, 3, "same")  # stand for an argument that is missing or wrong
_RANKS = (1, 2, 3, 4)


def stand_in(shape: Shape) -> Input:
    """A tensor in place of the output of a step that failed."""
    return Input("?", shape)


def completed(tensor: Tensor | None, documented: Value) -> Tensor | None:
    """The tensor with its unknown sizes from the documented shape; None where there is neither."""
    listed = isinstance(documented, list | tuple) and all(size is None or type(size) is int for size in documented)
    if not listed or (tensor is not None and (None not in tensor.shape or len(tensor.shape) != len(documented))):
        return tensor
    computed = tensor.shape if tensor is not None else (None,) * len(documented)
    pairs = zip(computed, documented, strict=True)
    return stand_in(tuple(documented if size is None else size for size, documented in pairs))


def estimate_shape(
    class_: type[Op], arguments: Mapping[str, Any], wrong: set[str], inputs: tuple[Shape | None, ...]
) -> Shape | None:
    """The output shape of a layer, as far as it does not depend on what is wrong; None where nothing is known.

    `wrong` are the names of the arguments that are missing or wrong. An input of which nothing is known is None.
    """
    ops = list(_variants(class_, arguments, wrong))
    found = [shape for op in ops for shape in _shapes(op, inputs)]
    if ops and not found:
        return None  # an input has another number of axes than the op takes
    shape = _agreed(found) if found else _by_channels(arguments, inputs)
    if shape is None or len(shape) > limits.AXES:
        return None
    return tuple(None if size is not None and size > limits.INTEGER else size for size in shape)


def _variants(class_: type[Op], arguments: Mapping[str, Any], wrong: set[str]) -> Iterator[Op]:
    """The op with several values for what is wrong; the op itself where nothing is."""
    settings: list[dict[str, Any]] = [{}]
    if wrong:
        settings += [dict.fromkeys(wrong, value) for value in _VALUES]
    for setting in settings:
        try:
            yield class_(**{**arguments, **setting})
        except ValidationError:
            continue


def _shapes(op: Op, inputs: tuple[Shape | None, ...]) -> Iterator[Shape]:
    """The output shapes of the op over what its inputs may be."""
    for shapes in _completed(op, inputs):
        found = next((shape for less in _less_and_less(op, shapes) if (shape := _inferred(op, less)) is not None), None)
        if found is not None:
            yield found


def _less_and_less(op: Op, shapes: tuple[Shape, ...]) -> Iterator[tuple[Shape, ...]]:
    """The input shapes, and then less and less of them."""
    yield shapes
    yield _like_first(op, shapes)
    yield tuple((*(None for _ in shape[:-1]), *shape[-1:]) for shape in shapes)
    yield tuple((None,) * len(shape) for shape in shapes)


def _completed(op: Op, inputs: tuple[Shape | None, ...]) -> Iterator[tuple[Shape, ...]]:
    """The input shapes, with a guess for each of which nothing is known."""
    known = [shape for shape in inputs if shape is not None]
    if len(known) == len(inputs):
        yield tuple(known)
    elif known:
        like = list(known[0])
        axis = getattr(op, "axis", None)
        if isinstance(axis, int) and -len(like) <= axis < 0:
            like[axis] = None
        yield tuple(tuple(like) if shape is None else shape for shape in inputs)
    else:
        for rank in _RANKS:
            yield ((None,) * rank,) * len(inputs)


def _like_first(op: Op, shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """The input shapes of a merge as if all were like the first, except along the axis that it joins."""
    first = shapes[0] if shapes else ()
    axis = getattr(op, "axis", None)
    if not isinstance(axis, int) or not -len(first) <= axis < 0:
        return (first,) * len(shapes)
    along = axis % len(first)
    sizes = [shape[along] if len(shape) == len(first) else None for shape in shapes]
    return tuple((*first[:along], size, *first[along + 1 :]) for size in sizes)


def certain_error(op: Op, shapes: tuple[Shape, ...]) -> ShapeError | None:
    """The error that an op has whatever the unknown sizes are; None where the error depends on them."""
    errors = []
    for trial in _filled(shapes):
        try:
            op.infer(*trial)
            return None
        except ShapeError as error:
            errors.append(error)
    first, second = errors
    return first if (first.args, first.arguments) == (second.args, second.arguments) else None


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
    """The sizes that all shapes have; None where the numbers of axes differ."""
    listed = list(shapes)
    if len({len(shape) for shape in listed}) != 1:
        return None
    return tuple(sizes[0] if len(set(sizes)) == 1 else None for sizes in zip(*listed, strict=True))


def _by_channels(arguments: Mapping[str, Any], inputs: tuple[Shape | None, ...]) -> Shape | None:
    """A shape with the channels that an argument gives; all other sizes are unknown."""
    channels = next((arguments[name] for name in ("filters", "units") if type(arguments.get(name)) is int), None)
    if channels is None or not inputs or not inputs[0]:
        return None
    return *(None for _ in inputs[0][:-1]), channels
