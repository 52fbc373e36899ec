"""Activations as layers."""

from typing import ClassVar

from archc.ir.dtype import ANY
from archc.ir.op import Elementwise, Example, MaskRule, Op, Weight
from archc.ir.shape import Shape, ShapeError, known_size, shape_text
from archc.ops.argument_types import Counts, NamedActivation, NonNegative, Number
from archc.ops.normalization import _AlongAxes
from archc.ops.weight_arguments import ConstraintArgument, InitializerArgument, RegularizerArgument, weight_of


class Activation(Elementwise):
    """An activation by its name."""

    examples: ClassVar = (
        Example({"activation": "relu"}, ((8, 8, 3),)),
        Example({"activation": "softmax"}, ((10,),)),
        Example({"activation": "linear"}, ((10, 4),)),
    )

    activation: NamedActivation

    @property
    def as_activation(self) -> str | None:
        return self.activation

    def passes_on(self, inputs: tuple[Shape, ...]) -> bool:
        return self.activation == "linear"


class ReLU(Elementwise):
    """Zero where the number is negative, itself where it is not."""

    examples: ClassVar = (
        Example({}, ((8, 8, 3),)),
        Example({"max_value": 6}, ((8, 8, 3),)),
        Example({"negative_slope": 0.1, "threshold": 0.5}, ((5,),)),
    )

    max_value: NonNegative | None = None
    negative_slope: NonNegative = 0.0
    threshold: NonNegative = 0.0

    @property
    def as_activation(self) -> str | None:
        names = {(None, 0.0, 0.0): "relu", (6.0, 0.0, 0.0): "relu6"}
        return names.get((self.max_value, self.negative_slope, self.threshold))


class LeakyReLU(Elementwise):
    """A part of the number where it is negative, itself where it is not."""

    examples: ClassVar = (Example({}, ((8, 8, 3),)), Example({"negative_slope": 0.1}, ((5,),)))

    negative_slope: NonNegative = 0.3

    @property
    def as_activation(self) -> str | None:
        return "leaky_relu" if self.negative_slope == 0.2 else None  # the slope of Keras's function


class PReLU(Op):
    """A learned part of the number where it is negative, itself where it is not."""

    mask_rule: ClassVar[MaskRule] = "keeps"
    examples: ClassVar = (
        Example({}, ((8, 9, 3),)),
        Example({"shared_axes": [1, 2]}, ((8, 9, 3),)),
        Example({"shared_axes": [1], "alpha_initializer": {"Constant": 0.25}}, ((8, 9, 3),)),
        Example({"alpha_regularizer": "l2", "alpha_constraint": "non_neg", "trainable": False}, ((5,),)),
    )

    alpha_initializer: InitializerArgument = "zeros"
    alpha_regularizer: RegularizerArgument = None
    alpha_constraint: ConstraintArgument = None
    shared_axes: Counts | None = None

    def infer(self, x: Shape) -> Shape:
        for axis in self.shared_axes or ():
            if axis > len(x):
                message = f"`shared_axes` (={self.shared_axes}) must be from 1 to {len(x)} for {shape_text(x)}"
                raise ShapeError(message, arguments=("shared_axes",))
        self.weights(x)
        return x

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        shared = self.shared_axes or ()
        axes = enumerate(x, start=1)
        shape = tuple(1 if axis in shared else known_size(size, f"the size of axis {axis}") for axis, size in axes)
        return (weight_of(self, "alpha", shape, self.alpha_initializer),)


class ELU(Elementwise):
    """An exponential that ends at `-alpha` where the number is negative, itself where it is not."""

    examples: ClassVar = (Example({}, ((8, 8, 3),)), Example({"alpha": 0.5}, ((5,),)))

    alpha: Number = 1.0

    @property
    def as_activation(self) -> str | None:
        return "elu" if self.alpha == 1 else None


class Softmax(_AlongAxes):
    """Positive numbers with the sum 1 along an axis."""

    mask_rule: ClassVar[MaskRule] = "keeps"
    mask_use: ClassVar = "always"
    mask_is_input: ClassVar[bool] = True
    examples: ClassVar = (
        Example({}, ((10,),)),
        Example({"axis": 1}, ((8, 3),)),
        Example({"axis": [1, 2]}, ((8, 9, 3),)),
    )

    @property
    def as_activation(self) -> str | None:
        return "softmax" if self.axis == -1 else None


class Identity(Elementwise):
    """The tensor itself."""

    accepts: ClassVar = ANY
    keeps_type: ClassVar[bool] = True
    examples: ClassVar = (Example({}, ((8, 8, 3),)), Example({}, ((5,),)))

    def passes_on(self, inputs: tuple[Shape, ...]) -> bool:
        return True
