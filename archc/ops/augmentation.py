"""Random changes of images, which act in training alone.

Keras's augmentation layers, without those that act in inference, which are in `preprocessing.py`.
"""

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal

from archc.ir.dtype import NUMBERS_AND_BOOLEANS
from archc.ir.op import ArgumentError, Example, MaskRule, Op
from archc.ir.shape import Shape, ShapeError, expect_rank, known_size, shape_text
from archc.ops.argument_types import COUNT, ArgumentType, Count, Number, Positive, Seed, Share, read_number
from archc.ops.ranges import NumberRange, Range, RangeOfValues, canonical_ranges

Factor = Annotated[Range, NumberRange(0, 1)]
SignedFactor = Annotated[Range, NumberRange(-1, 1)]
OptionalFactor = Annotated[Range | None, NumberRange(0, 1, optional=True)]
OptionalSignedFactor = Annotated[Range | None, NumberRange(-1, 1, optional=True)]
Smoothing = Literal["nearest", "bilinear"]
FillMode = Literal["reflect", "wrap", "constant", "nearest"]

_IMAGE: tuple[Shape, ...] = ((8, 9, 3),)


def _read_fill_value(value: Any) -> float | tuple[float, ...] | None:
    if isinstance(value, list | tuple):
        if len(value) != 3:
            raise ArgumentError("must be a number, a list of three, or null")
        return tuple(map(read_number, value))
    return None if value is None else read_number(value)


def _one_or_two(accepted: Callable[[int], bool], expected: str) -> ArgumentType:
    """A count, or a list of two."""

    def read(value: Any) -> int | tuple[int, ...]:
        counts = value if isinstance(value, list | tuple) else [value]
        numbers = tuple(map(COUNT.read, counts))
        if len(counts) != (2 if counts is value else 1) or not all(map(accepted, numbers)):
            raise ArgumentError(f"must be {expected}, or a list of two")
        return numbers if counts is value else numbers[0]

    return ArgumentType(read, {"anyOf": _one_or_list({"type": "integer", "minimum": 1}, 2)})


def _one_or_list(item: dict[str, Any], length: int) -> list[dict[str, Any]]:
    return [item, {"type": "array", "items": item, "minItems": length, "maxItems": length}]


FillValue = Annotated[
    float | tuple[float, ...] | None,
    ArgumentType(_read_fill_value, {"anyOf": [*_one_or_list({"type": "number"}, 3), {"type": "null"}]}),
]
OddSizes = Annotated[int | tuple[int, ...], _one_or_two(lambda size: size % 2 == 1, "an odd number")]
Bits = Annotated[int | tuple[int, ...], _one_or_two(lambda count: count <= 8, "a number of bits from 1 to 8")]


class _Augmentation(Op):
    """A random change of each image of a batch.

    Attributes:
        channels: the numbers of channels that it can have; empty where any will do.
        of_known_sizes: whether height and width must be numbers.
        of_known_channels: whether the number of channels must be known.
        untrained_dtypes: the types that Keras cannot train it in.
    """

    mask_rule: ClassVar[MaskRule] = "keeps"
    acts_in_training: ClassVar[bool] = True
    called_in_training: ClassVar[bool] = True
    channels: ClassVar[tuple[int, ...]] = ()
    of_known_sizes: ClassVar[bool] = False
    of_known_channels: ClassVar[bool] = False
    untrained_dtypes: ClassVar[frozenset[str]] = frozenset()
    note: ClassVar[str] = "In Keras, `model(x)` without `training` counts as training."

    def model_post_init(self, _: Any, /) -> None:
        if self.compute_dtype in self.untrained_dtypes:
            raise ArgumentError(f"`dtype` (={self.dtype}) is one that Keras cannot train it in", arguments=("dtype",))

    def infer(self, x: Shape) -> Shape:
        height, width, channels = expect_rank(x, 3)
        if self.of_known_sizes:
            known_size(height, "the height")
            known_size(width, "the width")
        if self.of_known_channels:
            known_size(channels, "the number of channels")
        if (allowed := self.allowed_channels()) and channels not in (None, *allowed):
            raise ShapeError(f"expected an image of {' or '.join(map(str, allowed))} channels, got {shape_text(x)}")
        return x

    def allowed_channels(self) -> tuple[int, ...]:
        """The numbers of channels that an image can have; empty where any will do."""
        return self.channels

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        return super().respelled(inputs) | canonical_ranges(self)


class AugMix(_Augmentation):
    """Mixes each image with others that several random changes make of it while training."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    channels: ClassVar[tuple[int, ...]] = (1, 3)
    of_known_channels: ClassVar[bool] = True
    examples: ClassVar = (
        Example({"num_chains": 1, "chain_depth": 1}, _IMAGE),
        Example({"value_range": [0, 1], "num_chains": 1, "chain_depth": 2, "all_ops": False, "seed": 7}, _IMAGE),
    )

    value_range: RangeOfValues = (0.0, 255.0)
    num_chains: Count = 3
    chain_depth: Count = 3
    factor: Factor = 0.3
    alpha: Positive = 1.0
    all_ops: bool = True
    interpolation: Smoothing = "bilinear"
    seed: Seed = None


class CutMix(_Augmentation):
    """Puts a part of another image of the batch into each image while training."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    of_known_sizes: ClassVar[bool] = True
    untrained_dtypes: ClassVar[frozenset[str]] = frozenset({"bfloat16", "float16"})
    examples: ClassVar = (Example({}, _IMAGE), Example({"factor": [0.2, 0.4], "seed": 7}, _IMAGE))

    factor: Factor = 1.0
    seed: Seed = None


class MixUp(_Augmentation):
    """The weighted mean of each image and another of the batch while training."""

    examples: ClassVar = (Example({}, _IMAGE), Example({"alpha": 0.4, "seed": 7}, _IMAGE))

    alpha: Positive = 0.2
    seed: Seed = None


class RandAugment(_Augmentation):
    """Several random changes of each image while training."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    channels: ClassVar[tuple[int, ...]] = (1, 3)
    of_known_channels: ClassVar[bool] = True
    examples: ClassVar = (
        Example({"num_ops": 1}, _IMAGE),
        Example({"value_range": [0, 1], "num_ops": 1, "factor": 0.2, "interpolation": "nearest"}, _IMAGE),
    )

    value_range: RangeOfValues = (0.0, 255.0)
    num_ops: Count = 2
    factor: Factor = 0.5
    interpolation: Smoothing = "bilinear"
    seed: Seed = None


class RandomBrightness(_Augmentation):
    """Makes images brighter or darker while training."""

    examples: ClassVar = (
        Example({"factor": 0.2}, _IMAGE),
        Example({"factor": [-0.1, 0.3], "value_range": [0, 1], "seed": 7}, _IMAGE),
    )

    factor: SignedFactor
    value_range: RangeOfValues = (0.0, 255.0)
    seed: Seed = None


class RandomColorDegeneration(_Augmentation):
    """Takes a part of the colours from images while training."""

    channels: ClassVar[tuple[int, ...]] = (3,)
    of_known_channels: ClassVar[bool] = True
    examples: ClassVar = (
        Example({"factor": 0.2}, _IMAGE),
        Example({"factor": [0.1, 0.3], "value_range": [0, 1], "seed": 7}, _IMAGE),
    )

    factor: SignedFactor
    value_range: RangeOfValues = (0.0, 255.0)
    seed: Seed = None


class RandomColorJitter(_Augmentation):
    """Changes brightness, contrast, saturation and hue while training."""

    examples: ClassVar = (
        Example({"brightness_factor": 0.2, "contrast_factor": 0.1}, _IMAGE),
        Example({"saturation_factor": [0.4, 0.6], "hue_factor": 0.2, "value_range": [0, 1], "seed": 7}, _IMAGE),
    )

    value_range: RangeOfValues = (0.0, 255.0)
    brightness_factor: OptionalSignedFactor = None
    contrast_factor: OptionalFactor = None
    saturation_factor: OptionalSignedFactor = None
    hue_factor: OptionalFactor = None
    seed: Seed = None

    def allowed_channels(self) -> tuple[int, ...]:
        return () if self.saturation_factor is None and self.hue_factor is None else (3,)


class RandomContrast(_Augmentation):
    """Changes the contrast of images while training."""

    examples: ClassVar = (
        Example({"factor": 0.2}, _IMAGE),
        Example({"factor": [0.1, 0.3], "value_range": [0, 1], "seed": 7}, _IMAGE),
    )

    factor: Factor
    value_range: RangeOfValues = (0.0, 255.0)
    seed: Seed = None


class RandomElasticTransform(_Augmentation):
    """Distorts images smoothly while training."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    of_known_sizes: ClassVar[bool] = True
    untrained_dtypes: ClassVar[frozenset[str]] = frozenset({"float16"})
    of_known_channels: ClassVar[bool] = True
    examples: ClassVar = (
        Example({}, _IMAGE),
        Example({"factor": 0.5, "scale": [0.2, 0.4], "interpolation": "nearest", "fill_mode": "wrap"}, _IMAGE),
    )

    factor: Factor = 1.0
    scale: Factor = 1.0
    interpolation: Smoothing = "bilinear"
    fill_mode: FillMode = "reflect"
    fill_value: Number = 0.0
    value_range: RangeOfValues = (0.0, 255.0)
    seed: Seed = None


class RandomErasing(_Augmentation):
    """Erases a rectangle of each image while training."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    of_known_sizes: ClassVar[bool] = True
    untrained_dtypes: ClassVar[frozenset[str]] = frozenset({"float16"})
    examples: ClassVar = (
        Example({}, _IMAGE),
        Example({"factor": 0.5, "scale": [0.1, 0.2], "fill_value": [1, 2, 3]}, _IMAGE),
        Example({"fill_value": 0.5, "value_range": [0, 1], "seed": 7}, _IMAGE),
    )

    factor: Factor = 1.0
    scale: Factor = (0.02, 0.33)
    fill_value: FillValue = None
    value_range: RangeOfValues = (0.0, 255.0)
    seed: Seed = None

    def infer(self, x: Shape) -> Shape:
        inferred = super().infer(x)
        if isinstance(self.fill_value, tuple) and inferred[2] not in (None, 3):
            message = f"`fill_value` (={list(self.fill_value)}) has 3 numbers, but the image is {shape_text(x)}"
            raise ShapeError(message, arguments=("fill_value",))
        return inferred


class RandomFlip(_Augmentation):
    """Mirrors images while training."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    examples: ClassVar = (Example({}, _IMAGE), Example({"mode": "horizontal", "seed": 7}, _IMAGE))

    mode: Literal["horizontal", "vertical", "horizontal_and_vertical"] = "horizontal_and_vertical"
    seed: Seed = None


class RandomGaussianBlur(_Augmentation):
    """Blurs images while training."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    untrained_dtypes: ClassVar[frozenset[str]] = frozenset({"float16"})
    examples: ClassVar = (
        Example({}, _IMAGE),
        Example({"factor": 0.5, "kernel_size": [3, 5], "sigma": [0.2, 0.8], "seed": 7}, _IMAGE),
    )

    factor: Factor = 1.0
    kernel_size: OddSizes = 3
    sigma: Factor = 1.0
    value_range: RangeOfValues = (0.0, 255.0)
    seed: Seed = None

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        sizes = self.kernel_size if isinstance(self.kernel_size, tuple) else (self.kernel_size,) * 2
        return super().respelled(inputs) | {"kernel_size": sizes}


class RandomGrayscale(_Augmentation):
    """Takes the colours from some images while training."""

    channels: ClassVar[tuple[int, ...]] = (1, 3)
    of_known_channels: ClassVar[bool] = True
    examples: ClassVar = (Example({}, _IMAGE), Example({"factor": 0.2}, _IMAGE))

    factor: Share = 0.5
    seed: Seed = None


class RandomHue(_Augmentation):
    """Changes the hue of images while training."""

    channels: ClassVar[tuple[int, ...]] = (3,)
    examples: ClassVar = (
        Example({"factor": 0.2}, _IMAGE),
        Example({"factor": [0.1, 0.3], "value_range": [0, 1], "seed": 7}, _IMAGE),
    )

    factor: Factor
    value_range: RangeOfValues = (0.0, 255.0)
    seed: Seed = None


class RandomInvert(_Augmentation):
    """Inverts some images while training."""

    examples: ClassVar = (Example({}, _IMAGE), Example({"factor": 0.2, "value_range": [0, 1], "seed": 7}, _IMAGE))

    factor: Factor = 1.0
    value_range: RangeOfValues = (0.0, 255.0)
    seed: Seed = None


class RandomPerspective(_Augmentation):
    """Moves the corners of images while training."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    of_known_sizes: ClassVar[bool] = True
    examples: ClassVar = (
        Example({}, _IMAGE),
        Example({"factor": 0.5, "scale": 0.2, "interpolation": "nearest", "fill_value": 1, "seed": 7}, _IMAGE),
    )

    factor: Factor = 1.0
    scale: Share = 1.0
    interpolation: Smoothing = "bilinear"
    fill_value: Number = 0.0
    seed: Seed = None

    def infer(self, x: Shape) -> Shape:
        if 1 in super().infer(x)[:2]:
            raise ShapeError(f"expected an image whose corners differ, got {shape_text(x)}")
        return x


class RandomPosterization(_Augmentation):
    """Keeps fewer bits of each number while training."""

    examples: ClassVar = (
        Example({"factor": 4}, _IMAGE),
        Example({"factor": [2, 5], "value_range": [0, 1], "seed": 7}, _IMAGE),
    )

    factor: Bits
    value_range: RangeOfValues = (0.0, 255.0)
    seed: Seed = None

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        bits = self.factor if isinstance(self.factor, tuple) else (1, self.factor)
        return super().respelled(inputs) | {"factor": (min(bits), max(bits))}


class RandomRotation(_Augmentation):
    """Turns images while training."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    examples: ClassVar = (
        Example({"factor": 0.1}, _IMAGE),
        Example({"factor": [-0.1, 0.2], "fill_mode": "constant", "fill_value": 1, "seed": 7}, _IMAGE),
    )

    factor: SignedFactor
    fill_mode: FillMode = "reflect"
    interpolation: Smoothing = "bilinear"
    seed: Seed = None
    fill_value: Number = 0.0


class RandomSaturation(_Augmentation):
    """Changes the saturation of images while training."""

    channels: ClassVar[tuple[int, ...]] = (3,)
    examples: ClassVar = (
        Example({"factor": 0.2}, _IMAGE),
        Example({"factor": [0.4, 0.6], "value_range": [0, 1], "seed": 7}, _IMAGE),
    )

    factor: SignedFactor
    value_range: RangeOfValues = (0.0, 255.0)
    seed: Seed = None


class RandomSharpness(_Augmentation):
    """Blurs or sharpens images while training."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    examples: ClassVar = (
        Example({"factor": 0.2}, _IMAGE),
        Example({"factor": [0.4, 0.6], "value_range": [0, 1], "seed": 7}, _IMAGE),
    )

    factor: Factor
    value_range: RangeOfValues = (0.0, 255.0)
    seed: Seed = None


class RandomShear(_Augmentation):
    """Slants images while training."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    examples: ClassVar = (
        Example({"x_factor": 0.1}, _IMAGE),
        Example({"x_factor": [0.1, 0.2], "y_factor": 0.3, "fill_mode": "wrap", "seed": 7}, _IMAGE),
    )

    x_factor: Annotated[Range, NumberRange(0, 1, symmetric=True)] = 0.0
    y_factor: Annotated[Range, NumberRange(0, 1, symmetric=True)] = 0.0
    interpolation: Smoothing = "bilinear"
    fill_mode: FillMode = "reflect"
    fill_value: Number = 0.0
    seed: Seed = None


class RandomTranslation(_Augmentation):
    """Shifts images while training."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    examples: ClassVar = (
        Example({"height_factor": 0.1, "width_factor": 0.2}, _IMAGE),
        Example({"height_factor": [-0.2, 0.3], "width_factor": 0.2, "fill_mode": "nearest", "seed": 7}, _IMAGE),
    )

    height_factor: SignedFactor
    width_factor: SignedFactor
    fill_mode: FillMode = "reflect"
    interpolation: Smoothing = "bilinear"
    seed: Seed = None
    fill_value: Number = 0.0


class RandomZoom(_Augmentation):
    """Enlarges or shrinks images while training."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    examples: ClassVar = (
        Example({"height_factor": 0.1}, _IMAGE),
        Example({"height_factor": [-0.2, 0.3], "width_factor": 0.2, "interpolation": "nearest"}, _IMAGE),
    )

    height_factor: Annotated[Range, NumberRange(-1, 1, above=True)]
    width_factor: Annotated[Range | None, NumberRange(-1, 1, above=True, optional=True)] = None
    fill_mode: FillMode = "reflect"
    interpolation: Smoothing = "bilinear"
    seed: Seed = None
    fill_value: Number = 0.0


class Solarization(_Augmentation):
    """Inverts numbers above a random threshold while training."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    examples: ClassVar = (
        Example({}, _IMAGE),
        Example({"addition_factor": 0.2, "threshold_factor": [0.1, 0.3], "value_range": [0, 1], "seed": 7}, _IMAGE),
    )

    addition_factor: Factor = 0.0
    threshold_factor: Factor = 0.0
    value_range: RangeOfValues = (0.0, 255.0)
    seed: Seed = None
