"""Two networks with little in common, side by side: their stages by the size of the maps."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from archc.analysis import cost
from archc.diff.compare import Diff
from archc.ir.graph import Graph, Node
from archc.ir.shape import Shape, shape_text
from archc.report.table import Column, Table

_MOST = 24  # rows; the smaller maps are one row


def stages_table(diff: Diff) -> Table:
    """The layers with weights of both networks by the sizes of their maps, the largest first."""
    sides = [_by_size(graph) for graph in (diff.left, diff.right)]
    sizes = sorted({*sides[0], *sides[1]}, key=_order)
    shown, rest = (sizes, []) if len(sizes) <= _MOST else (sizes[: _MOST - 1], sizes[_MOST - 1 :])
    rows = [(_size_text(size), [side.get(size, []) for side in sides]) for size in shown]
    if rest:
        rows.append(("smaller", [[node for size in rest for node in side.get(size, [])] for side in sides]))
    cells = [[text, *(cell for nodes in row for cell in _cells(nodes))] for text, row in rows]
    columns = [Column("map")]
    for side_name in ("left", "right"):
        columns += [Column(side_name), Column("channels", drop_order=1), Column("params", right=True)]
    return Table(columns, cells)


def _by_size(graph: Graph) -> dict[Shape, list[Node]]:
    found: defaultdict[Shape, list[Node]] = defaultdict(list)
    for node in graph.nodes:
        if node.weights:
            found[node.shape[:-1]].append(node)
    return found


def _order(size: Shape) -> tuple[bool, list[int], str]:
    """The largest maps first; then vectors."""
    return not size, [-(each or 0) for each in size], shape_text(size)


def _size_text(size: Shape) -> str:
    return shape_text(size) if size else "vector"


def _cells(nodes: Sequence[Node]) -> list[str]:
    """Layers by their ops, their channels, their parameters."""
    if not nodes:
        return ["–", "", ""]
    learning = [node for node in nodes if node.op.has_kernels] or nodes
    ops = Counter(node.op.op_name for node in learning)
    kinds = ", ".join(f"{count} {op}" if count > 1 else op for op, count in ops.most_common(2))
    widths = {node.shape[-1] or 0 for node in learning if node.shape}
    ends = sorted({min(widths), max(widths)}) if widths else []
    return [kinds, " … ".join(map(str, ends)), f"{cost.params(nodes):,}"]
