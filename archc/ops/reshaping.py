"""Layers that change the order or the shape of the same numbers."""

from math import prod
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator

from archc.ir.dtype import ANY, NUMBERS
from archc.ir.op import SEES_ALL, ArgumentError, Example, Op, Weightless, Window
from archc.ir.shape import Shape, ShapeError, axis_index, axis_indices, expect_rank, shape_text, volume
from archc.ops.argument_types import (
    COUNT_OR_MINUS_ONE,
    Axes,
    Axis,
    Count,
    CountAboveOne,
    Counts,
    Dimensions,
    Places,
    sequence_of,
)
from archc.ops.windows import sees_all_along


class Flatten(Op):
    """All axes become one."""

    accepts: ClassVar = ANY
    keeps_type: ClassVar[bool] = True
    windows: ClassVar = Op.all_positions
    examples: ClassVar = (Example({}, ((7, 7, 512),)), Example({}, ((5,),)), Example({}, ((2, 3, 4, 5),)))

    def infer(self, x: Shape) -> Shape:
        return (volume(x),)

    def passes_on(self, inputs: tuple[Shape, ...]) -> bool:
        return len(inputs[0]) == 1


def _at_most_one_rest(sizes: tuple[int, ...]) -> tuple[int, ...]:
    if sizes.count(-1) > 1:
        raise ArgumentError("must not have more than one -1")
    return sizes


TargetShape = Annotated[tuple[int, ...], sequence_of(COUNT_OR_MINUS_ONE), AfterValidator(_at_most_one_rest)]


class Reshape(Op):
    """Another shape of the same size; -1 stands for the size that remains."""

    accepts: ClassVar = ANY
    keeps_type: ClassVar[bool] = True
    examples: ClassVar = (
        Example({"target_shape": [49, 512]}, ((7, 7, 512),)),
        Example({"target_shape": [-1, 64]}, ((14, 14, 64),)),
        Example({"target_shape": [8, 8, 3, 4]}, ((8, 8, 12),)),
        Example({"target_shape": [1, 1, -1]}, ((10,),)),
        Example({"target_shape": [3, 8]}, ((3, 8, 1),)),
    )

    target_shape: TargetShape

    def infer(self, x: Shape) -> Shape:
        size = volume(x)
        if size is None:
            return tuple(None if axis == -1 else axis for axis in self.target_shape)
        named = prod(axis for axis in self.target_shape if axis != -1)
        if size % named or (size != named and -1 not in self.target_shape):
            target = "x".join(map(str, self.target_shape))
            message = f"`target_shape` (={target}) does not hold the {size} numbers of {shape_text(x)}"
            raise ShapeError(message, arguments=("target_shape",))
        return tuple(size // named if axis == -1 else axis for axis in self.target_shape)

    def passes_on(self, inputs: tuple[Shape, ...]) -> bool:
        return None not in inputs[0] and self.infer(*inputs) == inputs[0]

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        shape = self.infer(*inputs)
        return super().respelled(inputs) | ({} if None in shape else {"target_shape": shape})

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        spatial = inputs[0][:-1]
        if None not in spatial and spatial == output[:-1][: len(spatial)]:
            return self.own_position(inputs, output)
        return self.all_positions(inputs, output)


class Permute(Op):
    """The axes in another order, counted from 1."""

    accepts: ClassVar = ANY
    keeps_type: ClassVar[bool] = True
    examples: ClassVar = (
        Example({"dims": [2, 1]}, ((10, 64),)),
        Example({"dims": [1, 2, 4, 3]}, ((8, 8, 3, 4),)),
        Example({"dims": [3, 1, 2]}, ((4, 5, 6),)),
    )

    dims: Counts

    def model_post_init(self, _: Any, /) -> None:
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            message = f"`dims` (={self.dims}) must name each axis from 1 to {len(self.dims)} once"
            raise ArgumentError(message, arguments=("dims",))

    def infer(self, x: Shape) -> Shape:
        if len(x) != len(self.dims):
            message = f"`dims` (={self.dims}) has {len(self.dims)} axes, but the input is {shape_text(x)}"
            raise ShapeError(message, arguments=("dims",))
        return tuple(x[axis - 1] for axis in self.dims)

    def passes_on(self, inputs: tuple[Shape, ...]) -> bool:
        return self.dims == tuple(range(1, len(self.dims) + 1))

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        kept = range(1, len(self.dims))
        return tuple(Window() if self.dims[axis - 1] == axis else SEES_ALL for axis in kept)


class RepeatVector(Op):
    """A vector, `n` times."""

    accepts: ClassVar = ANY
    keeps_type: ClassVar[bool] = True
    examples: ClassVar = (Example({"n": 3}, ((32,),)), Example({"n": 1}, ((4,),)))

    n: Count

    def infer(self, x: Shape) -> Shape:
        return self.n, *expect_rank(x, 1)


class Take(Weightless):
    """What is at some places along an axis, in the order of `indices`, whose axes take the place of that axis."""

    accepts: ClassVar = ANY
    keeps_type: ClassVar[bool] = True
    function: ClassVar[str | None] = "take"
    examples: ClassVar = (
        Example({"indices": [2, 0, 0]}, ((8, 9, 12),)),
        Example({"indices": [[0, 1], [1, 0]], "axis": 1}, ((6, 4),)),
        Example({"indices": 3, "axis": 1}, ((6, 4),)),
    )

    indices: Places
    axis: Axis = -1

    def infer(self, x: Shape) -> Shape:
        index, shape, largest = axis_index(self.axis, x), _nested_shape(self.indices), _largest(self.indices)
        size = x[index]
        if size is not None and largest >= size:
            message = f"`indices` has {largest}, but there are {size} positions along `axis` (={self.axis})"
            raise ShapeError(message, arguments=("indices", "axis"))
        return *x[:index], *shape, *x[index + 1 :]

    def model_post_init(self, context: Any, /) -> None:
        super().model_post_init(context)
        if _nested_shape(self.indices) is None:
            raise ArgumentError("`indices` must be lists of one length at each level", arguments=("indices",))

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        x = inputs[0]
        first = min(axis_index(self.axis, x), len(output) - 1)
        return sees_all_along(tuple(range(first, len(x))), x)


def _nested_shape(indices: Any) -> Any:
    """The sizes of nested lists; None where lists of one level differ in length."""
    if not isinstance(indices, tuple):
        return ()
    inner = {_nested_shape(item) for item in indices}
    return (len(indices), *below) if len(inner) == 1 and (below := inner.pop()) is not None else None


def _largest(indices: Any) -> int:
    return max(map(_largest, indices)) if isinstance(indices, tuple) else int(indices)


class Roll(Weightless):
    """Moves what is along some axes; what leaves at one end comes in at the other."""

    accepts: ClassVar = ANY
    keeps_type: ClassVar[bool] = True
    function: ClassVar[str | None] = "roll"
    examples: ClassVar = (
        Example({"shift": 1, "axis": 1}, ((8, 9, 12),)),
        Example({"shift": [-2, 3], "axis": [1, 2]}, ((8, 9, 12),)),
    )

    shift: Dimensions
    axis: Axes

    def model_post_init(self, context: Any, /) -> None:
        super().model_post_init(context)
        if isinstance(self.shift, tuple) != isinstance(self.axis, tuple) or (
            isinstance(self.shift, tuple) and isinstance(self.axis, tuple) and len(self.shift) != len(self.axis)
        ):
            message = f"`shift` (={self.shift}) and `axis` (={self.axis}) must be two numbers, or lists of one length"
            raise ArgumentError(message, arguments=("shift", "axis"))

    def infer(self, x: Shape) -> Shape:
        axis_indices(self.axis, x)
        return x

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        return sees_all_along(axis_indices(self.axis, inputs[0]), inputs[0])


class SpaceToDepth(Weightless):
    """The numbers of each square of `block_size` positions become the channels of one position."""

    accepts: ClassVar = NUMBERS
    keeps_type: ClassVar[bool] = True
    function: ClassVar[str | None] = "space_to_depth"
    examples: ClassVar = (Example({"block_size": 2}, ((8, 12, 3),)), Example({"block_size": 3}, ((6, 3, 2),)))

    block_size: CountAboveOne

    def infer(self, x: Shape) -> Shape:
        height, width, channels = expect_rank(x, 3)
        size = self.block_size
        if any(side is not None and side % size for side in (height, width)):
            message = f"`block_size` (={size}) must divide the height and the width of {shape_text(x)}"
            raise ShapeError(message, arguments=("block_size",))
        sides = (None if side is None else side // size for side in (height, width))
        return *sides, None if channels is None else channels * size**2

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        return (Window(self.block_size, self.block_size),) * 2


class DepthToSpace(Weightless):
    """The channels of each position become the numbers of a square of `block_size` positions."""

    accepts: ClassVar = NUMBERS
    keeps_type: ClassVar[bool] = True
    function: ClassVar[str | None] = "depth_to_space"
    examples: ClassVar = (Example({"block_size": 2}, ((4, 5, 12),)), Example({"block_size": 3}, ((2, 3, 18),)))

    block_size: CountAboveOne

    def infer(self, x: Shape) -> Shape:
        height, width, channels = expect_rank(x, 3)
        size = self.block_size
        if channels is not None and channels % size**2:
            message = f"`block_size` (={size}) squared must divide the {channels} input channels"
            raise ShapeError(message, arguments=("block_size",))
        sides = (None if side is None else side * size for side in (height, width))
        return *sides, None if channels is None else channels // size**2

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        return (Window(1, 1 / self.block_size),) * 2
