"""A network as a reader sees it: its parts in order, what repeats folded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby, takewhile
from typing import NamedTuple

from archc.analysis import cost
from archc.ir.graph import Graph, Node, Region
from archc.ir.shape import Shape


class Stage(NamedTuple):
    """A row of the summary: a layer, a part, or several that are alike.

    Attributes:
        name: of the layer or part; of the first and the last where several are folded.
        kind: the op, or the block.
        nodes: the calls of layers in it; of the first where several are folded.
        last: the last call in it, of the last where several are folded.
        times: how often it repeats.
        shape: of what it leaves.
        params: learned weights of one.
        macs: of one; None where a size is unknown.
        level: how deep it lies in named loops and groups.
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
    """The parts of the network in order, repeats folded; a named loop or group has its parts below it."""
    return _rows(graph, graph.nodes, None, 0)


def _rows(graph: Graph, nodes: Iterable[Node], outer: Region | None, level: int) -> list[Stage]:
    """The rows of the parts that lie directly in `outer`, or in the network."""
    rows: list[Stage] = []
    inner: dict[int, list[Stage]] = {}
    for owner, group in groupby(nodes, key=lambda node: _owner(node, outer)):
        held = tuple(group)
        if isinstance(owner, Region):
            rows.append(_part(graph, owner, held, level))
            if owner.kind in ("loop", "group"):
                inner[len(rows) - 1] = _rows(graph, held, owner, level + 1)
        elif owner is None or isinstance(owner, Node):
            rows.extend(_stage(node.name, node.op.op_name, (node,), level) for node in held)
        else:
            rows.append(_stage(held[-1].name, held[-1].op.op_name, held, level))
    return _folded(rows) if not inner else [row for i, stage in enumerate(rows) for row in (stage, *inner.get(i, ()))]


def _part(graph: Graph, region: Region, nodes: tuple[Node, ...], level: int) -> Stage:
    kind = region.word or region.kind
    if region.kind == "loop":
        rounds = {part for node in nodes for part in node.region.chain() if part.parent is region}
        kind = f"loop of {len(rounds)}"
    left = next((name for name, tensor in graph.outputs.items() if tensor in nodes), kind)
    return _stage(region.name or region.word or left, kind, nodes, level)


def _owner(node: Node, outer: Region | None) -> object:
    """What a layer is shown as a part of: the outermost block, named part or side; else the merge that it leads to."""
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
    """Rows whose sequence repeats, each once, with how often."""
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
    """The part of the last name that tells it from the first, from a word's beginning."""
    common = 0
    for a, b in zip(first, last, strict=False):
        if a != b:
            break
        common += 1
    while common and last[common - 1].isalnum():
        common -= 1
    return last[common:] or last
