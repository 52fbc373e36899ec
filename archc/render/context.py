"""What a template can read: plain frozen data, with names that stay. `docs/render.md` has all of it as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from archc.analysis import cost
from archc.analysis.facts import CheckedFact
from archc.diagnostics import printable
from archc.ir.graph import Graph, Node, layer_calls
from archc.ir.op import Op
from archc.ir.shape import json_shape
from archc.library.specs import Spec
from archc.ops.configured import Configured
from archc.render.diagram import Diagram, diagrams
from archc.report.stages import Stage, stages
from archc.report.values import op_in_words

Sizes = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """Where the network is described; None for what the spec does not say.

    Attributes:
        title: of the paper.
        authors: as the spec writes them.
        year: of the paper.
        arxiv: the number there.
        doi: of the paper.
        source: the table or figure that the layers follow.
    """

    title: str | None
    authors: str | None
    year: int | None
    arxiv: str | None
    doi: str | None
    source: str | None


@dataclass(frozen=True, slots=True)
class NetworkInput:
    """An input of the network.

    Attributes:
        name: of the input.
        shape: its sizes without the batch; None for an open size.
        dtype: `float32`.
    """

    name: str
    shape: Sizes
    dtype: str


@dataclass(frozen=True, slots=True)
class NetworkOutput:
    """An output of the network.

    Attributes:
        name: of the output.
        layer: the name of the layer or input that makes it.
        shape: its sizes without the batch; None for an unknown shape.
    """

    name: str
    layer: str
    shape: Sizes | None


@dataclass(frozen=True, slots=True)
class WholeNetwork:
    """The network as a whole.

    Attributes:
        name: the name that people use.
        spec: the name or path that was given.
        summary: what the spec says in a line; None where it says nothing.
        paper: where the network is described; None where the spec has no paper.
        parameters: the values of the spec's parameters, by name.
        inputs: in order.
        outputs: in order.
        layers: the number of layers, without inputs; a layer that is called twice counts once.
        depth: the most weighted layers on any path to the main output.
        params: learned weights.
        total_params: learned weights and those that are not trainable.
        macs: multiply-adds for one image; None where a size is unknown.
    """

    name: str
    spec: str
    summary: str | None
    paper: Paper | None
    parameters: Mapping[str, Any]
    inputs: tuple[NetworkInput, ...]
    outputs: tuple[NetworkOutput, ...]
    layers: int
    depth: int
    params: int
    total_params: int
    macs: int | None


@dataclass(frozen=True, slots=True)
class Layer:
    """A call of a layer.

    Attributes:
        name: of the layer, the same for all calls of a shared layer.
        op: its kind: `Conv2D`.
        arguments: those that differ from Keras's defaults, by name; an initializer with arguments is a mapping.
        text: the op with its arguments, without initializers: `Conv2D filters 64, kernel_size 3x3`.
        inputs: the names of the layers and inputs that it takes.
        shape: of its output, without the batch; None for an unknown shape.
        params: learned weights; 0 for a call that uses those of an earlier one.
        total_params: learned weights and those that are not trainable.
        macs: multiply-adds for one image; None where a size is unknown.
        path: the titles of the parts around it, the outermost first.
        shared: whether an earlier call made its weights.
        note: what the spec notes for the reader; None where it has no note.
    """

    name: str
    op: str
    arguments: Mapping[str, Any]
    text: str
    inputs: tuple[str, ...]
    shape: Sizes | None
    params: int
    total_params: int
    macs: int | None
    path: tuple[str, ...]
    shared: bool
    note: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """A row of `archc summary`: a layer, a block, or several equal ones in a row.

    Attributes:
        name: of the layer or part; the first and the last name of several.
        kind: the op, or the block.
        shape: of the output of the last, without the batch; None for an unknown shape.
        params: learned weights of one of them.
        macs: multiply-adds of one of them; None where a size is unknown.
        times: how many there are.
        level: how many loops and groups it is in; these are rows themselves, before their own parts.
        bracket: of several rows that repeat together, the line beside them: `┌ `, `│ ` or `└ `; empty for others.
        layers: the layers of the first.
    """

    name: str
    kind: str
    shape: Sizes | None
    params: int
    macs: int | None
    times: int
    level: int
    bracket: str
    layers: tuple[Layer, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """What the paper documents, and what the network has.

    Attributes:
        subject: what it is about, in words: `params of conv1`.
        fact: `shape`, `output`, `depth`, `macs`, or a count of weights.
        of: the layer, part or output; None for the network.
        documented: a number, a text such as `25.5M`, or sizes.
        computed: a number or sizes; None for what is unknown.
        verdict: `agrees`, `explained`, `differs` or `set_aside`.
        source: where in the paper; None where the spec does not say.
        because: why the network differs; None where the spec does not say.
    """

    subject: str
    fact: str
    of: str | None
    documented: Any
    computed: Any
    verdict: str
    source: str | None
    because: str | None


@dataclass(frozen=True, slots=True)
class Context:
    """The variables of a template.

    Attributes:
        network: the network as a whole.
        parts: the rows of `archc summary`, in order.
        layers: every call of a layer, in an order of computation.
        facts: what the paper documents, in the order of the spec.
        diagrams: the network as boxes and lines, from all parts open to all parts closed.
        version: of archc.
    """

    network: WholeNetwork
    parts: tuple[Part, ...]
    layers: tuple[Layer, ...]
    facts: tuple[Fact, ...]
    diagrams: tuple[Diagram, ...]
    version: str

    def variables(self) -> dict[str, Any]:
        """The variables by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def context(spec: Spec, graph: Graph, values: Mapping[str, Any], facts: Iterable[CheckedFact], version: str) -> Context:
    """The data of a network for a template.

    Args:
        spec: whose network it is.
        graph: the layers.
        values: of the spec's parameters.
        facts: with their verdicts.
        version: of archc.
    """
    layers = {node: _layer(node) for node in layer_calls(graph.nodes)}
    return Context(
        _totals(spec, graph, values),
        tuple(_part(stage, layers) for stage in stages(graph)),
        tuple(layers.values()),
        tuple(map(_fact, facts)),
        diagrams(graph),
        version,
    )


def _totals(spec: Spec, graph: Graph, values: Mapping[str, Any]) -> WholeNetwork:
    paper = spec.paper
    given = None if paper is None else Paper(*(plain(getattr(paper, field.name)) for field in fields(Paper)))
    inputs = tuple(NetworkInput(made.name, tuple(made.shape), made.dtype) for made in graph.inputs)
    outputs = tuple(NetworkOutput(name, made.name, _sizes(made.shape)) for name, made in graph.outputs.items())
    nodes = graph.nodes
    return WholeNetwork(
        plain(spec.name), plain(spec.label), plain(spec.summary), given,
        plain({name: values.get(name) for name in spec.params}), inputs, outputs,
        cost.layer_count(nodes), cost.depth(graph), cost.params(nodes), cost.total_params(nodes), cost.macs(nodes),
    )  # fmt: skip


def _layer(node: Node) -> Layer:
    return Layer(
        plain(node.name), plain(node.op.op_name), plain(node.op.arguments()), plain(op_in_words(node.op)),
        tuple(plain(tensor.name) for tensor in node.inputs), _sizes(node.shape),
        cost.node_params(node), cost.node_params(node, trainable_only=False), node.macs,
        plain(node.region.path), node.first is not None, plain(node.note),
    )  # fmt: skip


def _part(stage: Stage, layers: Mapping[Node, Layer]) -> Part:
    return Part(
        plain(stage.name), plain(stage.kind), _sizes(stage.last.shape), stage.params, stage.macs,
        stage.times, stage.level, stage.bracket, tuple(layers[node] for node in stage.nodes),
    )  # fmt: skip


def _fact(fact: CheckedFact) -> Fact:
    return Fact(
        plain(fact.subject), fact.fact, plain(fact.of), plain(fact.documented), plain(fact.computed),
        fact.verdict, plain(fact.source), plain(fact.because),
    )  # fmt: skip


def _sizes(shape: Sizes) -> Sizes | None:
    sizes = json_shape(shape)
    return None if sizes is None else tuple(sizes)


def plain(value: Any) -> Any:
    """A value as JSON has it, with tuples for lists, mappings that cannot be changed, and printable texts."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Op | Configured):
        name = value.op_name if isinstance(value, Op) else value.configured_name
        return plain({"name": name, **value.arguments()})
    if isinstance(value, Mapping):
        return MappingProxyType({plain(str(key)): plain(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return tuple(map(plain, value))
    return printable(str(value))
