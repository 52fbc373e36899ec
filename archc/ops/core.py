"""Layers that see one position: dense layers and embeddings."""

from typing import ClassVar

from archc.ir.dtype import NUMBERS_AND_BOOLEANS
from archc.ir.op import Example, MaskRule, Op, Weight
from archc.ir.shape import Shape, ShapeError, channels_of, volume
from archc.ops.argument_types import ActivationArgument, Count
from archc.ops.weight_arguments import ConstraintArgument, InitializerArgument, RegularizerArgument, weight_of


class Dense(Op):
    """Every unit sees all channels of its position."""

    mask_rule: ClassVar[MaskRule] = "keeps"
    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    has_kernels: ClassVar[bool] = True
    ends_in_activation: ClassVar[bool] = True
    widths: ClassVar[tuple[str, ...]] = ("units",)
    examples: ClassVar = (
        Example({"units": 10}, ((784,),)),
        Example({"units": 10, "activation": "softmax", "kernel_initializer": "glorot_normal"}, ((20,),)),
        Example({"units": 4, "use_bias": False}, ((7, 5, 3),)),
        Example({"units": 4, "bias_initializer": {"Constant": 0.1}, "kernel_regularizer": {"L2": 5e-4}}, ((6,),)),
        Example({"units": 4, "trainable": False, "dtype": "float16"}, ((6,),)),
    )

    units: Count
    activation: ActivationArgument = None
    use_bias: bool = True
    kernel_initializer: InitializerArgument = "glorot_uniform"
    bias_initializer: InitializerArgument = "zeros"
    kernel_regularizer: RegularizerArgument = None
    bias_regularizer: RegularizerArgument = None
    activity_regularizer: RegularizerArgument = None
    kernel_constraint: ConstraintArgument = None
    bias_constraint: ConstraintArgument = None

    def infer(self, x: Shape) -> Shape:
        channels_of(x)
        return *x[:-1], self.units

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        kernel = weight_of(self, "kernel", (channels_of(x), self.units), self.kernel_initializer)
        return (kernel, weight_of(self, "bias", (self.units,), self.bias_initializer)) if self.use_bias else (kernel,)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        return volume((*inputs[0], self.units))


class Masking(Op):
    """Zeros where all channels of a position have a value; makes the mask of the other positions."""

    mask_rule: ClassVar[MaskRule] = "makes"
    examples: ClassVar = (
        Example({}, ((6, 4),)),
        Example({"mask_value": -1}, ((6, 4),)),
        Example({"mask_value": 0.5}, ((3, 6, 4),)),
    )

    mask_value: float = 0.0

    def infer(self, x: Shape) -> Shape:
        if not x:
            raise ShapeError("a scalar has no channels")
        return x


class Embedding(Op):
    """A learned vector for each whole number."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    examples: ClassVar = (
        Example({"input_dim": 1000, "output_dim": 64}, ((128,),)),
        Example({"input_dim": 10, "output_dim": 4, "embeddings_initializer": "glorot_normal"}, ((3, 5),)),
        Example({"input_dim": 10, "output_dim": 4, "mask_zero": True, "trainable": False}, ((3,),)),
    )

    input_dim: Count
    output_dim: Count
    embeddings_initializer: InitializerArgument = "random_uniform"
    embeddings_regularizer: RegularizerArgument = None
    embeddings_constraint: ConstraintArgument = None
    mask_zero: bool = False

    @property
    def masking(self) -> MaskRule:
        return "makes" if self.mask_zero else "ends"

    def infer(self, x: Shape) -> Shape:
        return *x, self.output_dim

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return (weight_of(self, "embeddings", (self.input_dim, self.output_dim), self.embeddings_initializer),)
