"""Layers that change the range and the size of an image to those that a network expects."""

from typing import Annotated, Any, ClassVar, Literal

from archc.ir.dtype import NUMBERS_AND_BOOLEANS
from archc.ir.op import SEES_ALL, ArgumentError, Example, MaskRule, Op, Weight, Window
from archc.ir.shape import SPATIAL, Shape, ShapeError, axis_indices, expect_rank, known_size, shape_text
from archc.ops.argument_types import COUNT, Axes, Count, Number, Numbers, sequence_of
from archc.ops.ranges import RangeOfValues
from archc.ops.resampling import Interpolation, interpolation_reach
from archc.ops.weight_arguments import weight_of


class Rescaling(Op):
    """Every number times `scale`, plus `offset`; a list has one number for each channel."""

    mask_rule: ClassVar[MaskRule] = "keeps"
    called_in_training: ClassVar[bool] = True
    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    examples: ClassVar = (
        Example({"scale": 1 / 255}, ((224, 224, 3),)),
        Example({"scale": 1 / 127.5, "offset": -1}, ((224, 224, 3),)),
        Example({"scale": [1, 2, 3], "offset": [4, 5, 6]}, ((8, 9, 3),)),
    )

    scale: Numbers
    offset: Numbers = 0.0

    def infer(self, x: Shape) -> Shape:
        for name, value in (("scale", self.scale), ("offset", self.offset)):
            if isinstance(value, tuple) and (not x or (len(value) != 1 and x[-1] not in (None, len(value)))):
                message = f"`{name}` has {len(value)} numbers, but the input is {shape_text(x)}"
                raise ShapeError(message, arguments=(name,))
        return x


class Normalization(Op):
    """Mean 0 and variance 1 by constants, or by statistics of a data set that it is adapted to."""

    mask_rule: ClassVar[MaskRule] = "keeps"
    called_in_training: ClassVar[bool] = True
    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    examples: ClassVar = (
        Example({}, ((224, 224, 3),)),
        Example({"mean": [0.485, 0.456, 0.406], "variance": [0.05, 0.05, 0.05]}, ((224, 224, 3),)),
        Example({"axis": None, "mean": 0.5, "variance": 0.25, "invert": True}, ((8, 9, 3),)),
        Example({"axis": [1, 3]}, ((8, 9, 3),)),
        Example({"axis": None}, ((5,),)),
    )

    axis: Axes | None = -1
    mean: Numbers | None = None
    variance: Numbers | None = None
    invert: bool = False

    def model_post_init(self, _: Any, /) -> None:
        counts = [len(value) if isinstance(value, tuple) else value is not None for value in (self.mean, self.variance)]
        if counts[0] != counts[1] or isinstance(self.mean, tuple) != isinstance(self.variance, tuple):
            raise ArgumentError(
                f"`mean` (={self.mean}) and `variance` (={self.variance}) must have the same number of items",
                arguments=("mean", "variance"),
            )
        if isinstance(self.mean, tuple) and self.axis is None:
            message = f"`mean` (={self.mean}) must be one number where `axis` is null"
            raise ArgumentError(message, arguments=("mean", "axis"))

    def infer(self, x: Shape) -> Shape:
        kept = self._kept(x)
        if isinstance(self.mean, tuple) and len(self.mean) not in (1, kept[-1]):
            message = f"`mean` has {len(self.mean)} numbers, but `axis` (={self.axis}) has the size {kept[-1]}"
            raise ShapeError(message, arguments=("mean", "axis"))
        return x

    @property
    def integer_weights(self) -> tuple[str, ...]:
        return ("count",)

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        if self.mean is not None:
            return ()
        kept = self._kept(x)
        shapes = (("mean", kept), ("variance", kept), ("count", ()))
        return tuple(weight_of(self, name, shape, trainable=False) for name, shape in shapes)

    def _kept(self, x: Shape) -> tuple[int, ...]:
        """The sizes of the axes that have their own statistics.

        Raises:
            ShapeError: there is no such axis, or its size is unknown.
        """
        axes = () if self.axis is None else self.axis
        what = f"the size of `axis` (={axes})"
        return tuple(known_size(x[index], what, arguments=("axis",)) for index in sorted(axis_indices(axes, x)))


class Resizing(Op):
    """An image of another height and width."""

    called_in_training: ClassVar[bool] = True
    examples: ClassVar = (
        Example({"height": 32, "width": 48}, ((64, 64, 3),)),
        Example({"height": 7, "width": 7, "interpolation": "nearest", "antialias": True}, ((5, 9, 3),)),
        Example({"height": 8, "width": 4, "crop_to_aspect_ratio": True}, ((16, 16, 3),)),
        Example({"height": 8, "width": 4, "pad_to_aspect_ratio": True, "fill_value": 1}, ((16, 16, 3),)),
    )

    height: Count
    width: Count
    interpolation: Interpolation = "bilinear"
    crop_to_aspect_ratio: bool = False
    pad_to_aspect_ratio: bool = False
    fill_mode: Literal["constant"] = "constant"
    fill_value: Number = 0.0
    antialias: bool = False

    def model_post_init(self, _: Any, /) -> None:
        if self.crop_to_aspect_ratio and self.pad_to_aspect_ratio:
            message = "`crop_to_aspect_ratio` (=True) and `pad_to_aspect_ratio` (=True) exclude each other"
            raise ArgumentError(message, arguments=("crop_to_aspect_ratio", "pad_to_aspect_ratio"))

    def infer(self, x: Shape) -> Shape:
        return self.height, self.width, expect_rank(x, 3)[-1]

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        height, width, _ = inputs[0]
        if height is None or width is None:
            return (SEES_ALL, SEES_ALL)
        return (
            self._window(self._region(height, width, self.height, self.width), self.height),
            self._window(self._region(width, height, self.width, self.height), self.width),
        )

    def _window(self, size: int, to: int) -> Window:
        reach = interpolation_reach(self.interpolation, size / to, antialias=self.antialias)
        return Window(min(reach, size), size / to)

    def _region(self, size: int, other: int, to: int, other_to: int) -> int:
        """The size of what is resized to `to` along an axis: the input, cropped or padded to the aspect ratio."""
        in_ratio = other * to // other_to
        if self.crop_to_aspect_ratio:
            return max(min(size, in_ratio), 1)
        return size + max(in_ratio - size, 0) // 2 * 2 if self.pad_to_aspect_ratio else size


class CenterCrop(Op):
    """The centre of an image; a smaller image is cropped to the aspect ratio and enlarged."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    called_in_training: ClassVar[bool] = True
    examples: ClassVar = (
        Example({"height": 5, "width": 6}, ((10, 9, 3),)),
        Example({"height": 9, "width": 9}, ((9, 9, 4),)),
        Example({"height": 12, "width": 6}, ((10, 9, 3),)),
    )

    height: Count
    width: Count

    def infer(self, x: Shape) -> Shape:
        height, width, channels = expect_rank(x, 3)
        known_size(height, "the height")  # where it is open, Keras crops what it should enlarge
        known_size(width, "the width")
        return self.height, self.width, channels

    def crops(self, x: Shape) -> bool:
        """Whether an image of this shape is cropped and not enlarged."""
        return x[0] is not None and x[1] is not None and x[0] >= self.height and x[1] >= self.width

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        if self.crops(inputs[0]):
            return self.own_position(inputs, output)
        return Resizing(height=self.height, width=self.width, crop_to_aspect_ratio=True).windows(inputs, output)


class AutoContrast(Op):
    """Stretches the numbers of each channel to the whole range of values."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    called_in_training: ClassVar[bool] = True
    windows: ClassVar = Op.all_positions
    examples: ClassVar = (Example({}, ((8, 9, 3),)), Example({"value_range": [0, 1]}, ((8, 9, 3),)))

    value_range: RangeOfValues = (0.0, 255.0)

    def infer(self, x: Shape) -> Shape:
        return expect_rank(x, 3)


class ContrastLimitedAdaptiveHistogramEqualization(Op):
    """Spreads the numbers of each channel evenly over the range of values, tile by tile, within a limit."""

    called_in_training: ClassVar[bool] = True
    windows: ClassVar = Op.all_positions
    examples: ClassVar = (
        Example({}, ((16, 18, 3),)),
        Example({"value_range": [0, 1], "clip_limit": 2, "tile_grid_size": [2, 3]}, ((8, 9, 3),)),
    )

    value_range: RangeOfValues = (0.0, 255.0)
    clip_limit: Number = 4.0
    tile_grid_size: Annotated[tuple[int, ...], sequence_of(COUNT, length=2)] = (8, 8)

    def infer(self, x: Shape) -> Shape:
        *spatial, _ = expect_rank(x, 3)
        for size, tiles, name in zip(spatial, self.tile_grid_size, SPATIAL[2], strict=True):
            known = known_size(size, f"the {name}")
            if -known % tiles > known:  # which is mirrored to fill the last tile
                message = f"`tile_grid_size` (={list(self.tile_grid_size)}) has too many tiles for {name} {known}"
                raise ShapeError(message, arguments=("tile_grid_size",))
        return x
