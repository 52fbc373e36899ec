"""The types of arguments: what a spec may write for each, and its JSON schema."""

from collections.abc import Callable
from math import isfinite
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, PlainValidator, WithJsonSchema

from archc import limits
from archc.ir.op import ArgumentError


def _integer(value: Any, least: int) -> int:
    if type(value) is not int:
        raise ArgumentError("must be a whole number")
    if value < least:
        raise ArgumentError(f"must be at least {least}")
    if value > limits.INTEGER:
        raise ArgumentError("must be below 2^53")
    return value


def read_count(value: Any) -> int:
    """A whole number of at least 1.

    Raises:
        ArgumentError: it is not.
    """
    return _integer(value, 1)


def read_axis(value: Any) -> int:
    """An axis as Keras counts it: the batch is 0, the channels are -1.

    Raises:
        ArgumentError: it is not a whole number, or it is the batch's axis.
    """
    if _integer(value, -limits.INTEGER) == 0:
        raise ArgumentError("must not be 0, the axis of the batch")
    return int(value)


def read_number(value: Any) -> float:
    """A finite number.

    Raises:
        ArgumentError: it is not.
    """
    if type(value) not in (int, float) or not isfinite(value):
        raise ArgumentError("must be a number")
    return float(value)


def _integer_type(least: int) -> Any:
    return PlainValidator(lambda value: _integer(value, least), json_schema_input_type=int)


Count = Annotated[int, _integer_type(1), WithJsonSchema({"type": "integer", "minimum": 1})]
Natural = Annotated[int, _integer_type(0), WithJsonSchema({"type": "integer", "minimum": 0})]
Integer = Annotated[int, _integer_type(-limits.INTEGER), WithJsonSchema({"type": "integer"})]
Number = Annotated[float, Field(allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Seed = Integer | None


def _for_each_axis(length: int, read: Callable[[Any], Any], number: dict[str, Any], item: dict[str, Any]) -> Any:
    """A number for all axes, or a list with an item for each of `length` axes."""

    def read_all(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            return (read(value),) * length
        if len(value) != length:
            raise ArgumentError(f"must be a whole number or a list of {length}")
        return tuple(read(entry) for entry in value)

    schema = {"anyOf": [number, {"type": "array", "items": item, "minItems": length, "maxItems": length}]}
    return PlainValidator(read_all), WithJsonSchema(schema)


def _integers(length: int, least: int) -> Any:
    schema = {"type": "integer", "minimum": least}
    return _for_each_axis(length, lambda value: _integer(value, least), schema, schema)


Single = Annotated[tuple[int], *_integers(1, 1)]
Pair = Annotated[tuple[int, int], *_integers(2, 1)]
Triple = Annotated[tuple[int, int, int], *_integers(3, 1)]
Single0 = Annotated[tuple[int], *_integers(1, 0)]
Pair0 = Annotated[tuple[int, int], *_integers(2, 0)]
Triple0 = Annotated[tuple[int, int, int], *_integers(3, 0)]


def _read_sides(value: Any) -> tuple[int, int]:
    before, after = value if isinstance(value, list | tuple) and len(value) == 2 else (value, value)
    return _integer(before, 0), _integer(after, 0)


def _sides(length: int) -> Any:
    """What is added or cut before and after each axis: a number for all, or for each axis a number or a pair."""
    number = {"type": "integer", "minimum": 0}
    item = {"anyOf": [number, {"type": "array", "items": number, "minItems": 2, "maxItems": 2}]}
    return _for_each_axis(length, _read_sides, number, item)


Sides = tuple[int, int]
PairOfSides = Annotated[tuple[Sides, Sides], *_sides(2)]
TripleOfSides = Annotated[tuple[Sides, Sides, Sides], *_sides(3)]


def _list_of(read_item: Callable[[Any], Any], item: dict[str, Any], *, alone: bool = False) -> Any:
    """A list that is not empty; where `alone`, a single item may stand without its list and stays so."""

    def read(value: Any) -> Any:
        if alone and not isinstance(value, list | tuple):
            return read_item(value)
        if not isinstance(value, list | tuple) or not value:
            raise ArgumentError("must be a list that is not empty")
        return tuple(read_item(entry) for entry in value)

    many = {"type": "array", "items": item, "minItems": 1}
    return PlainValidator(read), WithJsonSchema({"anyOf": [item, many]} if alone else many)


_AXIS_SCHEMA = {"type": "integer", "not": {"const": 0}}
Axis = Annotated[int, PlainValidator(read_axis), WithJsonSchema(_AXIS_SCHEMA)]
Axes = Annotated[int | tuple[int, ...], *_list_of(read_axis, _AXIS_SCHEMA, alone=True)]
Dimensions = Annotated[
    int | tuple[int, ...], *_list_of(lambda value: _integer(value, -limits.INTEGER), {"type": "integer"}, alone=True)
]
Numbers = Annotated[float | tuple[float, ...], *_list_of(read_number, {"type": "number"}, alone=True)]
Counts = Annotated[tuple[int, ...], *_list_of(read_count, {"type": "integer", "minimum": 1})]
OptionalCounts = Annotated[
    tuple[int | None, ...],
    *_list_of(lambda value: None if value is None else read_count(value), {"type": ["integer", "null"], "minimum": 1}),
]

Padding = Literal["valid", "same"]
CausalPadding = Literal["valid", "same", "causal"]

# Without `glu`, which halves an axis, and `threshold`, which needs arguments.
ActivationName = Literal[
    "celu", "elu", "exponential", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh",
    "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu",
    "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus",
    "swish", "tanh", "tanh_shrink",
]  # fmt: skip
_ACTIVATIONS = get_args(ActivationName)


def _read_activation_name(value: Any) -> Any:
    if value not in _ACTIVATIONS:
        word = value if isinstance(value, str) else None
        raise ArgumentError("must be the name of an activation", word=word, choices=_ACTIVATIONS)
    return value


def _read_activation(value: Any) -> Any:
    """None for `linear`, as in Keras."""
    return None if value is None or _read_activation_name(value) == "linear" else value


ActivationArgument = Annotated[
    ActivationName | None,
    PlainValidator(_read_activation),
    WithJsonSchema({"anyOf": [{"enum": list(_ACTIVATIONS)}, {"type": "null"}]}),
]
NamedActivation = Annotated[
    ActivationName, PlainValidator(_read_activation_name), WithJsonSchema({"enum": list(_ACTIVATIONS)})
]
