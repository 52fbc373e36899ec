"""Convolutions."""

from typing import Any, ClassVar

from archc.ir.op import Example, Op, Weight, Window
from archc.ir.shape import SPATIAL, Shape, ShapeError, channels_of, ranked, volume, windowed
from archc.ops.arguments import Activation, CausalPadding, Count, Padding, Pair, Single, Triple
from archc.ops.configured import ConstraintArgument, InitializerArgument, RegularizerArgument, weight


class _Convolution(Op):
    """Kernels that slide over one to three axes."""

    has_kernels: ClassVar[bool] = True

    filters: Count
    kernel_size: tuple[int, ...]
    strides: tuple[int, ...]
    padding: CausalPadding = "valid"
    dilation_rate: tuple[int, ...]
    groups: Count = 1
    activation: Activation = None
    use_bias: bool = True
    kernel_initializer: InitializerArgument = "glorot_uniform"
    bias_initializer: InitializerArgument = "zeros"
    kernel_regularizer: RegularizerArgument = None
    bias_regularizer: RegularizerArgument = None
    activity_regularizer: RegularizerArgument = None
    kernel_constraint: ConstraintArgument = None
    bias_constraint: ConstraintArgument = None

    def model_post_init(self, _: Any, /) -> None:
        """Refuses what the arguments alone make impossible."""
        not_both(self.strides, self.dilation_rate)
        if self.filters % self.groups:
            raise ValueError(f"`groups` (={self.groups}) must divide `filters` (={self.filters})")

    def infer(self, x: Shape) -> Shape:
        *spatial, _ = ranked(x, len(self.kernel_size) + 1, self.op_name)
        if (channels := channels_of(x)) % self.groups:
            raise ShapeError(f"`groups` (={self.groups}) must divide the {channels} channels that reach it")
        return *slid(spatial, self.kernel_size, self.strides, self.padding, self.dilation_rate), self.filters

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        channels = channels_of(x)
        kernel = weight(
            self, "kernel", (*self.kernel_size, channels // self.groups, self.filters), self.kernel_initializer
        )
        return (kernel, weight(self, "bias", (self.filters,), self.bias_initializer)) if self.use_bias else (kernel,)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        channels = channels_of(inputs[0])
        return volume((*output, *self.kernel_size, channels // self.groups))

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        return sliding_windows(self.kernel_size, self.strides, self.dilation_rate)


def not_both(strides: tuple[int, ...], dilation_rate: tuple[int, ...]) -> None:
    """Refuses strides and dilation together, as Keras does.

    Raises:
        ValueError: both are above 1.
    """
    if max(strides) > 1 and max(dilation_rate) > 1:
        raise ValueError(f"`strides` (={strides}) and `dilation_rate` (={dilation_rate}) must not both be above 1")


def slid(
    spatial: list[int | None],
    window: tuple[int, ...],
    strides: tuple[int, ...],
    padding: str,
    dilation: tuple[int, ...],
) -> Shape:
    """The spatial sizes that a sliding window leaves.

    Raises:
        ShapeError: the window is larger than what it slides over.
    """
    axes = zip(spatial, window, strides, dilation, SPATIAL[len(window)], strict=True)
    return tuple(windowed(size, width, stride, padding, rate, name) for size, width, stride, rate, name in axes)


def sliding_windows(
    kernel_size: tuple[int, ...], strides: tuple[int, ...], dilation_rate: tuple[int, ...]
) -> tuple[Window, ...]:
    """What an output position sees through a window that slides with these steps."""
    axes = zip(kernel_size, strides, dilation_rate, strict=True)
    return tuple(Window(rate * (width - 1) + 1, stride) for width, stride, rate in axes)


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
