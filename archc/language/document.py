"""One file of the language, as it is written: its sections with their positions, its steps not expanded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, PlainValidator

from archc.diagnostics import Position
from archc.language.steps import Steps
from archc.language.template import Compiled
from archc.language.yaml_reader import Source

TYPES = ("int", "float", "str", "bool", "list", "map")
DTYPES = ("bfloat16", "bool", "float16", "float32", "float64", "int16", "int32", "int64", "int8", "string", "uint8")
FACTS = ("shape", "output", "depth", "params", "total_params", "macs")


class Section(BaseModel):
    """A part of a document that is nothing but data."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Paper(Section):
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


def _triple(value: Any) -> Any:
    items = value if isinstance(value, list) else [value]
    if not all(type(item) in (int, float) for item in items):
        raise ValueError("must be a number, or a list of them")
    return tuple(float(item) for item in items)


Numbers = Annotated[tuple[float, ...], PlainValidator(_triple)]


class Preprocess(Section):
    """How an image becomes the input.

    Attributes:
        mode: Keras's: `caffe` takes the mean of ImageNet from BGR, `torch` normalizes, `tf` scales to [-1, 1].
        size: to which the shorter side is scaled, in pixels.
        crop: the side of the square that is cut from the middle, in pixels.
        mean: taken from each channel.
        std: by which each channel is divided.
        channels: their order.
    """

    mode: Literal["caffe", "torch", "tf"] | None = None
    size: int | None = None
    crop: int | None = None
    mean: Numbers | None = None
    std: Numbers | None = None
    channels: Literal["rgb", "bgr"] | None = None


class Parameter(NamedTuple):
    """What a user, or the use of a block, may set.

    Attributes:
        type: of `TYPES`; None where it follows from the default.
        default: None where there is none, with `required`.
    """

    name: str
    at: Position
    type: str | None = None
    default: Compiled = None
    required: bool = True
    min: float | None = None
    max: float | None = None
    choices: tuple[Any, ...] | None = None
    help: str | None = None
    named_type: bool = False


class InputDeclaration(NamedTuple):
    """An input: its shape without the batch, and its dtype."""

    name: str
    shape: Compiled
    dtype: str
    at: Position


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A function of parameters and inputs that adds layers."""

    name: str
    params: dict[str, Parameter]
    inputs: tuple[str, ...]
    layers: Steps
    outputs: tuple[tuple[Compiled, Position], ...]
    at: Position


class Fact(NamedTuple):
    """What a document says.

    Attributes:
        fact: of `FACTS`.
        of: the full name of a layer or part, or of an output; None for the network.
        value: a figure or a shape, compiled.
        computed: what the network rightly has instead.
        because: why.
        source: where in the paper.
        at: where in the file.
    """

    fact: str
    of: Compiled
    value: Compiled
    computed: Compiled
    because: str | None
    source: str | None
    at: Position


class Reference(NamedTuple):
    """A name of another spec, and where it stands."""

    name: str
    at: Position


@dataclass(frozen=True, slots=True)
class Document:
    """A file, before what it extends and uses is looked up.

    Attributes:
        given: the keys that the file has.
    """

    source: Source
    at: Position
    given: frozenset[str]
    name: str | None = None
    summary: str | None = None
    paper: Paper | None = None
    extends: Reference | None = None
    use: tuple[tuple[Reference, tuple[Reference, ...]], ...] = ()
    params: dict[str, Parameter] = field(default_factory=dict)
    inputs: tuple[InputDeclaration, ...] | None = None
    blocks: dict[str, Block] = field(default_factory=dict)
    layers: Steps | None = None
    outputs: tuple[tuple[Compiled, Position], ...] | None = None
    preprocess: Preprocess | None = None
    facts: tuple[Fact, ...] = ()
