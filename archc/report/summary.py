"""The summary of a network: a table of its parts, and totals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from archc.analysis import cost
from archc.analysis.receptive_field import Field, receptive_fields
from archc.diagnostics import printable
from archc.ir.graph import Graph, Node, Tensor, layer_calls
from archc.ir.opaque import Opaque, opaque_nodes
from archc.ir.shape import json_shape, shape_text
from archc.library.specs import Spec
from archc.report import figures
from archc.report.stages import Stage, layers, stages
from archc.report.table import Column, Table

if TYPE_CHECKING:
    from archc.analysis.features import Feature

COLUMNS = (
    Column("layer"),
    Column("op or block", drop_order=1),
    Column("output", right=True),
    Column("params", right=True),
    Column("frozen", right=True),
    Column("share", right=True, drop_order=4),
    Column("MACs", right=True),
    Column("share", right=True, drop_order=5),
    Column("memory", right=True, drop_order=3),
    Column("field", right=True, drop_order=2),
)

_FROZEN = [column.title for column in COLUMNS].index("frozen")
_NONE = "–"


def summary_table(graph: Graph, full: bool) -> Table:
    """The network as a table: a row for every layer if `full`, else one row for repeated parts.

    Where a layer is frozen, a column has the weights that training does not change.
    """
    fields = receptive_fields(graph)
    total_params, total_macs = cost.params(graph.nodes), cost.macs(graph.nodes)
    rows = [
        [made.name, "input", shape_text(made.shape), *[""] * 5, figures.memory(cost.activation_bytes([made])), ""]
        for made in graph.inputs
    ]
    shown = layers(graph) if full else stages(graph)
    rows += [_row(stage, fields, total_params, total_macs) for stage in shown]
    if any(row[_FROZEN] not in ("", _NONE) for row in rows):
        return Table(COLUMNS, rows)
    kept = [index for index in range(len(COLUMNS)) if index != _FROZEN]
    return Table([COLUMNS[index] for index in kept], [[row[index] for index in kept] for row in rows])


def _row(stage: Stage, fields: Mapping[Tensor, tuple[Field, ...]], params: int, macs: int | None) -> list[str]:
    repeated = f" ×{stage.times}" if stage.times > 1 else ""
    all_macs = None if stage.macs is None else stage.macs * stage.times
    return [
        f"{'  ' * stage.level}{stage.bracket}{stage.name}{repeated}",
        stage.kind,
        shape_text(stage.last.shape),
        figures.exact(stage.params) if stage.params else _NONE,
        figures.exact(frozen) if (frozen := stage.frozen) else _NONE,
        figures.percent(stage.params * stage.times, params),
        figures.short(stage.macs) if stage.macs != 0 else _NONE,
        figures.percent(all_macs, macs),
        figures.memory(cost.activation_bytes(stage.nodes)),
        figures.field_text(fields[stage.last]),
    ]


def summary_heading(spec: Spec, values: Mapping[str, Any], set_values: Mapping[str, Any]) -> list[str]:
    """The lines above the table: the network, its paper and its parameters."""
    lines = [spec.name + (f": {spec.summary}" if spec.summary else "")]
    paper = spec.paper
    if paper and paper.title:
        who = ", ".join(str(part) for part in (paper.authors, paper.year) if part)
        where = " · ".join(text for text in (paper.arxiv and f"arXiv:{paper.arxiv}", paper.source) if text)
        lines.append(paper.title + (f" ({who})" if who else "") + (f" · {where}" if where else ""))
    return [printable(line) for line in (*lines, *summary_values(spec, values, set_values))]


def summary_values(spec: Spec, values: Mapping[str, Any], set_values: Mapping[str, Any]) -> list[str]:
    """The values of the parameters, how images are prepared, and which weights it begins with, a line each."""
    lines = []
    if spec.params:
        shown = ", ".join(f"{name}={_value(values.get(name))}" for name in spec.params)
        lines.append(f"parameters: {shown}" + (f" (set: {', '.join(set_values)})" if set_values else ""))
    if spec.preprocess:
        given = spec.preprocess.model_dump(exclude_none=True, exclude={"source"})
        lines.append("preprocess: " + ", ".join(f"{key} {_value(value)}" for key, value in given.items()))
    if spec.initialize:
        count, other = len(spec.initialize.layers), spec.initialize.other.name
        lines.append(f"initialize: {count} layer{'s' if count > 1 else ''} with the weights of {other}")
    return lines


def _value(value: Any) -> str:
    text = figures.setting_text(value)
    return f"[… {len(value)} items]" if isinstance(value, list | tuple) and len(text) > 60 else text


def summary_totals(graph: Graph) -> Table:
    """The totals of the network: name, value, what is counted."""
    nodes = graph.nodes
    learned, every = cost.params(nodes), cost.total_params(nodes)
    macs = cost.macs(nodes)
    called = cost.layer_count(nodes)
    times = len(layer_calls(nodes))
    calls = f", called {times:,} times" if called != times else ""
    rows = [
        ("layers", f"{called:,}", f"without inputs{calls}"),
        ("depth", f"{cost.depth(graph):,}", "the most weighted layers on any path to the main output"),
        ("parameters", figures.exact(learned), "learned weights"),
    ]
    if every != learned:
        rows.append(("", figures.exact(every), "with those that are not trainable, such as moving statistics"))
    exact = f" ({figures.exact(macs)})" if macs is not None else ""
    counted = "multiply-adds for one image; zeros of a padding count, biases do not"
    if frozen := [node for node in layer_calls(nodes) if cost.frozen_params([node])]:
        of = f"of {len(frozen):,} layers with `trainable: false`, which would be learned otherwise"
        rows.append(("frozen", figures.exact(cost.frozen_params(frozen)), of))
    rows.append(("MACs", figures.short(macs) + exact, counted))
    activations = figures.memory(cost.activation_bytes([*graph.inputs, *nodes]))
    rows.append(("activations", activations, "all outputs, one image, float32"))
    if opaque := opaque_nodes(nodes):
        classes = ", ".join(dict.fromkeys(name for name, _ in opaque))
        unknown = any(
            node.op.held is None for layers in opaque.values() for node in layers if isinstance(node.op, Opaque)
        )
        counted = "; their weights are not counted, as the file does not list them" if unknown else ""
        what = f"layers that archc has no op for: {classes}{counted}"
        rows.append(("opaque", f"{sum(map(len, opaque.values())):,}", what))
    return Table((Column(), Column(), Column(drop_order=1)), rows)


def summary_json(label: str, spec: Spec, graph: Graph, features: Iterable[Feature]) -> dict[str, Any]:
    """The summary for programs: `layers` has an entry for each call of a layer, and none for inputs."""
    nodes = graph.nodes
    return {
        "format": "archc-summary",
        "version": 1,
        "spec": label,
        "name": spec.name,
        "inputs": {made.name: list(made.shape) for made in graph.inputs},
        "outputs": {name: json_shape(tensor.shape) for name, tensor in graph.outputs.items()},
        "features": [_json_feature(feature) for feature in features],
        "params": cost.params(nodes),
        "total_params": cost.total_params(nodes),
        "frozen_params": cost.frozen_params(nodes),
        "macs": cost.macs(nodes),
        "depth": cost.depth(graph),
        "layers": [_json_layer(node) for node in layer_calls(nodes)],
    }


def _json_feature(feature: Feature) -> dict[str, Any]:
    strides = [int(stride) if stride == int(stride) else stride for stride in feature.strides]
    return {"name": feature.name, "layer": feature.layer, "shape": json_shape(feature.shape), "strides": strides}


def _json_layer(node: Node) -> dict[str, Any]:
    return {
        "name": node.name,
        "op": node.op.op_name,
        "path": list(node.region.path),
        "inputs": [tensor.name for tensor in node.inputs],
        "shape": json_shape(node.shape),
        "params": cost.node_params(node),
        "total_params": cost.node_params(node, trainable_only=False),
        "frozen_params": cost.frozen_params([node]),
        "macs": node.macs,
        "at": str(node.at),
        **({"opaque": node.op.reason} if isinstance(node.op, Opaque) else {}),
    }
