"""Merges: layers that combine several tensors into one."""

from typing import Annotated, Any, ClassVar

from archc.ir.dtype import NUMBERS, NUMBERS_AND_BOOLEANS
from archc.ir.op import Example, MaskRule, Op
from archc.ir.shape import Shape, ShapeError, axis_index, broadcast, known_sum, shape_text, volume
from archc.ops.argument_types import AXIS, Axis, itself, sequence_of

_JOINED = (
    Example({}, ((8, 9, 4), (8, 9, 4))),
    Example({}, ((8, 9, 4),)),
    Example({}, ((8, 9, 4), (1, 1, 4), (8, 1, 1))),
    Example({}, ((8, 9, 4), (4,))),
    Example({}, ((4,), (9, 4), (8, 1, 1))),
)


class _Merge(Op):
    """Arithmetic on the numbers at each position of several tensors."""

    mask_rule: ClassVar[MaskRule] = "merges"
    windows: ClassVar = Op.own_position
    arity: ClassVar[tuple[int, int | None]] = (1, None)
    merges: ClassVar[bool] = True
    commutes: ClassVar[bool] = True

    def infer(self, *inputs: Shape) -> Shape:
        return broadcast(inputs)

    def passes_on(self, inputs: tuple[Shape, ...]) -> bool:
        return len(inputs) == 1


class Add(_Merge):
    """The sum."""

    accepts: ClassVar = NUMBERS
    keeps_type: ClassVar[bool] = True
    examples: ClassVar = _JOINED


class Subtract(_Merge):
    """The first minus the second."""

    accepts: ClassVar = NUMBERS
    keeps_type: ClassVar[bool] = True
    examples: ClassVar = (Example({}, ((8, 9, 4), (8, 9, 4))), Example({}, ((8, 9, 4), (1, 1, 4))))
    arity: ClassVar[tuple[int, int | None]] = (2, 2)
    commutes: ClassVar[bool] = False


class Multiply(_Merge):
    """The product."""

    mask_use: ClassVar = "always"
    accepts: ClassVar = NUMBERS
    keeps_type: ClassVar[bool] = True
    examples: ClassVar = _JOINED


class Average(_Merge):
    """The mean."""

    examples: ClassVar = _JOINED


class Maximum(_Merge):
    """The largest value at each position."""

    mask_use: ClassVar = "always"
    accepts: ClassVar = NUMBERS
    keeps_type: ClassVar[bool] = True
    examples: ClassVar = _JOINED


class Minimum(_Merge):
    """The smallest value at each position."""

    mask_use: ClassVar = "always"
    accepts: ClassVar = NUMBERS
    keeps_type: ClassVar[bool] = True
    examples: ClassVar = _JOINED


class Concatenate(Op):
    """The tensors one after another along an axis."""

    mask_rule: ClassVar[MaskRule] = "joins"
    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    keeps_type: ClassVar[bool] = True
    windows: ClassVar = Op.own_position
    examples: ClassVar = (
        Example({}, ((8, 9, 4), (8, 9, 6), (8, 9, 1))),
        Example({"axis": 1}, ((1, 4), (9, 4))),
        Example({"axis": -2}, ((8, 9, 4), (8, 3, 4))),
        Example({}, ((5,), (6,))),
    )
    arity: ClassVar[tuple[int, int | None]] = (1, None)
    merges: ClassVar[bool] = True

    axis: Axis = -1

    def passes_on(self, inputs: tuple[Shape, ...]) -> bool:
        return len(inputs) == 1

    def infer(self, *inputs: Shape) -> Shape:
        first = inputs[0]
        along = axis_index(self.axis, first)
        for other in inputs[1:]:
            if len(other) != len(first) or not _agree(first, other, along):
                shapes = f"{shape_text(first)} and {shape_text(other)}"
                raise ShapeError(f"cannot concatenate {shapes} along `axis` (={self.axis})", arguments=("axis",))
        total = known_sum(shape[along] for shape in inputs)
        return *first[:along], total, *first[along + 1 :]


def _agree(a: Shape, b: Shape, but: int) -> bool:
    axes = enumerate(zip(a, b, strict=True))
    return all(index == but or None in pair or pair[0] == pair[1] for index, pair in axes)


class Dot(Op):
    """The products of two tensors, summed along an axis of each."""

    windows: ClassVar = Op.all_positions
    examples: ClassVar = (
        Example({"axes": 1}, ((10,), (10,))),
        Example({"axes": [1, 2]}, ((3, 5), (10, 3))),
        Example({"axes": -1, "normalize": True}, ((4, 7), (5, 7))),
    )
    arity: ClassVar[tuple[int, int | None]] = (2, 2)
    merges: ClassVar[bool] = True

    axes: Annotated[int | tuple[int, int], sequence_of(AXIS, length=2, alone=itself)]
    normalize: bool = False

    def infer(self, a: Shape, b: Shape) -> Shape:
        of_a, of_b = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        i, j = axis_index(of_a, a, "axes"), axis_index(of_b, b, "axes")
        if a[i] != b[j]:
            message = f"`axes` (={self.axes}) have different sizes in {shape_text(a)} and {shape_text(b)}"
            raise ShapeError(message, arguments=("axes",))
        return (*a[:i], *a[i + 1 :], *b[:j], *b[j + 1 :]) or (1,)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        of_a = self.axes if isinstance(self.axes, int) else self.axes[0]
        return volume((*output, inputs[0][axis_index(of_a, inputs[0], "axes")]))

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        axes = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        places = zip(axes, inputs, strict=True)
        return super().respelled(inputs) | {
            "axes": tuple(axis_index(axis, shape, "axes") - len(shape) for axis, shape in places)
        }
