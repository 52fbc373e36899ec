"""Normalization layers."""

from math import inf
from typing import Annotated, Any, ClassVar

from archc.ir.dtype import NUMBERS_AND_BOOLEANS
from archc.ir.op import ArgumentError, Example, MaskRule, Op, Weight, Window
from archc.ir.shape import Shape, ShapeError, axis_index, axis_indices, known_size, shape_text
from archc.ops.argument_types import COUNT_OR_MINUS_ONE, ArgumentType, Axes, Axis, NonNegative, Share, read_number
from archc.ops.weight_arguments import ConstraintArgument, InitializerArgument, RegularizerArgument, weight_of
from archc.ops.windows import sees_all_along


def _size_along(axis: int, x: Shape) -> int:
    """The size of the axis that is normalized.

    Raises:
        ShapeError: there is no such axis.
        UnknownSizeError: its size is known only at run time.
    """
    return known_size(x[axis_index(axis, x)], f"the size of `axis` (={axis})", arguments=("axis",))


def _gamma_and_beta(
    op: "BatchNormalization | LayerNormalization | GroupNormalization", shape: tuple[int, ...]
) -> tuple[Weight, ...]:
    gamma = (weight_of(op, "gamma", shape, op.gamma_initializer),) if op.scale else ()
    return (*gamma, weight_of(op, "beta", shape, op.beta_initializer)) if op.center else gamma


_CLIPPED = ("rmax", "rmin", "dmax")


def _clipping(value: Any) -> dict[str, float] | None:
    if value is None:
        return None
    if not isinstance(value, dict) or not set(value) <= set(_CLIPPED):
        raise ArgumentError(f"must be a mapping of {', '.join(_CLIPPED)}")
    limits = {name: read_number(limit) for name, limit in value.items()}
    if limits.get("rmax", inf) < limits.get("rmin", -inf) or limits.get("dmax", 0.0) < 0:
        raise ArgumentError("must have `rmax` no smaller than `rmin`, and `dmax` no smaller than 0")
    return limits


Clipping = Annotated[
    dict[str, float] | None,
    ArgumentType(
        _clipping,
        {
            "type": ["object", "null"],
            "properties": {name: {"type": "number"} for name in _CLIPPED},
            "additionalProperties": False,
        },
    ),
]


class _AlongAxes(Op):
    """An op that computes over all positions along its axes."""

    axis: Axes = -1

    def infer(self, x: Shape) -> Shape:
        axis_indices(self.axis, x)
        return x

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        return sees_all_along(axis_indices(self.axis, inputs[0]), inputs[0])


class BatchNormalization(Op):
    """Mean 0 and variance 1 over the batch, by moving statistics at inference."""

    mask_rule: ClassVar[MaskRule] = "keeps"
    mask_use: ClassVar = "training"
    mask_is_input: ClassVar[bool] = True
    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    in_training: ClassVar[tuple[str, ...]] = (
        "momentum", "renorm", "renorm_clipping", "renorm_momentum", "synchronized",
    )  # fmt: skip
    examples: ClassVar = (
        Example({}, ((8, 9, 4),)),
        Example({"axis": 1, "momentum": 0.9, "epsilon": 1e-5}, ((8, 9, 4),)),
        Example({"center": False}, ((5,),)),
        Example({"scale": False}, ((5,),)),
        Example(
            {"gamma_initializer": "zeros", "gamma_regularizer": {"L2": 1e-4}, "beta_constraint": "non_neg"}, ((5,),)
        ),
        Example({"renorm": True, "renorm_clipping": {"rmax": 3, "dmax": 5}}, ((8, 9, 4),)),
        Example({"trainable": False, "synchronized": True}, ((8, 9, 4),)),
    )

    axis: Axis = -1
    momentum: Share = 0.99
    epsilon: NonNegative = 1e-3
    center: bool = True
    scale: bool = True
    beta_initializer: InitializerArgument = "zeros"
    gamma_initializer: InitializerArgument = "ones"
    moving_mean_initializer: InitializerArgument = "zeros"
    moving_variance_initializer: InitializerArgument = "ones"
    beta_regularizer: RegularizerArgument = None
    gamma_regularizer: RegularizerArgument = None
    beta_constraint: ConstraintArgument = None
    gamma_constraint: ConstraintArgument = None
    renorm: bool = False
    renorm_clipping: Clipping = None
    renorm_momentum: Share = 0.99
    synchronized: bool = False

    def __hash__(self) -> int:
        return hash((self.axis, self.momentum, self.epsilon))  # `renorm_clipping` is a mapping, which has none

    def infer(self, x: Shape) -> Shape:
        _size_along(self.axis, x)
        return x

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        shape = (_size_along(self.axis, x),)
        mean, variance = self.moving_mean_initializer, self.moving_variance_initializer
        moving = [("moving_mean", mean), ("moving_variance", variance)]
        if self.renorm:
            moving += [("moving_stddev", variance), ("renorm_mean", mean), ("renorm_stddev", variance)]
        statistics = (weight_of(self, name, shape, filling, trainable=False) for name, filling in moving)
        return *_gamma_and_beta(self, shape), *statistics


class LayerNormalization(_AlongAxes):
    """Mean 0 and variance 1 along axes of each example."""

    mask_rule: ClassVar[MaskRule] = "keeps"
    examples: ClassVar = (
        Example({}, ((8, 9, 4),)),
        Example({"axis": [1, 2, 3], "epsilon": 1e-6}, ((8, 9, 4),)),
        Example({"axis": [-1, -2], "center": False}, ((8, 9, 4),)),
        Example({"scale": False, "trainable": False}, ((5,),)),
    )

    epsilon: NonNegative = 1e-3
    center: bool = True
    scale: bool = True
    beta_initializer: InitializerArgument = "zeros"
    gamma_initializer: InitializerArgument = "ones"
    beta_regularizer: RegularizerArgument = None
    gamma_regularizer: RegularizerArgument = None
    beta_constraint: ConstraintArgument = None
    gamma_constraint: ConstraintArgument = None

    def infer(self, x: Shape) -> Shape:
        _sizes_along(self.axis, x)
        return x

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return _gamma_and_beta(self, _sizes_along(self.axis, x))


def _sizes_along(axes: int | tuple[int, ...], x: Shape) -> tuple[int, ...]:
    """The sizes of the axes in Keras's order, which sorts them as they are written.

    Raises:
        ShapeError: there is no such axis, or one is named twice.
        UnknownSizeError: a size is known only at run time.
    """
    axis_indices(axes, x)
    return tuple(_size_along(axis, x) for axis in ([axes] if isinstance(axes, int) else sorted(axes)))


class GroupNormalization(Op):
    """Mean 0 and variance 1 over groups of channels; with -1, each channel is a group."""

    mask_rule: ClassVar[MaskRule] = "keeps"
    windows: ClassVar = Op.all_positions
    widths: ClassVar[tuple[str, ...]] = ("groups",)
    examples: ClassVar = (
        Example({}, ((8, 9, 64),)),
        Example({"groups": 2, "epsilon": 1e-5}, ((8, 9, 4),)),
        Example({"groups": -1, "center": False}, ((8, 9, 4),)),
        Example({"groups": 1, "axis": 1, "scale": False, "trainable": False}, ((8, 9, 4),)),
    )

    groups: Annotated[int, COUNT_OR_MINUS_ONE] = 32
    axis: Axis = -1
    epsilon: NonNegative = 1e-3
    center: bool = True
    scale: bool = True
    beta_initializer: InitializerArgument = "zeros"
    gamma_initializer: InitializerArgument = "ones"
    beta_regularizer: RegularizerArgument = None
    gamma_regularizer: RegularizerArgument = None
    beta_constraint: ConstraintArgument = None
    gamma_constraint: ConstraintArgument = None

    def infer(self, x: Shape) -> Shape:
        size = _size_along(self.axis, x)
        if self.groups > 0 and size % self.groups:
            message = f"`groups` (={self.groups}) must divide the {size} input channels"
            raise ShapeError(message, arguments=("groups",))
        return x

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        groups = _size_along(self.axis, inputs[0]) if self.groups == -1 else self.groups
        return super().respelled(inputs) | {"groups": groups}

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return _gamma_and_beta(self, (_size_along(self.axis, x),))


class RMSNormalization(_AlongAxes):
    """Root mean square 1 along the last axes of each example, times a learned scale."""

    examples: ClassVar = (
        Example({}, ((8, 9, 4),)),
        Example({"axis": [2, 3], "epsilon": 1e-5}, ((8, 9, 4),)),
        Example({"trainable": False}, ((5,),)),
    )

    epsilon: NonNegative = 1e-6

    def infer(self, x: Shape) -> Shape:
        _sizes_along(self.axis, x)
        # Keras lays the scale over the last axes, whichever are normalized.
        named = [self.axis] if isinstance(self.axis, int) else sorted(self.axis)
        if [axis_index(axis, x) for axis in named] != list(range(len(x) - len(named), len(x))):
            message = f"`axis` (={self.axis}) must name the last axes of {shape_text(x)}, in order"
            raise ShapeError(message, arguments=("axis",))
        return x

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return (weight_of(self, "scale", _sizes_along(self.axis, x)),)


class UnitNormalization(_AlongAxes):
    """Length 1 along axes of each example."""

    mask_rule: ClassVar[MaskRule] = "keeps"
    examples: ClassVar = (Example({}, ((8, 9, 4),)), Example({"axis": [1, 2]}, ((8, 9, 4),)))
