"""One file of the language as it is written: its sections with their positions, its steps not elaborated."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, PlainValidator, PositiveInt

from archc.collector import Collector
from archc.diagnostics import Position
from archc.ir.op import ArgumentError
from archc.language.parameter_ranges import SweptParameter
from archc.language.sources import Source
from archc.language.steps import Step, Steps
from archc.language.template import GivenName, ParsedValue

TYPES = ("int", "float", "str", "bool", "list", "map", "any")
DTYPES = ("bfloat16", "bool", "float16", "float32", "float64", "int16", "int32", "int64", "int8", "string", "uint8")


class DataSection(BaseModel):
    """A section of a document that is plain data."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Paper(DataSection):
    """Where a network is described.

    Attributes:
        source: the table or figure that the layers follow.
    """

    title: str | None = None
    authors: str | None = None
    year: int | None = None
    arxiv: str | None = None
    doi: str | None = None
    source: str | None = None


def _numbers(value: Any) -> Any:
    items = value if isinstance(value, list) else [value]
    if not all(type(item) in (int, float) for item in items):
        raise ArgumentError("must be a number, or a list of numbers")
    return tuple(float(item) for item in items)


Numbers = Annotated[tuple[float, ...], PlainValidator(_numbers)]


class Preprocess(DataSection):
    """How an image becomes the input.

    Attributes:
        mode: Keras's: `caffe` subtracts the mean of ImageNet from BGR, `torch` normalizes, `tf` scales to [-1, 1].
        size: of the shorter side after scaling, in pixels.
        crop: the side of the square that is cut from the middle, in pixels.
        mean: is subtracted from each channel.
        std: each channel is divided by it.
        channels: their order.
        source: where a document says how large images are and what is cut from them.
    """

    mode: Literal["caffe", "torch", "tf"] | None = None
    size: PositiveInt | None = None
    crop: PositiveInt | None = None
    mean: Numbers | None = None
    std: Numbers | None = None
    channels: Literal["rgb", "bgr"] | None = None
    source: str | None = None


class ParameterDeclaration(NamedTuple):
    """A parameter of a spec, or of a block.

    Attributes:
        type: of `TYPES`; None where the default gives it.
        default: None where there is none; then `required` is true.
        named_type: whether the type is written.
    """

    name: str
    at: Position
    type: str | None = None
    default: ParsedValue = None
    required: bool = True
    min: float | None = None
    max: float | None = None
    choices: tuple[Any, ...] | None = None
    help: str | None = None
    named_type: bool = False


class InputDeclaration(NamedTuple):
    """An input: its shape without the batch, and its dtype."""

    name: str
    shape: ParsedValue
    dtype: str
    at: Position


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A function of parameters and inputs that adds layers; also the scope of a file, as a block without a name.

    Attributes:
        kind: what messages call it.
        readable: whether its error is not reported already; then nothing is known of its parameters and outputs.
        replaces: the block of the same name in the file that this file extends, where one is.
    """

    kind: ClassVar[str] = "block"

    name: str
    at: Position
    params: Mapping[str, ParameterDeclaration] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    layers: Steps = ()
    outputs: tuple[tuple[ParsedValue, Position], ...] = ()
    readable: bool = True
    replaces: Block | None = None

    def check_given_names(
        self, given: Iterable[tuple[GivenName, Position, Step]], blocks: Container[object], collector: Collector
    ) -> None:
        """Reports the names given by its steps that a parameter or a block has."""
        for name, at, _ in given:
            owner = "parameter" if name in self.params else "block" if name in blocks else None
            if owner:
                message = f"`{name}` is also the name of a {owner}"
                collector.add("name", message, at, "choose another name", about=str(name))


@dataclass(frozen=True, slots=True, eq=False)
class NestedNetwork(Block):
    """The network of another file, used as a step: a block whose use may choose the tensors that it leaves.

    Attributes:
        main: the name of its main output; None for the last tensor.
        inherited: the parameters of the file that it extends last, whose defaults give the types.
    """

    kind: ClassVar[str] = "network"

    main: tuple[ParsedValue, Position] | None = None
    inherited: Mapping[str, ParameterDeclaration] = field(default_factory=dict)


class Condition(NamedTuple):
    """Other values of parameters, and other shapes of inputs, that facts are documented for.

    Attributes:
        values: by the names of parameters and inputs; `input` is the single input.
        places: the positions of the values.
        at: the position in the file.
    """

    values: Mapping[str, Any]
    places: Mapping[str, Position]
    at: Position


class Fact(NamedTuple):
    """A documented fact.

    Attributes:
        fact: `shape`, `output`, `depth`, `macs` or a count of weights.
        of: the full name of a layer or part, or of an output; None for the network.
        value: the documented figure or shape.
        computed: the figure or shape that the network has for a good reason; None where the two are equal.
        because: the reason.
        source: the place in the paper.
        at: the position in the file.
        tolerance: the part of the figure that a value which agrees may differ by; None where there is none.
        when: the values that the fact is documented for; None for those in the files.
    """

    fact: str
    of: ParsedValue
    value: ParsedValue
    computed: ParsedValue
    because: str | None
    source: str | None
    at: Position
    tolerance: Fraction | None = None
    when: Condition | None = None


class Reference(NamedTuple):
    """The name of another spec, or of what another spec has, with its position."""

    name: str
    at: Position


class Initialize(NamedTuple):
    """The layers of a network that begin with weights of another, as its document says.

    Attributes:
        other: the spec of the other network.
        layers: the name of each of these layers, with that of its layer in the other network.
        at: the position in the file.
    """

    other: Reference
    layers: tuple[tuple[Reference, Reference], ...]
    at: Position


class StepChange(NamedTuple):
    """What a file changes of a step that it inherits, as a step; `at` is the position of the step's name."""

    step: Step
    at: Position


@dataclass(frozen=True, slots=True)
class Document:
    """A file, without what it extends and uses.

    Attributes:
        given: the keys that the file has.
        changes: by the names of inherited steps.
        unused: what a layer or an input is that no output needs; None where the file does not say.
        features: the names of layers and parts by those of features; None where the file has none.
    """

    source: Source
    at: Position
    given: frozenset[str]
    name: str | None = None
    summary: str | None = None
    paper: Paper | None = None
    extends: Reference | None = None
    use: tuple[tuple[Reference, tuple[Reference, ...]], ...] = ()
    params: dict[str, ParameterDeclaration] = field(default_factory=dict)
    inputs: tuple[InputDeclaration, ...] | None = None
    blocks: dict[str, Block] = field(default_factory=dict)
    layers: Steps | None = None
    changes: dict[str, StepChange] = field(default_factory=dict)
    outputs: tuple[tuple[ParsedValue, Position], ...] | None = None
    preprocess: Preprocess | None = None
    unused: Literal["error", "warn"] | None = None
    features: Mapping[str, tuple[ParsedValue, Position]] | None = None
    facts: tuple[Fact, ...] = ()
    initialize: Initialize | None = None
    sweep: Mapping[str, SweptParameter] = field(default_factory=dict)
