"""Ops that Keras has no layer for, each defined by a function that calls Keras."""

from itertools import pairwise
from typing import Annotated, Any, ClassVar

from archc.ir.dtype import ANY, NUMBERS_AND_BOOLEANS
from archc.ir.op import ArgumentError, Example, Op, SeveralOutputs, Weight, Weightless
from archc.ir.shape import Shape, ShapeError, axis_index, channels_of, known_size
from archc.ops.argument_types import COUNT, ArgumentType, Axis, Count, Counts, Integer, Natural, NonNegative, Number
from archc.ops.weight_arguments import InitializerArgument, weight_of


class LocalResponseNormalization(Weightless):
    """Each number, divided by a power of the sum of squares over its neighbour channels."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    function: ClassVar[str | None] = "local_response_normalization"
    first_positional: ClassVar[bool] = True
    examples: ClassVar = (
        Example({}, ((8, 9, 16),)),
        Example({"size": 3, "bias": 1, "alpha": 1e-3, "beta": 0.5}, ((8, 9, 16),)),
        Example({"size": 1}, ((4,),)),
        Example({"size": 9}, ((5, 2),)),
    )

    size: Count = 5
    bias: NonNegative = 2.0
    alpha: NonNegative = 1e-4
    beta: Number = 0.75

    def model_post_init(self, context: Any, /) -> None:
        super().model_post_init(context)
        if self.size % 2 == 0:
            message = f"`size` (={self.size}) must be odd, as the window has a channel in its middle"
            raise ArgumentError(message, arguments=("size",))

    @property
    def operations(self) -> int:
        """A square, a padding, a slice and a sum for each neighbour, a scale, a shift, a power and a quotient."""
        return self.size + 6

    def infer(self, x: Shape) -> Shape:
        if not x:
            raise ShapeError("a scalar has no channels")
        return x


class ChannelShuffle(Weightless):
    """Interleaves the groups of channels."""

    accepts: ClassVar = ANY
    keeps_type: ClassVar[bool] = True
    function: ClassVar[str | None] = "channel_shuffle"
    widths: ClassVar[tuple[str, ...]] = ("groups",)
    examples: ClassVar = (Example({"groups": 3}, ((8, 9, 12),)), Example({"groups": 1}, ((4,),)))

    groups: Count

    def infer(self, x: Shape) -> Shape:
        if (channels := channels_of(x)) % self.groups:
            message = f"`groups` (={self.groups}) must divide the {channels} input channels"
            raise ShapeError(message, arguments=("groups",))
        return x


class Slice(Weightless):
    """The part of an axis from `start` up to, but not including, `stop`."""

    accepts: ClassVar = ANY
    keeps_type: ClassVar[bool] = True
    windows: ClassVar = Op.own_position
    function: ClassVar[str | None] = "slice_axis"
    examples: ClassVar = (
        Example({"stop": 4}, ((8, 9, 12),)),
        Example({"axis": 1, "start": 1}, ((8, 9, 12),)),
        Example({"axis": -2, "start": -3, "stop": -1}, ((8, 9, 12),)),
    )

    axis: Axis = -1
    start: Integer = 0
    stop: Integer | None = None

    def infer(self, x: Shape) -> Shape:
        index = axis_index(self.axis, x)
        size = x[index]
        if size is None:
            return x
        for name, place in (("start", self.start), ("stop", self.stop)):
            if place is not None and not -size <= place <= size:
                message = f"`{name}` (={place}) is outside of the {size} positions along `axis` (={self.axis})"
                raise ShapeError(message, arguments=(name, "axis"))
        kept = len(range(size)[self.start : self.stop])
        if not kept:
            between = f"`start` (={self.start}) and `stop` (={self.stop})"
            message = f"nothing is between {between} of the {size} positions along `axis` (={self.axis})"
            raise ShapeError(message, arguments=("start", "stop", "axis"))
        return *x[:index], kept, *x[index + 1 :]

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        found = super().respelled(inputs)
        size = inputs[0][axis_index(self.axis, inputs[0])]
        if size is None:
            return found
        start, stop, _ = slice(self.start, self.stop).indices(size)
        return {**found, "start": start, "stop": None if stop == size else stop}


def _read_sections(value: Any) -> int | tuple[int, ...]:
    """A number of parts, or the places where parts after the first begin."""
    if not isinstance(value, list | tuple):
        return int(COUNT.read(value))
    places = tuple(COUNT.read(place) for place in value)
    if not places or any(place >= after for place, after in pairwise(places)):
        raise ArgumentError("must be a whole number, or a list of places that rise")
    return places


_PLACES = {"type": "array", "items": COUNT.schema, "minItems": 1}
Sections = Annotated[int | tuple[int, ...], ArgumentType(_read_sections, {"anyOf": [COUNT.schema, _PLACES]})]


class Split(SeveralOutputs):
    """Parts of an axis, one after another."""

    accepts: ClassVar = ANY
    keeps_type: ClassVar[bool] = True
    function: ClassVar[str | None] = "split"
    note: ClassVar[str] = (
        "Leaves a tensor for each part, which `as` names in order. A number divides the axis into as many equal parts, "
        "a list names the places where parts after the first begin. Each part is a `Slice`, called after the step: "
        "`halves_0`, `halves_1`."
    )
    examples: ClassVar = (
        Example({"indices_or_sections": 2}, ((8, 9, 12),)),
        Example({"indices_or_sections": [3, 5], "axis": 1}, ((8, 12),)),
    )

    indices_or_sections: Sections
    axis: Axis = -1

    def parts(self, x: Shape) -> tuple[Op, ...]:
        size, sections = x[axis_index(self.axis, x)], self.indices_or_sections
        about, along = ("indices_or_sections", "axis"), f"the {size} positions along `axis` (={self.axis})"
        if isinstance(sections, int):
            size = known_size(size, f"the size along `axis` (={self.axis})", arguments=about)
            if size % sections:
                raise ShapeError(f"`indices_or_sections` (={sections}) must divide {along}", arguments=about)
            sections = tuple(range(size // sections, size, size // sections))
        elif size is not None and sections[-1] >= size:
            raise ShapeError(f"`indices_or_sections` (={list(sections)}) must be within {along}", arguments=about)
        ends = pairwise((0, *sections, None))
        return tuple(Slice(axis=self.axis, start=start or 0, stop=stop) for start, stop in ends)


class Pad(Weightless):
    """Zeros before and after the input along an axis."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    keeps_type: ClassVar[bool] = True
    windows: ClassVar = Op.own_position
    function: ClassVar[str | None] = "pad_axis"
    examples: ClassVar = (
        Example({"after": 4}, ((8, 9, 12),)),
        Example({"axis": 1, "before": 1, "after": 2}, ((8, 9, 12),)),
        Example({}, ((5,),)),
    )

    axis: Axis = -1
    before: Natural = 0
    after: Natural = 0

    def infer(self, x: Shape) -> Shape:
        index = axis_index(self.axis, x)
        size = x[index]
        return *x[:index], None if size is None else size + self.before + self.after, *x[index + 1 :]


class Scale(Op):
    """A learned factor for each channel; with `center` also a learned bias."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    in_training: ClassVar[tuple[str, ...]] = ("initial",)
    function: ClassVar[str | None] = "scale"
    function_layer: ClassVar[str | None] = "EinsumDense"
    examples: ClassVar = (
        Example({}, ((8, 9, 12),)),
        Example({"center": True, "initial": 1e-6}, ((50, 12),)),
        Example({"center": True, "trainable": False}, ((5,),)),
        Example({"initial": 20}, ((5,),)),
    )

    center: bool = False
    initial: Number = 1.0

    def infer(self, x: Shape) -> Shape:
        channels_of(x)
        return x

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        kernel = weight_of(self, "kernel", (channels_of(x),))
        return (kernel, weight_of(self, "bias", kernel.shape)) if self.center else (kernel,)


class Learned(Op):
    """A learned tensor, which has no input."""

    function: ClassVar[str | None] = "learned"
    function_layer: ClassVar[str | None] = "EinsumDense"
    examples: ClassVar = (
        Example({"shape": [1, 64]}, ()),
        Example({"shape": [196, 64], "initializer": {"RandomNormal": {"stddev": 0.02}}}, ()),
        Example({"shape": [7], "trainable": False}, ()),
    )
    arity: ClassVar[tuple[int, int | None]] = (0, 0)

    shape: Counts
    initializer: InitializerArgument = "zeros"

    @property
    def operations(self) -> int:
        """A slice of the batch, ones, and the layer."""
        return 3

    def infer(self) -> Shape:
        return self.shape

    def weights(self) -> tuple[Weight, ...]:
        return (weight_of(self, "kernel", self.shape, self.initializer),)
