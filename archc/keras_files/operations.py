"""Operations on tensors as ops: arithmetic, activations, slices, shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from math import isfinite
from typing import Any, NamedTuple

from archc.ir.shape import Shape
from archc.keras_files.calls import Call, Cut, TensorRef, tensors_in
from archc.keras_files.layer_op import NoOp, known_volume, target_shape


class Step(NamedTuple):
    """A layer of archc's: the name of its op, and its arguments."""

    op: str
    arguments: Mapping[str, Any]


class Plan(NamedTuple):
    """What an operation becomes: for each of its outputs, steps one after another from these tensors."""

    inputs: list[TensorRef]
    outputs: list[list[Step]]


class Operation(NamedTuple):
    """An operation of Keras's with what it is called on.

    Attributes:
        args: the arguments of the call without their names.
        named: the arguments by their names, those of the operation itself among them.
        shapes: of the tensors.
    """

    name: str
    args: tuple[Any, ...]
    named: Mapping[str, Any]
    tensors: list[TensorRef]
    shapes: list[Shape]

    def value(self, name: str, position: int, default: Any = None) -> Any:
        """An argument by its name or its position in the call."""
        if self.named.get(name) is not None:
            return self.named[name]
        return self.args[position] if position < len(self.args) and self.args[position] is not None else default

    def only(self) -> Shape:
        """The shape of the one tensor.

        Raises:
            NoOp: there are several, or none.
        """
        if len(self.shapes) != 1:
            raise NoOp(f"it has {len(self.shapes)} tensors")
        return self.shapes[0]


def operation_plan(name: str, config: Mapping[str, Any], call: Call, shapes: list[Shape]) -> Plan:
    """What an operation of Keras 3 becomes.

    Args:
        name: of the class.
        config: its arguments.
        call: what it is called on.
        shapes: of the tensors of the call, in their order.

    Raises:
        NoOp: archc has no op for it.
    """
    own = {key: value for key, value in config.items() if key not in ("name", "dtype", "trainable")}
    operation = Operation(
        name, call.args, {**own, **call.kwargs}, list(tensors_in((call.args, tuple(call.kwargs.values())))), shapes
    )
    if name in _PLANS:
        made = _PLANS[name](operation)
        return made if isinstance(made, Plan) else Plan(operation.tensors, [made])
    raise NoOp("archc has no op for this operation")


# --- arithmetic ---


def _number(value: Any) -> float | None:
    return float(value) if type(value) in (int, float) and isfinite(value) and abs(value) < 1e300 else None


def _arithmetic(operation: Operation) -> list[Step]:
    """Two tensors, or a tensor and a number."""
    name = {"TrueDivide": "Divide"}.get(operation.name, operation.name)
    first = operation.value("x1", 0)
    second = operation.value("x2", 1, operation.named.get("y"))
    both = isinstance(first, TensorRef) and isinstance(second, TensorRef)
    if both and len(operation.tensors) == 2 and name != "Divide":
        return [Step(name, {})]
    number = _number(second if isinstance(first, TensorRef) else first)
    if len(operation.tensors) != 1 or number is None:
        raise NoOp("archc has no op for this operation on these values")
    is_first = isinstance(first, TensorRef)
    if name == "Maximum" and number == 0:
        return [Step("ReLU", {})]
    scaled: dict[str, tuple[float, float] | None] = {
        "Add": (1.0, number),
        "Multiply": (number, 0.0),
        "Subtract": (1.0, -number) if is_first else (-1.0, number),
        "Divide": (1.0 / number, 0.0) if is_first and number else None,
    }
    found = scaled.get(name)
    if found is None:
        raise NoOp("archc has no op for this operation on these values")
    return [Step("Rescaling", {"scale": found[0], "offset": found[1]})]


def _negative(operation: Operation) -> list[Step]:
    operation.only()
    return [Step("Rescaling", {"scale": -1.0})]


def _square(operation: Operation) -> Plan:
    operation.only()
    return Plan(operation.tensors * 2, [[Step("Multiply", {})]])


# --- activations ---

_ACTIVATIONS = {
    "Relu": "relu", "Relu6": "relu6", "Sigmoid": "sigmoid", "Silu": "silu", "Softplus": "softplus", "Tanh": "tanh",
    "HardSigmoid": "hard_sigmoid", "HardSilu": "hard_silu", "HardTanh": "hard_tanh", "Selu": "selu",
    "Exp": "exponential",    "LogSigmoid": "log_sigmoid", "Softsign": "softsign", "TanhShrink": "tanh_shrink",
}  # fmt: skip


def _activation(operation: Operation) -> list[Step]:
    operation.only()
    if len(operation.args) + len([value for value in operation.named.values() if value is not None]) != 1:
        raise NoOp("the activation has arguments")
    return [Step("Activation", {"activation": _ACTIVATIONS[operation.name]})]


def _gelu(operation: Operation) -> list[Step]:
    operation.only()
    if operation.value("approximate", 1, default=False) is not False:
        raise NoOp("archc has no approximate gelu")
    return [Step("Activation", {"activation": "gelu"})]


def _elu(operation: Operation) -> list[Step]:
    operation.only()
    return [Step("ELU", {"alpha": operation.value("alpha", 1, 1.0)})]


def _leaky_relu(operation: Operation) -> list[Step]:
    operation.only()
    return [Step("LeakyReLU", {"negative_slope": operation.value("negative_slope", 1, 0.2)})]


def _softmax(operation: Operation) -> list[Step]:
    axis = operation.value("axis", 1, -1)
    if axis in (-1, len(operation.only())):
        return [Step("Activation", {"activation": "softmax"})]
    return [Step("Softmax", {"axis": axis})]


# --- parts and shapes ---


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


def _slice(operation: Operation) -> list[Step]:
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


def _split(operation: Operation) -> Plan:
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


def _reshape(operation: Operation) -> list[Step]:
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


def _transpose(operation: Operation) -> list[Step]:
    axes = operation.value("axes", 1)
    if not isinstance(axes, list) or axes[:1] != [0] or len(axes) != len(operation.only()) + 1:
        raise NoOp("it moves the batch")
    return [Step("Permute", {"dims": axes[1:]})]


def _expand_dims(operation: Operation) -> list[Step]:
    shape = operation.only()
    axis = operation.value("axis", 1)
    if type(axis) is not int or None in shape:
        raise NoOp("archc has no op for this operation on an open size")
    place = axis - 1 if axis > 0 else len(shape) + 1 + axis
    if axis == 0 or not 0 <= place <= len(shape):
        raise NoOp("it adds an axis before the batch")
    return [Step("Reshape", {"target_shape": [*shape[:place], 1, *shape[place:]]})]


def _squeeze(operation: Operation) -> list[Step]:
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


def _concatenate(operation: Operation) -> list[Step]:
    axis = operation.value("axis", 1, 0)
    rank = len(operation.shapes[0]) if operation.shapes else 0
    return [Step("Concatenate", {"axis": -1 if axis == rank else axis})]


def _pad(operation: Operation) -> list[Step]:
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


def _reduction(operation: Operation) -> list[Step]:
    """The mean or the maximum over all spatial axes."""
    shape = operation.only()
    axes = operation.value("axis", 1)
    axes = [axes] if type(axes) is int else axes
    spatial = list(range(1, len(shape)))
    if not isinstance(axes, list) or not all(type(axis) is int for axis in axes) or not 1 <= len(spatial) <= 3:
        raise NoOp("archc has no op for it over these axes")
    if sorted(axis if axis >= 0 else axis + len(shape) + 1 for axis in axes) != spatial:
        raise NoOp("archc has no op for it over these axes")
    keep = operation.value("keepdims", 2, default=False)
    what = "Average" if operation.name == "Mean" else "Max"
    return [Step(f"Global{what}Pooling{len(spatial)}D", {"keepdims": True} if keep is True else {})]


def _take(operation: Operation) -> list[Step]:
    """The channels of several groups in turn, which is what a shuffle of channels does."""
    shape = operation.only()
    order, axis = operation.value("indices", 1), operation.value("axis", 2)
    channels = shape[-1] if shape else None
    if isinstance(order, list) and channels and len(order) == channels and axis in (-1, len(shape)):
        step = channels if order == list(range(channels)) else order[1]
        groups = channels // step if type(step) is int and step > 0 and channels % step == 0 else 0
        if groups and order == [at + place for place in range(channels // groups) for at in range(0, channels, step)]:
            return [Step("ChannelShuffle", {"groups": groups})]
    raise NoOp("archc has no op for this choice of positions")


def _identity(operation: Operation) -> list[Step]:
    operation.only()
    return [Step("Identity", {})]


_PLANS: Mapping[str, Callable[[Operation], list[Step] | Plan]] = {
    **dict.fromkeys(("Add", "Subtract", "Multiply", "Divide", "TrueDivide", "Maximum", "Minimum"), _arithmetic),
    **dict.fromkeys(_ACTIVATIONS, _activation),
    "Negative": _negative,
    "Square": _square,
    "Gelu": _gelu,
    "Elu": _elu,
    "LeakyRelu": _leaky_relu,
    "Softmax": _softmax,
    "GetItem": _slice,
    "Split": _split,
    "Reshape": _reshape,
    "Transpose": _transpose,
    "ExpandDims": _expand_dims,
    "Squeeze": _squeeze,
    "Concatenate": _concatenate,
    "Pad": _pad,
    "Mean": _reduction,
    "Max": _reduction,
    "Take": _take,
    "StopGradient": _identity,
}

# --- operations of Keras 2 ---

_OF_TENSORFLOW = {
    "__operators__.add": "Add", "math.add": "Add", "add": "Add", "math.subtract": "Subtract", "subtract": "Subtract",
    "math.multiply": "Multiply", "multiply": "Multiply", "math.divide": "Divide", "math.truediv": "Divide",
    "truediv": "Divide", "math.maximum": "Maximum", "maximum": "Maximum", "math.minimum": "Minimum",
    "minimum": "Minimum", "math.negative": "Negative", "math.square": "Square", "nn.relu": "Relu", "nn.relu6": "Relu6",
    "nn.silu": "Silu", "nn.swish": "Silu", "math.sigmoid": "Sigmoid", "nn.sigmoid": "Sigmoid", "math.tanh": "Tanh",
    "nn.tanh": "Tanh", "nn.gelu": "Gelu", "nn.softplus": "Softplus", "math.softplus": "Softplus", "nn.elu": "Elu",
    "nn.selu": "Selu", "nn.leaky_relu": "LeakyRelu", "math.exp": "Exp", "nn.softmax": "Softmax",
    "compat.v1.nn.softmax": "Softmax", "reshape": "Reshape", "concat": "Concatenate", "transpose": "Transpose",
    "compat.v1.transpose": "Transpose", "expand_dims": "ExpandDims", "squeeze": "Squeeze", "split": "Split",
    "math.reduce_mean": "Mean", "math.reduce_max": "Max", "identity": "StopGradient", "stop_gradient": "StopGradient",
    "__operators__.getitem": "GetItem", "compat.v1.pad": "Pad", "pad": "Pad",
}  # fmt: skip
_RENAMED = {
    "slice_spec": "key", "perm": "axes", "paddings": "pad_width", "num_or_size_splits": "indices_or_sections",
    "alpha": "negative_slope", "keep_dims": "keepdims",
}  # fmt: skip


def operation_of_tensorflow(config: Mapping[str, Any], call: Call, class_name: str) -> tuple[str, Call]:
    """The operation of Keras 3 that a function of TensorFlow is, and its call.

    Raises:
        NoOp: archc knows none.
    """
    function = "__operators__.getitem" if class_name == "SlicingOpLambda" else config.get("function")
    name = _OF_TENSORFLOW.get(function) if isinstance(function, str) else None
    if name is None:
        raise NoOp("archc has no op for this function of TensorFlow")
    kwargs = {
        _RENAMED.get(key, key): value for key, value in call.kwargs.items() if key != "name" and value is not None
    }
    if name == "Elu" and "negative_slope" in kwargs:
        kwargs["alpha"] = kwargs.pop("negative_slope")
    if name == "Split" and isinstance(sizes := kwargs.get("indices_or_sections"), list):
        if not all(type(size) is int and size > 0 for size in sizes):
            raise NoOp("archc has no op for this split")
        kwargs["indices_or_sections"] = [sum(sizes[:end]) for end in range(1, len(sizes))]
    return name, Call(call.args, kwargs)
