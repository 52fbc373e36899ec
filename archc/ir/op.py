"""What an op is: typed arguments, a shape rule, weights, costs."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from archc.ir.shape import Shape


class ArgumentError(ValueError):
    """Arguments that an op cannot have, whatever the shapes.

    Attributes:
        arguments: the names of those that do not go together, the one to change first; empty for the value alone.
        choices: the words of which one was expected.
    """

    def __init__(self, message: str, *, arguments: tuple[str, ...] = (), choices: tuple[str, ...] = ()) -> None:
        self.arguments, self.choices = arguments, choices
        super().__init__(message)


class Weight(NamedTuple):
    """A tensor that a layer holds, under Keras's name, in Keras's order."""

    name: str
    shape: tuple[int, ...]
    trainable: bool = True


class Window(NamedTuple):
    """What one output position sees along one spatial axis.

    Attributes:
        reach: the width of what is seen, in input positions; None where all of the axis is seen.
        stride: the step in the input for one step in the output; below 1 where the output is finer.
    """

    reach: int | None = 1
    stride: float = 1


SEES_ALL = Window(reach=None)


class Example(NamedTuple):
    """Arguments and input shapes that are known to work together."""

    arguments: dict[str, Any]
    inputs: tuple[Shape, ...]


Dtype = Literal["float16", "bfloat16", "float32", "float64", "mixed_float16", "mixed_bfloat16"]


COMMON = ("trainable", "dtype")  # the arguments that every op has


class Op(BaseModel):
    """One kind of layer with its arguments, named and defaulted as in Keras.

    A subclass is one word of the language. Its fields are the layer's arguments in Keras's order, and its methods are
    pure functions of them and of the shapes that reach it, batch-free and channels last.

    Attributes:
        examples: what the tests over the registry run on.
        arity: the least and the largest number of inputs; None for any number.
        merges: whether it takes its inputs as one list.
        function: the name of the function in `targets/functions.py` that defines an op Keras has no layer for.
        has_kernels: whether the layer multiplies by learned kernels, which are what depth and MACs count.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True, protected_namespaces=())

    examples: ClassVar[tuple[Example, ...]] = ()
    arity: ClassVar[tuple[int, int | None]] = (1, 1)
    merges: ClassVar[bool] = False
    function: ClassVar[str | None] = None
    has_kernels: ClassVar[bool] = False

    trainable: Annotated[bool, Field(description="Whether training changes the weights.")] = True
    dtype: Annotated[Dtype | None, Field(description="The type of the computation and of the weights.")] = None

    @property
    def op_name(self) -> str:
        """The word in a spec, which is the name of the Keras layer."""
        return type(self).__name__

    @property
    def weighted(self) -> bool:
        """Whether the layer counts in a network's depth."""
        return self.has_kernels

    @classmethod
    def first_argument(cls) -> str | None:
        """The argument that a bare value stands for: the first, where no other is required."""
        own = [name for name in cls.model_fields if name not in COMMON]
        required = [name for name in own[1:] if cls.model_fields[name].is_required()]
        return own[0] if own and not required else None

    def infer(self, *inputs: Any, **_: Any) -> Shape:
        """The shape of the output.

        Raises:
            ShapeError: the op cannot take these shapes.
        """
        raise TypeError(f"{self.op_name} has no shape rule")

    def weights(self, *inputs: Any, **_: Any) -> tuple[Weight, ...]:
        """The layer's weights in Keras's order, for inputs that `infer` takes.

        Raises:
            ShapeError: an initializer cannot fill a weight of that shape.
        """
        return ()

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        """Multiply-adds of the kernels for one image; None where a size is unknown."""
        return 0

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        """What an output position sees, one window a spatial axis; no window where only its own place is seen."""
        return ()

    def arguments(self) -> dict[str, Any]:
        """The arguments that differ from Keras's defaults, in the order of the fields."""
        fields = type(self).model_fields
        values = {name: getattr(self, name) for name in sorted(fields, key=COMMON.__contains__)}
        return {
            name: value for name, value in values.items() if fields[name].is_required() or value != fields[name].default
        }
