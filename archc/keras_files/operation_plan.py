"""An operation of Keras's with what it is called on, and what it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from archc.ir.shape import Shape
from archc.keras_files.call_arguments import TensorRef
from archc.keras_files.op_of_layer import NoOp


class Step(NamedTuple):
    """A layer of archc's: the name of its op, and its arguments."""

    op: str
    arguments: Mapping[str, Any]


class Plan(NamedTuple):
    """What an operation becomes: for each of its outputs, steps one after another from these tensors."""

    inputs: list[TensorRef]
    outputs: list[list[Step]]


class Operation(NamedTuple):
    """An operation of Keras's with what it is called on.

    Attributes:
        args: the arguments of the call without their names.
        named: the arguments by their names, those of the operation itself among them.
        shapes: of the tensors.
    """

    name: str
    args: tuple[Any, ...]
    named: Mapping[str, Any]
    tensors: list[TensorRef]
    shapes: list[Shape]

    def value(self, name: str, position: int, default: Any = None) -> Any:
        """An argument by its name or its position in the call."""
        if self.named.get(name) is not None:
            return self.named[name]
        return self.args[position] if position < len(self.args) and self.args[position] is not None else default

    def only(self) -> Shape:
        """The shape of the one tensor.

        Raises:
            NoOp: there are several, or none.
        """
        if len(self.shapes) != 1:
            raise NoOp(f"it has {len(self.shapes)} tensors")
        return self.shapes[0]
