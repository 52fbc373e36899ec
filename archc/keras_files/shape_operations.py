"""Operations that take parts of a tensor, or give it another shape."""

from __future__ import annotations

from itertools import pairwise

from archc.keras_files.call_arguments import Cut
from archc.keras_files.op_of_layer import NoOp, known_volume, plain, target_shape
from archc.keras_files.operation_plan import Operation, Plan, Step
from archc.ops.argument_types import table_shape


def _cut_step(axis: int, cut: Cut, size: int | None) -> Step | None:
    """A slice of one axis; None where it takes the whole."""
    start, stop = cut.start or 0, cut.stop
    if cut.step not in (None, 1) or type(start) is not int or not (stop is None or type(stop) is int):
        raise NoOp("archc has no op for a slice with a step")
    if size is not None and stop is not None and stop > size:
        stop = None
    if start == 0 and stop is None:
        return None
    return Step("Slice", {"axis": axis, "start": start, "stop": stop})


def slice_plan(operation: Operation) -> list[Step]:
    """The parts of one axis or of several; an axis that is dropped is one of size 1 that is folded away."""
    shape = operation.only()
    key = operation.value("key", 1)
    parts = list(key) if isinstance(key, list | tuple) and not isinstance(key, Cut) else [key]
    if parts.count(...) > 1 or None in parts:
        raise NoOp("archc has no op for this index")
    if ... in parts:
        place = parts.index(...)
        missing = len(shape) + 2 - len(parts)
        parts[place : place + 1] = [Cut(None, None, None)] * missing
    if len(parts) > len(shape) + 1 or parts[0] != Cut(None, None, None):
        raise NoOp("archc has no op for an index of the batch")
    steps, kept = [], list[int | None]()
    for axis, part in enumerate(parts[1:], start=1):
        size, cut = shape[axis - 1], part
        if type(part) is int:
            cut = Cut(part, part + 1 if part != -1 else None, None)
        if not isinstance(cut, Cut):
            raise NoOp("archc has no op for this index")
        step = _cut_step(-1 if axis == len(shape) else axis, cut, size)
        steps += [step] if step is not None else []
        kept += [] if type(part) is int else [_length(cut, size)]
    kept += shape[len(parts) - 1 :]
    if len(kept) < len(shape):
        if None in kept[1:] or not kept:
            raise NoOp("archc has no op for this index")
        steps.append(Step("Reshape", {"target_shape": [-1 if size is None else size for size in kept]}))
    return steps or [Step("Identity", {})]


def _length(cut: Cut, size: int | None) -> int | None:
    if size is None or not all(value is None or type(value) is int for value in (cut.start, cut.stop)):
        return None
    return len(range(size)[cut.start : cut.stop])


def split_plan(operation: Operation) -> Plan:
    """A slice for each output."""
    shape = operation.only()
    sections = operation.value("indices_or_sections", 1)
    axis = operation.value("axis", 2, 0)
    index = axis - 1 if type(axis) is int and axis > 0 else axis + len(shape) if type(axis) is int and axis else -1
    if not 0 <= index < len(shape) or shape[index] is None:
        raise NoOp("archc has no op for a split of this axis")
    size = shape[index] or 0
    if type(sections) is int and 0 < sections <= size and size % sections == 0:
        ends = [size // sections * number for number in range(sections + 1)]
    elif isinstance(sections, list) and all(type(end) is int and 0 < end < size for end in sections):
        ends = [0, *sections, size]
    else:
        raise NoOp("archc has no op for this split")
    if len(ends) > 1000 or ends != sorted(set(ends)):
        raise NoOp("archc has no op for this split")
    along = -1 if index == len(shape) - 1 else index + 1
    cuts = [
        Step("Slice", {"axis": along, "start": start, "stop": None if end == size else end})
        for start, end in pairwise(ends)
    ]
    return Plan(operation.tensors, [[cut] for cut in cuts])


def reshape_plan(operation: Operation) -> list[Step]:
    """Another shape that keeps the batch."""
    shape = operation.only()
    written = operation.value("newshape", 1, operation.named.get("shape"))
    if not isinstance(written, list):
        raise NoOp("its new shape is computed")
    if written[:1] != [-1] or written.count(-1) > 1:
        return [Step("Reshape", {"target_shape": target_shape(written)})]
    sizes = target_shape(written)
    volume = known_volume(shape)
    if volume is None or volume != known_volume(tuple(sizes)):
        raise NoOp("it gives a shape that changes the batch")
    return [Step("Reshape", {"target_shape": sizes})]


def transpose_plan(operation: Operation) -> list[Step]:
    """The axes in another order, the batch first."""
    axes = operation.value("axes", 1)
    if not isinstance(axes, list) or axes[:1] != [0] or len(axes) != len(operation.only()) + 1:
        raise NoOp("it moves the batch")
    return [Step("Permute", {"dims": axes[1:]})]


def expand_dims_plan(operation: Operation) -> list[Step]:
    """An axis of size 1 more."""
    shape = operation.only()
    axis = operation.value("axis", 1)
    if type(axis) is not int or None in shape:
        raise NoOp("archc has no op for this operation on an open size")
    place = axis - 1 if axis > 0 else len(shape) + 1 + axis
    if axis == 0 or not 0 <= place <= len(shape):
        raise NoOp("it adds an axis before the batch")
    return [Step("Reshape", {"target_shape": [*shape[:place], 1, *shape[place:]]})]


def squeeze_plan(operation: Operation) -> list[Step]:
    """Axes of size 1 less."""
    shape = operation.only()
    axis = operation.value("axis", 1)
    axes = [axis] if type(axis) is int else axis
    if not isinstance(axes, list) or None in shape or not all(type(item) is int and item for item in axes):
        raise NoOp("archc has no op for this operation on these axes")
    dropped = {item - 1 if item > 0 else item + len(shape) for item in axes}
    kept = [size for place, size in enumerate(shape) if place not in dropped]
    if not kept or any(not 0 <= place < len(shape) or shape[place] != 1 for place in dropped):
        raise NoOp("archc has no op for this operation on these axes")
    return [Step("Reshape", {"target_shape": kept})]


def concatenate_plan(operation: Operation) -> list[Step]:
    """The tensors one after another."""
    axis = operation.value("axis", 1, 0)
    rank = len(operation.shapes[0]) if operation.shapes else 0
    return [Step("Concatenate", {"axis": -1 if axis == rank else axis})]


def pad_plan(operation: Operation) -> list[Step]:
    """Zeros before and after, axis by axis."""
    shape = operation.only()
    widths = operation.value("pad_width", 1)
    mode, filling = operation.value("mode", 2, "constant"), operation.value("constant_values", 3, 0)
    if isinstance(widths, list) and len(widths) == 1 and isinstance(widths[0], list):
        widths = widths * (len(shape) + 1)
    is_list = isinstance(widths, list) and len(widths) == len(shape) + 1
    if not is_list or mode != "constant" or filling != 0 or widths[0] != [0, 0]:
        raise NoOp("archc pads with zeros, and not the batch")
    steps = []
    for axis, pair in enumerate(widths[1:], start=1):
        if not isinstance(pair, list) or len(pair) != 2:
            raise NoOp("archc has no op for this padding")
        if pair != [0, 0]:
            along = -1 if axis == len(shape) else axis
            steps.append(Step("Pad", {"axis": along, "before": pair[0], "after": pair[1]}))
    return steps or [Step("Pad", {})]


def reduction_plan(operation: Operation) -> list[Step]:
    """One number in the place of those along some axes, not the batch."""
    rank = len(operation.only())
    axes = operation.value("axis", 1)
    listed = [axes] if type(axes) is int else axes
    if not isinstance(listed, list) or not listed or not all(type(axis) is int for axis in listed):
        raise NoOp("archc has no op for it over these axes")
    if any(axis % (rank + 1) == 0 for axis in listed):
        raise NoOp("it is over the batch")
    keepdims = operation.value("keepdims", 2, default=False) is True
    return [Step(operation.name, {"axis": axes, **({"keepdims": True} if keepdims else {})})]


def full_like_plan(operation: Operation) -> Plan:
    """Given numbers in the shape of a tensor, whose own numbers make no difference."""
    shape, value = operation.only(), plain(operation.value("fill_value", 1))
    if None in shape:
        raise NoOp("archc has no constant of an open size")
    sizes = {} if table_shape(value) == shape else {"shape": list(shape)}
    return Plan([], [[Step("Constant", {"value": value, **sizes})]])


def roll_plan(operation: Operation) -> list[Step]:
    """What is along some axes, moved."""
    operation.only()
    return [Step("Roll", {"shift": operation.value("shift", 1), "axis": operation.value("axis", 2)})]


def block_plan(operation: Operation) -> list[Step]:
    """Squares of positions as channels, or the other way round."""
    operation.only()
    if operation.value("data_format", 2, "channels_last") != "channels_last":
        raise NoOp("its channels are first")
    return [Step(operation.name, {"block_size": operation.value("block_size", 1)})]


def take_plan(operation: Operation) -> list[Step]:
    """What is at some places of an axis; the channels of several groups in turn are a shuffle of channels."""
    shape = operation.only()
    order, axis = operation.value("indices", 1), operation.value("axis", 2)
    channels = shape[-1] if shape else None
    if isinstance(order, list) and channels and len(order) == channels and axis in (-1, len(shape)):
        step = channels if order == list(range(channels)) else order[1]
        groups = channels // step if type(step) is int and step > 0 and channels % step == 0 else 0
        if groups and order == [at + place for place in range(channels // groups) for at in range(0, channels, step)]:
            return [Step("ChannelShuffle", {"groups": groups})]
    if not isinstance(order, list | int) or type(axis) is not int or not axis:
        raise NoOp("archc has no op for this choice of positions")
    return [Step("Take", {"indices": order, "axis": axis})]


def identity_plan(operation: Operation) -> list[Step]:
    """The tensor itself, or in another type of floats, as that of the output."""
    operation.only()
    return [Step("Identity", {})]
