"""A network as lines to compare: one for each layer, without columns that depend on other lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from archc.analysis import cost
from archc.analysis.facts import CheckedFact
from archc.diagnostics import printable, shortened_list
from archc.ir.graph import Graph, Tensor, layer_calls
from archc.ir.shape import shape_text
from archc.library.specs import Spec
from archc.report import figures
from archc.report.check import VERDICT_WORDS
from archc.targets.keras.calls import op_text

if TYPE_CHECKING:
    from archc.analysis.features import Feature

_LONGEST_VALUE = 1000  # characters of a list that is shown whole


def lines(
    spec: Spec, graph: Graph, values: Mapping[str, Any], facts: Iterable[CheckedFact], features: Iterable[Feature]
) -> list[str]:
    """The network line by line: its name, parameters and inputs, its layers, its outputs and totals, its facts."""
    found: list[str] = []
    for part in (_heading(spec, graph, values, features), _layers(graph), _totals(graph), _facts(facts)):
        lines_of_part = [printable(line) for line in part]
        found += ["", *lines_of_part] if found and lines_of_part else lines_of_part
    return found


def _heading(spec: Spec, graph: Graph, values: Mapping[str, Any], features: Iterable[Feature]) -> Iterator[str]:
    yield spec.name + (f": {spec.summary}" if spec.summary else "")
    for name in spec.params:
        yield f"parameter {name}: {_value(values.get(name))}"
    for made in graph.inputs:
        dtype = "" if made.dtype == "float32" else f"  {made.dtype}"
        yield f"input {made.name}  {shape_text(made.shape)}{dtype}"
    if spec.preprocess:
        for name, value in spec.preprocess.model_dump(exclude_none=True).items():
            yield f"preprocess {name}: {_value(value)}"
    for feature in features:
        if feature.name in spec.features:  # the others follow from the layers
            yield f"feature {feature.name}: {feature.layer}"
    if spec.initialize:
        for here, there in spec.initialize.layers:
            yield f"initialize {here.name}: {there.name} of {spec.initialize.other.name}"


def _value(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    if len(text) <= _LONGEST_VALUE or not isinstance(value, list | tuple):
        return text
    shown, others = shortened_list(value)
    return f"[{', '.join([*map(_value, shown), others] if others else map(_value, shown))}]"


def _layers(graph: Graph) -> Iterator[str]:
    before: Tensor | None = graph.inputs[0] if len(graph.inputs) == 1 else None
    for node in layer_calls(graph.nodes):
        cells = [node.name, op_text(node.op)]
        if node.inputs != (before,):
            cells.append(f"from {', '.join(tensor.name for tensor in node.inputs) or 'nothing'}")
        cells.append(shape_text(node.shape))
        if params := cost.node_params(node):
            cells.append(figures.exact(params))
        yield "  ".join(cells)
        before = node


def _totals(graph: Graph) -> Iterator[str]:
    for name, tensor in graph.outputs.items():
        tensor_name = "" if tensor.name == name else f"  {tensor.name}"
        yield f"output {name}{tensor_name}  {shape_text(tensor.shape)}"
    learned, every = cost.params(graph.nodes), cost.total_params(graph.nodes)
    yield f"layers: {cost.layer_count(graph.nodes):,}"
    yield f"depth: {cost.depth(graph):,}"
    yield f"parameters: {figures.exact(learned)}"
    if every != learned:
        yield f"parameters with those that are not trainable: {figures.exact(every)}"
    yield f"MACs: {figures.exact(cost.macs(graph.nodes))}"


def _facts(facts: Iterable[CheckedFact]) -> Iterator[str]:
    for fact in facts:
        cells = [f"documented {fact.subject}: {figures.fact_value(fact.documented)}", VERDICT_WORDS[fact.verdict].one]
        if fact.verdict in ("explained", "differs") and fact.computed is not None:
            cells[1] += f" ({figures.fact_value(fact.computed)})"
        yield "  ".join([*cells, fact.source] if fact.source else cells)
