"""Transposed convolutions."""

from typing import Any, ClassVar

from archc.ir.op import ArgumentError, Example, Op, Weight, Window
from archc.ir.shape import Shape, ShapeError, Size, channels_of, expect_rank, volume
from archc.ops.activation_arguments import ActivationArgument, activated
from archc.ops.argument_types import Count, Padding, Pair, Pair0, Single, Single0, Triple, Triple0
from archc.ops.convolution import refuse_strided_dilation
from archc.ops.weight_arguments import ConstraintArgument, InitializerArgument, RegularizerArgument, weight_of
from archc.ops.windows import sliding_size, transposed_size


class _TransposedConvolution(Op):
    """The gradient of a convolution, as a layer."""

    note: ClassVar[str] = "On a CPU, TensorFlow computes a `dilation_rate` above 1 with oneDNN alone."
    has_kernels: ClassVar[bool] = True
    ends_in_activation: ClassVar[bool] = True
    widths: ClassVar[tuple[str, ...]] = ("filters",)

    filters: Count
    kernel_size: tuple[int, ...]
    strides: tuple[int, ...]
    padding: Padding = "valid"
    output_padding: tuple[int, ...] | None = None
    dilation_rate: tuple[int, ...]
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
        extra = self.output_padding or ()
        if any(added >= stride for added, stride in zip(extra, self.strides, strict=False)):
            raise ArgumentError(
                f"`output_padding` (={list(extra)}) must be below `strides` (={list(self.strides)}) along each axis",
                arguments=("output_padding", "strides"),
            )

    def infer(self, x: Shape) -> Shape:
        *spatial, _ = expect_rank(x, len(self.kernel_size) + 1)
        channels_of(x)
        extra = self.output_padding or (None,) * len(spatial)
        axes = zip(spatial, self.kernel_size, self.strides, self.dilation_rate, extra, strict=True)
        return activated(self.activation, (*(self._output_size(*axis) for axis in axes), self.filters))

    def _output_size(self, size: Size, width: int, stride: int, rate: int, added: int | None) -> Size:
        """The output size along one axis.

        Raises:
            ShapeError: the convolution whose gradient this is does not map the output size back to the input size.
        """
        output = transposed_size(size, width, stride, self.padding, rate, added)
        if size is None or output is None:
            return output
        back = sliding_size(output, width, stride, self.padding, rate)
        if back != size or output < 1:
            raise ShapeError(
                f"`output_padding` (={self.output_padding}) makes {output} of {size}, "
                f"which a stride of {stride} maps back to {back}",
                arguments=("output_padding",),
            )
        return output

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        shape = (*self.kernel_size, self.filters, channels_of(x))
        kernel = weight_of(self, "kernel", shape, self.kernel_initializer)
        return (kernel, weight_of(self, "bias", (self.filters,), self.bias_initializer)) if self.use_bias else (kernel,)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        return volume((*inputs[0], *self.kernel_size, self.filters))

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        axes = zip(self.kernel_size, self.strides, self.dilation_rate, strict=True)
        return tuple(Window(-(-(rate * (width - 1) + 1) // stride), 1 / stride) for width, stride, rate in axes)


class Conv1DTranspose(_TransposedConvolution):
    """Transposed convolution over a sequence."""

    examples: ClassVar = (
        Example({"filters": 4, "kernel_size": 3, "strides": 2, "padding": "same"}, ((8, 2),)),
        Example({"filters": 4, "kernel_size": 3, "strides": 2, "output_padding": 1}, ((8, 2),)),
        Example({"filters": 4, "kernel_size": 2, "dilation_rate": 3, "use_bias": False}, ((8, 2),)),
    )

    kernel_size: Single
    strides: Single = (1,)
    output_padding: Single0 | None = None
    dilation_rate: Single = (1,)


class Conv2DTranspose(_TransposedConvolution):
    """Transposed convolution over an image."""

    examples: ClassVar = (
        Example({"filters": 4, "kernel_size": 2, "strides": 2}, ((8, 9, 3),)),
        Example({"filters": 4, "kernel_size": 4, "strides": 2, "padding": "same", "activation": "relu"}, ((8, 9, 3),)),
        Example({"filters": 4, "kernel_size": 2, "strides": 3}, ((8, 9, 3),)),
        Example({"filters": 4, "kernel_size": 3, "strides": 2, "padding": "same", "output_padding": 1}, ((8, 9, 3),)),
        Example({"filters": 4, "kernel_size": 3, "dilation_rate": 2, "use_bias": False}, ((8, 9, 3),)),
        Example({"filters": 4, "kernel_size": [3, 1], "strides": [1, 2], "trainable": False}, ((8, 9, 3),)),
    )

    kernel_size: Pair
    strides: Pair = (1, 1)
    output_padding: Pair0 | None = None
    dilation_rate: Pair = (1, 1)


class Conv3DTranspose(_TransposedConvolution):
    """Transposed convolution over a volume."""

    examples: ClassVar = (
        Example({"filters": 2, "kernel_size": 2, "strides": 2}, ((3, 4, 5, 2),)),
        Example({"filters": 2, "kernel_size": 3, "strides": [1, 2, 3], "padding": "same"}, ((3, 4, 5, 2),)),
    )

    kernel_size: Triple
    strides: Triple = (1, 1, 1)
    output_padding: Triple0 | None = None
    dilation_rate: Triple = (1, 1, 1)
