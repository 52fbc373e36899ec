"""A network as a reader sees it: its parts in order, what repeats folded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from archc.analysis import cost
from archc.ir.graph import Graph, Node, Region
from archc.ir.shape import Shape


@dataclass(frozen=True, slots=True)
class Stage:
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
    """

    name: str
    kind: str
    nodes: tuple[Node, ...]
    last: Node
    times: int
    shape: Shape
    params: int
    macs: int | None


def layers(graph: Graph) -> list[Stage]:
    """Every call of a layer, one by one."""
    return [_stage(node.name, node.op.op_name, (node,)) for node in graph.nodes]


def stages(graph: Graph) -> list[Stage]:
    """The parts of the network, one row a layer or block of the file's own layers; repeats are folded."""
    rows = []
    for _, group in groupby(graph.nodes, key=_owner):
        nodes = tuple(group)
        owner = _owner(nodes[0])
        if isinstance(owner, Region):
            kind = "side" if owner.kind == "side" else owner.word or owner.kind
            rows.append(_stage(owner.name or owner.title or kind, kind, nodes))
        elif owner is None:
            rows.append(_stage(nodes[-1].name, nodes[-1].op.op_name, nodes))
        else:
            rows.extend(_stage(node.name, node.op.op_name, (node,)) for node in nodes)
    return _folded(rows)


def _owner(node: Node) -> object:
    """What a layer is shown as a part of: the outermost block, named part or side; else the merge that it leads to."""
    chain = list(node.region.chain())
    for region in reversed(chain):
        if region.kind in ("block", "side") or region.name is not None:
            return region
        if region.kind == "branch":
            return region.at
    return node.at if node.op.merges else node


def _stage(name: str, kind: str, nodes: tuple[Node, ...]) -> Stage:
    return Stage(name, kind, nodes, nodes[-1], 1, nodes[-1].shape, cost.params(nodes), cost.macs(nodes))


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
            name = row.name if times == 1 else f"{row.name} … {_ending(row.name, last.name)}"
            folded.append(Stage(name, row.kind, row.nodes, last.last, times, row.shape, row.params, row.macs))
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
