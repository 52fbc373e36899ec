"""Arithmetic of tensors, under the names of `keras.ops`."""

from typing import ClassVar

from archc.ir.dtype import NUMBERS
from archc.ir.op import Elementwise, Example, Op, Weightless, Window
from archc.ir.shape import Shape, ShapeError, axis_indices, broadcast, shape_text, volume
from archc.ops.argument_types import Axes, Number
from archc.ops.einsum import EinsumEquation
from archc.ops.windows import sees_all_along


class _OfEach(Weightless, Elementwise):
    """An op that computes with each number alone."""

    examples: ClassVar = (Example({}, ((8, 9, 12),)), Example({}, ((5,),)))


class Absolute(_OfEach):
    """Each number without its sign."""

    accepts: ClassVar = NUMBERS
    keeps_type: ClassVar[bool] = True
    function: ClassVar[str | None] = "absolute"


class Square(_OfEach):
    """Each number times itself."""

    accepts: ClassVar = NUMBERS
    keeps_type: ClassVar[bool] = True
    function: ClassVar[str | None] = "square"


class Sqrt(_OfEach):
    """The square root of each number."""

    function: ClassVar[str | None] = "sqrt"


class Exp(_OfEach):
    """The exponential of each number."""

    function: ClassVar[str | None] = "exp"


class Log(_OfEach):
    """The natural logarithm of each number."""

    function: ClassVar[str | None] = "log"


class Power(_OfEach):
    """Each number to a power."""

    function: ClassVar[str | None] = "power"
    examples: ClassVar = (Example({"exponent": 3}, ((8, 9, 12),)), Example({"exponent": 2.0}, ((5,),)))

    exponent: Number


class Divide(Weightless):
    """The first tensor divided by the second."""

    windows: ClassVar = Op.own_position
    function: ClassVar[str | None] = "divide"
    arity: ClassVar[tuple[int, int | None]] = (2, 2)
    examples: ClassVar = (Example({}, ((8, 9, 4), (8, 9, 4))), Example({}, ((8, 9, 4), (1, 1, 4))))

    def infer(self, a: Shape, b: Shape) -> Shape:
        if len(a) != len(b):
            raise ShapeError(f"expected two tensors with the same number of axes, got {_both(a, b)}")
        return _broadcast(a, b)


class _Reduction(Weightless):
    """One number in the place of all those along some axes."""

    examples: ClassVar = (
        Example({"axis": -1}, ((8, 9, 12),)),
        Example({"axis": [1, 2]}, ((8, 9, 12),)),
        Example({"axis": [-1, -2], "keepdims": True}, ((8, 9, 12),)),
        Example({"axis": 1}, ((5,),)),
    )

    axis: Axes
    keepdims: bool = False

    def infer(self, x: Shape) -> Shape:
        reduced = axis_indices(self.axis, x)
        sizes = ((1 if index in reduced else size) for index, size in enumerate(x))
        return tuple(size for index, size in enumerate(sizes) if self.keepdims or index not in reduced)

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        reduced = axis_indices(self.axis, inputs[0])
        first = len(inputs[0]) if self.keepdims else min(reduced)  # the axes after it move
        spatial = len(output) - 1
        moved = (index for index in range(len(inputs[0])) if index in reduced or index >= min(first, spatial))
        return sees_all_along(tuple(moved), inputs[0])


class Sum(_Reduction):
    """The sum along some axes."""

    function: ClassVar[str | None] = "sum_axes"


class Mean(_Reduction):
    """The mean along some axes."""

    function: ClassVar[str | None] = "mean_axes"


class Max(_Reduction):
    """The largest number along some axes."""

    accepts: ClassVar = NUMBERS
    keeps_type: ClassVar[bool] = True
    function: ClassVar[str | None] = "max_axes"


class Min(_Reduction):
    """The smallest number along some axes."""

    accepts: ClassVar = NUMBERS
    keeps_type: ClassVar[bool] = True
    function: ClassVar[str | None] = "min_axes"


class Matmul(Weightless):
    """The product of matrices, which are in the last two axes; the axes before these are those of the result."""

    function: ClassVar[str | None] = "matmul"
    arity: ClassVar[tuple[int, int | None]] = (2, 2)
    examples: ClassVar = (
        Example({}, ((5, 4), (4, 6))),
        Example({}, ((3, 5, 4), (3, 4, 6))),
        Example({}, ((3, 5, 4), (1, 4, 6))),
    )

    def infer(self, a: Shape, b: Shape) -> Shape:
        if len(a) != len(b) or len(a) < 2:
            raise ShapeError(f"expected two tensors with the same number of axes, at least 2, got {_both(a, b)}")
        if None not in (a[-1], b[-2]) and a[-1] != b[-2]:
            lengths = f"{shape_text(a)} have {a[-1]} numbers, but the columns of {shape_text(b)} have {b[-2]}"
            raise ShapeError(f"the rows of {lengths}")
        return *_broadcast(a[:-2], b[:-2]), a[-2], b[-1]

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        return volume((*output, inputs[0][-1]))

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        rank = len(inputs[1])
        return sees_all_along((rank - 2,), inputs[1])


class Einsum(Weightless):
    """Products of tensors, summed over the axes that the output of an equation lacks."""

    function: ClassVar[str | None] = "einsum"
    windows: ClassVar = Op.all_positions
    arity: ClassVar[tuple[int, int | None]] = (1, None)
    examples: ClassVar = (
        Example({"equation": "bqhd,bkhd->bhqk"}, ((5, 2, 4), (6, 2, 4))),
        Example({"equation": "bij,bjk->bik"}, ((5, 4), (4, 6))),
        Example({"equation": "bij->bji"}, ((5, 4),)),
        Example({"equation": "bi,bj,bk->bijk"}, ((2,), (3,), (4,))),
    )

    equation: EinsumEquation

    def infer(self, *inputs: Shape) -> Shape:
        sizes = self._sizes(inputs)
        return tuple(sizes[letter] for letter in self.equation.partition("->")[2][1:])

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        if len(inputs) == 1:
            return 0
        return volume(self._sizes(inputs).values())

    def _sizes(self, inputs: tuple[Shape, ...]) -> dict[str, int | None]:
        """The size of each axis, by its letter, without the batch.

        Raises:
            ShapeError: the equation does not fit the inputs.
        """
        terms = self.equation.partition("->")[0].split(",")
        if len(terms) != len(inputs):
            message = f"`equation` (={self.equation}) is of {len(terms)} tensors, not {len(inputs)}"
            raise ShapeError(message, arguments=("equation",))
        sizes: dict[str, int | None] = {}
        for term, shape in zip(terms, inputs, strict=True):
            if len(term) - 1 != len(shape):
                message = f"`equation` (={self.equation}) has the axes `{term[1:]}` for {shape_text(shape)}"
                raise ShapeError(message, arguments=("equation",))
            for letter, size in zip(term[1:], shape, strict=True):
                known = sizes.get(letter)
                if None not in (known, size) and known != size:
                    message = f"`equation` (={self.equation}) has two sizes for `{letter}`: {known} and {size}"
                    raise ShapeError(message, arguments=("equation",))
                sizes[letter] = size if known is None else known
        return sizes


def _broadcast(a: Shape, b: Shape) -> Shape:
    """As `broadcast`, but a known size above 1 stays known beside an unknown one, as in `keras.ops`."""
    sizes = zip(a, b, broadcast((a, b)), strict=True)
    return tuple(max(known) if size is None and (known := _above_one(pair)) else size for *pair, size in sizes)


def _above_one(pair: list[int | None]) -> list[int]:
    return [size for size in pair if size is not None and size > 1]


def _both(a: Shape, b: Shape) -> str:
    return f"{shape_text(a)} and {shape_text(b)}"
