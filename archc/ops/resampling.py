"""Layers that pad, crop or enlarge an image."""

from math import ceil
from typing import Any, ClassVar, Literal

from archc.ir.dtype import NUMBERS_AND_BOOLEANS
from archc.ir.op import Example, Op, Window
from archc.ir.shape import SPATIAL, Shape, ShapeError, expect_rank, known_size
from archc.ops.argument_types import Count, Pair, Pair0, PairOfSides, Triple, TripleOfSides


def sides_of_axes(sides: tuple[Any, ...]) -> tuple[tuple[int, int], ...]:
    """A pair for each axis; a sequence has one axis, whose pair stands alone."""
    return (sides,) if isinstance(sides[0], int) else sides


class _ZeroPadding(Op):
    """Zeros before and after each axis."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    keeps_type: ClassVar[bool] = True
    windows: ClassVar = Op.own_position
    first_positional: ClassVar[bool] = True

    padding: tuple[Any, ...]

    def infer(self, x: Shape) -> Shape:
        padding = sides_of_axes(self.padding)
        *spatial, channels = expect_rank(x, len(padding) + 1)
        axes = zip(spatial, padding, strict=True)
        return *(None if size is None else size + sum(sides) for size, sides in axes), channels


class ZeroPadding1D(_ZeroPadding):
    """Zeros before and after a sequence."""

    examples: ClassVar = (Example({}, ((10, 4),)), Example({"padding": [2, 0]}, ((10, 4),)))

    padding: Pair0 = (1, 1)


class ZeroPadding2D(_ZeroPadding):
    """Zeros around an image."""

    examples: ClassVar = (
        Example({"padding": 3}, ((224, 224, 3),)),
        Example({"padding": [1, 2]}, ((10, 11, 4),)),
        Example({"padding": [[0, 1], [0, 1]]}, ((10, 11, 4),)),
    )

    padding: PairOfSides = ((1, 1), (1, 1))


class ZeroPadding3D(_ZeroPadding):
    """Zeros around a volume."""

    examples: ClassVar = (
        Example({}, ((4, 5, 6, 2),)),
        Example({"padding": [[0, 1], [2, 3], [4, 5]]}, ((4, 5, 6, 2),)),
    )

    padding: TripleOfSides = ((1, 1), (1, 1), (1, 1))


class _Cropping(Op):
    """The input without the ends of each axis."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    keeps_type: ClassVar[bool] = True
    windows: ClassVar = Op.own_position
    first_positional: ClassVar[bool] = True

    cropping: tuple[Any, ...]

    def infer(self, x: Shape) -> Shape:
        cropping = sides_of_axes(self.cropping)
        *spatial, channels = expect_rank(x, len(cropping) + 1)
        for size, sides, name in zip(spatial, cropping, SPATIAL[len(cropping)], strict=True):
            if size is not None and sum(sides) >= size:
                message = f"`cropping` (={cropping}) removes all of {name} {size}"
                raise ShapeError(message, arguments=("cropping",))
        axes = zip(spatial, cropping, strict=True)
        return *(None if size is None else size - sum(sides) for size, sides in axes), channels


class Cropping1D(_Cropping):
    """A sequence without its ends."""

    examples: ClassVar = (Example({}, ((10, 4),)), Example({"cropping": [2, 0]}, ((10, 4),)))

    cropping: Pair0 = (1, 1)


class Cropping2D(_Cropping):
    """An image without its border."""

    examples: ClassVar = (
        Example({"cropping": 1}, ((10, 11, 4),)),
        Example({"cropping": [1, 2]}, ((10, 11, 4),)),
        Example({"cropping": [[0, 1], [2, 0]]}, ((10, 11, 4),)),
    )

    cropping: PairOfSides = ((0, 0), (0, 0))


class Cropping3D(_Cropping):
    """A volume without its border."""

    examples: ClassVar = (
        Example({}, ((4, 5, 6, 2),)),
        Example({"cropping": [[0, 1], [1, 0], [2, 2]]}, ((4, 5, 6, 2),)),
    )

    cropping: TripleOfSides = ((1, 1), (1, 1), (1, 1))


Interpolation = Literal["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"]
_REACH = {"nearest": 1, "bilinear": 2, "bicubic": 4, "lanczos3": 6, "lanczos5": 10}


def interpolation_reach(interpolation: Interpolation, stride: float, *, antialias: bool = False) -> int:
    """The number of input positions that an output position is interpolated from, along one axis."""
    if antialias and stride > 1 and interpolation != "nearest":
        return ceil(_REACH[interpolation] * stride)
    on_positions = stride % 2 == 1  # where every kernel is 0 at all positions but one
    return 1 if on_positions else _REACH[interpolation]


class _UpSampling(Op):
    """Every position, `size` times along each axis."""

    first_positional: ClassVar[bool] = True

    size: int | tuple[int, ...]

    def infer(self, x: Shape) -> Shape:
        *spatial, channels = expect_rank(x, len(self._factors()) + 1)
        axes = zip(spatial, self._factors(), strict=True)
        return *(None if size is None else size * factor for size, factor in axes), channels

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        return tuple(Window(1, 1 / factor) for factor in self._factors())

    def _factors(self) -> tuple[int, ...]:
        return (self.size,) if isinstance(self.size, int) else self.size


class UpSampling1D(_UpSampling):
    """Every step of a sequence, `size` times."""

    examples: ClassVar = (Example({}, ((10, 4),)), Example({"size": 3}, ((10, 4),)))

    size: Count = 2


class UpSampling2D(_UpSampling):
    """An image, enlarged by whole factors."""

    examples: ClassVar = (
        Example({}, ((10, 11, 4),)),
        Example({"size": [1, 3]}, ((10, 11, 4),)),
        Example({"size": 2, "interpolation": "bilinear"}, ((10, 11, 4),)),
    )

    size: Pair = (2, 2)
    interpolation: Interpolation = "nearest"

    def infer(self, x: Shape) -> Shape:
        shape = super().infer(x)
        if self.interpolation != "nearest":  # Keras resizes to numbers
            for size, name in zip(x[:-1], SPATIAL[2], strict=True):
                what = f"with `interpolation` (={self.interpolation}) the {name}"
                known_size(size, what, arguments=("interpolation",))
        return shape

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        return tuple(
            Window(interpolation_reach(self.interpolation, 1 / factor), 1 / factor) for factor in self._factors()
        )


class UpSampling3D(_UpSampling):
    """Every voxel of a volume, repeated along each axis."""

    examples: ClassVar = (Example({}, ((3, 4, 5, 2),)), Example({"size": [1, 2, 3]}, ((3, 4, 5, 2),)))

    size: Triple = (2, 2, 2)
