"""The arguments of a weight: initializers, regularizers and constraints, with Keras's names, arguments and defaults."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, create_model
from pydantic_core.core_schema import CoreSchema, no_info_plain_validator_function

from archc.ir.naming import snake_case
from archc.ir.op import Op, Weight
from archc.ir.shape import ShapeError, shape_text
from archc.ops.argument_types import (
    Dimensions,
    NonNegative,
    Number,
    Positive,
    Seed,
    Table,
    read_call,
    table_numbers,
    table_shape,
)


class Configured(BaseModel):
    """An initializer, regularizer or constraint with its arguments.

    Attributes:
        kind: the module of Keras that has the class: `initializers`, `regularizers` or `constraints`.
        configured_name: the name of the Keras class.
        named_alone: whether Keras reads the name without arguments.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    kind: ClassVar[str]
    configured_name: ClassVar[str]
    named_alone: ClassVar[bool]

    def __init_subclass__(cls) -> None:
        cls.configured_name = cls.__name__
        cls.named_alone = cls.__name__ != "Constant"

    @classmethod
    def first_argument(cls) -> str | None:
        """The argument that a bare value stands for."""
        return next(iter(cls.model_fields), None)

    def arguments(self) -> dict[str, Any]:
        """The arguments that differ from Keras's defaults."""
        defaults = {name: field.default for name, field in type(self).model_fields.items()}
        return {name: getattr(self, name) for name in defaults if getattr(self, name) != defaults[name]}

    def keras_arguments(self) -> dict[str, Any]:
        """As `arguments`, with nested numbers as lists, which Keras saves as they are."""
        return {name: _listed(value) for name, value in self.arguments().items()}


def _listed(value: Any) -> Any:
    """Nested numbers as lists; a tuple of axes as it is."""
    is_table = isinstance(value, tuple) and isinstance(value[0], float | tuple)
    return [_listed(item) for item in value] if is_table else value


class Initializer(Configured):
    """The first value of a weight."""

    kind: ClassVar[str] = "initializers"


class Regularizer(Configured):
    """What a weight adds to the loss."""

    kind: ClassVar[str] = "regularizers"


class Constraint(Configured):
    """What a weight is changed to after each update."""

    kind: ClassVar[str] = "constraints"


_SEED: dict[str, Any] = {"seed": (Seed, None)}
_NORMAL: dict[str, Any] = {"mean": (Number, 0.0), "stddev": (Number, 0.05), **_SEED}
_AXIS: dict[str, Any] = {"axis": (Dimensions, 0)}
_VARIANCE_SCALING: dict[str, Any] = {
    "scale": (Positive, 1.0),
    "mode": (Literal["fan_in", "fan_out", "fan_avg"], "fan_in"),
    "distribution": (Literal["truncated_normal", "untruncated_normal", "uniform"], "truncated_normal"),
    **_SEED,
}

# By Keras's names: what each is, and its arguments in Keras's order with their types and defaults.
_INITIALIZERS: dict[str, tuple[str, dict[str, Any]]] = {
    "Zeros": ("All zeros.", {}),
    "Ones": ("All ones.", {}),
    "Identity": ("The identity matrix, times a gain.", {"gain": (Number, 1.0)}),
    "Constant": ("One value, or nested lists of the weight's shape.", {"value": (Table, 0.0)}),
    "RandomNormal": ("A normal distribution.", _NORMAL),
    "RandomUniform": ("A uniform distribution.", {"minval": (Number, -0.05), "maxval": (Number, 0.05), **_SEED}),
    "TruncatedNormal": ("A normal distribution, cut at two standard deviations.", _NORMAL),
    "VarianceScaling": ("A deviation by the number of inputs, outputs or both.", _VARIANCE_SCALING),
    "GlorotNormal": ("Glorot and Bengio 2010, normal.", _SEED),
    "GlorotUniform": ("Glorot and Bengio 2010, uniform.", _SEED),
    "HeNormal": ("He et al. 2015, normal.", _SEED),
    "HeUniform": ("He et al. 2015, uniform.", _SEED),
    "LecunNormal": ("LeCun et al. 1998, normal.", _SEED),
    "LecunUniform": ("LeCun et al. 1998, uniform.", _SEED),
    "Orthogonal": ("An orthogonal matrix.", {"gain": (Number, 1.0), **_SEED}),
}
_REGULARIZERS = {
    "L1": ("The sum of the absolute values.", {"l1": (NonNegative, 0.01)}),
    "L2": ("The sum of the squares.", {"l2": (NonNegative, 0.01)}),
    "L1L2": ("Both sums.", {"l1": (NonNegative, 0.0), "l2": (NonNegative, 0.0)}),
}
_BOUNDS: dict[str, Any] = {"min_value": (Number, 0.0), "max_value": (Number, 1.0), "rate": (Number, 1.0), **_AXIS}
_CONSTRAINTS = {
    "MaxNorm": ("A norm of at most `max_value`.", {"max_value": (Number, 2), **_AXIS}),
    "MinMaxNorm": ("A norm between two bounds.", _BOUNDS),
    "NonNeg": ("No negative value.", {}),
    "UnitNorm": ("A norm of one.", _AXIS),
}
_DESCRIBED: Mapping[type[Configured], Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    Initializer: _INITIALIZERS,
    Regularizer: _REGULARIZERS,
    Constraint: _CONSTRAINTS,
}


@cache
def configured_classes(parent: type[Configured]) -> Mapping[str, type[Configured]]:
    """The initializers, regularizers or constraints by their names."""
    return {
        name: create_model(name, __base__=parent, __doc__=description, **arguments)
        for name, (description, arguments) in _DESCRIBED[parent].items()
    }


class OneOf:
    """A field that holds a subclass of `parent`, written as an op is: a name, or a name with arguments.

    The value is the name in snake_case where there are no arguments, so that defaults are plain text.
    """

    def __init__(self, parent: type[Configured], *, optional: bool = True) -> None:
        self.parent, self.optional = parent, optional

    def load(self) -> Mapping[str, type[Configured]]:
        """The classes by their names."""
        return configured_classes(self.parent)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        classes = self.load()
        written = {
            "type": "object",
            "properties": {name: _arguments_schema(class_) for name, class_ in classes.items()},
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        }
        names = {"enum": [snake_case(name) for name in classes] + list(classes)}
        choices = [names, written, *([{"type": "null"}] if self.optional else [])]
        return {"title": self.parent.__name__.lower(), "anyOf": choices}

    def read(self, value: Any) -> Configured | str | None:
        """The object, or its name in snake_case where all its arguments have their defaults.

        Raises:
            ArgumentError: the value is not the name of a class.
            ValidationError: the class does not take these arguments.
        """
        if value is None and self.optional:
            return None
        if isinstance(value, Configured):
            value = {value.configured_name: value.arguments()}
        classes = self.load()
        named = {**classes, **{snake_case(name): class_ for name, class_ in classes.items()}}
        class_, arguments = read_call(value, named, f"one of Keras's {self.parent.kind}")
        made = class_(**arguments)
        return made if made.arguments() or not made.named_alone else snake_case(made.configured_name)


def _scaling(scale: float, mode: str, distribution: str) -> tuple[str, dict[str, Any]]:
    return "VarianceScaling", {"scale": scale, "mode": mode, "distribution": distribution}


# What stands for a class with another name, by Keras's definitions.
_CANONICAL: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "Zeros": ("Constant", {"value": 0.0}),
    "Ones": ("Constant", {"value": 1.0}),
    "GlorotNormal": _scaling(1.0, "fan_avg", "truncated_normal"),
    "GlorotUniform": _scaling(1.0, "fan_avg", "uniform"),
    "HeNormal": _scaling(2.0, "fan_in", "truncated_normal"),
    "HeUniform": _scaling(2.0, "fan_in", "uniform"),
    "LecunNormal": _scaling(1.0, "fan_in", "truncated_normal"),
    "LecunUniform": _scaling(1.0, "fan_in", "uniform"),
    "L1": ("L1L2", {}),
    "L2": ("L1L2", {}),
}


def canonical_value(value: str | Configured) -> tuple[str, dict[str, Any]]:
    """An initializer, regularizer or constraint in one spelling: its name and all its arguments."""
    if isinstance(value, str):
        classes = [class_ for parent in _DESCRIBED for class_ in configured_classes(parent).values()]
        value = next((class_() for class_ in classes if snake_case(class_.configured_name) == value), value)
    if isinstance(value, str):
        return value, {}
    own = {name: _one_number(getattr(value, name)) for name in type(value).model_fields}
    name, arguments = _CANONICAL.get(value.configured_name, (value.configured_name, {}))
    parent = next(parent for parent in _DESCRIBED if isinstance(value, parent))
    standing = configured_classes(parent)[name]
    defaults = {field: described.default for field, described in standing.model_fields.items()}
    return name, {**defaults, **arguments, **own}


def _one_number(value: Any) -> Any:
    """A number that fills a whole table; any other value as it is."""
    numbers = set(table_numbers(value)) if isinstance(value, tuple) else {0, 1}
    return numbers.pop() if len(numbers) == 1 else value


def is_drawn(initializer: str | Initializer) -> bool:
    """Whether an initializer draws numbers, so that they are others in each new network."""
    return canonical_value(initializer)[0] not in ("Constant", "Identity")


def _arguments_schema(class_: type[Configured]) -> dict[str, Any]:
    """What may stand under a name: arguments by name, the first alone, or nothing."""
    named = class_.model_json_schema()
    first = list(named["properties"].values())[:1] if class_.model_fields else []
    return {"anyOf": [named, *first, {"type": "null"}]}


# Null is no initializer here: Keras would fill a bias as it does a kernel, against what it documents.
InitializerArgument = Annotated[str | Initializer, OneOf(Initializer, optional=False)]
RegularizerArgument = Annotated[str | Regularizer | None, OneOf(Regularizer)]
ConstraintArgument = Annotated[str | Constraint | None, OneOf(Constraint)]

# The numbers of axes that an initializer can fill.
_LEAST_AXES = {"identity": 2, "orthogonal": 2}
_MOST_AXES = {"identity": 2}


def initializer_of(op: Op, weight: str) -> str | Initializer | None:
    """The initializer of a weight, by the name of the weight; None where an op has none for it."""
    kind = "depthwise" if weight == "kernel" and "depthwise_initializer" in type(op).model_fields else weight
    initializer: str | Initializer | None = getattr(op, f"{kind.removesuffix('_kernel')}_initializer", None)
    return getattr(op, f"{kind}_initializer", initializer)


def weight_of(
    op: Op, name: str, shape: tuple[int, ...], initializer: str | Initializer | None = None, *, trainable: bool = True
) -> Weight:
    """A weight of `op`, which is not trainable where the op is not.

    Raises:
        ShapeError: the initializer cannot fill this shape.
    """
    filling = snake_case(initializer.configured_name) if isinstance(initializer, Initializer) else initializer or ""
    if not _LEAST_AXES.get(filling, 0) <= len(shape) <= _MOST_AXES.get(filling, len(shape)):
        raise ShapeError(f"the initializer `{filling}` fills a matrix, but `{name}` is {shape_text(shape)}")
    table = getattr(initializer, "value", None)
    if isinstance(table, tuple) and table_shape(table) != shape:
        given = shape_text(table_shape(table))
        reached = f"the lists of `Constant` have the shape {given}, but `{name}` has {shape_text(shape)}"
        arguments = [field for field in type(op).model_fields if getattr(op, field) is initializer]
        raise ShapeError(reached, arguments=tuple(arguments))
    return Weight(name, shape, trainable and op.trainable)
