"""A network as a sequence of parts; parts that repeat are one row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby, takewhile
from typing import NamedTuple

from archc.analysis import cost
from archc.ir.graph import Graph, Node, Region
from archc.ir.shape import Shape


class Stage(NamedTuple):
    """A row of the summary: a layer, a part, or several equal parts.

    Attributes:
        name: of the layer or part; the first and the last name of several parts.
        kind: the op, or the block.
        nodes: the calls of layers in it, or in the first of several parts.
        last: the last call in it, or in the last of several parts.
        times: the number of equal parts.
        shape: of its output.
        params: learned weights of one part.
        macs: of one part; None where a size is unknown.
        level: the number of enclosing named loops and groups.
    """

    name: str
    kind: str
    nodes: tuple[Node, ...]
    last: Node
    times: int
    shape: Shape
    params: int
    macs: int | None
    level: int


def layers(graph: Graph) -> list[Stage]:
    """Every call of a layer, one by one."""
    return [_stage(node.name, node.op.op_name, (node,), 0) for node in graph.nodes]


def stages(graph: Graph) -> list[Stage]:
    """The parts of the network in order; the parts of a named loop or group follow it."""
    return _rows(graph, graph.nodes, None, 0)


def _rows(graph: Graph, nodes: Iterable[Node], outer: Region | None, level: int) -> list[Stage]:
    """The rows of the parts directly inside `outer`, or inside the network."""
    rows: list[Stage] = []
    inner: dict[int, list[Stage]] = {}
    for owner, group in groupby(nodes, key=lambda node: _owner(node, outer)):
        part = tuple(group)
        if isinstance(owner, Region):
            rows.append(_part(graph, owner, part, level))
            if owner.kind in ("loop", "group"):
                inner[len(rows) - 1] = _rows(graph, part, owner, level + 1)
        elif owner is None or isinstance(owner, Node):
            rows.extend(_stage(node.name, node.op.op_name, (node,), level) for node in part)
        else:
            rows.append(_stage(part[-1].name, part[-1].op.op_name, part, level))
    return _folded(rows) if not inner else [row for i, stage in enumerate(rows) for row in (stage, *inner.get(i, ()))]


def _part(graph: Graph, region: Region, nodes: tuple[Node, ...], level: int) -> Stage:
    kind = region.word or region.kind
    if region.kind == "loop":
        rounds = {part for node in nodes for part in node.region.chain() if part.parent is region}
        kind = f"loop of {len(rounds)}"
    output = next((name for name, tensor in graph.outputs.items() if tensor in nodes), kind)
    return _stage(region.name or region.word or output, kind, nodes, level)


def _owner(node: Node, outer: Region | None) -> object:
    """What a layer is shown as a part of: the outermost block, named part or side; else the merge of its branch."""
    inside = list(takewhile(lambda region: region is not outer, node.region.chain()))
    for region in reversed(inside):
        if region.kind in ("block", "side") or region.name is not None:
            return region
        if region.kind == "branch":
            return region.at
    return node.at if node.op.merges else node


def _stage(name: str, kind: str, nodes: tuple[Node, ...], level: int) -> Stage:
    last = nodes[-1]
    return Stage(name, kind, nodes, last, 1, last.shape, cost.params(nodes), cost.macs(nodes), level)


def _signature(row: Stage) -> object:
    return row.kind, row.shape, row.params, row.macs, tuple(id(type(node.op)) for node in row.nodes)


def _folded(rows: Sequence[Stage], longest: int = 12) -> list[Stage]:
    """Rows with repeated sequences folded into one sequence, with the number of repeats."""
    signatures = [_signature(row) for row in rows]
    folded: list[Stage] = []
    index = 0
    while index < len(rows):
        period, times = 1, 1
        for candidate in range(1, min(longest, (len(rows) - index) // 2) + 1):
            block = signatures[index : index + candidate]
            repeats = 1
            while signatures[index + repeats * candidate : index + (repeats + 1) * candidate] == block:
                repeats += 1
            if (repeats - 1) * candidate > (times - 1) * period:
                period, times = candidate, repeats
        for row, last in zip(rows[index : index + period], rows[index + period * (times - 1) :], strict=False):
            alike = times == 1 or row.name == last.name
            name = row.name if alike else f"{row.name} … {_ending(row.name, last.name)}"
            folded.append(
                Stage(name, row.kind, row.nodes, last.last, times, row.shape, row.params, row.macs, row.level)
            )
        index += period * times
    return folded


def _ending(first: str, last: str) -> str:
    """The end of the last name, from the start of the word in which it differs from the first name."""
    common = 0
    for a, b in zip(first, last, strict=False):
        if a != b:
            break
        common += 1
    while common and last[common - 1].isalnum():
        common -= 1
    return last[common:] or last
