"""The types of the arguments that ops share, and how a spec writes them."""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core.core_schema import CoreSchema, no_info_plain_validator_function

from archc.ir.naming import snake_case

LARGEST = 2**53 - 1  # integers stay exact in every float and in JSON


def _whole(value: Any, least: int) -> int:
    if type(value) is not int:
        raise ValueError("must be a whole number")
    if value < least:
        raise ValueError(f"must be at least {least}")
    if value > LARGEST:
        raise ValueError("must be below 2^53")
    return value


def read_count(value: Any) -> int:
    """A whole number of at least 1.

    Raises:
        ValueError: it is not.
    """
    return _whole(value, 1)


def _whole_number(least: int) -> Any:
    return PlainValidator(lambda value: _whole(value, least), json_schema_input_type=int)


Count = Annotated[int, _whole_number(1), WithJsonSchema({"type": "integer", "minimum": 1})]
Natural = Annotated[int, _whole_number(0), WithJsonSchema({"type": "integer", "minimum": 0})]
Integer = Annotated[int, _whole_number(-LARGEST), WithJsonSchema({"type": "integer"})]
Number = Annotated[float, Field(allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Seed = Integer | None


def _tuple_of(length: int, least: int) -> Any:
    """A whole number for all axes, or one for each of `length` axes."""

    def read(value: Any) -> tuple[int, ...]:
        if isinstance(value, list | tuple):
            if len(value) != length:
                raise ValueError(f"must be a whole number or a list of {length}, but has {len(value)} items")
            return tuple(_whole(item, least) for item in value)
        return (_whole(value, least),) * length

    item = {"type": "integer", "minimum": least}
    schema = {"anyOf": [item, {"type": "array", "items": item, "minItems": length, "maxItems": length}]}
    return PlainValidator(read), WithJsonSchema(schema)


Single = Annotated[tuple[int], *_tuple_of(1, 1)]
Pair = Annotated[tuple[int, int], *_tuple_of(2, 1)]
Triple = Annotated[tuple[int, int, int], *_tuple_of(3, 1)]
Single0 = Annotated[tuple[int], *_tuple_of(1, 0)]
Pair0 = Annotated[tuple[int, int], *_tuple_of(2, 0)]
Triple0 = Annotated[tuple[int, int, int], *_tuple_of(3, 0)]


def _sides_of(length: int) -> Any:
    """What is added or cut before and after each of `length` axes: one number, one an axis, or a pair an axis."""

    def read(value: Any) -> tuple[tuple[int, int], ...]:
        if not isinstance(value, list | tuple):
            return ((_whole(value, 0),) * 2,) * length
        if len(value) != length:
            raise ValueError(f"must be a whole number or a list of {length}, but has {len(value)} items")
        return tuple(_sides(item) for item in value)

    def _sides(value: Any) -> tuple[int, int]:
        before, after = value if isinstance(value, list | tuple) and len(value) == 2 else (value, value)
        return _whole(before, 0), _whole(after, 0)

    number = {"type": "integer", "minimum": 0}
    sides = {"anyOf": [number, {"type": "array", "items": number, "minItems": 2, "maxItems": 2}]}
    schema = {"anyOf": [number, {"type": "array", "items": sides, "minItems": length, "maxItems": length}]}
    return PlainValidator(read), WithJsonSchema(schema)


Sides = tuple[int, int]
PairOfSides = Annotated[tuple[Sides, Sides], *_sides_of(2)]
TripleOfSides = Annotated[tuple[Sides, Sides, Sides], *_sides_of(3)]


def _list_of(read_item: Callable[[Any], Any], item: dict[str, Any], *, alone: bool = False) -> Any:
    """A list that is not empty; where `alone`, a single item may stand without its list and stays so."""

    def read(value: Any) -> Any:
        if alone and not isinstance(value, list | tuple):
            return read_item(value)
        if not isinstance(value, list | tuple) or not value:
            raise ValueError("must be a list that is not empty")
        return tuple(read_item(entry) for entry in value)

    many = {"type": "array", "items": item, "minItems": 1}
    return PlainValidator(read), WithJsonSchema({"anyOf": [item, many]} if alone else many)


def read_axis(value: Any) -> int:
    """An axis as Keras counts them: the batch is 0, the channels are -1.

    Raises:
        ValueError: it is no whole number, or the batch's.
    """
    if _whole(value, -LARGEST) == 0:
        raise ValueError("must not be 0, which is the batch")
    return int(value)


def read_number(value: Any) -> float:
    """A finite number.

    Raises:
        ValueError: it is not.
    """
    if type(value) not in (int, float) or not isfinite(value):
        raise ValueError("must be a number")
    return float(value)


_AXIS_SCHEMA = {"type": "integer", "not": {"const": 0}}
Axis = Annotated[int, PlainValidator(read_axis), WithJsonSchema(_AXIS_SCHEMA)]
Axes = Annotated[int | tuple[int, ...], *_list_of(read_axis, _AXIS_SCHEMA, alone=True)]
Dimensions = Annotated[
    int | tuple[int, ...], *_list_of(lambda value: _whole(value, -LARGEST), {"type": "integer"}, alone=True)
]
Numbers = Annotated[float | tuple[float, ...], *_list_of(read_number, {"type": "number"}, alone=True)]
Counts = Annotated[tuple[int, ...], *_list_of(read_count, {"type": "integer", "minimum": 1})]
OptionalCounts = Annotated[
    tuple[int | None, ...],
    *_list_of(lambda value: None if value is None else read_count(value), {"type": ["integer", "null"], "minimum": 1}),
]

Padding = Literal["valid", "same"]
CausalPadding = Literal["valid", "same", "causal"]

# `glu` halves an axis and `threshold` needs arguments, so neither is an activation in the sense of a layer's argument.
ActivationName = Literal[
    "celu", "elu", "exponential", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh",
    "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu",
    "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus",
    "swish", "tanh", "tanh_shrink",
]  # fmt: skip


def _activation(value: Any) -> Any:
    """`linear` is what Keras makes of no activation; the alternative names are Keras's own."""
    return None if value is None or _named_activation(value) == "linear" else value


def _named_activation(value: Any) -> Any:
    if value not in get_args(ActivationName):
        raise ValueError("must be the name of an activation", value, get_args(ActivationName))
    return value


Activation = Annotated[
    ActivationName | None,
    PlainValidator(_activation),
    WithJsonSchema({"anyOf": [{"enum": list(get_args(ActivationName))}, {"type": "null"}]}),
]


NamedActivation = Annotated[
    ActivationName, PlainValidator(_named_activation), WithJsonSchema({"enum": list(get_args(ActivationName))})
]


class Configured(BaseModel):
    """An initializer, regularizer or constraint with arguments, under Keras's name.

    Attributes:
        kind: the plural, under which Keras keeps them.
    """

    kind: ClassVar[str]

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    named_alone: ClassVar[bool] = True  # whether Keras reads the bare name

    @property
    def configured_name(self) -> str:
        """The name of the Keras class."""
        return type(self).__name__

    def arguments(self) -> dict[str, Any]:
        """The arguments that differ from Keras's defaults."""
        fields = type(self).model_fields
        values = {name: getattr(self, name) for name in fields}
        return {
            name: value for name, value in values.items() if fields[name].is_required() or value != fields[name].default
        }


def _given(class_: type[Configured]) -> dict[str, Any]:
    """What may stand under the name: arguments by name, the first alone, or nothing."""
    named = class_.model_json_schema()
    first = list(named["properties"].values())[:1] if class_.model_fields else []
    return {"anyOf": [named, *first, {"type": "null"}]}


class OneOf:
    """A field that holds one of the classes of `load()`, written as an op is: a name, or a name with arguments.

    The value is the name in snake_case where there are no arguments, so that defaults are plain text.
    """

    def __init__(self, kind: str, load: Callable[[], Mapping[str, type[Configured]]], *, optional: bool = True) -> None:
        self.kind, self.load, self.optional = kind, load, optional

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        classes = self.load()
        written = {
            "type": "object",
            "properties": {name: _given(class_) for name, class_ in classes.items()},
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        }
        names = {"enum": [snake_case(name) for name in classes] + list(classes)}
        choices = [names, written, *([{"type": "null"}] if self.optional else [])]
        return {"title": self.kind, "anyOf": choices}

    def read(self, value: Any) -> Configured | str | None:
        """The object, or its name in snake_case where it has no arguments of its own.

        Raises:
            ValueError: the value names no class, or arguments that it does not take.
        """
        if value is None and self.optional:
            return None
        classes = self.load()
        named = {snake_case(name): name for name in classes}
        head, arguments = value, None
        if isinstance(value, dict):
            if len(value) != 1:
                raise ValueError(f"must name one {self.kind}: `{{Name: {{argument: value}}}}`")
            head, arguments = next(iter(value.items()))
        if isinstance(value, Configured):
            head, arguments = value.configured_name, value.arguments()
        if not isinstance(head, str) or named.get(head, head) not in classes:
            raise ValueError(f"must be the name of a {self.kind}", head, (*classes, *named))
        class_ = classes[named.get(head, head)]
        if arguments is not None and not isinstance(arguments, dict):
            if not class_.model_fields:
                raise ValueError(f"{class_.__name__} takes no arguments")
            arguments = {next(iter(class_.model_fields)): arguments}
        try:
            made = class_(**(arguments or {}))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise ValueError(f"{class_.__name__}: {where}: {first['msg']}") from None
        return made if made.arguments() or not made.named_alone else snake_case(class_.__name__)
