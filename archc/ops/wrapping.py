"""Layers that wrap a layer."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from archc.ir.naming import snake_case
from archc.ir.op import ArgumentError, Example, MaskRule, Op, Weight, Window
from archc.ir.shape import Shape, ShapeError, expect_rank, known_size, known_sum, shape_text, volume
from archc.ops import registry
from archc.ops.argument_types import ArgumentType, Count, read_call
from archc.ops.cells import CellArgument
from archc.ops.recurrent import GRU, LSTM, SimpleRNN, _OverSteps, check_initial_states


def _layer(value: Any) -> Op:
    """An op, written as a step writes it: a name, or a mapping of its name to its arguments."""
    if isinstance(value, Op):
        return value
    op, arguments = read_call(value, registry(), "the name of an op")
    return op(**arguments)


def _recurrent(value: Any) -> Op:
    layer = _layer(value)
    if not isinstance(layer, LSTM | GRU | SimpleRNN):
        raise ArgumentError("must be LSTM, GRU or SimpleRNN")
    return layer


def _applied_alone(value: Any) -> Op:
    layer = _layer(value)
    if layer.arity[0] != 1 or layer.merges or layer.function is not None:
        raise ArgumentError("must be a Keras layer that takes one tensor")
    if at_call := layer.call_arguments():
        raise ArgumentError(f"must be a layer that is called on its tensor alone, without `{next(iter(at_call))}`")
    if getattr(layer, "return_state", False):
        raise ArgumentError("must be a layer that leaves one tensor, without `return_state`")
    return layer


_SCHEMA = {"type": ["object", "string"], "minProperties": 1, "maxProperties": 1}
Recurrent = Annotated[LSTM | GRU | SimpleRNN, ArgumentType(_recurrent, _SCHEMA)]
Layer = Annotated[Op, ArgumentType(_applied_alone, _SCHEMA)]


def _inside(scope: str, weights: tuple[Weight, ...], trainable: bool) -> tuple[Weight, ...]:
    """The weights of a wrapped layer, under its name, frozen where the wrapper is."""
    return tuple(Weight(f"{scope}/{weight.name}", weight.shape, weight.trainable and trainable) for weight in weights)


def refuse_another_type(wrapper: Op, layer: Op) -> None:
    """Raises an ArgumentError for a layer that computes in another type than its wrapper."""
    if (wrapper.dtype or "float32") != (layer.dtype or "float32"):
        message = (
            f"`layer` has the `dtype` {layer.dtype or 'float32'} and `dtype` (={wrapper.dtype or 'float32'}) is "
            "another: Keras computes in a mixture of the two"
        )
        raise ArgumentError(message, arguments=("dtype", "layer"))


class Bidirectional(_OverSteps):
    """A recurrent layer forwards and a copy of it backwards, with their outputs merged."""

    arity: ClassVar[tuple[int, int | None]] = (1, 5)
    examples: ClassVar = (
        Example({"layer": {"LSTM": 8}}, ((4, 5),)),
        Example({"layer": {"GRU": {"units": 8, "return_sequences": True}}, "merge_mode": "sum"}, ((4, 5),)),
        Example(
            {
                "layer": {"LSTM": {"units": 8}},
                "backward_layer": {"SimpleRNN": {"units": 8, "go_backwards": True}},
                "merge_mode": "ave",
            },
            ((4, 5),),
        ),
        Example({"layer": {"SimpleRNN": {"units": 8, "trainable": False}}, "merge_mode": "mul"}, ((4, 5),)),
        Example({"layer": {"LSTM": 8}, "trainable": False}, ((4, 5),)),
        Example({"layer": {"LSTM": {"units": 8, "return_sequences": True, "return_state": True}}}, ((4, 5),)),
        Example({"layer": {"GRU": {"units": 8, "return_state": True}}}, ((4, 5), (8,), (8,))),
    )

    layer: Recurrent
    merge_mode: Literal["sum", "mul", "ave", "concat"] = "concat"
    backward_layer: Recurrent | None = None

    @property
    def weighted(self) -> bool:
        """Whether the layer counts in a network's depth."""
        return True

    @property
    def masking(self) -> MaskRule:
        return self.layer.masking

    def model_post_init(self, _: Any, /) -> None:
        other = self.backward_layer
        if other is not None and other.go_backwards == self.layer.go_backwards:
            message = f"`layer` and `backward_layer` both have `go_backwards` (={other.go_backwards})"
            raise ArgumentError(message, arguments=("layer", "backward_layer"))
        if other is not None and other.return_state != self.layer.return_state:
            message = f"`layer` has `return_state` (={self.layer.return_state}), and `backward_layer` has the opposite"
            raise ArgumentError(message, arguments=("layer", "backward_layer"))

    def states(self, *inputs: Shape) -> tuple[Shape, ...]:
        return sum((layer.states(*inputs[:1]) for _, layer in self._ways()), ())

    def infer(self, x: Shape, *initial: Shape) -> Shape:
        shape = self.layer.infer(x)
        forward, backward = (layer.state_shapes for _, layer in self._ways())
        if initial and len(forward) != len(backward):
            message = "takes no initial states, as `layer` and `backward_layer` have different numbers of states"
            raise ShapeError(message, arguments=("layer", "backward_layer"))
        check_initial_states(forward + backward, initial)
        if self.backward_layer is not None and (other := self.backward_layer.infer(x)) != shape:
            message = f"the output of `layer` is {shape_text(shape)}, but that of `backward_layer` {shape_text(other)}"
            raise ShapeError(message, arguments=("layer", "backward_layer"))
        return (*shape[:-1], 2 * self.layer.units) if self.merge_mode == "concat" else shape

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        backward = self.backward_layer and self.backward_layer.canonical(inputs)
        return super().respelled(inputs) | {"layer": self.layer.canonical(inputs), "backward_layer": backward}

    def _ways(self) -> tuple[tuple[str, Recurrent], tuple[str, Recurrent]]:
        """The layers forwards and backwards, with Keras's names."""
        kind, backward = snake_case(self.layer.op_name), self.backward_layer
        way_back = (f"backward_{kind}", self.layer) if backward is None else (snake_case(backward.op_name), backward)
        return (f"forward_{kind}", self.layer), way_back

    @property
    def inner_layers(self) -> Mapping[str, str]:
        (forward, layer), (backward, other) = self._ways()
        return {forward: "forward_layer", backward: "backward_layer", **layer.inner_layers, **other.inner_layers}

    def weights(self, x: Shape, *initial: Shape) -> tuple[Weight, ...]:
        (forward, layer), (backward, other) = self._ways()
        return _inside(forward, layer.weights(x), self.trainable) + _inside(backward, other.weights(x), self.trainable)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        ways = [layer.macs(inputs, layer.infer(inputs[0])) for layer in (self.layer, self.backward_layer or self.layer)]
        return known_sum(ways)


class TimeDistributed(Op):
    """A layer that is called at each step of a sequence, with the same weights."""

    mask_rule: ClassVar[MaskRule] = "keeps"
    mask_is_input: ClassVar[bool] = True
    examples: ClassVar = (
        Example({"layer": {"Dense": {"units": 10}}}, ((7, 5),)),
        Example({"layer": {"Conv2D": {"filters": 4, "kernel_size": 3, "strides": 2}}}, ((3, 8, 9, 2),)),
        Example({"layer": "Flatten"}, ((3, 8, 9, 2),)),
        Example({"layer": {"BatchNormalization": {"trainable": False}}}, ((3, 8, 2),)),
        Example({"layer": {"Dense": 4}, "trainable": False}, ((7, 5),)),
    )

    layer: Layer

    @property
    def weighted(self) -> bool:
        """Whether the layer counts in a network's depth."""
        return self.layer.weighted

    def model_post_init(self, _: Any, /) -> None:
        refuse_another_type(self, self.layer)

    def infer(self, x: Shape) -> Shape:
        if len(x) < 2:
            raise ShapeError(f"expected an input with steps and at least one other axis, got {shape_text(x)}")
        known_size(x[0], "the number of steps")  # Keras maps over the batch where it is open
        return x[0], *self.layer.infer(x[1:])

    def infer_dtype(self, *dtypes: str) -> str:
        return self.layer.infer_dtype(*dtypes)

    def noted_dtype(self, *dtypes: str) -> str:
        return self.layer.noted_dtype(*dtypes)

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        return super().respelled(inputs) | {"layer": self.layer.canonical((inputs[0][1:],))}

    @property
    def inner_layers(self) -> Mapping[str, str]:
        return {snake_case(self.layer.op_name): "layer", **self.layer.inner_layers}

    @property
    def integer_weights(self) -> tuple[str, ...]:
        return self.layer.integer_weights

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return _inside(snake_case(self.layer.op_name), self.layer.weights(x[1:]), self.trainable)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        at_one = self.layer.macs((inputs[0][1:],), output[1:])
        if at_one == 0:
            return 0
        return None if at_one is None or output[0] is None else at_one * output[0]

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        return Window(), *self.layer.windows((inputs[0][1:],), output[1:])


class RNN(_OverSteps):
    """A recurrent layer over a cell, or over several that are stacked."""

    arity: ClassVar[tuple[int, int | None]] = (1, 3)
    examples: ClassVar = (
        Example({"cell": {"LSTMCell": 8}}, ((4, 5),)),
        Example({"cell": {"GRUCell": {"units": 8, "reset_after": False}}, "return_sequences": True}, ((4, 5),)),
        Example({"cell": [{"LSTMCell": 8}, {"GRUCell": 6}, {"LSTMCell": 4}], "go_backwards": True}, ((4, 5),)),
        Example({"cell": {"SimpleRNNCell": {"units": 8, "use_bias": False}}, "return_state": True}, ((4, 5), (8,))),
        Example({"cell": {"LSTMCell": {"units": 8, "trainable": False}}, "return_state": True}, ((4, 5),)),
        Example({"cell": {"GRUCell": 8}, "trainable": False, "unroll": True}, ((4, 5),)),
    )

    note: ClassVar[str] = (
        "`cell` is `LSTMCell`, `GRUCell` or `SimpleRNNCell` with Keras's arguments, or a list of them: each takes what "
        "the one before it leaves."
    )

    cell: CellArgument
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    unroll: bool = False

    @property
    def weighted(self) -> bool:
        """Whether the layer counts in a network's depth."""
        return True

    def model_post_init(self, _: Any, /) -> None:
        if self.return_state and not self.cell.state_shapes:
            message = "`return_state` (=True) needs one cell: Keras groups the states of several in `cell`"
            raise ArgumentError(message, arguments=("return_state", "cell"))

    def states(self, *inputs: Shape) -> tuple[Shape, ...]:
        return self.cell.state_shapes if self.return_state else ()

    def infer(self, x: Shape, *initial: Shape) -> Shape:
        steps, channels = expect_rank(x, 2)
        if self.unroll:
            known_size(steps, f"with `unroll` (={self.unroll}) the number of steps", arguments=("unroll",))
        left = self.cell.infer((channels,))
        if initial and not self.cell.state_shapes:
            raise ShapeError("takes no initial states, as Keras groups those of several cells", arguments=("cell",))
        check_initial_states(self.cell.state_shapes, initial)
        return (steps, *left) if self.return_sequences else left

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        cell = self.cell.canonical(())
        return super().respelled(inputs) | {"cell": cell, "unroll": False, "return_state": False}

    @property
    def inner_layers(self) -> Mapping[str, str]:
        return {snake_case(self.cell.op_name): "cell", **self.cell.inner_layers}

    def weights(self, x: Shape, *initial: Shape) -> tuple[Weight, ...]:
        return _inside(snake_case(self.cell.op_name), self.cell.weights(x[1:]), self.trainable)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        at_one = self.cell.macs((inputs[0][1:],), output[-1:])
        return None if at_one is None else volume((inputs[0][0], at_one))


class SpectralNormalization(Op):
    """A layer whose kernel is divided by its spectral norm, at each step of training."""

    examples: ClassVar = (
        Example({"layer": {"Dense": 4}}, ((8,),)),
        Example({"layer": {"Conv2D": {"filters": 4, "kernel_size": 3, "strides": 2}}}, ((8, 9, 3),)),
        Example({"layer": {"Conv2DTranspose": {"filters": 4, "kernel_size": 3, "use_bias": False}}}, ((8, 9, 3),)),
        Example({"layer": {"Dense": {"units": 4, "trainable": False}}, "power_iterations": 2}, ((7, 8),)),
        Example({"layer": {"DepthwiseConv2D": {"kernel_size": 3, "depth_multiplier": 2}}}, ((8, 9, 3),)),
        Example({"layer": {"Conv1D": {"filters": 4, "kernel_size": 3}}, "trainable": False}, ((8, 3),)),
    )
    in_training: ClassVar[tuple[str, ...]] = ("power_iterations",)

    layer: Layer
    power_iterations: Count = 1

    @property
    def weighted(self) -> bool:
        """Whether the layer counts in a network's depth."""
        return self.layer.weighted

    def model_post_init(self, _: Any, /) -> None:
        fields = type(self.layer).model_fields.keys()
        has_kernel = not fields.isdisjoint({"kernel_initializer", "depthwise_initializer"})
        if not has_kernel or "pointwise_initializer" in fields or self.layer.inner_layers:
            message = f"`layer` (={self.layer.op_name}) has no `kernel`, whose norm would be taken"
            raise ArgumentError(message, arguments=("layer",))
        refuse_another_type(self, self.layer)

    def infer(self, x: Shape) -> Shape:
        return self.layer.infer(x)

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        return super().respelled(inputs) | {"layer": self.layer.canonical(inputs)}

    @property
    def inner_layers(self) -> Mapping[str, str]:
        return {snake_case(self.layer.op_name): "layer", **self.layer.inner_layers}

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        kernel, *others = _inside(snake_case(self.layer.op_name), self.layer.weights(x), self.trainable)
        return kernel, Weight("vector_u", (1, kernel.shape[-1]), trainable=False), *others

    @property
    def masking(self) -> MaskRule:
        return self.layer.masking

    @property
    def saved_twice(self) -> tuple[str, ...]:
        return (f"{snake_case(self.layer.op_name)}/kernel",)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        return self.layer.macs(inputs, output)

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        return self.layer.windows(inputs, output)
