"""The cells of recurrent layers: what is computed at one step. They are no layers of a network."""

from abc import ABC
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar

from archc.ir.naming import automatic_name, snake_case
from archc.ir.op import ArgumentError, Op, Weight
from archc.ir.shape import Shape, channels_of
from archc.ops import registry
from archc.ops.activation_arguments import ActivationArgument, activated_state, canonical_recurrent_activations
from archc.ops.argument_types import ArgumentType, Count, Seed, Share, read_call
from archc.ops.recurrent import gate_weights
from archc.ops.weight_arguments import ConstraintArgument, InitializerArgument, RegularizerArgument


class Cell(Op, ABC):
    """A cell, which is an argument of an op and no op of its own.

    Attributes:
        gates: how many of its products have the width of its output.
        state_count: how many states it keeps from step to step.
    """

    in_training: ClassVar[tuple[str, ...]] = ("dropout", "recurrent_dropout", "unit_forget_bias")
    has_kernels: ClassVar[bool] = True
    widths: ClassVar[tuple[str, ...]] = ("units",)
    gates: ClassVar[int]
    state_count: ClassVar[int] = 1

    @property
    def state_shapes(self) -> tuple[Shape, ...]:
        """The shapes of its states, in Keras's order."""
        return ((self._units,),) * self.state_count

    @property
    def _units(self) -> int:
        return int(self.values()["units"])

    def infer(self, x: Shape) -> Shape:
        """The shape that it leaves at a step."""
        channels_of(x)
        return activated_state(self, (self._units,))

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        return super().respelled(inputs) | canonical_recurrent_activations(self, 1)

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return gate_weights(self, self._units, self.gates, channels_of(x))

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        return (channels_of(inputs[0]) + self._units) * self.gates * self._units


class LSTMCell(Cell):
    """One step of long short-term memory."""

    gates: ClassVar[int] = 4
    state_count: ClassVar[int] = 2

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
    kernel_constraint: ConstraintArgument = None
    recurrent_constraint: ConstraintArgument = None
    bias_constraint: ConstraintArgument = None
    dropout: Share = 0.0
    recurrent_dropout: Share = 0.0
    seed: Seed = None


class GRUCell(Cell):
    """One step of a gated recurrent unit."""

    gates: ClassVar[int] = 3

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
    kernel_constraint: ConstraintArgument = None
    recurrent_constraint: ConstraintArgument = None
    bias_constraint: ConstraintArgument = None
    dropout: Share = 0.0
    recurrent_dropout: Share = 0.0
    reset_after: bool = True
    seed: Seed = None


class SimpleRNNCell(Cell):
    """One step of a dense layer of the state before it and the input."""

    gates: ClassVar[int] = 1

    units: Count
    activation: ActivationArgument = "tanh"
    use_bias: bool = True
    kernel_initializer: InitializerArgument = "glorot_uniform"
    recurrent_initializer: InitializerArgument = "orthogonal"
    bias_initializer: InitializerArgument = "zeros"
    kernel_regularizer: RegularizerArgument = None
    recurrent_regularizer: RegularizerArgument = None
    bias_regularizer: RegularizerArgument = None
    kernel_constraint: ConstraintArgument = None
    recurrent_constraint: ConstraintArgument = None
    bias_constraint: ConstraintArgument = None
    dropout: Share = 0.0
    recurrent_dropout: Share = 0.0
    seed: Seed = None


def cell_names(classes: Iterable[str]) -> list[str]:
    """The names of cells in a row, by their classes, as Keras gives them in a new model."""
    names: Counter[str] = Counter()
    return [automatic_name(names, snake_case(class_)) for class_ in classes]


def _one_cell(value: Any) -> Cell:
    if isinstance(value, Cell):
        return value
    simple = {name: class_ for name, class_ in CELLS.items() if class_ is not StackedRNNCells}
    class_, arguments = read_call(value, simple, "the name of a cell")
    return class_(**arguments)


def _several_cells(value: Any) -> tuple[Cell, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise ArgumentError("must be a list of cells that is not empty")
    return tuple(map(_one_cell, value))


def _cell(value: Any) -> Cell:
    """A cell, or several, each of which takes what the one before it leaves; a list of them is `StackedRNNCells`."""
    if isinstance(value, Cell):
        return value
    if isinstance(value, list | tuple):
        return StackedRNNCells(cells=_several_cells(value))
    class_, arguments = read_call(value, CELLS, "the name of a cell")
    return class_(**arguments)


_ONE = {"type": ["object", "string"], "minProperties": 1, "maxProperties": 1}
_SEVERAL = {"type": "array", "items": _ONE, "minItems": 1}
CellArgument = Annotated[Cell, ArgumentType(_cell, {"anyOf": [_ONE, _SEVERAL]})]


class StackedRNNCells(Cell):
    """Cells in a row at each step."""

    gates: ClassVar[int] = 0

    cells: Annotated[tuple[Cell, ...], ArgumentType(_several_cells, _SEVERAL)]

    @property
    def state_shapes(self) -> tuple[Shape, ...]:
        """None: Keras groups the states of each cell, and no layer takes or leaves such groups."""
        return ()

    @property
    def _names(self) -> list[str]:
        return cell_names([cell.op_name for cell in self.cells])

    @property
    def inner_layers(self) -> Mapping[str, str]:
        return {name: f"cells/{name}" for name in self._names}

    def infer(self, x: Shape) -> Shape:
        """The shape that the last cell leaves at a step."""
        for cell in self.cells:
            x = cell.infer(x)
        return x

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        return super().respelled(inputs) | {"cells": tuple(cell.canonical(()) for cell in self.cells)}

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        found: list[Weight] = []
        for name, cell in zip(self._names, self.cells, strict=True):
            found += [weight._replace(name=f"{name}/{weight.name}") for weight in cell.weights(x)]
            x = cell.infer(x)
        return tuple(found)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        total, x = 0, inputs[0]
        for cell in self.cells:
            total += cell.macs((x,), cell.infer(x)) or 0
            x = cell.infer(x)
        return total


def op_class(name: str) -> type[Op]:
    """The class of an op, or of a cell, which is in an op."""
    return CELLS[name] if name in CELLS else registry()[name]


CELLS: Mapping[str, type[Cell]] = {
    class_.__name__: class_ for class_ in (LSTMCell, GRUCell, SimpleRNNCell, StackedRNNCells)
}
"""The cells by their names in Keras."""
