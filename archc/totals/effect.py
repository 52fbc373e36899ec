"""What remembered steps do: what they add to the totals, and what they make of the tensors and values around them.

Depth and receptive field of a tensor follow from those of the tensors before it. What steps do to them is remembered
as seen from the current tensor before the steps, of depth 0 and with a reach of 0 and a stride of 1 along each axis:
behind a tensor of another depth, reach and stride, depths and reaches grow by its own, in its strides.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from math import frexp
from typing import Any, NamedTuple

from archc.analysis.receptive_field import Field
from archc.ir.graph import Tensor
from archc.ir.shape import Shape
from archc.language.template import ItemName
from archc.language.value import Value
from archc.totals.names import Names
from archc.totals.values import Unknown, frozen

Axis = tuple[float, float] | None
"""The reach and the stride along an axis; None where the whole axis is seen."""


class Flow(NamedTuple):
    """What is known of a tensor.

    Attributes:
        kind: its shape and type, and along which axes it sees everything.
        depth: the weighted layers on the longest path to it.
        axes: its receptive field.
        exact: whether reaches and strides are numbers that floats add and multiply without rounding.
    """

    kind: tuple[Shape, str, tuple[bool, ...]]
    depth: int
    axes: tuple[Axis, ...]
    exact: bool

    @staticmethod
    def of(shape: Shape, dtype: str, depth: int, field: Iterable[Field]) -> Flow:
        """The flow of a tensor."""
        axes = tuple(None if axis.reach is None else (axis.reach, axis.stride) for axis in field)
        exact = all(axis is None or (is_exact(axis[0]) and is_exact(axis[1])) for axis in axes)
        return Flow((shape, dtype, tuple([axis is None for axis in axes])), depth, axes, exact)

    def field(self) -> tuple[Field, ...]:
        """The receptive field. The stride along an axis that is seen as a whole changes nothing."""
        return tuple(Field(None, 1) if axis is None else Field(*axis) for axis in self.axes)

    def origin(self) -> Flow:
        """The same tensor as it is seen from itself."""
        return self._replace(depth=0, axes=tuple(None if axis is None else (0, 1) for axis in self.axes))

    def seen_from(self, other: Flow) -> Flow | None:
        """The tensor as it is seen from another; None where that cannot be told without rounding."""
        if not self.exact or len(self.axes) != len(other.axes):
            return None
        axes: list[Axis] = []
        for mine, theirs in zip(self.axes, other.axes, strict=True):
            if mine is None:
                axes.append(None)
            elif theirs is None or frexp(theirs[1])[0] != 0.5:  # no power of 2
                return None
            else:
                axes.append(((mine[0] - theirs[0]) / theirs[1], mine[1] / theirs[1]))
        return self._replace(depth=self.depth - other.depth, axes=tuple(axes))

    def behind(self, other: Flow) -> Flow:
        """A tensor that is seen from another, behind this other."""
        kind, depth, axes, _ = self
        seen = [
            None if mine is None or theirs is None else (theirs[0] + mine[0] * theirs[1], mine[1] * theirs[1])
            for mine, theirs in zip(axes, other.axes, strict=False)
        ]
        return Flow(kind, depth + other.depth, (*seen, *axes[len(seen) :]), True)


def is_exact(number: float) -> bool:
    """Whether a number is a whole one of 65,536ths."""
    return float(number * 65_536).is_integer()


class Sums(NamedTuple):
    """What layers add to the totals.

    Attributes:
        unknown_macs: the layers whose multiply-adds are not known.
        elements: of all outputs.
        unknown_elements: the layers whose outputs have sizes that are not known.
        layers: their number, with further outputs of layers.
        steps: that a spec may not have more than a number of.
    """

    params: int = 0
    total_params: int = 0
    macs: int = 0
    unknown_macs: int = 0
    elements: int = 0
    unknown_elements: int = 0
    layers: int = 0
    steps: int = 0


class Made(NamedTuple):
    """A new tensor that steps leave; `used` is whether one of them takes it."""

    shape: Shape
    dtype: str
    flow: Flow
    used: bool


class Effect(NamedTuple):
    """What steps do.

    Attributes:
        taken: the places, among the tensors that they may read, of those that a layer takes.
        made: the new tensors that something behind them may read.
        bound: the names that have another tensor behind them, by its place among those before them and the new ones.
        items: the computed names that have another tensor behind them, as `bound`.
        values: the names that have another value behind them.
    """

    sums: Sums
    names: Names
    taken: tuple[int, ...]
    made: tuple[Made, ...]
    bound: tuple[tuple[str, int], ...]
    items: tuple[tuple[ItemName, int], ...]
    values: tuple[tuple[str, Value], ...]


def effect_of(
    sums: Sums,
    names: Names,
    scopes: tuple[Mapping[Any, Value], Mapping[Any, Value]],
    tensors: tuple[Sequence[Tensor], Sequence[Tensor]],
    taken: Container[Tensor],
    flow: Callable[[Tensor], Flow],
) -> Effect:
    """What steps did.

    Args:
        sums: what they add.
        names: that they take.
        scopes: the values before and after them, by their names, which are texts or computed ones.
        tensors: before them, and the new ones.
        taken: those that a layer takes.
        flow: what is known of a tensor.

    Raises:
        Unknown: they leave a tensor inside a value; or a new one that no layer takes, and that nothing can read.
    """
    before, after = scopes
    places: dict[Tensor, int] = {tensor: place for place, tensor in enumerate(tensors[0])}
    made: list[Made] = []
    bound: list[tuple[str, int]] = []
    items: list[tuple[ItemName, int]] = []
    values: list[tuple[str, Value]] = []
    for name, value in after.items():
        if name in before and before[name] is value:
            continue
        if isinstance(value, Tensor) and value not in places:
            places[value] = len(places)
            made.append(Made(value.shape, value.dtype, flow(value), value in taken))
        if isinstance(name, ItemName):
            items.append((name, places[value]))
        elif isinstance(value, Tensor):
            bound.append((name, places[value]))
        else:
            frozen(value)
            values.append((name, value))
    if any(tensor not in taken and tensor not in places for tensor in tensors[1]):
        raise Unknown
    places_taken = tuple(place for place, tensor in enumerate(tensors[0]) if tensor in taken)
    return Effect(sums, names, places_taken, tuple(made), tuple(bound), tuple(items), tuple(values))
