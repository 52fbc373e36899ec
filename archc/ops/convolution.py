"""Convolution layers."""

from typing import Any, ClassVar

from archc.ir.op import ArgumentError, Example, Op, Weight, Window
from archc.ir.shape import Shape, ShapeError, channels_of, expect_rank, volume
from archc.ops.activation_arguments import ActivationArgument, activated
from archc.ops.argument_types import CausalPadding, Count, Padding, Pair, Single, Triple
from archc.ops.weight_arguments import ConstraintArgument, InitializerArgument, RegularizerArgument, weight_of
from archc.ops.windows import canonical_padding, sliding_sizes, sliding_windows


class _Convolution(Op):
    """Kernels that slide over one to three axes."""

    has_kernels: ClassVar[bool] = True
    ends_in_activation: ClassVar[bool] = True
    widths: ClassVar[tuple[str, ...]] = ("filters", "groups")

    filters: Count
    kernel_size: tuple[int, ...]
    strides: tuple[int, ...]
    padding: CausalPadding = "valid"
    dilation_rate: tuple[int, ...]
    groups: Count = 1
    activation: ActivationArgument = None
    use_bias: bool = True
    kernel_initializer: InitializerArgument = "glorot_uniform"
    bias_initializer: InitializerArgument = "zeros"
    kernel_regularizer: RegularizerArgument = None
    bias_regularizer: RegularizerArgument = None
    activity_regularizer: RegularizerArgument = None
    kernel_constraint: ConstraintArgument = None
    bias_constraint: ConstraintArgument = None

    def model_post_init(self, _: Any, /) -> None:
        refuse_strided_dilation(self.strides, self.dilation_rate)
        if self.filters % self.groups:
            message = f"`groups` (={self.groups}) must divide `filters` (={self.filters})"
            raise ArgumentError(message, arguments=("groups", "filters"))

    def infer(self, x: Shape) -> Shape:
        expect_rank(x, len(self.kernel_size) + 1)
        if (channels := channels_of(x)) % self.groups:
            message = f"`groups` (={self.groups}) must divide the {channels} input channels"
            raise ShapeError(message, arguments=("groups",))
        sizes = sliding_sizes(x[:-1], self.kernel_size, self.strides, self.padding, self.dilation_rate, "kernel_size")
        return activated(self.activation, (*sizes, self.filters))

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        return super().respelled(inputs) | {"padding": canonical_padding(self.padding, self.kernel_size)}

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        shape = (*self.kernel_size, channels_of(x) // self.groups, self.filters)
        kernel = weight_of(self, "kernel", shape, self.kernel_initializer)
        return (kernel, weight_of(self, "bias", (self.filters,), self.bias_initializer)) if self.use_bias else (kernel,)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        return volume((*output, *self.kernel_size, channels_of(inputs[0]) // self.groups))

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        return sliding_windows(self.kernel_size, self.strides, self.dilation_rate)


def refuse_strided_dilation(strides: tuple[int, ...], dilation_rate: tuple[int, ...]) -> None:
    """Raises an ArgumentError for strides and dilation together, as Keras does."""
    if max(strides) > 1 and max(dilation_rate) > 1:
        raise ArgumentError(
            f"`strides` (={list(strides)}) and `dilation_rate` (={list(dilation_rate)}) must not both be above 1",
            arguments=("strides", "dilation_rate"),
        )


class Conv1D(_Convolution):
    """Convolution over a sequence."""

    examples: ClassVar = (
        Example({"filters": 8, "kernel_size": 3}, ((16, 4),)),
        Example({"filters": 8, "kernel_size": 3, "dilation_rate": 3}, ((18, 4),)),
        Example({"filters": 8, "kernel_size": 3, "padding": "causal", "dilation_rate": 2}, ((16, 4),)),
        Example({"filters": 8, "kernel_size": 4, "padding": "same", "strides": 2, "groups": 2}, ((15, 4),)),
        Example({"filters": 6, "kernel_size": [1], "activation": "relu", "use_bias": False}, ((7, 3),)),
    )

    kernel_size: Single
    strides: Single = (1,)
    dilation_rate: Single = (1,)


class Conv2D(_Convolution):
    """Convolution over an image."""

    examples: ClassVar = (
        Example({"filters": 64, "kernel_size": 7, "strides": 2, "padding": "same"}, ((224, 224, 3),)),
        Example({"filters": 64, "kernel_size": 3, "padding": "same", "activation": "relu"}, ((32, 31, 3),)),
        Example({"filters": 8, "kernel_size": [1, 7], "use_bias": False}, ((17, 18, 6),)),
        Example({"filters": 8, "kernel_size": 3, "strides": [2, 1]}, ((17, 18, 6),)),
        Example({"filters": 12, "kernel_size": 3, "groups": 3, "dilation_rate": 2}, ((10, 12, 6),)),
        Example({"filters": 4, "kernel_size": 2, "kernel_initializer": "he_normal", "trainable": False}, ((5, 5, 2),)),
        Example(
            {"filters": 4, "kernel_size": 2, "kernel_regularizer": {"L2": 1e-4}, "kernel_constraint": {"MaxNorm": {}}},
            ((5, 5, 2),),
        ),
    )

    kernel_size: Pair
    strides: Pair = (1, 1)
    padding: Padding = "valid"
    dilation_rate: Pair = (1, 1)


class Conv3D(_Convolution):
    """Convolution over a volume or a video."""

    examples: ClassVar = (
        Example({"filters": 4, "kernel_size": 3}, ((8, 9, 10, 2),)),
        Example({"filters": 4, "kernel_size": [1, 2, 3], "strides": [2, 1, 2], "padding": "same"}, ((5, 6, 7, 2),)),
        Example({"filters": 4, "kernel_size": 2, "dilation_rate": [1, 2, 3], "groups": 2}, ((5, 6, 9, 2),)),
    )

    kernel_size: Triple
    strides: Triple = (1, 1, 1)
    padding: Padding = "valid"
    dilation_rate: Triple = (1, 1, 1)
