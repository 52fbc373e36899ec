"""What an op is: typed arguments, a shape rule, weights, costs.

The annotations are not strings: pydantic would evaluate each of them anew for every subclass of `Op`.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import takewhile
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from archc.ir.dtype import FLOATS, DtypeError, common_dtype, kinds_text
from archc.ir.naming import snake_case
from archc.ir.shape import Shape, axis_indices


class ArgumentError(ValueError):
    """Arguments that an op cannot have, whatever the input shapes.

    An error of one value ends a sentence that begins with the argument's name, such as "must be at least 1"; whoever
    reports it adds the name before and the value after. An error of several arguments that do not fit each other is a
    whole sentence, which names them with their values.

    Attributes:
        arguments: the names of the arguments that do not fit each other, the one to change first; empty for an error
            of one value.
        word: a word that is not one of `choices`.
        choices: the words that are expected.
    """

    def __init__(
        self, message: str, *, arguments: tuple[str, ...] = (), word: str | None = None, choices: tuple[str, ...] = ()
    ) -> None:
        self.arguments, self.word, self.choices = arguments, word, choices
        super().__init__(message)


T = TypeVar("T")


class Weight(NamedTuple):
    """A weight of a layer, with Keras's name."""

    name: str
    shape: tuple[int, ...]
    trainable: bool = True


class Window(NamedTuple):
    """What one output position sees along one spatial axis.

    Attributes:
        reach: the width of what it sees, in input positions; None for the whole axis.
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


MaskRule = Literal["ends", "joins", "keeps", "makes", "merges"]
_IN_TRAINING = ("initializer", "_regularizer", "_constraint", "trainable", "seed")
COMMON = ("trainable", "dtype")  # the arguments that every op has


class Op(BaseModel):
    """One kind of layer with its arguments, named and defaulted as in Keras.

    A subclass is one word of the language. Its fields are the layer's arguments in Keras's order, and its methods are
    pure functions of them and of the input shapes, batch-free and channels last.

    Attributes:
        examples: arguments and input shapes that the tests over the registry run on.
        arity: the least and the largest number of inputs; None for any number.
        merges: whether it takes its inputs as one list.
        commutes: whether the order of its inputs makes no difference.
        repeats_input: whether a single input stands for all inputs, as in self-attention.
        acts_in_training: whether it passes its input on in inference, as dropout and noise do.
        called_in_training: whether Keras notes its call as one in training, although inference is none.
        in_training: arguments that matter in training alone, beside initializers, regularizers and constraints.
        called_with: the arguments that Keras takes when the layer is called, and not when it is made.
        further_inputs: the argument of the call that takes the inputs after the first as a list; None where all are
            arguments of their own.
        tensor_arguments: those of `called_with` that are tensors; a call has those that are given as its last inputs.
        ends_in_activation: whether its `activation` is applied to its output, as an `Activation` after it would be.
        widths: the arguments that say how wide the layer is; two networks that differ in them alone have one form.
        first_positional: whether people write the first argument without its name although it has a default, as in
            `MaxPooling2D(2)`.
        keras_class: the name of Keras's class, where Keras exports it under another.
        function: the name of the function in `targets/keras/functions.py` that defines an op Keras has no layer for.
        function_layer: the class of the Keras layer that holds the weights of `function`; None where it has no weights.
        has_kernels: whether the layer multiplies by learned kernels, which are what depth and MACs count.
        stays_frozen: whether a model that Keras loads trains none of its weights where it is not `trainable`; it trains
            those of layers that the layer makes itself.
        accepts: the types of its inputs; it computes with floats of any type, which Keras casts to that of the layer.
        keeps_type: whether integers, booleans and texts keep their type, so that the output has it too.
        mask_rule: what becomes of the masks of its inputs (`archc.ir.masks`), where that depends on no argument.
        mask_use: whether what it computes depends on masks: always, in training alone, or never.
        mask_operations: the operations of the mask that it makes or passes on, in a model of Keras.
        mask_is_input: whether the mask is an argument of its call in Keras, and so an input of it in a model.
        clears_masks: whether Keras takes the masks off its inputs when the model runs, so that later layers have none.
        note: what a reader of the reference must know beside the description.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True, protected_namespaces=())

    examples: ClassVar[tuple[Example, ...]] = ()
    arity: ClassVar[tuple[int, int | None]] = (1, 1)
    merges: ClassVar[bool] = False
    commutes: ClassVar[bool] = False
    repeats_input: ClassVar[bool] = False
    acts_in_training: ClassVar[bool] = False
    called_in_training: ClassVar[bool] = False
    in_training: ClassVar[tuple[str, ...]] = ()
    called_with: ClassVar[tuple[str, ...]] = ()
    further_inputs: ClassVar[str | None] = None
    tensor_arguments: ClassVar[tuple[str, ...]] = ()
    ends_in_activation: ClassVar[bool] = False
    widths: ClassVar[tuple[str, ...]] = ()
    first_positional: ClassVar[bool] = False
    keras_class: ClassVar[str | None] = None
    function: ClassVar[str | None] = None
    function_layer: ClassVar[str | None] = None
    has_kernels: ClassVar[bool] = False
    stays_frozen: ClassVar[bool] = True
    accepts: ClassVar[frozenset[str]] = FLOATS
    keeps_type: ClassVar[bool] = False
    mask_rule: ClassVar[MaskRule] = "ends"
    mask_use: ClassVar[Literal["always", "training", "never"]] = "never"
    mask_operations: ClassVar[int] = 0
    mask_is_input: ClassVar[bool] = False
    clears_masks: ClassVar[bool] = False
    note: ClassVar[str] = ""

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

    @property
    def keras_layer(self) -> str | None:
        """The class of the Keras layer that the op becomes; None where it becomes operations that are no layers."""
        return self.keras_class or self.op_name if self.function is None else self.function_layer

    @property
    def inner_layers(self) -> Mapping[str, str]:
        """The layers inside the Keras layer, by the names that weights have: the attributes that hold them there."""
        return {}

    @property
    def saved_twice(self) -> tuple[str, ...]:
        """The names of the weights of a layer inside that Keras 3 saves as weights of the layer around it too."""
        return ()

    @property
    def integer_weights(self) -> tuple[str, ...]:
        """The names of the weights that are integers."""
        return ()

    @property
    def masking(self) -> MaskRule:
        """What becomes of the masks of its inputs: the first is kept, one is made, or they end, merge or are joined."""
        return self.mask_rule

    @property
    def operations(self) -> int:
        """The Keras operations that the op becomes, on the longest path from its input to its output."""
        return 1

    @classmethod
    def automatic_word(cls) -> str:
        """What the names begin with that Keras gives to layers without one: `conv2d`."""
        return snake_case(cls.keras_class or cls.__name__)

    @classmethod
    def training_arguments(cls) -> tuple[str, ...]:
        """The arguments that change training alone, and nothing in inference."""
        if cls.acts_in_training:
            return tuple(name for name in cls.model_fields if name != "dtype")
        return tuple(name for name in cls.model_fields if name in cls.in_training or name.endswith(_IN_TRAINING))

    @classmethod
    def own_arguments(cls) -> list[str]:
        """The arguments that not every op has, in Keras's order."""
        return [name for name in cls.model_fields if name not in COMMON]

    @classmethod
    def first_argument(cls) -> str | None:
        """The argument that a bare value stands for: the first, where no other is required."""
        own = cls.own_arguments()
        return own[0] if own and not any(cls.model_fields[name].is_required() for name in own[1:]) else None

    @classmethod
    def first_argument_keys(cls) -> Collection[str]:
        """The keys of a mapping that is the first argument, and not the arguments by their names."""
        return ()

    @classmethod
    def is_first_argument(cls, value: Collection[str]) -> bool:
        """Whether a mapping is the first argument, and not the arguments by their names."""
        keys = cls.first_argument_keys()
        return bool(keys) and any(key in keys for key in value)

    @classmethod
    def positional_arguments(cls) -> list[str]:
        """The arguments that people write without their names: those at the start that are required."""
        own = cls.own_arguments()
        unnamed = set(own[:1] if cls.first_positional else ())
        return list(takewhile(lambda name: name in unnamed or cls.model_fields[name].is_required(), own))

    def infer(self, *inputs: Any, **_: Any) -> Shape:
        """The shape of the output.

        Raises:
            ShapeError: the op cannot take these shapes.
        """
        raise TypeError(f"{self.op_name} has no shape rule")

    def states(self, *inputs: Any) -> tuple[Shape, ...]:
        """The shapes of the outputs after the first, for inputs that `infer` takes."""
        return ()

    @property
    def compute_dtype(self) -> str:
        """The type of floats in the layer."""
        return (self.dtype or "float32").removeprefix("mixed_")

    @property
    def input_types(self) -> frozenset[str]:
        """The types of its inputs with these arguments; those of all arguments are `accepts`."""
        return self.accepts

    def infer_dtype(self, *dtypes: str) -> str:
        """The type of the output over inputs of these types.

        Raises:
            DtypeError: the op cannot take these types.
        """
        for dtype in dtypes:
            if dtype not in self.input_types:
                raise DtypeError(f"expected an input of {kinds_text(self.input_types)}, got {dtype}")
        return self.result_dtype(*dtypes)

    def result_dtype(self, *dtypes: str) -> str:
        """The type of the output over inputs of these types, each of which it takes.

        Raises:
            DtypeError: the op cannot take these types together.
        """
        if not self.keeps_type:
            return self.compute_dtype
        return common_dtype(tuple([self.compute_dtype if dtype in FLOATS else dtype for dtype in dtypes]))

    def noted_dtype(self, *dtypes: str) -> str:
        """The type that Keras notes of the output before a run, over inputs that it notes these types of."""
        return self.result_dtype(*dtypes)

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
        """What an output position sees: one window for each spatial axis of the input that has most axes.

        An op that does not define this keeps the spatial sizes, and each output position sees its own position alone.

        Raises:
            TypeError: the op changes spatial sizes and does not define this.
        """
        if any(shape[:-1] != output[:-1][: len(shape[:-1])] for shape in inputs):
            raise TypeError(f"{self.op_name} changes spatial sizes and does not define `windows`")
        return self.own_position(inputs, output)

    def own_position(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        """The windows of an op whose output positions see one position of each input."""
        return (Window(),) * max((len(shape) - 1 for shape in inputs), default=0)

    def all_positions(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        """The windows of an op whose output positions see all positions of each input."""
        return (SEES_ALL,) * (max(map(len, inputs)) - 1)

    @property
    def as_activation(self) -> Any:
        """The activation that the whole layer is, as the argument of `Activation`; None where it is none."""
        return None

    def passes_on(self, inputs: tuple[Shape, ...]) -> bool:
        """Whether the output is the input, number by number and in its shape, in inference."""
        return self.acts_in_training

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        """The arguments that have several spellings for these inputs, each in the one that stands for all."""
        found: dict[str, Any] = {"dtype": None} if self.dtype == "float32" else {}
        axis = getattr(self, "axis", None)
        if axis is not None and inputs:
            axes = tuple(sorted(index - len(inputs[0]) for index in axis_indices(axis, inputs[0])))
            found["axis"] = axes[0] if len(axes) == 1 else axes
        return found

    def canonical(self, inputs: tuple[Shape, ...]) -> "Op":
        """The op that computes the same on these inputs, in the spelling that stands for all."""
        differing = {name: value for name, value in self.respelled(inputs).items() if getattr(self, name) != value}
        return self.model_copy(update=differing) if differing else self

    def with_trainable(self, trainable: bool) -> "Op":
        """The op whose weights training changes or not, those of the layers inside it too; itself if it has none.

        Keras sets the layers inside a layer with it: a normalization in a frozen wrapper uses its moving statistics.
        """
        if type(self).weights is Op.weights:
            return self
        changed: dict[str, Any] = {} if self.trainable == trainable else {"trainable": trainable}
        for name, value in self:
            inner = value if isinstance(value, tuple) else (value,)
            made = tuple(one.with_trainable(trainable) if isinstance(one, Op) else one for one in inner)
            if any(new is not old for new, old in zip(made, inner, strict=True)):
                changed[name] = made if isinstance(value, tuple) else made[0]
        return self.model_copy(update=changed) if changed else self

    def as_made(self) -> "Op":
        """The op without what Keras takes at the call: that of two calls of one layer is equal."""
        given = [name for name in self.arguments() if name in self.called_with]
        defaults = {name: type(self).model_fields[name].default for name in given}
        return self.model_copy(update=defaults) if defaults else self

    @classmethod
    def called_on(cls, inputs: list[Any]) -> list[Any]:
        """What Keras's layer is called on, of these inputs, by position."""
        if cls.merges:
            return [inputs]
        return inputs[:1] if cls.further_inputs else inputs

    @classmethod
    def called_with_inputs(cls, inputs: list[Any]) -> dict[str, Any]:
        """The inputs that Keras's layer takes as a list, by the name of the argument."""
        return {cls.further_inputs: inputs[1:]} if cls.further_inputs and len(inputs) > 1 else {}

    def call_arguments(self) -> dict[str, Any]:
        """The arguments that Keras takes when the layer is called, where they differ from Keras's defaults.

        Those that are tensors are not among them: `split_inputs` gives these.
        """
        plain = [name for name in self.called_with if name not in self.tensor_arguments]
        return {name: value for name, value in self.arguments().items() if name in plain}

    @classmethod
    def without_repeated_key(cls, taken: list[T]) -> list[T]:
        """The inputs without a key of attention that is the value: without one, the key is the value."""
        return taken[:2] if cls.repeats_input and len(taken) == 3 and taken[2] is taken[1] else taken

    def split_inputs(self, inputs: Sequence[T]) -> tuple[list[T], dict[str, T]]:
        """The inputs that are no arguments, and the arguments that are tensors by their names."""
        names = [name for name in self.tensor_arguments if getattr(self, name) is not None]
        count = len(inputs) - len(names)
        return list(inputs[:count]), dict(zip(names, inputs[count:], strict=True))

    def values(self) -> dict[str, Any]:
        """All arguments, those that have Keras's defaults too."""
        return dict(self)

    def arguments(self) -> dict[str, Any]:
        """The arguments that differ from Keras's defaults, in the order of the fields."""
        fields = type(self).model_fields
        values = {name: getattr(self, name) for name in sorted(fields, key=COMMON.__contains__)}
        return {
            name: value for name, value in values.items() if fields[name].is_required() or value != fields[name].default
        }


class Elementwise(Op):
    """An op that maps each number by itself, so that its output has the shape of its input."""

    mask_rule: ClassVar[MaskRule] = "keeps"

    def infer(self, x: Shape) -> Shape:
        """The shape of the input."""
        return x


class Weightless(Op):
    """A function without weights, on which `trainable` and `dtype` have no effect."""

    mask_rule: ClassVar[MaskRule] = "ends"  # it is no layer

    def model_post_init(self, _: Any, /) -> None:
        """Refuses both arguments."""
        if not self.trainable:
            raise ArgumentError(
                "there are no weights, so `trainable` (=False) is not allowed", arguments=("trainable",)
            )
        if self.dtype is not None:
            message = f"the type of the input is kept, so `dtype` (={self.dtype}) is not allowed"
            raise ArgumentError(message, arguments=("dtype",))

    def result_dtype(self, *dtypes: str) -> str:
        """As of other ops, but floats keep their type."""
        floats = {dtype for dtype in dtypes if dtype in FLOATS}  # no layer casts them
        computed = super().result_dtype(*dtypes)
        if len(floats) > 1:
            raise DtypeError(f"expected inputs of one type of floats, got {' and '.join(sorted(floats))}")
        return next(iter(floats), computed)


class SeveralOutputs(Weightless):
    """What a step writes as one op and what is several layers of the network, each with an output."""

    def parts(self, x: Shape) -> tuple[Op, ...]:
        """The ops of the layers, in order; the last leaves the tensor that a path goes on with.

        Raises:
            ShapeError: this shape has no such parts.
        """
        raise TypeError(f"{self.op_name} has no parts")

    def infer(self, x: Shape) -> Shape:
        """The shape of the last output."""
        return self.parts(x)[-1].infer(x)
