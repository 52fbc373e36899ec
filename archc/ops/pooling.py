"""Pooling over windows, to a grid of fixed size, and over all positions."""

from typing import Any, ClassVar

from archc.ir.dtype import NUMBERS_AND_BOOLEANS
from archc.ir.op import SEES_ALL, ArgumentError, Example, Op, Window
from archc.ir.shape import SPATIAL, Shape, ShapeError, Size, expect_rank, known_size, shape_text
from archc.ops.argument_types import Padding, Pair, Single, Triple
from archc.ops.windows import canonical_padding, sliding_sizes, sliding_windows


class _Pooling(Op):
    """A window that slides over each channel."""

    first_positional: ClassVar[bool] = True

    pool_size: tuple[int, ...]
    strides: tuple[int, ...] | None = None
    padding: Padding = "valid"

    def infer(self, x: Shape) -> Shape:
        expect_rank(x, len(self.pool_size) + 1)
        strides, ones = self.strides or self.pool_size, (1,) * len(self.pool_size)
        return *sliding_sizes(x[:-1], self.pool_size, strides, self.padding, ones, "pool_size"), x[-1]

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        padding = canonical_padding(self.padding, self.pool_size)
        return super().respelled(inputs) | {"strides": self.strides or self.pool_size, "padding": padding}

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        return sliding_windows(self.pool_size, self.strides or self.pool_size, (1,) * len(self.pool_size))


_POOLED_1D = (
    Example({"pool_size": 2}, ((10, 4),)),
    Example({"pool_size": 3, "strides": 2, "padding": "same"}, ((10, 4),)),
)
_POOLED_2D = (
    Example({"pool_size": 2}, ((10, 11, 4),)),
    Example({"pool_size": 3, "strides": 2}, ((10, 11, 4),)),
    Example({"pool_size": [3, 2], "strides": [1, 2], "padding": "same"}, ((10, 11, 4),)),
)
_POOLED_3D = (
    Example({"pool_size": 2}, ((5, 6, 7, 2),)),
    Example({"pool_size": [1, 2, 3], "strides": [1, 1, 2], "padding": "same"}, ((5, 6, 7, 2),)),
)


class MaxPooling1D(_Pooling):
    """The largest value in each window of a sequence."""

    examples: ClassVar = (Example({}, ((10, 4),)), *_POOLED_1D)

    pool_size: Single = (2,)
    strides: Single | None = None


class MaxPooling2D(_Pooling):
    """The largest value in each window of an image."""

    examples: ClassVar = (Example({}, ((10, 11, 4),)), *_POOLED_2D)

    pool_size: Pair = (2, 2)
    strides: Pair | None = None


def _refuse_float64(dtype: str | None) -> None:
    if dtype == "float64":
        message = f"`dtype` (={dtype}) has no maximum over a volume in TensorFlow"
        raise ArgumentError(message, arguments=("dtype",))


class MaxPooling3D(_Pooling):
    """The largest value in each window of a volume."""

    examples: ClassVar = (Example({}, ((5, 6, 7, 2),)), *_POOLED_3D)

    pool_size: Triple = (2, 2, 2)
    strides: Triple | None = None

    def model_post_init(self, _: Any, /) -> None:
        _refuse_float64(self.dtype)


class AveragePooling1D(_Pooling):
    """The mean of each window of a sequence."""

    examples: ClassVar = _POOLED_1D

    pool_size: Single
    strides: Single | None = None


class AveragePooling2D(_Pooling):
    """The mean of each window of an image."""

    examples: ClassVar = _POOLED_2D

    pool_size: Pair
    strides: Pair | None = None


class AveragePooling3D(_Pooling):
    """The mean of each window of a volume."""

    examples: ClassVar = _POOLED_3D

    pool_size: Triple
    strides: Triple | None = None


class _GlobalPooling(Op):
    """One value for each channel, from all positions."""

    windows: ClassVar = Op.all_positions
    rank: ClassVar[int]

    keepdims: bool = False

    def infer(self, x: Shape) -> Shape:
        channels = expect_rank(x, self.rank + 1)[-1]
        return *((1,) * self.rank if self.keepdims else ()), channels


class GlobalAveragePooling1D(_GlobalPooling):
    """The mean of each channel over a sequence."""

    mask_use: ClassVar = "always"
    mask_is_input: ClassVar[bool] = True
    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    examples: ClassVar = (Example({}, ((10, 4),)), Example({"keepdims": True}, ((10, 4),)))
    rank: ClassVar[int] = 1


class GlobalAveragePooling2D(_GlobalPooling):
    """The mean of each channel over an image."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    examples: ClassVar = (Example({}, ((7, 8, 4),)), Example({"keepdims": True}, ((7, 8, 4),)))
    rank: ClassVar[int] = 2


class GlobalAveragePooling3D(_GlobalPooling):
    """The mean of each channel over a volume."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    examples: ClassVar = (Example({}, ((3, 4, 5, 2),)), Example({"keepdims": True}, ((3, 4, 5, 2),)))
    rank: ClassVar[int] = 3


class GlobalMaxPooling1D(_GlobalPooling):
    """The largest value of each channel over a sequence."""

    examples: ClassVar = GlobalAveragePooling1D.examples
    rank: ClassVar[int] = 1


class GlobalMaxPooling2D(_GlobalPooling):
    """The largest value of each channel over an image."""

    examples: ClassVar = GlobalAveragePooling2D.examples
    rank: ClassVar[int] = 2


class GlobalMaxPooling3D(_GlobalPooling):
    """The largest value of each channel over a volume."""

    examples: ClassVar = GlobalAveragePooling3D.examples
    rank: ClassVar[int] = 3


class _AdaptivePooling(Op):
    """One window for each position of an output of fixed size."""

    output_size: tuple[int, ...]

    def infer(self, x: Shape) -> Shape:
        *spatial, channels = expect_rank(x, len(self.output_size) + 1)
        for name, size in zip(SPATIAL[len(spatial)], spatial, strict=True):
            known_size(size, f"the {name}")  # Keras chooses the windows when it builds the model
        # TensorFlow's kernels slide windows of one more than the least size, which do not fit here.
        if any(1 in (size, to) for size, to in zip(spatial, self.output_size, strict=True)):
            raise ShapeError(
                f"`output_size` (={self.output_size}) and the spatial sizes of {shape_text(x)} must be above 1 for "
                "Keras; for one position use a global pooling with `keepdims`",
                arguments=("output_size",),
            )
        return *self.output_size, channels

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        return tuple(_adapted(size, to) for size, to in zip(inputs[0][:-1], self.output_size, strict=True))


def _adapted(size: Size, to: int) -> Window:
    """Window i of `to` goes from floor(i * size / to) to ceil((i + 1) * size / to)."""
    if size is None:
        return SEES_ALL
    whole, rest = divmod(size, to)
    widest = whole if not rest else whole + (1 if to % rest == 0 else 2)
    return Window(widest, size / to)


_ADAPTED_1D = (Example({"output_size": 4}, ((12, 3),)), Example({"output_size": [5]}, ((12, 3),)))
_ADAPTED_2D = (Example({"output_size": 7}, ((14, 10, 3),)), Example({"output_size": [2, 6]}, ((14, 10, 3),)))
_ADAPTED_3D = (Example({"output_size": 2}, ((4, 5, 6, 3),)), Example({"output_size": [4, 2, 3]}, ((4, 5, 6, 3),)))


class AdaptiveAveragePooling1D(_AdaptivePooling):
    """The means of a sequence over a grid of fixed size."""

    examples: ClassVar = _ADAPTED_1D

    output_size: Single


class AdaptiveAveragePooling2D(_AdaptivePooling):
    """The means of an image over a grid of fixed size."""

    examples: ClassVar = _ADAPTED_2D

    output_size: Pair


class AdaptiveAveragePooling3D(_AdaptivePooling):
    """The means of a volume over a grid of fixed size."""

    examples: ClassVar = _ADAPTED_3D

    output_size: Triple


class AdaptiveMaxPooling1D(_AdaptivePooling):
    """The largest values of a sequence over a grid of fixed size."""

    examples: ClassVar = _ADAPTED_1D

    output_size: Single


class AdaptiveMaxPooling2D(_AdaptivePooling):
    """The largest values of an image over a grid of fixed size."""

    examples: ClassVar = _ADAPTED_2D

    output_size: Pair


class AdaptiveMaxPooling3D(_AdaptivePooling):
    """The largest values of a volume over a grid of fixed size."""

    examples: ClassVar = _ADAPTED_3D

    output_size: Triple

    def model_post_init(self, _: Any, /) -> None:
        _refuse_float64(self.dtype)
