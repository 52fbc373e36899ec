"""Layers that turn numbers and texts into numbers of categories, by arithmetic alone: bins and hashes."""

from typing import Annotated, Any, ClassVar, Literal

from archc.ir.dtype import ANY, FLOATS, INTEGERS, NUMBERS_AND_BOOLEANS
from archc.ir.op import ArgumentError, Example, Op
from archc.ir.shape import Shape, ShapeError, UnknownSizeError, shape_text
from archc.ops.argument_types import INTEGER, ArgumentType, Count, Natural, Positive, read_number, sequence_of

CategoryMode = Literal["int", "one_hot", "multi_hot", "count"]

_HALVES = frozenset({"float16", "bfloat16"})
_OF_A_SAMPLE = ("multi_hot", "count", "tf_idf")
"""The modes that make one row of all that a sample has."""


def encoded_shape(x: Shape, output_mode: str, depth: int) -> Shape:
    """The shape of categories in an output mode of Keras's.

    Raises:
        ShapeError: Keras gives another shape than it says, or cannot tell whether the last axis is 1.
    """
    if output_mode == "int":
        return x
    if output_mode in _OF_A_SAMPLE:
        if len(x) != 1:
            message = f"`output_mode` (={output_mode}) takes an input with 1 axis, got {shape_text(x)}"
            raise ShapeError(message, arguments=("output_mode",))
        return (depth,)
    if x and x[-1] is None:
        message = "the last axis must be a number where `output_mode` is one_hot, but is known only at run time"
        raise UnknownSizeError(message, arguments=("output_mode",))
    return (*x[:-1], depth) if x and x[-1] == 1 else (*x, depth)


def _read_boundaries(value: Any) -> tuple[float, ...]:
    numbers = tuple(map(read_number, value)) if isinstance(value, list | tuple) else ()
    if not numbers or list(numbers) != sorted(numbers):
        raise ArgumentError("must be a list of numbers, the smallest first")
    return numbers


Boundaries = Annotated[
    tuple[float, ...],
    ArgumentType(_read_boundaries, {"type": "array", "items": {"type": "number"}, "minItems": 1}),
]


class _Category(Op):
    """A layer that numbers categories, in one of several output modes."""

    def model_post_init(self, _: Any, /) -> None:
        mode = getattr(self, "output_mode", "int")
        if mode in _OF_A_SAMPLE and self.compute_dtype in _HALVES:
            message = f"`dtype` (={self.dtype}) is one that Keras cannot count in, as `output_mode` (={mode}) does"
            raise ArgumentError(message, arguments=("dtype", "output_mode"))

    @property
    def _held_dtype(self) -> str:
        """The type of what the layer holds, in which some layers of Keras's give their output."""
        return "float32" if self.dtype is None or self.dtype.startswith("mixed_") else self.dtype

    def no_dtype_of_integers(self, output_mode: str) -> None:
        """Refuses a type of floats where the output is whole numbers."""
        if self.dtype is not None and output_mode == "int":
            message = f"`dtype` (={self.dtype}) is not allowed where `output_mode` (=int) gives whole numbers"
            raise ArgumentError(message, arguments=("dtype", "output_mode"))


class Discretization(_Category):
    """The number of the bin that each number is in, counted from 0 below the first boundary."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    in_training: ClassVar = ("epsilon",)
    note: ClassVar[str] = "Boundaries are given, as archc has no data to learn them from: `num_bins` stays null."
    examples: ClassVar = (
        Example({"bin_boundaries": [0, 1, 2]}, ((4,),)),
        Example({"bin_boundaries": [0.5, 1.5], "output_mode": "one_hot"}, ((3, 4),)),
        Example({"bin_boundaries": [0.5, 1.5], "output_mode": "one_hot"}, ((3, 1),)),
        Example({"bin_boundaries": [1], "output_mode": "multi_hot"}, ((4,),)),
        Example({"bin_boundaries": [-1.5, 0, 0], "output_mode": "count", "dtype": "float64"}, ((4,),)),
    )

    bin_boundaries: Boundaries
    num_bins: Natural | None = None
    epsilon: Positive = 0.01
    output_mode: CategoryMode = "int"

    def model_post_init(self, context: Any, /) -> None:
        super().model_post_init(context)
        if not self.trainable:  # which Keras's constructor does not take
            message = "there are no weights, so `trainable` (=False) is not allowed"
            raise ArgumentError(message, arguments=("trainable",))
        if self.num_bins is not None:
            message = f"`num_bins` (={self.num_bins}) is of boundaries that are learned, and `bin_boundaries` is given"
            raise ArgumentError(message, arguments=("num_bins", "bin_boundaries"))

    def infer(self, x: Shape) -> Shape:
        return encoded_shape(x, self.output_mode, len(self.bin_boundaries) + 1)

    def result_dtype(self, *_: str) -> str:
        return "int32" if self.output_mode == "int" else self.compute_dtype


class CategoryEncoding(_Category):
    """Whole numbers below `num_tokens` as a row that marks or counts them; others are left out."""

    accepts: ClassVar = FLOATS | {"bool", "int32", "int64"}
    note: ClassVar[str] = "Floats are cut to whole numbers."
    examples: ClassVar = (
        Example({"num_tokens": 4}, ((5,),)),
        Example({"num_tokens": 4, "output_mode": "one_hot"}, ((3, 5),)),
        Example({"num_tokens": 4, "output_mode": "one_hot"}, ((1,),)),
        Example({"num_tokens": 3, "output_mode": "count", "dtype": "float64"}, ((4,),)),
    )

    num_tokens: Count
    output_mode: Literal["multi_hot", "one_hot", "count"] = "multi_hot"

    def infer(self, x: Shape) -> Shape:
        return encoded_shape(x, self.output_mode, self.num_tokens)

    def result_dtype(self, *_: str) -> str:
        return self._held_dtype

    def noted_dtype(self, *_: str) -> str:
        return self.compute_dtype


def _read_mask_value(value: Any) -> int | str | None:
    if value is None or isinstance(value, str):
        return value
    if type(value) is not int or not -(2**31) <= value < 2**31:
        raise ArgumentError("must be a text, a whole number of 32 bits, or null")
    return value


MaskValue = Annotated[int | str | None, ArgumentType(_read_mask_value, {"type": ["integer", "string", "null"]})]


def _both(salt: int) -> tuple[int, int]:
    return salt, salt


_SALT = sequence_of(INTEGER, length=2, alone=_both)
Salt = Annotated[
    tuple[int, int] | None,
    ArgumentType(
        lambda value: None if value is None else _SALT.read(value),
        {"anyOf": [*_SALT.schema["anyOf"], {"type": "null"}]},
    ),
]
"""The key of a hash that only who knows it can foretell."""


class Hashing(_Category):
    """A number below `num_bins` for each text or whole number, which is its hash."""

    accepts: ClassVar = ANY
    note: ClassVar[str] = "Floats are cut to whole numbers."
    examples: ClassVar = (
        Example({"num_bins": 10}, ((3, 4),)),
        Example({"num_bins": 5, "mask_value": "", "salt": [133, 137]}, ((4,),)),
        Example({"num_bins": 5, "mask_value": -1, "salt": 7}, ((4,),)),
        Example({"num_bins": 6, "output_mode": "one_hot"}, ((3, 1),)),
        Example({"num_bins": 6, "output_mode": "multi_hot"}, ((4,),)),
        Example({"num_bins": 6, "output_mode": "count", "dtype": "float64"}, ((4,),)),
    )

    num_bins: Count
    mask_value: MaskValue = None
    salt: Salt = None
    output_mode: CategoryMode = "int"

    def model_post_init(self, context: Any, /) -> None:
        super().model_post_init(context)
        self.no_dtype_of_integers(self.output_mode)

    @property
    def input_types(self) -> frozenset[str]:
        if self.mask_value is None:
            return self.accepts
        return frozenset({"string"}) if isinstance(self.mask_value, str) else FLOATS | {"int32", "int64"}

    def infer(self, x: Shape) -> Shape:
        if self.output_mode == "one_hot" and (x[-1:] != (1,) or x[-2:-1] in ((1,), (None,))):
            message = "`output_mode` (=one_hot) takes an input whose last axis is 1 and no other before it"
            raise ShapeError(f"{message}, got {shape_text(x)}", arguments=("output_mode",))
        return encoded_shape(x, self.output_mode, self.num_bins)

    def result_dtype(self, *_: str) -> str:
        return "int64" if self.output_mode == "int" else self._held_dtype


class HashedCrossing(_Category):
    """A number below `num_bins` for each pair of texts or whole numbers, which is their hash."""

    accepts: ClassVar = INTEGERS | {"string"}
    arity: ClassVar[tuple[int, int | None]] = (2, 2)
    merges: ClassVar[bool] = True
    examples: ClassVar = (
        Example({"num_bins": 5}, ((1,), (1,))),
        Example({"num_bins": 5}, ((), ())),
        Example({"num_bins": 8, "output_mode": "one_hot"}, ((1,), (1,))),
        Example({"num_bins": 8, "output_mode": "one_hot", "dtype": "float16"}, ((), ())),
    )

    num_bins: Count
    output_mode: Literal["int", "one_hot"] = "int"

    def model_post_init(self, context: Any, /) -> None:
        super().model_post_init(context)
        self.no_dtype_of_integers(self.output_mode)

    def infer(self, x: Shape, y: Shape) -> Shape:
        if x != y or x not in ((), (1,)):
            raise ShapeError(f"expected two scalars or two inputs of size 1, got {shape_text(x)} and {shape_text(y)}")
        return encoded_shape(x, self.output_mode, self.num_bins)

    def result_dtype(self, *_: str) -> str:
        return "int64" if self.output_mode == "int" else self.compute_dtype
