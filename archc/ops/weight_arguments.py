"""The arguments of a weight: initializers, regularizers and constraints, with Keras's names, arguments and defaults."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core.core_schema import CoreSchema, no_info_plain_validator_function

from archc.ir.naming import snake_case
from archc.ir.op import ArgumentError, Op, Weight
from archc.ir.shape import ShapeError, shape_text
from archc.ops.argument_types import Dimensions, NonNegative, Number, Positive, Seed


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
    named_alone: ClassVar[bool] = True

    def __init_subclass__(cls) -> None:
        cls.configured_name = cls.__dict__.get("configured_name", cls.__name__)

    def arguments(self) -> dict[str, Any]:
        """The arguments that differ from Keras's defaults."""
        defaults = {name: field.default for name, field in type(self).model_fields.items()}
        return {name: getattr(self, name) for name in defaults if getattr(self, name) != defaults[name]}


class Initializer(Configured):
    """The first value of a weight."""

    kind: ClassVar[str] = "initializers"


class Regularizer(Configured):
    """What a weight adds to the loss."""

    kind: ClassVar[str] = "regularizers"


class Constraint(Configured):
    """What a weight is changed to after each update."""

    kind: ClassVar[str] = "constraints"


Distribution = Literal["truncated_normal", "untruncated_normal", "uniform"]


class Zeros(Initializer):
    """All zeros."""


class Ones(Initializer):
    """All ones."""


class IdentityMatrix(Initializer):
    """The identity matrix, times a gain."""

    configured_name: ClassVar[str] = "Identity"

    gain: Number = 1.0


class Constant(Initializer):
    """One value."""

    named_alone: ClassVar[bool] = False

    value: Number = 0.0


class RandomNormal(Initializer):
    """A normal distribution."""

    mean: Number = 0.0
    stddev: Number = 0.05
    seed: Seed = None


class RandomUniform(Initializer):
    """A uniform distribution."""

    minval: Number = -0.05
    maxval: Number = 0.05
    seed: Seed = None


class TruncatedNormal(Initializer):
    """A normal distribution, cut at two standard deviations."""

    mean: Number = 0.0
    stddev: Number = 0.05
    seed: Seed = None


class VarianceScaling(Initializer):
    """A deviation by the number of inputs, outputs or both."""

    scale: Positive = 1.0
    mode: Literal["fan_in", "fan_out", "fan_avg"] = "fan_in"
    distribution: Distribution = "truncated_normal"
    seed: Seed = None


class GlorotNormal(Initializer):
    """Glorot and Bengio 2010, normal."""

    seed: Seed = None


class GlorotUniform(Initializer):
    """Glorot and Bengio 2010, uniform."""

    seed: Seed = None


class HeNormal(Initializer):
    """He et al. 2015, normal."""

    seed: Seed = None


class HeUniform(Initializer):
    """He et al. 2015, uniform."""

    seed: Seed = None


class LecunNormal(Initializer):
    """LeCun et al. 1998, normal."""

    seed: Seed = None


class LecunUniform(Initializer):
    """LeCun et al. 1998, uniform."""

    seed: Seed = None


class Orthogonal(Initializer):
    """An orthogonal matrix."""

    gain: Number = 1.0
    seed: Seed = None


class L1(Regularizer):
    """The sum of the absolute values."""

    l1: NonNegative = 0.01


class L2(Regularizer):
    """The sum of the squares."""

    l2: NonNegative = 0.01


class L1L2(Regularizer):
    """Both sums."""

    l1: NonNegative = 0.0
    l2: NonNegative = 0.0


class MaxNorm(Constraint):
    """A norm of at most `max_value`."""

    max_value: Number = 2
    axis: Dimensions = 0


class MinMaxNorm(Constraint):
    """A norm between two bounds."""

    min_value: Number = 0.0
    max_value: Number = 1.0
    rate: Number = 1.0
    axis: Dimensions = 0


class NonNeg(Constraint):
    """No negative value."""


class UnitNorm(Constraint):
    """A norm of one."""

    axis: Dimensions = 0


@cache
def configured_classes(parent: type[Configured]) -> Mapping[str, type[Configured]]:
    """The initializers, regularizers or constraints by their names."""
    return {class_.configured_name: class_ for class_ in parent.__subclasses__()}


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
        classes = self.load()
        named = {snake_case(name): name for name in classes}
        head, arguments = value, None
        if isinstance(value, dict):
            if len(value) != 1:
                raise ArgumentError("must have one key, the name: `{Name: {argument: value}}`")
            head, arguments = next(iter(value.items()))
        if isinstance(value, Configured):
            head, arguments = value.configured_name, value.arguments()
        if not isinstance(head, str) or named.get(head, head) not in classes:
            word = head if isinstance(head, str) else None
            raise ArgumentError(f"must be one of Keras's {self.parent.kind}", word=word, choices=(*classes, *named))
        class_ = classes[named.get(head, head)]
        if arguments is not None and not isinstance(arguments, dict):
            if not class_.model_fields:
                raise ArgumentError(f"must be `{head}` without arguments")
            arguments = {next(iter(class_.model_fields)): arguments}
        made = class_(**(arguments or {}))
        return made if made.arguments() or not made.named_alone else snake_case(made.configured_name)


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
    return Weight(name, shape, trainable and op.trainable)
