"""The outputs that a layer has beside its first one: the states of recurrent layers."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from archc.ir.op import SEES_ALL, Op, Window
from archc.ir.shape import Shape


class State(Op):
    """A further output of the layer that is its only input, whose node stands for the first output.

    It is no word of the language, and no layer in Keras: the layer gives it with its output.

    Attributes:
        index: its number among the outputs of the layer, from 1.
        output: its shape.
    """

    index: int
    output: tuple[int | None, ...] = Field(repr=False)

    @property
    def keras_layer(self) -> str | None:
        """None: it is no layer."""
        return None

    def infer(self, *_: Any) -> Shape:
        """The shape that the layer gives it."""
        return self.output

    def infer_dtype(self, *dtypes: str) -> str:
        """The type of the layer's output."""
        return dtypes[0]

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        """Of all steps of the output, where it has steps, each position of its own."""
        steps = max(len(inputs[0]) - len(output), 0)
        return (SEES_ALL,) * steps + (Window(),) * (len(inputs[0]) - steps - 1)

    def values(self) -> dict[str, Any]:
        """The number of the output; the shape follows from the layer."""
        return {"index": self.index}

    def arguments(self) -> dict[str, Any]:
        """The number of the output."""
        return self.values()
