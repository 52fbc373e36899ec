"""Layers that act in training alone: dropout and noise."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from archc.ir.op import ArgumentError, Elementwise, Example, MaskRule, Op, Weightless
from archc.ir.shape import Shape, ShapeError, expect_rank, shape_text
from archc.ops.argument_types import NonNegative, OptionalCounts, Seed, Share

# At 1 the deviation of the noise is infinite, and training divides by zero.
ShareBelowOne = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]

_SEEDED = (
    Example({"rate": 0.5}, ((8, 9, 4),)),
    Example({"rate": 0.0}, ((5,),)),
    Example({"rate": 0.1, "seed": 7}, ((5,),)),
)


class _MaskedDropout(Op):
    """A mask that is drawn once for `noise_shape`, whose first size is the batch's, and broadcasts to the input."""

    mask_rule: ClassVar[MaskRule] = "keeps"
    acts_in_training: ClassVar[bool] = True
    examples: ClassVar = (*_SEEDED, Example({"rate": 0.2, "noise_shape": [None, 1, 1, 1]}, ((8, 9, 4),)))

    rate: Share
    noise_shape: OptionalCounts | None = None
    seed: Seed = None

    def infer(self, x: Shape) -> Shape:
        mask = self.noise_shape
        if mask is None:
            return x
        sizes = zip(mask[1:], x, strict=False)
        if len(mask) != len(x) + 1 or any(None not in pair and pair[0] not in (1, pair[1]) for pair in sizes):
            message = f"`noise_shape` (={shape_text(mask)}) does not broadcast to a batch of {shape_text(x)}"
            raise ShapeError(message, arguments=("noise_shape",))
        return x


class Dropout(_MaskedDropout):
    """Sets a part of the numbers to zero while training."""

    def canonical(self, inputs: tuple[Shape, ...]) -> Op:
        if self.noise_shape != (None, *[1] * len(inputs[0])):
            return super().canonical(inputs)
        whole = StochasticDepth(rate=self.rate, seed=self.seed, trainable=self.trainable, dtype=self.dtype)
        return whole.canonical(inputs)


class StochasticDepth(Op):
    """Sets all numbers of an example to zero while training, which leaves the shortcut around a block alone."""

    mask_rule: ClassVar[MaskRule] = "keeps"
    acts_in_training: ClassVar[bool] = True
    function: ClassVar[str | None] = "stochastic_depth"
    function_layer: ClassVar[str | None] = "Dropout"
    examples: ClassVar = _SEEDED

    rate: Share
    seed: Seed = None

    def infer(self, x: Shape) -> Shape:
        return x


class AlphaDropout(_MaskedDropout):
    """Dropout that keeps mean and variance, for self-normalizing networks."""

    rate: ShareBelowOne


class _SpatialDropout(Op):
    """Sets whole channels to zero."""

    mask_rule: ClassVar[MaskRule] = "keeps"
    acts_in_training: ClassVar[bool] = True
    rank: ClassVar[int]

    rate: Share
    seed: Seed = None

    def model_post_init(self, _: Any, /) -> None:
        if not self.trainable:  # which Keras's constructor does not take
            raise ArgumentError(
                "there are no weights, so `trainable` (=False) is not allowed", arguments=("trainable",)
            )

    def infer(self, x: Shape) -> Shape:
        return expect_rank(x, self.rank + 1)


class SpatialDropout1D(_SpatialDropout):
    """Sets whole channels of a sequence to zero while training."""

    examples: ClassVar = (Example({"rate": 0.5}, ((8, 4),)), Example({"rate": 0.1, "seed": 7}, ((8, 4),)))
    rank: ClassVar[int] = 1


class SpatialDropout2D(_SpatialDropout):
    """Sets whole channels of an image to zero while training."""

    examples: ClassVar = (Example({"rate": 0.5}, ((8, 9, 4),)), Example({"rate": 0.1, "seed": 7}, ((8, 9, 4),)))
    rank: ClassVar[int] = 2


class SpatialDropout3D(_SpatialDropout):
    """Sets whole channels of a volume to zero while training."""

    examples: ClassVar = (Example({"rate": 0.5}, ((3, 4, 5, 2),)), Example({"rate": 0.1, "seed": 7}, ((3, 4, 5, 2),)))
    rank: ClassVar[int] = 3


class GaussianNoise(Elementwise):
    """Adds normal noise while training."""

    acts_in_training: ClassVar[bool] = True
    examples: ClassVar = (Example({"stddev": 0.1}, ((8, 9, 4),)), Example({"stddev": 1, "seed": 7}, ((5,),)))

    stddev: Share
    seed: Seed = None


class Sampling(Weightless):
    """A number drawn from a normal distribution while training, and its mean in inference."""

    acts_in_training: ClassVar[bool] = True
    function: ClassVar[str | None] = "sampling"
    note: ClassVar[str] = (
        "The mean and the logarithm of the variance: `from: [mean, log_variance]`. It is the step of a variational "
        "autoencoder between encoder and decoder, `mean + exp(log_variance / 2) * noise`."
    )
    arity: ClassVar[tuple[int, int | None]] = (2, 2)
    examples: ClassVar = (Example({}, ((8,), (8,))), Example({"seed": 7}, ((4, 5, 2), (4, 5, 2))))

    seed: Seed = None

    @property
    def operations(self) -> int:
        """Zeros, noise, its scale and the sum."""
        return 4

    def infer(self, mean: Shape, log_variance: Shape) -> Shape:
        if mean != log_variance:
            message = f"the mean is {shape_text(mean)}, but the logarithm of the variance {shape_text(log_variance)}"
            raise ShapeError(message)
        return mean


class GaussianDropout(Elementwise):
    """Multiplies by normal noise around one while training."""

    acts_in_training: ClassVar[bool] = True
    examples: ClassVar = _SEEDED

    rate: ShareBelowOne
    seed: Seed = None


class ActivityRegularization(Elementwise):
    """Adds sums over its input to the loss while training."""

    acts_in_training: ClassVar[bool] = True
    examples: ClassVar = (Example({"l2": 0.01}, ((8, 9, 4),)), Example({"l1": 0.1, "l2": 0.2}, ((5,),)))

    l1: NonNegative = 0.0
    l2: NonNegative = 0.0
