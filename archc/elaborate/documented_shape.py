"""A shape that a document gives for the output of a step."""

from __future__ import annotations

from typing import NamedTuple

from archc.diagnostics import Position
from archc.ir.graph import Tensor
from archc.ir.shape import Shape
from archc.language.value import Value


class DocumentedShape(NamedTuple):
    """A `shape` beside a step, with the shape of the step's output.

    Attributes:
        of: the full name of the layer or part; None where it has none.
        computed: None where there is no such tensor.
        always: whether it is written with `$`, so that it holds at every value of the parameters.
        tensor: the step's output.
        absence: why there is no such tensor.
    """

    of: str | None
    documented: Value
    computed: Shape | None
    at: Position
    always: bool
    tensor: Tensor
    absence: str | None = None
