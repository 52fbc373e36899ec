"""Whether a text expands to a graph: layer for layer, with the same arguments, connections, names and outputs."""

from __future__ import annotations

from pathlib import Path

from archc.collector import Collector
from archc.diagnostics import SpecError
from archc.elaborate.expand import Settings, expand
from archc.ir.graph import Graph, Node, Tensor
from archc.language.sources import Source
from archc.library.specs import resolve


def expanded(text: str) -> Graph:
    """The graph of a text.

    Raises:
        SpecError: the text is no spec, or cannot be compiled.
    """
    collector = Collector()
    spec = resolve(Source("folded.yaml", text, Path(), None), "folded.yaml", collector)
    expansion = None if spec is None else expand(spec, Settings(), collector)
    if expansion is None or collector:
        raise collector.error()
    return expansion.graph


def difference(text: str, graph: Graph, order: tuple[Node, ...]) -> str | None:
    """The first difference of what a text expands to; None where it is the graph, its layers in this order."""
    try:
        made = expanded(text)
    except SpecError as error:
        return str(error)
    pairs: dict[Tensor, Tensor] = dict(zip(graph.inputs, made.inputs, strict=False))
    if [(i.name, i.shape, i.dtype) for i in graph.inputs] != [(i.name, i.shape, i.dtype) for i in made.inputs]:
        return "other inputs"
    if len(made.nodes) != len(order):
        return f"{len(made.nodes)} layers, not {len(order)}"
    for node, other in zip(order, made.nodes, strict=True):
        pairs[node] = other
        firsts = None if node.first is None else pairs[node.first]
        if (node.name, node.op, node.shape) != (other.name, other.op, other.shape) or other.first is not firsts:
            return f"{node.name}: {node.op!r} is {other.name}: {other.op!r}"
        if tuple(pairs.get(tensor) for tensor in node.inputs) != other.inputs:
            return f"{node.name} takes {', '.join(tensor.name for tensor in other.inputs)}"
    calls = [(call.name, tuple(map(pairs.get, call.nodes))) for call in graph.calls]
    if calls != [(call.name, call.nodes) for call in made.calls]:
        return "other shared blocks"
    left = [[pairs[node] for node in graph.left_by(call)] for call in graph.calls if call.first is None]
    if left != [made.left_by(call) for call in made.calls if call.first is None]:
        return "other outputs of shared blocks"
    outputs = {name: pairs.get(tensor) for name, tensor in graph.outputs.items()}
    if list(outputs.items()) != list(made.outputs.items()) or graph.main != made.main:
        main = f"{made.main}, not {graph.main}"
        return f"the main output is {main}; the outputs are {', '.join(made.outputs)}, not {', '.join(outputs)}"
    named, wanted = made.identities().keys(), graph.identities().keys()
    return (
        None
        if named == wanted or not graph.named_outputs
        else f"the author's names of outputs are {', '.join(named)}, not {', '.join(wanted)}"
    )
