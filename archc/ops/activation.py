"""Activations as layers."""

from collections.abc import Collection
from typing import Any, ClassVar

from archc.ir.dtype import ANY
from archc.ir.op import Elementwise, Example, MaskRule, Op, Weight, Window
from archc.ir.shape import Shape, ShapeError, axis_indices, known_size, shape_text
from archc.ops.activation_arguments import (
    HeldActivation,
    NamedActivation,
    activation_of,
    activation_words,
    canonical_activation,
)
from archc.ops.argument_types import Counts, NonNegative, Number
from archc.ops.normalization import _AlongAxes
from archc.ops.weight_arguments import ConstraintArgument, InitializerArgument, RegularizerArgument, weight_of
from archc.ops.windows import sees_all_along


class Activation(Op):
    """A function of `keras.activations`, by its name or with arguments."""

    mask_rule: ClassVar[MaskRule] = "keeps"
    examples: ClassVar = (
        Example({"activation": "relu"}, ((8, 8, 3),)),
        Example({"activation": "softmax"}, ((10,),)),
        Example({"activation": "linear"}, ((10, 4),)),
        Example({"activation": {"gelu": {"approximate": True}}}, ((10, 4),)),
        Example({"activation": {"log_softmax": {"axis": 1}}}, ((7, 4),)),
        Example({"activation": {"threshold": {"threshold": 0.5, "default_value": -1}}}, ((10,),)),
    )

    activation: NamedActivation

    @classmethod
    def first_argument_keys(cls) -> Collection[str]:
        return activation_words()

    def infer(self, x: Shape) -> Shape:
        axis_indices(self._axes, x)
        return x

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        return sees_all_along(axis_indices(self._axes, inputs[0]), inputs[0])

    @property
    def _axes(self) -> tuple[int, ...]:
        """The axis along which it computes; none where it maps each number by itself."""
        axis = getattr(self.activation, "axis", None)
        return () if axis is None else (axis,)

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        return super().respelled(inputs) | {"activation": canonical_activation(self.activation, len(inputs[0]))}

    @property
    def as_activation(self) -> HeldActivation:
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
    def as_activation(self) -> HeldActivation:
        slope, most, least = self.negative_slope, self.max_value, self.threshold
        return activation_of("relu", negative_slope=slope, max_value=most, threshold=least)


class LeakyReLU(Elementwise):
    """A part of the number where it is negative, itself where it is not."""

    examples: ClassVar = (Example({}, ((8, 8, 3),)), Example({"negative_slope": 0.1}, ((5,),)))

    negative_slope: NonNegative = 0.3

    @property
    def as_activation(self) -> HeldActivation:
        return activation_of("leaky_relu", negative_slope=self.negative_slope)


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
    def as_activation(self) -> HeldActivation:
        return activation_of("elu", alpha=self.alpha)


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
    def as_activation(self) -> HeldActivation:
        return activation_of("softmax", axis=self.axis) if isinstance(self.axis, int) else None


class Identity(Elementwise):
    """The tensor itself."""

    accepts: ClassVar = ANY
    keeps_type: ClassVar[bool] = True
    examples: ClassVar = (Example({}, ((8, 8, 3),)), Example({}, ((5,),)))

    def passes_on(self, inputs: tuple[Shape, ...]) -> bool:
        return True
