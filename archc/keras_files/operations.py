"""Operations on tensors as ops: arithmetic, activations, slices, shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from archc.ir.naming import snake_case
from archc.ir.shape import Shape
from archc.keras_files.activations import OPERATIONS
from archc.keras_files.call_arguments import Call, TensorRef, tensors_in
from archc.keras_files.op_of_layer import NoOp
from archc.keras_files.operation_plan import Operation, Plan, Step
from archc.keras_files.shape_operations import (
    block_plan,
    concatenate_plan,
    expand_dims_plan,
    full_like_plan,
    identity_plan,
    pad_plan,
    reduction_plan,
    reshape_plan,
    roll_plan,
    slice_plan,
    split_plan,
    squeeze_plan,
    take_plan,
    transpose_plan,
)
from archc.ops.activation_arguments import ActivationFunction
from archc.ops.configured import configured_classes


def operation_words() -> set[str]:
    """The words that Keras calls operations after, each with a number: `multiply`, `get_item`."""
    return set(map(snake_case, _PLANS))


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
    if both and len(operation.tensors) == 2:
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


def _of_each(operation: Operation) -> list[Step]:
    operation.only()
    return [Step(operation.name, {})]


def _power(operation: Operation) -> list[Step]:
    exponent = _number(operation.value("x2", 1))
    if len(operation.tensors) != 1 or exponent is None:
        raise NoOp("archc has no op for a power of these values")
    return [Step("Power", {"exponent": exponent})]


def _of_tensors(operation: Operation) -> list[Step]:
    equation = operation.named.get("subscripts")
    return [Step(operation.name, {} if equation is None else {"equation": equation})]


# --- activations ---


def _activation(operation: Operation) -> list[Step]:
    operation.only()
    function = OPERATIONS[operation.name]
    fields = [*configured_classes(ActivationFunction)[function].model_fields]
    found = {name: operation.value(name, place) for place, name in enumerate(fields, start=1)}
    given = {name: value for name, value in found.items() if value is not None}
    if len(operation.args) + len([value for value in operation.named.values() if value is not None]) != 1 + len(given):
        raise NoOp("the activation has other arguments")
    return [Step("Activation", {"activation": {function: given} if given else function})]


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


_PLANS: Mapping[str, Callable[[Operation], list[Step] | Plan]] = {
    **dict.fromkeys(("Add", "Subtract", "Multiply", "Divide", "TrueDivide", "Maximum", "Minimum"), _arithmetic),
    **dict.fromkeys(OPERATIONS, _activation),
    "Negative": _negative,
    **dict.fromkeys(("Absolute", "Exp", "Log", "Sqrt", "Square"), _of_each),
    "Power": _power,
    **dict.fromkeys(("Einsum", "Matmul"), _of_tensors),
    "Elu": _elu,
    "LeakyRelu": _leaky_relu,
    "Softmax": _softmax,
    "GetItem": slice_plan,
    "Split": split_plan,
    "FullLike": full_like_plan,
    "Reshape": reshape_plan,
    "Transpose": transpose_plan,
    "ExpandDims": expand_dims_plan,
    "Squeeze": squeeze_plan,
    "Concatenate": concatenate_plan,
    "Pad": pad_plan,
    **dict.fromkeys(("Max", "Mean", "Min", "Sum"), reduction_plan),
    "Take": take_plan,
    "Roll": roll_plan,
    **dict.fromkeys(("DepthToSpace", "SpaceToDepth"), block_plan),
    "StopGradient": identity_plan,
    "Cast": identity_plan,
}
