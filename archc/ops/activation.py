"""Activations as layers of their own."""

from typing import ClassVar

from archc.ir.op import SEES_ALL, Example, Op, Weight, Window
from archc.ir.shape import Shape, ShapeError, indices_of, known, printed
from archc.ops.arguments import Axes, Counts, NamedActivation, NonNegative, Number
from archc.ops.configured import ConstraintArgument, InitializerArgument, RegularizerArgument, weight


class _Activation(Op):
    """A function of each number."""

    def infer(self, x: Shape) -> Shape:
        return x


class Activation(_Activation):
    """An activation by its name."""

    examples: ClassVar = (
        Example({"activation": "relu"}, ((8, 8, 3),)),
        Example({"activation": "softmax"}, ((10,),)),
        Example({"activation": "linear"}, ((10, 4),)),
    )

    activation: NamedActivation


class ReLU(_Activation):
    """Zero where the number is negative, itself where it is not."""

    examples: ClassVar = (
        Example({}, ((8, 8, 3),)),
        Example({"max_value": 6}, ((8, 8, 3),)),
        Example({"negative_slope": 0.1, "threshold": 0.5}, ((5,),)),
    )

    max_value: NonNegative | None = None
    negative_slope: NonNegative = 0.0
    threshold: NonNegative = 0.0


class LeakyReLU(_Activation):
    """A part of the number where it is negative, itself where it is not."""

    examples: ClassVar = (Example({}, ((8, 8, 3),)), Example({"negative_slope": 0.1}, ((5,),)))

    negative_slope: NonNegative = 0.3


class PReLU(_Activation):
    """A learned part of the number where it is negative, itself where it is not."""

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
                raise ShapeError(f"`shared_axes` (={self.shared_axes}) must be from 1 to {len(x)} for {printed(x)}")
        self.weights(x)
        return x

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        shared = self.shared_axes or ()
        axes = enumerate(x, start=1)
        shape = tuple(1 if axis in shared else known(size, f"the size of axis {axis}") for axis, size in axes)
        return (weight(self, "alpha", shape, self.alpha_initializer),)


class ELU(_Activation):
    """An exponential that ends at `-alpha` where the number is negative, itself where it is not."""

    examples: ClassVar = (Example({}, ((8, 8, 3),)), Example({"alpha": 0.5}, ((5,),)))

    alpha: Number = 1.0


class Softmax(Op):
    """Shares of one along an axis."""

    examples: ClassVar = (
        Example({}, ((10,),)),
        Example({"axis": 1}, ((8, 3),)),
        Example({"axis": [1, 2]}, ((8, 9, 3),)),
    )

    axis: Axes = -1

    def infer(self, x: Shape) -> Shape:
        indices_of(self.axis, x)
        return x

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        return seen_along(indices_of(self.axis, inputs[0]), inputs[0])


class Identity(_Activation):
    """The tensor itself."""

    examples: ClassVar = (Example({}, ((8, 8, 3),)), Example({}, ((5,),)))


def seen_along(indices: tuple[int, ...], x: Shape) -> tuple[Window, ...]:
    """Windows of a layer that sees all of these axes and its own place along the others."""
    return tuple(SEES_ALL if index in indices else Window() for index in range(len(x) - 1))
