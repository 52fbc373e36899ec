"""Layers that change the order or the shape of the same numbers."""

from math import prod
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator

from archc.ir.dtype import ANY
from archc.ir.op import SEES_ALL, ArgumentError, Example, Op, Window
from archc.ir.shape import Shape, ShapeError, expect_rank, shape_text, volume
from archc.ops.argument_types import COUNT_OR_MINUS_ONE, Count, Counts, sequence_of


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
