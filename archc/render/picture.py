"""The folded picture of a network as boxes and lines, for templates."""

from __future__ import annotations

from dataclasses import dataclass

from archc.ir.graph import Graph


@dataclass(frozen=True, slots=True)
class Box:
    """A layer, an input, an output or a part.

    Attributes:
        id: a name without blanks: `b7`.
        kind: `layer`, `part`, `input` or `output`.
        name: of the layer or part.
        op: of a layer, its kind; of a part, the block; empty for others.
        text: of a layer, the ops in it in the order of computation, as `Conv2D · BatchNormalization · ReLU`.
        shape: of the output, without the batch; None for an unknown shape or several outputs.
        times: how often it is repeated.
        boxes: of a part that is open, what is in it.
    """

    id: str
    kind: str
    name: str
    op: str
    text: str
    shape: tuple[int | None, ...] | None
    times: int
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A tensor that goes from one box to another.

    Attributes:
        start: the id of the box that it leaves.
        end: the id of the box that it enters.
        frame: the id of the repeated part at whose frame it ends, as later rounds alone take it; empty for others.
    """

    start: str
    end: str
    frame: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The network as boxes and lines; parts deeper than the level are closed: one box.

    Attributes:
        level: how many parts around a box are open.
        boxes: in the order of creation.
        lines: between the boxes at all levels.
    """

    level: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def pictures(graph: Graph) -> tuple[Picture, ...]:
    return ()
