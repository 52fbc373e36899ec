"""Layers that widen, cut or enlarge an image."""

from typing import ClassVar, Literal

from archc.ir.op import Example, Op, Window
from archc.ir.shape import SPATIAL, Shape, ShapeError, ranked
from archc.ops.arguments import Count, Pair, Pair0, PairOfSides, Triple, TripleOfSides


def _padded(x: Shape, padding: tuple[tuple[int, int], ...], op: str) -> Shape:
    *spatial, channels = ranked(x, len(padding) + 1, op)
    axes = zip(spatial, padding, strict=True)
    return *(None if size is None else size + before + after for size, (before, after) in axes), channels


class ZeroPadding1D(Op):
    """Zeros before and after a sequence."""

    examples: ClassVar = (Example({}, ((10, 4),)), Example({"padding": [2, 0]}, ((10, 4),)))

    padding: Pair0 = (1, 1)

    def infer(self, x: Shape) -> Shape:
        return _padded(x, (self.padding,), self.op_name)


class ZeroPadding2D(Op):
    """Zeros around an image."""

    examples: ClassVar = (
        Example({"padding": 3}, ((224, 224, 3),)),
        Example({"padding": [1, 2]}, ((10, 11, 4),)),
        Example({"padding": [[0, 1], [0, 1]]}, ((10, 11, 4),)),
    )

    padding: PairOfSides = ((1, 1), (1, 1))

    def infer(self, x: Shape) -> Shape:
        return _padded(x, self.padding, self.op_name)


class ZeroPadding3D(Op):
    """Zeros around a volume."""

    examples: ClassVar = (
        Example({}, ((4, 5, 6, 2),)),
        Example({"padding": [[0, 1], [2, 3], [4, 5]]}, ((4, 5, 6, 2),)),
    )

    padding: TripleOfSides = ((1, 1), (1, 1), (1, 1))

    def infer(self, x: Shape) -> Shape:
        return _padded(x, self.padding, self.op_name)


def _cropped(x: Shape, cropping: tuple[tuple[int, int], ...], op: str) -> Shape:
    *spatial, channels = ranked(x, len(cropping) + 1, op)
    for size, sides, name in zip(spatial, cropping, SPATIAL[len(cropping)], strict=True):
        if size is not None and sum(sides) >= size:
            raise ShapeError(f"`cropping` (={cropping}) leaves nothing of {name} {size}")
    axes = zip(spatial, cropping, strict=True)
    return *(None if size is None else size - before - after for size, (before, after) in axes), channels


class Cropping1D(Op):
    """A sequence without its ends."""

    examples: ClassVar = (Example({}, ((10, 4),)), Example({"cropping": [2, 0]}, ((10, 4),)))

    cropping: Pair0 = (1, 1)

    def infer(self, x: Shape) -> Shape:
        return _cropped(x, (self.cropping,), self.op_name)


class Cropping2D(Op):
    """An image without its border."""

    examples: ClassVar = (
        Example({"cropping": 1}, ((10, 11, 4),)),
        Example({"cropping": [1, 2]}, ((10, 11, 4),)),
        Example({"cropping": [[0, 1], [2, 0]]}, ((10, 11, 4),)),
    )

    cropping: PairOfSides = ((0, 0), (0, 0))

    def infer(self, x: Shape) -> Shape:
        return _cropped(x, self.cropping, self.op_name)


class Cropping3D(Op):
    """A volume without its border."""

    examples: ClassVar = (
        Example({}, ((4, 5, 6, 2),)),
        Example({"cropping": [[0, 1], [1, 0], [2, 2]]}, ((4, 5, 6, 2),)),
    )

    cropping: TripleOfSides = ((1, 1), (1, 1), (1, 1))

    def infer(self, x: Shape) -> Shape:
        return _cropped(x, self.cropping, self.op_name)


def _enlarged(x: Shape, factors: tuple[int, ...], op: str) -> Shape:
    *spatial, channels = ranked(x, len(factors) + 1, op)
    axes = zip(spatial, factors, strict=True)
    return *(None if size is None else size * factor for size, factor in axes), channels


class UpSampling1D(Op):
    """Every step of a sequence, `size` times."""

    examples: ClassVar = (Example({}, ((10, 4),)), Example({"size": 3}, ((10, 4),)))

    size: Count = 2

    def infer(self, x: Shape) -> Shape:
        return _enlarged(x, (self.size,), self.op_name)

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        return (Window(1, 1 / self.size),)


# How many input positions an output position is drawn from, along one axis.
REACH = {"nearest": 1, "bilinear": 2, "bicubic": 4, "lanczos3": 6, "lanczos5": 10}


class UpSampling2D(Op):
    """An image, enlarged by whole factors."""

    examples: ClassVar = (
        Example({}, ((10, 11, 4),)),
        Example({"size": [1, 3]}, ((10, 11, 4),)),
        Example({"size": 2, "interpolation": "bilinear"}, ((10, 11, 4),)),
    )

    size: Pair = (2, 2)
    interpolation: Literal["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"] = "nearest"

    def infer(self, x: Shape) -> Shape:
        return _enlarged(x, self.size, self.op_name)

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        return tuple(Window(REACH[self.interpolation], 1 / factor) for factor in self.size)


class UpSampling3D(Op):
    """Every voxel of a volume, repeated along each axis."""

    examples: ClassVar = (Example({}, ((3, 4, 5, 2),)), Example({"size": [1, 2, 3]}, ((3, 4, 5, 2),)))

    size: Triple = (2, 2, 2)

    def infer(self, x: Shape) -> Shape:
        return _enlarged(x, self.size, self.op_name)

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        return tuple(Window(1, 1 / factor) for factor in self.size)
