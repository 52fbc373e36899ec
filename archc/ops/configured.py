"""Initializers, regularizers and constraints: Keras's names, arguments and defaults."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, ClassVar, Literal

from archc.ir.naming import snake_case
from archc.ir.op import Op, Weight
from archc.ir.shape import ShapeError, printed
from archc.ops.arguments import Configured, Dimensions, NonNegative, Number, OneOf, Positive, Seed

Distribution = Literal["truncated_normal", "untruncated_normal", "uniform"]


class Initializer(Configured):
    """How a weight begins."""

    kind: ClassVar[str] = "initializers"


class Regularizer(Configured):
    """What a weight adds to the loss."""

    kind: ClassVar[str] = "regularizers"


class Constraint(Configured):
    """What a weight is held to after each update."""

    kind: ClassVar[str] = "constraints"


class Zeros(Initializer):
    """All zeros."""


class Ones(Initializer):
    """All ones."""


class Identity(Initializer):
    """The identity matrix, times a gain."""

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
    """A normal distribution without what is further than two deviations away."""

    mean: Number = 0.0
    stddev: Number = 0.05
    seed: Seed = None


class VarianceScaling(Initializer):
    """A deviation that follows from the number of inputs or outputs."""

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
def initializers() -> Mapping[str, type[Configured]]:
    """Every initializer by its name."""
    return {class_.__name__: class_ for class_ in Initializer.__subclasses__()}


@cache
def regularizers() -> Mapping[str, type[Configured]]:
    """Every regularizer by its name."""
    return {class_.__name__: class_ for class_ in Regularizer.__subclasses__()}


@cache
def constraints() -> Mapping[str, type[Configured]]:
    """Every constraint by its name."""
    return {class_.__name__: class_ for class_ in Constraint.__subclasses__()}


# Null is no initializer here: Keras would fill a bias as it does a kernel, against what it documents.
InitializerArgument = Annotated[str | Initializer, OneOf("initializer", initializers, optional=False)]
RegularizerArgument = Annotated[str | Regularizer | None, OneOf("regularizer", regularizers)]
ConstraintArgument = Annotated[str | Constraint | None, OneOf("constraint", constraints)]

# What fills no weight of another number of axes.
_LEAST_AXES = {"identity": 2, "orthogonal": 2}
_MOST_AXES = {"identity": 2}


def weight(
    op: Op, name: str, shape: tuple[int, ...], initializer: str | Initializer | None = None, *, trainable: bool = True
) -> Weight:
    """A weight of `op`, which training leaves alone where the layer is not trainable.

    Raises:
        ShapeError: the initializer cannot fill this shape.
    """
    filling = snake_case(initializer.configured_name) if isinstance(initializer, Initializer) else initializer or ""
    if not _LEAST_AXES.get(filling, 0) <= len(shape) <= _MOST_AXES.get(filling, len(shape)):
        raise ShapeError(f"the initializer `{filling}` fills a matrix, but `{name}` is {printed(shape)}")
    return Weight(name, shape, trainable and op.trainable)
