"""The arguments of a weight: initializers, regularizers and constraints, with Keras's names, arguments and defaults."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

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
    table_numbers,
    table_shape,
)
from archc.ops.configured import Configured, Described, OneOf, configured_classes

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


class Initializer(Configured):
    """The first value of a weight."""

    kind: ClassVar[str] = "initializers"
    described: ClassVar[Described] = _INITIALIZERS


class Regularizer(Configured):
    """What a weight adds to the loss."""

    kind: ClassVar[str] = "regularizers"
    described: ClassVar[Described] = _REGULARIZERS


class Constraint(Configured):
    """What a weight is changed to after each update."""

    kind: ClassVar[str] = "constraints"
    described: ClassVar[Described] = _CONSTRAINTS


_PARENTS: tuple[type[Configured], ...] = (Initializer, Regularizer, Constraint)


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
    """An object of Keras in one spelling: its name and all its arguments."""
    if isinstance(value, str):
        classes = [class_ for parent in _PARENTS for class_ in configured_classes(parent).values()]
        value = next((class_() for class_ in classes if snake_case(class_.configured_name) == value), value)
    if isinstance(value, str):
        return value, {}
    own = {name: _one_number(getattr(value, name)) for name in type(value).model_fields}
    name, arguments = _CANONICAL.get(value.configured_name, (value.configured_name, {}))
    parent = next((parent for parent in _PARENTS if isinstance(value, parent)), None)
    standing = type(value) if parent is None else configured_classes(parent)[name]
    defaults = {field: described.default for field, described in standing.model_fields.items()}
    return name, {**defaults, **arguments, **own}


def _one_number(value: Any) -> Any:
    """A number that fills a whole table; any other value as it is."""
    numbers = set(table_numbers(value)) if isinstance(value, tuple) else {0, 1}
    return numbers.pop() if len(numbers) == 1 else value


def is_drawn(initializer: str | Initializer) -> bool:
    """Whether an initializer draws numbers, so that they are others in each new network."""
    return canonical_value(initializer)[0] not in ("Constant", "Identity")


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
