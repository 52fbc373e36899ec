"""Layers that see one position: dense layers and embeddings."""

from typing import Any, ClassVar, Literal

from archc.ir.dtype import NUMBERS_AND_BOOLEANS
from archc.ir.op import Example, MaskRule, Op, Weight
from archc.ir.shape import Shape, ShapeError, channels_of, shape_text, volume
from archc.ops.activation_arguments import ActivationArgument, activated
from archc.ops.argument_types import Count, Positive
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
        Example({"units": 4, "use_bias": False, "activation": {"LeakyReLU": 0.1}}, ((7, 5, 3),)),
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
        return activated(self.activation, (*x[:-1], self.units))

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        kernel = weight_of(self, "kernel", (channels_of(x), self.units), self.kernel_initializer)
        return (kernel, weight_of(self, "bias", (self.units,), self.bias_initializer)) if self.use_bias else (kernel,)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        return volume((*inputs[0], self.units))


class Masking(Op):
    """Zeros where all channels of a position have a value; makes the mask of the other positions."""

    mask_rule: ClassVar[MaskRule] = "makes"
    mask_operations: ClassVar[int] = 2
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

    mask_operations: ClassVar[int] = 1
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


class ReversibleEmbedding(Op):
    """A learned vector for each whole number; in reverse, the product of a tensor with each of these vectors."""

    mask_operations: ClassVar[int] = 0  # the mask is made when the model runs
    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    has_kernels: ClassVar[bool] = True
    called_with: ClassVar[tuple[str, ...]] = ("reverse",)
    note: ClassVar[str] = (
        "`reverse` belongs to the call: steps with one `share` may differ in it, and have the same weights. It counts "
        "in the depth, and has MACs, in reverse alone. With `reverse_dtype` Keras computes the product in that type, "
        "and declares the output in the type of the layer."
    )
    examples: ClassVar = (
        Example({"input_dim": 10, "output_dim": 4}, ((3,),)),
        Example({"input_dim": 10, "output_dim": 4, "reverse": True}, ((3, 4),)),
        Example({"input_dim": 10, "output_dim": 4, "tie_weights": False, "trainable": False}, ((3,),)),
        Example(
            {"input_dim": 10, "output_dim": 4, "tie_weights": False, "logit_soft_cap": 2, "reverse": True}, ((4,),)
        ),
        Example({"input_dim": 6, "output_dim": 4, "logit_soft_cap": 0.5, "reverse": True}, ((5, 3, 4),)),
        Example({"input_dim": 6, "output_dim": 4, "reverse_dtype": "float64", "reverse": True}, ((4,),)),
        Example({"input_dim": 6, "output_dim": 4, "mask_zero": True, "embeddings_initializer": "ones"}, ((5,),)),
        Example({"input_dim": 6, "output_dim": 4, "mask_zero": True, "reverse": True}, ((5, 4),)),
    )

    input_dim: Count
    output_dim: Count
    tie_weights: bool = True
    embeddings_initializer: InitializerArgument = "random_uniform"
    embeddings_regularizer: RegularizerArgument = None
    embeddings_constraint: ConstraintArgument = None
    mask_zero: bool = False
    reverse_dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None
    logit_soft_cap: Positive | None = None
    reverse: bool = False

    @property
    def weighted(self) -> bool:
        return self.reverse

    @property
    def masking(self) -> MaskRule:
        return "makes" if self.mask_zero and not self.reverse else "ends"

    def infer(self, x: Shape) -> Shape:
        if not self.reverse:
            return *x, self.output_dim
        if not x or x[-1] not in (None, self.output_dim):
            raise ShapeError(
                f"in reverse it takes `output_dim` (={self.output_dim}) channels, got {shape_text(x)}",
                arguments=("output_dim",),
            )
        return *x[:-1], self.input_dim

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        shape = (self.input_dim, self.output_dim)
        embeddings = weight_of(self, "embeddings", shape, self.embeddings_initializer)
        if self.tie_weights:
            return (embeddings,)
        return embeddings, weight_of(self, "reverse_embeddings", shape[::-1], self.embeddings_initializer)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        return volume((*output, self.output_dim)) if self.reverse else 0

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        if not self.reverse:
            return super().respelled(inputs) | {"reverse_dtype": None, "logit_soft_cap": None}
        product_dtype = None if self.reverse_dtype == self.compute_dtype else self.reverse_dtype
        return super().respelled(inputs) | {"reverse_dtype": product_dtype}

    def canonical(self, inputs: tuple[Shape, ...]) -> Op:
        if self.reverse or not self.tie_weights:
            return super().canonical(inputs)
        shared = {name: getattr(self, name) for name in Embedding.model_fields}
        return Embedding(**shared).canonical(inputs)
