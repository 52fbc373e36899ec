"""A network as a sequence of parts; parts that repeat are one row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby, takewhile
from typing import NamedTuple

from archc.analysis import cost
from archc.ir.graph import Graph, Node, Region, layer_calls


class Stage(NamedTuple):
    """A row of the summary: a layer, a part, or several equal parts.

    Attributes:
        name: of the layer or part; the first and the last name of several parts.
        kind: the op, or the block.
        nodes: the calls of layers in it, or in the first of several parts.
        last: the last call in it, or in the last of several parts.
        level: the number of enclosing named loops and groups.
        times: the number of equal parts.
        bracket: of several rows that are a round of a loop, the line beside them; empty for one row.
    """

    name: str
    kind: str
    nodes: tuple[Node, ...]
    last: Node
    level: int
    times: int = 1
    bracket: str = ""

    @property
    def params(self) -> int:
        """Learned weights of one part."""
        return cost.params(self.nodes)

    @property
    def frozen(self) -> int:
        """Weights of one part that are learned where it is not frozen."""
        return cost.frozen_params(self.nodes)

    @property
    def macs(self) -> int | None:
        """Multiply-adds of one part; None where a size is unknown."""
        return cost.macs(self.nodes)


def layers(graph: Graph) -> list[Stage]:
    """Every call of a layer, one by one."""
    return [_layer(node, 0) for node in layer_calls(graph.nodes)]


def stages(graph: Graph) -> list[Stage]:
    """The parts of the network in order; the parts of a named loop or group follow it."""
    return _rows(graph, layer_calls(graph.nodes), None, 0)


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
            rows.extend(_layer(node, level) for node in part)
        else:
            rows.append(_layer(part[-1], level)._replace(nodes=part))
    return _folded(rows) if not inner else [row for i, stage in enumerate(rows) for row in (stage, *inner.get(i, ()))]


def _part(graph: Graph, region: Region, nodes: tuple[Node, ...], level: int) -> Stage:
    kind = region.word or region.kind
    if region.kind == "loop":
        rounds = {part for node in nodes for part in node.region.chain() if part.parent is region}
        kind = f"loop of {len(rounds)}"
    output = next((name for name, tensor in graph.outputs.items() if tensor in nodes), kind)
    return Stage(region.name or region.word or output, kind, nodes, nodes[-1], level)


def _owner(node: Node, outer: Region | None) -> object:
    """What a layer is shown as a part of: the outermost block, named part or side; else the merge of its branch."""
    inside = list(takewhile(lambda region: region is not outer, node.region.chain()))
    for region in reversed(inside):
        if region.kind in ("block", "side") or region.name is not None:
            return region
        if region.kind == "branch":
            return region.at
    return node.at if node.op.merges else node


def _layer(node: Node, level: int) -> Stage:
    return Stage(node.name, node.op.op_name, (node,), node, level)


def _signature(row: Stage) -> object:
    return row.kind, row.last.shape, row.params, row.macs, tuple(id(type(node.op)) for node in row.nodes)


def _folded(rows: Sequence[Stage], longest: int = 12) -> list[Stage]:
    """Rows with equal rows and equal rounds of loops folded into one, with the number of repeats."""
    signatures, lengths = [_signature(row) for row in rows], _round_lengths(rows)
    folded: list[Stage] = []
    index = 0
    while index < len(rows):
        period, times = 1, 1
        for candidate in range(1, min(longest, (len(rows) - index) // 2) + 1):
            block, end = signatures[index : index + candidate], index + candidate
            while signatures[end : end + candidate] == block and _is_whole(candidate, lengths[end]):
                end += candidate
            repeats = (end - index) // candidate if _is_whole(candidate, lengths[index]) else 1
            if (repeats - 1) * candidate > (times - 1) * period:
                period, times = candidate, repeats
        for number, row in enumerate(rows[index : index + period]):
            last = rows[index + period * (times - 1) + number]
            alike = times == 1 or row.name == last.name
            name = row.name if alike else f"{row.name} … {_ending(row.name, last.name)}"
            folded.append(row._replace(name=name, last=last.last, times=times, bracket=_bracket(number, period)))
        index += period * times
    return folded


def _round_lengths(rows: Sequence[Stage]) -> list[set[int]]:
    """For each row, how many rows the rounds of loops have that begin there."""
    rounds: dict[Region, list[int]] = {}
    for index, row in enumerate(rows):
        for region in {part for node in row.nodes for part in node.region.chain() if part.kind == "round"}:
            rounds.setdefault(region, []).append(index)
    lengths: list[set[int]] = [set() for _ in rows]
    for within in rounds.values():
        lengths[within[0]].add(within[-1] - within[0] + 1)
    return lengths


def _is_whole(period: int, lengths: set[int]) -> bool:
    """Whether a sequence is one row, or a whole round."""
    return period == 1 or period in lengths


def _bracket(number: int, period: int) -> str:
    """The line beside a row of a folded round."""
    if period == 1:
        return ""
    return "┌ " if number == 0 else "└ " if number == period - 1 else "│ "


def _ending(first: str, last: str) -> str:
    """The end of the last name, from the start of the word in which it differs from the first name."""
    common = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))))
    while common and last[common - 1].isalnum():
        common -= 1
    return last[common:] or last
