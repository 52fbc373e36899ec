"""The types of arguments: what a spec may write for each, and its JSON schema."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isfinite
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core.core_schema import CoreSchema, no_info_plain_validator_function

from archc import limits
from archc.ir.op import ArgumentError


class ArgumentType:
    """The type of an argument, for `Annotated`: the reader of what a spec writes, and the JSON schema of it."""

    def __init__(self, read: Callable[[Any], Any], schema: dict[str, Any]) -> None:
        self.read, self.schema = read, schema

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return dict(self.schema)


TENSOR: Literal["tensor"] = "tensor"


def _read_tensor(value: Any) -> Any:
    if value not in (TENSOR, None):
        raise ArgumentError("must be a tensor")
    return value


TensorArgument = Annotated[Literal["tensor"] | None, ArgumentType(_read_tensor, {"type": "null"})]
"""An argument that is a tensor, which a step reads with `$`; the op knows only whether it is given."""


def _integer(value: Any, least: int) -> int:
    if type(value) is not int:
        raise ArgumentError("must be a whole number")
    if value < least:
        raise ArgumentError(f"must be at least {least}")
    if value > limits.INTEGER:
        raise ArgumentError("must be below 2^53")
    return value


def _read_axis(value: Any) -> int:
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


def sequence_of(
    item: ArgumentType, *, length: int | None = None, alone: Callable[[Any], Any] | None = None, schema: Any = None
) -> ArgumentType:
    """A list that is not empty.

    Args:
        item: the type of its items.
        length: their number; None for any.
        alone: what an item stands for that is written without a list; None where that is not allowed.
        schema: of an item without a list, where it is another than that of `item`.
    """

    def read(value: Any) -> Any:
        is_list = isinstance(value, list | tuple)
        if alone is not None and not is_list:
            return alone(item.read(value))
        if not is_list or len(value) != (length or max(len(value), 1)):
            message = f"must be a whole number or a list of {length}" if length else "must be a list that is not empty"
            raise ArgumentError(message)
        return tuple(item.read(entry) for entry in value)

    most = {"maxItems": length} if length else {}
    many = {"type": "array", "items": item.schema, "minItems": length or 1, **most}
    return ArgumentType(read, {"anyOf": [schema or item.schema, many]} if alone else many)


def itself(item: Any) -> Any:
    """An item without a list stays so."""
    return item


def sequence_of_one(item: Any) -> tuple[Any, ...]:
    """An item without a list becomes one."""
    return (item,)


def optional(item: ArgumentType) -> ArgumentType:
    """An item, whose schema is of one type, or null."""
    schema = {**item.schema, "type": [item.schema["type"], "null"]}
    return ArgumentType(lambda value: None if value is None else item.read(value), schema)


def _at_least(least: int) -> ArgumentType:
    return ArgumentType(lambda value: _integer(value, least), {"type": "integer", "minimum": least})


def _for_each_axis(length: int, item: ArgumentType, schema: Any = None) -> ArgumentType:
    """An item for all axes, or a list with an item for each of `length` axes."""
    return sequence_of(item, length=length, alone=lambda value: (value,) * length, schema=schema)


COUNT, NATURAL = _at_least(1), _at_least(0)
AXIS = ArgumentType(_read_axis, {"type": "integer", "not": {"const": 0}})
COUNT_OR_MINUS_ONE = ArgumentType(
    lambda value: -1 if type(value) is int and value == -1 else COUNT.read(value),
    {"type": "integer", "minimum": -1, "not": {"const": 0}},
)
INTEGER = ArgumentType(lambda value: _integer(value, -limits.INTEGER), {"type": "integer"})
_SIDES = _for_each_axis(2, NATURAL)  # what is added or cut before and after an axis

Count = Annotated[int, COUNT]
CountAboveOne = Annotated[int, _at_least(2)]
Natural = Annotated[int, NATURAL]
Integer = Annotated[int, INTEGER]
Number = Annotated[float, Field(allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Seed = Integer | None

Single = Annotated[tuple[int], _for_each_axis(1, COUNT)]
Pair = Annotated[tuple[int, int], _for_each_axis(2, COUNT)]
Triple = Annotated[tuple[int, int, int], _for_each_axis(3, COUNT)]
Single0 = Annotated[tuple[int], _for_each_axis(1, NATURAL)]
Pair0 = Annotated[tuple[int, int], _for_each_axis(2, NATURAL)]
Triple0 = Annotated[tuple[int, int, int], _for_each_axis(3, NATURAL)]
Sides = tuple[int, int]
PairOfSides = Annotated[tuple[Sides, Sides], _for_each_axis(2, _SIDES, NATURAL.schema)]
TripleOfSides = Annotated[tuple[Sides, Sides, Sides], _for_each_axis(3, _SIDES, NATURAL.schema)]


def _read_places(value: Any, levels: int = 2) -> Any:
    if isinstance(value, list | tuple):
        if not value or not levels:
            raise ArgumentError("must be a whole number, a list of them, or a list of such lists, none empty")
        return tuple(_read_places(item, levels - 1) for item in value)
    return NATURAL.read(value)


_PLACES = {"type": "array", "items": {"anyOf": [NATURAL.schema, {"type": "array", "items": NATURAL.schema}]}}
Places = Annotated[int | tuple[Any, ...], ArgumentType(_read_places, {"anyOf": [NATURAL.schema, _PLACES]})]
"""A place along an axis, counted from 0, or lists of places, nested as what is taken."""

Axis = Annotated[int, AXIS]
Axes = Annotated[int | tuple[int, ...], sequence_of(AXIS, alone=itself)]
Dimensions = Annotated[int | tuple[int, ...], sequence_of(INTEGER, alone=itself)]
Numbers = Annotated[float | tuple[float, ...], sequence_of(ArgumentType(read_number, {"type": "number"}), alone=itself)]


def _read_table(value: Any) -> Any:
    if type(value) in (int, float) and isfinite(value):
        return float(value)
    rows = tuple(map(_read_table, value)) if isinstance(value, list | tuple) else ()
    if not rows or len({table_shape(row) for row in rows}) > 1:
        raise ArgumentError("must be a number, or lists of numbers in which all lists of one depth are equally long")
    return rows


def table_shape(table: float | Sequence[Any]) -> tuple[int, ...]:
    """The lengths of nested lists of numbers, the outermost first; of a number none."""
    return (len(table), *table_shape(table[0])) if isinstance(table, list | tuple) and table else ()


def table_numbers(table: float | tuple[Any, ...]) -> Iterator[float]:
    """The numbers in nested lists, in order."""
    if isinstance(table, tuple):
        for row in table:
            yield from table_numbers(row)
    else:
        yield table


_TABLE = {"anyOf": [{"type": "number"}, {"type": "array", "minItems": 1}]}
Table = Annotated[float | tuple[Any, ...], ArgumentType(_read_table, _TABLE)]
"""A number, or nested lists of numbers that have the lengths of a tensor's axes."""

Counts = Annotated[tuple[int, ...], sequence_of(COUNT)]
OptionalCounts = Annotated[tuple[int | None, ...], sequence_of(optional(COUNT))]

Padding = Literal["valid", "same"]
CausalPadding = Literal["valid", "same", "causal"]

_Class = TypeVar("_Class", bound=type[Any])


def read_call(value: Any, classes: Mapping[str, _Class], what: str) -> tuple[_Class, dict[str, Any]]:
    """A class and its arguments, written as in a step: a name, or a mapping of a name to the arguments.

    Raises:
        ArgumentError: the value is not `what`, or has no argument that a bare value can stand for.
    """
    head, arguments = value, None
    if isinstance(value, dict):
        if len(value) != 1:
            raise ArgumentError("must have one key, the name: `{Name: {argument: value}}`")
        head, arguments = next(iter(value.items()))
    if not isinstance(head, str) or head not in classes:
        word = head if isinstance(head, str) else None
        raise ArgumentError(f"must be {what}", word=word, choices=tuple(classes))
    class_ = classes[head]
    if arguments is None or isinstance(arguments, dict):
        return class_, arguments or {}
    if (first := class_.first_argument()) is None:
        raise ArgumentError(f"must be `{head}` alone, or have its arguments by name")
    return class_, {first: arguments}
