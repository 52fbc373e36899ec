"""Layers that wrap a layer."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from archc.ir.naming import snake_case
from archc.ir.op import ArgumentError, Example, MaskRule, Op, Weight, Window
from archc.ir.shape import Shape, ShapeError, known_size, known_sum, shape_text
from archc.ops import registry
from archc.ops.argument_types import ArgumentType, read_call
from archc.ops.recurrent import GRU, LSTM, SimpleRNN


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
    if layer.arity != (1, 1) or layer.function is not None:
        raise ArgumentError("must be a Keras layer that takes one tensor")
    return layer


_SCHEMA = {"type": ["object", "string"], "minProperties": 1, "maxProperties": 1}
Recurrent = Annotated[LSTM | GRU | SimpleRNN, ArgumentType(_recurrent, _SCHEMA)]
Layer = Annotated[Op, ArgumentType(_applied_alone, _SCHEMA)]


def _inside(scope: str, weights: tuple[Weight, ...], trainable: bool) -> tuple[Weight, ...]:
    """The weights of a wrapped layer, under its name, frozen where the wrapper is."""
    return tuple(Weight(f"{scope}/{weight.name}", weight.shape, weight.trainable and trainable) for weight in weights)


class Bidirectional(Op):
    """A recurrent layer forwards and a copy of it backwards, with their outputs merged."""

    mask_use: ClassVar = "always"
    mask_is_input: ClassVar[bool] = True
    windows: ClassVar = Op.all_positions
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

    def infer(self, x: Shape) -> Shape:
        shape = self.layer.infer(x)
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

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        (forward, layer), (backward, other) = self._ways()
        return _inside(forward, layer.weights(x), self.trainable) + _inside(backward, other.weights(x), self.trainable)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        ways = [layer.macs(inputs, layer.infer(*inputs)) for layer in (self.layer, self.backward_layer or self.layer)]
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
        if (self.dtype or "float32") != (self.layer.dtype or "float32"):
            message = (
                f"`layer` has the `dtype` {self.layer.dtype or 'float32'} and `dtype` (={self.dtype or 'float32'}) is "
                "another: Keras computes in a mixture of the two"
            )
            raise ArgumentError(message, arguments=("dtype", "layer"))

    def infer(self, x: Shape) -> Shape:
        if len(x) < 2:
            raise ShapeError(f"expected an input with steps and at least one other axis, got {shape_text(x)}")
        known_size(x[0], "the number of steps")  # Keras maps over the batch where it is open
        return x[0], *self.layer.infer(x[1:])

    def infer_dtype(self, *dtypes: str) -> str:
        return self.layer.infer_dtype(*dtypes)

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
