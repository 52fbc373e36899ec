"""Recurrent layers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from archc.ir.naming import snake_case
from archc.ir.op import Example, MaskRule, Op, Weight
from archc.ir.shape import Shape, ShapeError, channels_of, expect_rank, known_size, shape_text, volume
from archc.ops.activation_arguments import ActivationArgument, activated_state, canonical_recurrent_activations
from archc.ops.argument_types import Count, Seed, Share
from archc.ops.weight_arguments import ConstraintArgument, InitializerArgument, RegularizerArgument, weight_of


def check_initial_states(states: tuple[Shape, ...], initial: tuple[Shape, ...]) -> None:
    """Checks the initial states that a recurrent layer takes beside its sequence.

    Raises:
        ShapeError: there are more or fewer of them than states, or a shape is another.
    """
    if initial and len(initial) != len(states):
        count = "one initial state" if len(states) == 1 else f"{len(states)} initial states"
        raise ShapeError(f"expected {count} after the sequence, or none, got {len(initial)}")
    for place, (given, state) in enumerate(zip(initial, states, strict=False), start=1):
        pairs = zip(given, state, strict=False)
        if len(given) != len(state) or any(None not in pair and len({*pair}) > 1 for pair in pairs):
            message = f"initial state {place} must have the shape of the state, {shape_text(state)}, but has"
            raise ShapeError(f"{message} {shape_text(given)}")


def gate_weights(
    op: Op, units: int, gates: int, channels: int, prefix: str = "", window: tuple[int, ...] = ()
) -> tuple[Weight, ...]:
    """The weights of a recurrent layer or of a cell, one kernel for all its gates.

    Args:
        op: the layer or the cell.
        units: the width of its state.
        gates: how many of its products have that width.
        channels: of what it takes at a step.
        prefix: of the names of the weights.
        window: the sizes of the kernels along the axes of an image.

    Raises:
        ShapeError: an initializer cannot fill a weight of that shape.
    """
    given, width = op.values(), gates * units
    kernels = (
        weight_of(op, f"{prefix}kernel", (*window, channels, width), given["kernel_initializer"]),
        weight_of(op, f"{prefix}recurrent_kernel", (*window, units, width), given["recurrent_initializer"]),
    )
    if not given["use_bias"]:
        return kernels
    bias = (2, width) if given.get("reset_after") else (width,)
    return *kernels, weight_of(op, f"{prefix}bias", bias, given["bias_initializer"])


class _OverSteps(Op):
    """A layer that takes a sequence, and after it perhaps initial states, and computes a state at each step."""

    mask_use: ClassVar = "always"
    mask_is_input: ClassVar[bool] = True
    windows: ClassVar = Op.all_positions
    further_inputs: ClassVar[str | None] = "initial_state"

    @property
    def masking(self) -> MaskRule:
        return "keeps" if self.values()["return_sequences"] else "ends"


class _Recurrent(_OverSteps):
    """A state that each step computes from the state before it and the input at this step."""

    arity: ClassVar[tuple[int, int | None]] = (1, 2)
    in_training: ClassVar[tuple[str, ...]] = ("dropout", "recurrent_dropout", "unit_forget_bias")
    has_kernels: ClassVar[bool] = True
    widths: ClassVar[tuple[str, ...]] = ("units",)
    gates: ClassVar[int]
    state_count: ClassVar[int] = 1

    if TYPE_CHECKING:  # each op declares these among its own fields, in Keras's order
        units: Count
        return_sequences: bool
        return_state: bool
        unroll: bool

    @property
    def state_shapes(self) -> tuple[Shape, ...]:
        """The shapes of its states, in Keras's order: what it leaves last, and of LSTM also its memory."""
        return ((self.units,),) * self.state_count

    def states(self, *inputs: Shape) -> tuple[Shape, ...]:
        return self.state_shapes if self.return_state else ()

    def infer(self, x: Shape, *initial: Shape) -> Shape:
        steps, _ = expect_rank(x, 2)
        channels_of(x)
        check_initial_states(self.state_shapes, initial)
        if self.unroll:
            known_size(steps, f"with `unroll` (={self.unroll}) the number of steps", arguments=("unroll",))
        activated_state(self, (self.units,))
        return (steps, self.units) if self.return_sequences else (self.units,)

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        activations = canonical_recurrent_activations(self, 1)
        return super().respelled(inputs) | activations | {"unroll": False, "return_state": False}

    @property
    def inner_layers(self) -> Mapping[str, str]:
        return {f"{snake_case(self.op_name)}_cell": "cell"}

    def weights(self, x: Shape, *initial: Shape) -> tuple[Weight, ...]:
        return gate_weights(self, self.units, self.gates, channels_of(x), f"{snake_case(self.op_name)}_cell/")

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        return volume((inputs[0][0], channels_of(inputs[0]) + self.units, self.gates * self.units))


class LSTM(_Recurrent):
    """Long short-term memory."""

    gates: ClassVar[int] = 4
    state_count: ClassVar[int] = 2
    arity: ClassVar[tuple[int, int | None]] = (1, 3)
    examples: ClassVar = (
        Example({"units": 8}, ((4, 5),)),
        Example({"units": 8, "return_sequences": True, "go_backwards": True}, ((4, 5),)),
        Example({"units": 8, "use_bias": False, "dropout": 0.1, "recurrent_dropout": 0.2, "seed": 1}, ((4, 5),)),
        Example({"units": 8, "activation": "relu", "unit_forget_bias": False, "unroll": True}, ((3, 4),)),
        Example({"units": 8, "trainable": False}, ((4, 5),)),
        Example({"units": 8, "return_sequences": True, "return_state": True}, ((4, 5),)),
        Example({"units": 8}, ((4, 5), (8,), (8,))),
    )

    units: Count
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
    unroll: bool = False


class GRU(_Recurrent):
    """Gated recurrent unit."""

    gates: ClassVar[int] = 3
    examples: ClassVar = (
        Example({"units": 8}, ((4, 5),)),
        Example({"units": 8, "return_sequences": True, "reset_after": False}, ((4, 5),)),
        Example({"units": 8, "use_bias": False, "dropout": 0.1, "seed": 1}, ((4, 5),)),
        Example({"units": 8, "trainable": False, "go_backwards": True}, ((4, 5),)),
        Example({"units": 8, "return_state": True}, ((4, 5), (8,))),
        Example(
            {"units": 8, "activation": {"gelu": True}, "recurrent_activation": {"relu": {"max_value": 1}}}, ((4, 5),)
        ),
    )

    units: Count
    activation: ActivationArgument = "tanh"
    recurrent_activation: ActivationArgument = "sigmoid"
    use_bias: bool = True
    kernel_initializer: InitializerArgument = "glorot_uniform"
    recurrent_initializer: InitializerArgument = "orthogonal"
    bias_initializer: InitializerArgument = "zeros"
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
    unroll: bool = False
    reset_after: bool = True


class SimpleRNN(_Recurrent):
    """A state that is a dense layer of the state before it and the input, with an activation."""

    gates: ClassVar[int] = 1
    examples: ClassVar = (
        Example({"units": 8}, ((4, 5),)),
        Example({"units": 8, "return_sequences": True, "use_bias": False}, ((4, 5),)),
        Example({"units": 8, "activation": "relu", "recurrent_initializer": "identity"}, ((4, 5),)),
        Example({"units": 8, "trainable": False, "go_backwards": True}, ((4, 5),)),
        Example({"units": 8, "return_state": True}, ((4, 5), (8,))),
    )

    units: Count
    activation: ActivationArgument = "tanh"
    use_bias: bool = True
    kernel_initializer: InitializerArgument = "glorot_uniform"
    recurrent_initializer: InitializerArgument = "orthogonal"
    bias_initializer: InitializerArgument = "zeros"
    kernel_regularizer: RegularizerArgument = None
    recurrent_regularizer: RegularizerArgument = None
    bias_regularizer: RegularizerArgument = None
    activity_regularizer: RegularizerArgument = None
    kernel_constraint: ConstraintArgument = None
    recurrent_constraint: ConstraintArgument = None
    bias_constraint: ConstraintArgument = None
    dropout: Share = 0.0
    recurrent_dropout: Share = 0.0
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    unroll: bool = False
    seed: Seed = None
