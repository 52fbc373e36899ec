"""Recurrent layers over convolutions."""

from collections.abc import Mapping
from typing import Any, ClassVar

from archc.ir.op import Example, Weight
from archc.ir.shape import Shape, ShapeError, channels_of, known_size, shape_text, volume
from archc.ops.activation_arguments import ActivationArgument, activated_state, canonical_recurrent_activations
from archc.ops.argument_types import Count, Padding, Pair, Seed, Share, Single, Triple
from archc.ops.convolution import refuse_strided_dilation
from archc.ops.recurrent import _OverSteps, check_initial_states, gate_weights
from archc.ops.weight_arguments import ConstraintArgument, InitializerArgument, RegularizerArgument
from archc.ops.windows import canonical_padding, sliding_sizes


class _ConvLSTM(_OverSteps):
    """A long short-term memory whose inputs and states are images, and whose products are convolutions.

    Each output position sees all positions, as what is seen of an image grows from step to step.
    """

    has_kernels: ClassVar[bool] = True
    stays_frozen: ClassVar[bool] = False
    arity: ClassVar[tuple[int, int | None]] = (1, 3)
    in_training: ClassVar[tuple[str, ...]] = ("dropout", "recurrent_dropout", "unit_forget_bias")
    widths: ClassVar[tuple[str, ...]] = ("filters",)

    filters: Count
    kernel_size: tuple[int, ...]
    strides: tuple[int, ...]
    padding: Padding = "valid"
    dilation_rate: tuple[int, ...]
    activation: ActivationArgument = "tanh"
    recurrent_activation: ActivationArgument = "sigmoid"
    use_bias: bool = True
    kernel_initializer: InitializerArgument = "glorot_uniform"
    recurrent_initializer: InitializerArgument = "orthogonal"
    bias_initializer: InitializerArgument = "zeros"
    unit_forget_bias: bool = True
    kernel_regularizer: RegularizerArgument = None
    recurrent_regularizer: RegularizerArgument = None
    bias_regularizer: RegularizerArgument = None
    activity_regularizer: RegularizerArgument = None
    kernel_constraint: ConstraintArgument = None
    recurrent_constraint: ConstraintArgument = None
    bias_constraint: ConstraintArgument = None
    dropout: Share = 0.0
    recurrent_dropout: Share = 0.0
    seed: Seed = None
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False

    def model_post_init(self, _: Any, /) -> None:
        refuse_strided_dilation(self.strides, self.dilation_rate)

    def _state_shapes(self, x: Shape) -> tuple[Shape, ...]:
        sizes = sliding_sizes(x[1:-1], self.kernel_size, self.strides, self.padding, self.dilation_rate, "kernel_size")
        return ((*sizes, self.filters),) * 2

    def states(self, *inputs: Shape) -> tuple[Shape, ...]:
        return self._state_shapes(inputs[0]) if self.return_state else ()

    def infer(self, x: Shape, *initial: Shape) -> Shape:
        rank = len(self.kernel_size)
        if len(x) != rank + 2:
            what = {1: "sequences", 2: "images", 3: "volumes"}[rank]
            raise ShapeError(f"expected a sequence of {what}, an input with {rank + 2} axes, got {shape_text(x)}")
        channels_of(x)
        for size in x[1:-1]:
            known_size(size, "a spatial size")
        states = self._state_shapes(x)
        check_initial_states(states, initial)
        activated_state(self, states[0])
        return (x[0], *states[0]) if self.return_sequences else states[0]

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        padding = canonical_padding(self.padding, self.kernel_size)
        activations = canonical_recurrent_activations(self, len(inputs[0]) - 1)
        return super().respelled(inputs) | activations | {"padding": padding, "return_state": False}

    @property
    def inner_layers(self) -> Mapping[str, str]:
        return {"conv_lstm_cell": "cell"}

    def weights(self, x: Shape, *initial: Shape) -> tuple[Weight, ...]:
        return gate_weights(self, self.filters, 4, channels_of(x), "conv_lstm_cell/", self.kernel_size)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        at_each = channels_of(inputs[0]) + self.filters, 4, *self.kernel_size
        return volume((inputs[0][0], *output[-len(self.kernel_size) - 1 :], *at_each))


class ConvLSTM1D(_ConvLSTM):
    """Long short-term memory over a sequence of sequences, with convolutions."""

    examples: ClassVar = (
        Example({"filters": 4, "kernel_size": 3}, ((3, 8, 2),)),
        Example({"filters": 4, "kernel_size": 3, "strides": 2, "padding": "same", "use_bias": False}, ((3, 8, 2),)),
        Example({"filters": 4, "kernel_size": 2, "return_sequences": True, "return_state": True}, ((3, 8, 2),)),
    )

    kernel_size: Single
    strides: Single = (1,)
    dilation_rate: Single = (1,)


class ConvLSTM2D(_ConvLSTM):
    """Long short-term memory over a sequence of images, with convolutions."""

    examples: ClassVar = (
        Example({"filters": 4, "kernel_size": 3}, ((3, 7, 8, 2),)),
        Example({"filters": 4, "kernel_size": [1, 3], "strides": [1, 2], "trainable": False}, ((3, 7, 8, 2),)),
        Example({"filters": 4, "kernel_size": 3, "padding": "same", "return_sequences": True}, ((3, 7, 8, 2),)),
        Example({"filters": 4, "kernel_size": 2, "dilation_rate": 2, "go_backwards": True}, ((3, 8, 8, 2),)),
        Example(
            {"filters": 4, "kernel_size": 3, "padding": "same", "return_state": True},
            ((3, 7, 8, 2), (7, 8, 4), (7, 8, 4)),
        ),
    )

    kernel_size: Pair
    strides: Pair = (1, 1)
    dilation_rate: Pair = (1, 1)


class ConvLSTM3D(_ConvLSTM):
    """Long short-term memory over a sequence of volumes, with convolutions."""

    examples: ClassVar = (
        Example({"filters": 3, "kernel_size": 2}, ((3, 4, 5, 6, 2),)),
        Example({"filters": 3, "kernel_size": 3, "padding": "same", "return_sequences": True}, ((2, 4, 5, 6, 2),)),
    )

    kernel_size: Triple
    strides: Triple = (1, 1, 1)
    dilation_rate: Triple = (1, 1, 1)
