"""Depthwise convolutions, alone or followed by a convolution across the channels."""

from typing import Any, ClassVar

from archc.ir.op import Example, Op, Weight, Window
from archc.ir.shape import Shape, channels_of, expect_rank, volume
from archc.ops.activation_arguments import ActivationArgument, activated
from archc.ops.argument_types import Count, Padding, Pair, Single
from archc.ops.weight_arguments import ConstraintArgument, InitializerArgument, RegularizerArgument, weight_of
from archc.ops.windows import canonical_padding, sliding_sizes, sliding_windows


class _DepthwiseConvolution(Op):
    """Filters that each see one channel."""

    has_kernels: ClassVar[bool] = True
    ends_in_activation: ClassVar[bool] = True
    widths: ClassVar[tuple[str, ...]] = ("depth_multiplier",)

    kernel_size: tuple[int, ...]
    strides: tuple[int, ...]
    padding: Padding = "valid"
    depth_multiplier: Count = 1
    dilation_rate: tuple[int, ...]
    activation: ActivationArgument = None
    use_bias: bool = True
    depthwise_initializer: InitializerArgument = "glorot_uniform"
    bias_initializer: InitializerArgument = "zeros"
    depthwise_regularizer: RegularizerArgument = None
    bias_regularizer: RegularizerArgument = None
    activity_regularizer: RegularizerArgument = None
    depthwise_constraint: ConstraintArgument = None
    bias_constraint: ConstraintArgument = None

    def infer(self, x: Shape) -> Shape:
        expect_rank(x, len(self.kernel_size) + 1)
        filters = channels_of(x) * self.depth_multiplier
        sizes = sliding_sizes(x[:-1], self.kernel_size, self.strides, self.padding, self.dilation_rate, "kernel_size")
        return activated(self.activation, (*sizes, filters))

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        return super().respelled(inputs) | {"padding": canonical_padding(self.padding, self.kernel_size)}

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        channels = channels_of(x)
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        kernel = weight_of(self, "kernel", shape, self.depthwise_initializer)
        if not self.use_bias:
            return (kernel,)
        return kernel, weight_of(self, "bias", (channels * self.depth_multiplier,), self.bias_initializer)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        return volume((*output, *self.kernel_size))

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        return sliding_windows(self.kernel_size, self.strides, self.dilation_rate)


class DepthwiseConv1D(_DepthwiseConvolution):
    """One filter per channel of a sequence, repeated `depth_multiplier` times."""

    examples: ClassVar = (
        Example({"kernel_size": 3}, ((12, 4),)),
        Example({"kernel_size": 4, "strides": 2, "padding": "same", "depth_multiplier": 2}, ((13, 4),)),
        Example({"kernel_size": 3, "dilation_rate": 2, "use_bias": False}, ((12, 4),)),
    )

    kernel_size: Single
    strides: Single = (1,)
    dilation_rate: Single = (1,)


class DepthwiseConv2D(_DepthwiseConvolution):
    """One filter per channel of an image, repeated `depth_multiplier` times."""

    note: ClassVar[str] = "On a CPU, TensorFlow computes unequal `strides` with oneDNN alone."
    examples: ClassVar = (
        Example({"kernel_size": 3}, ((12, 13, 4),)),
        Example({"kernel_size": 3, "strides": 2, "padding": "same", "use_bias": False}, ((12, 13, 4),)),
        Example({"kernel_size": [5, 1], "depth_multiplier": 3, "activation": "relu"}, ((12, 13, 4),)),
        Example({"kernel_size": 3, "dilation_rate": [2, 3], "trainable": False}, ((12, 15, 4),)),
    )

    kernel_size: Pair
    strides: Pair = (1, 1)
    dilation_rate: Pair = (1, 1)


class _SeparableConvolution(Op):
    """A depthwise convolution, then a convolution of size 1 across the channels."""

    has_kernels: ClassVar[bool] = True
    ends_in_activation: ClassVar[bool] = True
    widths: ClassVar[tuple[str, ...]] = ("filters", "depth_multiplier")

    filters: Count
    kernel_size: tuple[int, ...]
    strides: tuple[int, ...]
    padding: Padding = "valid"
    dilation_rate: tuple[int, ...]
    depth_multiplier: Count = 1
    activation: ActivationArgument = None
    use_bias: bool = True
    depthwise_initializer: InitializerArgument = "glorot_uniform"
    pointwise_initializer: InitializerArgument = "glorot_uniform"
    bias_initializer: InitializerArgument = "zeros"
    depthwise_regularizer: RegularizerArgument = None
    pointwise_regularizer: RegularizerArgument = None
    bias_regularizer: RegularizerArgument = None
    activity_regularizer: RegularizerArgument = None
    depthwise_constraint: ConstraintArgument = None
    pointwise_constraint: ConstraintArgument = None
    bias_constraint: ConstraintArgument = None

    def infer(self, x: Shape) -> Shape:
        expect_rank(x, len(self.kernel_size) + 1)
        channels_of(x)
        sizes = sliding_sizes(x[:-1], self.kernel_size, self.strides, self.padding, self.dilation_rate, "kernel_size")
        return activated(self.activation, (*sizes, self.filters))

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        return super().respelled(inputs) | {"padding": canonical_padding(self.padding, self.kernel_size)}

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        channels = channels_of(x)
        depthwise = (*self.kernel_size, channels, self.depth_multiplier)
        pointwise = (*(1 for _ in self.kernel_size), channels * self.depth_multiplier, self.filters)
        kernels = (
            weight_of(self, "depthwise_kernel", depthwise, self.depthwise_initializer),
            weight_of(self, "pointwise_kernel", pointwise, self.pointwise_initializer),
        )
        return (*kernels, weight_of(self, "bias", (self.filters,), self.bias_initializer)) if self.use_bias else kernels

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        between = channels_of(inputs[0]) * self.depth_multiplier
        depthwise = volume((*output[:-1], between, *self.kernel_size))
        pointwise = volume((*output, between))
        return None if depthwise is None or pointwise is None else depthwise + pointwise

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        return sliding_windows(self.kernel_size, self.strides, self.dilation_rate)


class SeparableConv1D(_SeparableConvolution):
    """A depthwise convolution over a sequence, then a convolution of size 1 across its channels."""

    examples: ClassVar = (
        Example({"filters": 8, "kernel_size": 3}, ((12, 4),)),
        Example({"filters": 8, "kernel_size": 3, "strides": 2, "padding": "same", "depth_multiplier": 2}, ((13, 4),)),
        Example({"filters": 8, "kernel_size": 3, "dilation_rate": 2, "use_bias": False}, ((12, 4),)),
    )

    kernel_size: Single
    strides: Single = (1,)
    dilation_rate: Single = (1,)


class SeparableConv2D(_SeparableConvolution):
    """A depthwise convolution over an image, then a convolution of size 1 across its channels."""

    note: ClassVar[str] = "On a CPU, TensorFlow computes unequal `strides` with oneDNN alone."
    examples: ClassVar = (
        Example({"filters": 8, "kernel_size": 3}, ((12, 13, 4),)),
        Example({"filters": 8, "kernel_size": 5, "strides": 2, "padding": "same", "use_bias": False}, ((12, 13, 4),)),
        Example({"filters": 8, "kernel_size": [1, 3], "depth_multiplier": 2, "activation": "relu"}, ((12, 13, 4),)),
        Example({"filters": 8, "kernel_size": 3, "dilation_rate": 2, "trainable": False}, ((12, 14, 4),)),
    )

    kernel_size: Pair
    strides: Pair = (1, 1)
    dilation_rate: Pair = (1, 1)
