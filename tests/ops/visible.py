"""What the output positions of an op see of its input, found by changing the input in Keras, and held to `windows`.

All numbers at one index of a spatial axis are replaced, by NaN and by other numbers; the output positions where that
makes a difference see that index. NaN shows it where a change is normalized away, a number where NaN is compared.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from archc.ir.op import Op, Window
from archc.ir.shape import Shape
from tests.ops.oracle import NO_KERNEL, as_list, built, called, input_type

# Where NaN passes through a weight of 0.
WITHOUT_NAN = {
    "ContrastLimitedAdaptiveHistogramEqualization": "a value is an index of a histogram",
    "GroupQueryAttention": "masked positions have the weight 0",
    "MultiHeadAttention": "masked positions have the weight 0",
    "ReversibleEmbedding": "whole numbers have no NaN",
    "Resizing": "a kernel may be 0 at its ends",
    "UpSampling2D": "a kernel may be 0 at its ends",
}

# Where a window may be larger than what is seen.
COARSE = {
    "GroupNormalization": "groups along a spatial axis are not windows",
    "Resizing with antialias": "at some strides no output position has as many input positions as its kernel is wide",
    "Reshape": "an index of the output is made of several of the input",
    "Matmul": "the rows of the first tensor are not those of the second",
    "Roll": "what leaves at one end comes in at the other",
    "Take": "places are taken in any order",
    **dict.fromkeys(("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"), "what is seen of an image grows with each step"),
    "Dot": "the axes of the second tensor follow those of the first",
}

TOO_LARGE = "too large"
NOTHING = (0, -1)
Array = Any  # of NumPy


class Seen(NamedTuple):
    """What output positions see along one spatial axis of an input.

    Attributes:
        rows: for each output index along that axis, which input indices are seen; a single row where the output has no
            such axis.
        regular: whether that follows from the index along that axis alone, where anything is seen.
    """

    rows: Array
    regular: bool


def extent(row: Array) -> tuple[int, int]:
    """The first and the last index that is seen; the last is before the first where none is."""
    found = np.flatnonzero(row)
    return (int(found[0]), int(found[-1])) if len(found) else NOTHING


def seen(op: type[Op], arguments: Mapping[str, Any], inputs: tuple[Shape, ...]) -> dict[tuple[int, int], Seen]:
    """What output positions see along each spatial axis, by the number of the input and of the axis."""
    random = np.random.default_rng(7)
    layer, _ = built(op, arguments, inputs)
    for weight in layer.weights:
        if "seed" not in weight.path:
            weight.assign(random.uniform(0.05, 0.1, weight.shape))
    entered = input_type(op, arguments)
    whole = entered in ("int32", "string")
    sizes = [[size or 0 for size in shape] for shape in inputs]
    plain = [np.zeros(shape) if whole else random.normal(size=shape) for shape in sizes]

    def call(batches: list[Array]) -> Any:
        tensors = [tf.constant(batch.astype("int32" if whole else entered)) for batch in batches]
        tensors = [tf.as_string(tensor) for tensor in tensors] if entered == "string" else tensors
        output = as_list(called(layer, op, tensors, arguments, inference=True))[0]
        return tf.strings.to_hash_bucket_fast(output, 2**30) if output.dtype == tf.string else output

    found = {}
    taken, _ = op(**arguments).split_inputs(inputs)  # a mask only leaves out what is seen
    for number, shape in enumerate(taken):
        for axis in range(len(shape) - 1):
            changes = _changes(call, plain, number, axis, lambda x: x + 1 if whole else random.uniform(40, 60, x.shape))
            if not whole and op.__name__ not in WITHOUT_NAN:
                changes |= _changes(call, plain, number, axis, lambda x: x * np.nan)
            found[number, axis] = _by_output(changes, axis)
    return found


def _changes(
    call: Callable[[list[Array]], Any], plain: list[Array], number: int, axis: int, change: Callable[[Array], Array]
) -> Array:
    """At which output positions a change makes a difference; the first axis is the index that is changed."""
    size = plain[number].shape[axis]
    batches = [np.repeat(x[None], size + 1, axis=0) for x in plain]
    for index in range(size):
        changed = np.moveaxis(batches[number][index + 1], axis, 0)
        changed[index] = change(changed[index])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            output = call(batches)
        except tf.errors.OpError as error:
            if not re.search(NO_KERNEL, str(error)):
                raise
            output = tf.function(lambda: call(batches), jit_compile=True)()
        outputs = np.asarray(tf.cast(output, tf.float64))
        differences = np.abs(outputs[1:] - outputs[:1])
        least = 1e-4 * np.nanmax(np.abs(outputs[0]))
    return (~(differences <= least) & np.isfinite(outputs[:1])).any(axis=-1)


def _by_output(changes: Array, axis: int) -> Seen:
    """What each output index along `axis` sees."""
    if changes.ndim <= axis + 1:  # no such axis in the output
        rows = changes.reshape(len(changes), -1).T[None]
    else:
        rows = np.moveaxis(changes, [axis + 1, 0], [0, -1])
        rows = rows.reshape(len(rows), -1, rows.shape[-1])
    together = rows.any(axis=1)
    return Seen(together, bool(((rows == together[:, None]) | ~rows.any(axis=-1, keepdims=True)).all()))


def judged(window: Window, found: Seen) -> str | None:
    """What is wrong with a window; None where nothing is, or where the axis is too short to show it."""
    size, extents = found.rows.shape[1], [extent(row) for row in found.rows]
    widest = max(last - first + 1 for first, last in extents)
    shown = f"{window} does not fit {extents} of {size}"
    if widest == 0:
        return None
    if window.reach is None:
        return f"{TOO_LARGE}: {shown}" if widest < size and found.regular else None
    if not found.regular:
        return f"what is seen depends on the index along other axes: {shown}"
    if size <= window.reach:
        return None
    if window.stride == int(window.stride):
        fits = _explains(window, extents, size)
    else:
        fits = widest == window.reach and _steps(window.stride, extents, size)
    if fits:
        return None
    return f"{TOO_LARGE if widest < window.reach else 'too small or elsewhere'}: {shown}"


def _explains(window: Window, extents: list[tuple[int, int]], size: int) -> bool:
    """Whether windows of this reach and stride, from some start on, see just that.

    Windows are cut at the ends of the axis; the first tap of a dilated window may then lie further inside.
    """
    assert window.reach is not None
    reach, stride = window.reach, int(window.stride)
    widest = max(range(len(extents)), key=lambda index: extents[index][1] - extents[index][0])
    last = extents[widest][0] - widest * stride
    for start in range(last - reach, last + 1):
        same = inside = True
        whole = False
        for first, found in zip(range(start, start + len(extents) * stride, stride), extents, strict=True):
            low, high = max(first, 0), min(first + reach, size) - 1
            equal = found == ((low, high) if low <= high else NOTHING)
            uncut = high - low + 1 == reach
            whole |= uncut
            same &= equal
            inside &= equal if uncut else found == NOTHING or low <= found[0] <= found[1] <= high
        if same or (inside and whole):
            return True
    return False


def _steps(stride: float, extents: list[tuple[int, int]], size: int) -> bool:
    """Whether windows that no end of the axis cuts are `stride` apart, up to rounding."""
    widest = max(last - first for first, last in extents)
    whole = [index for index, (first, last) in enumerate(extents) if last - first == widest]
    inner = [
        index
        for index, (first, last) in enumerate(extents)
        if last - first >= widest - 1 and 0 < first <= last < size - 1
    ]
    for side in (0, 1):
        drift = [extents[index][side] - stride * index for index in (whole if len(whole) > 1 else inner or whole)]
        if max(drift) - min(drift) >= 1:
            return False
    return True


def difference(op: type[Op], arguments: Mapping[str, Any], inputs: tuple[Shape, ...]) -> str | None:
    """How `windows` of an op differs from what its output positions see in Keras; None where it does not.

    The windows hold for all inputs, so none may be too small, and one must not be too large.
    """
    made = op(**arguments)
    try:
        windows = made.windows(inputs, made.infer(*inputs))
    except TypeError as error:
        return str(error)
    taken, _ = made.split_inputs(inputs)
    rank = max([1, *map(len, taken)]) - 1
    if len(windows) != rank:
        return f"{op.__name__} has {len(windows)} windows for {rank} spatial axes"
    found = seen(op, arguments, inputs)
    name = op.__name__ + " with antialias" * bool(arguments.get("antialias"))
    for axis, window in enumerate(windows):
        full = [number for number, shape in enumerate(taken) if len(shape) == rank + 1 and shape[axis] != 1]
        faults = [judged(window, found[number, axis]) for number in full]
        fine = None in faults or name in COARSE
        wrong = [fault for fault in faults if fault and not (fault.startswith(TOO_LARGE) and fine)]
        if wrong:
            return f"{op.__name__} {dict(arguments)} over {inputs}: axis {axis} is {wrong[0]}"
    return None
