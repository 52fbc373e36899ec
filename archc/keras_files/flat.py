"""The calls of a model before they have their order: each layer with what it is called on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from archc.diagnostics import Position
from archc.ir.graph import Input, Region
from archc.ir.op import Op
from archc.ir.shape import Shape


@dataclass(eq=False, slots=True)
class FlatNode:
    """A call of a layer.

    Attributes:
        noted: the type that Keras notes of the output, where it is another than the type that it gives.
        twin: the call that stands in the same place of an earlier use of the model around it.
        first: the call of the layer that was read first, where this is another.
    """

    name: str
    op: Op
    inputs: tuple[FlatTensor, ...]
    shape: Shape
    dtype: str
    region: Region
    at: Position
    first: FlatNode | None = None
    twin: FlatNode | None = None
    noted: str | None = None


FlatTensor = FlatNode | Input


@dataclass(eq=False, slots=True)
class FlatCall:
    """A use of a model that is called several times.

    Attributes:
        units: the calls in it; in the order of creation once `order` has put them so.
        twin: the use that stands in the same place of an earlier use of the model around it.
        repeats: the earlier use of this model that this one repeats, unit by unit.
    """

    name: str
    inputs: tuple[FlatTensor, ...]
    region: Region
    at: Position
    outputs: tuple[FlatTensor, ...] = ()
    units: list[Unit] = field(default_factory=list)
    twin: FlatCall | None = None
    repeats: FlatCall | None = None

    @property
    def first(self) -> FlatCall:
        """The use of this model that was read first."""
        return self if self.repeats is None else self.repeats.first


Unit = FlatNode | FlatCall


def nodes_in(units: Iterable[Unit]) -> Iterator[FlatNode]:
    """The calls of layers, those in shared models too."""
    for unit in units:
        if isinstance(unit, FlatCall):
            yield from nodes_in(unit.units)
        else:
            yield unit


def standing(unit: Unit) -> Unit:
    """What stands for a unit in all uses of the model around it: the unit of the use that was read first."""
    while unit.twin is not None:
        unit = unit.twin
    return unit


class OpCall(NamedTuple):
    """An op and what it is called on.

    Attributes:
        inputs: None stands for the output of the op before it in its chain; of a further output of a layer, for the
            first.
        suffix: what its name has after that of the layer.
        noted: the type that Keras notes of the output, where it is another than the type that it gives.
    """

    op: Op
    inputs: tuple[FlatTensor | None, ...]
    shape: Shape
    dtype: str
    suffix: str = ""
    noted: str | None = None


def noted_dtype(tensor: FlatTensor | OpCall) -> str:
    """The type that Keras notes of a tensor, which is what a file has."""
    return tensor.dtype if isinstance(tensor, Input) else tensor.noted or tensor.dtype


Chains = Mapping[int, list[OpCall]]
"""The ops of each output of a call, one after another."""
