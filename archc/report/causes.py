"""The causes of a diff: equal edits of equal blocks are one, and a part that is added or removed as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from archc.diagnostics import Position
from archc.diff.compare import Diff
from archc.diff.differences import Change
from archc.ir.graph import Graph, Node, Region
from archc.report.diff_text import changed_text, op_with_arguments, rewired_text
from archc.report.policy import Finding, names


class Unit(NamedTuple):
    """One layer that differs, or one part that is added or removed as a whole.

    Attributes:
        kind: that of the change, or `rewired`.
        node: the layer, or the first of the part.
        part: None for a layer.
        fields: the names of the arguments that differ.
        text: how `node` differs.
    """

    kind: str
    node: Node
    part: Region | None
    layers: tuple[Node, ...]
    fields: tuple[str, ...]
    text: str
    findings: tuple[Finding, ...]

    @property
    def at(self) -> Position:
        """The step of a spec that it comes from."""
        return self.node.at if self.part is None else self.part.at

    @property
    def around(self) -> Region | None:
        """The part that it stands in."""
        return self.node.region if self.part is None else self.part.parent

    @property
    def edit(self) -> object:
        """How it differs, without values."""
        return self.kind, tuple(node.op.op_name for node in self.layers), self.fields

    @property
    def name(self) -> str:
        """The name of the layer or the part."""
        return self.node.name if self.part is None else self.part.name or self.part.title or self.node.name

    @property
    def what(self) -> str:
        """How it differs."""
        if len(self.layers) == 1 or self.part is None:
            return self.text
        return f"{self.part.word or self.part.kind}, {len(self.layers)} layers"


def causes_of(diff: Diff) -> list[list[Unit]]:
    """The differences of layers by their cause.

    One cause have the differences of one step of equal blocks, and equal edits of layers with one name in them.
    """
    causes: list[list[Unit]] = []
    by_key: dict[object, list[Unit]] = {}
    for unit in (*_changed(diff), *_rewired(diff)):
        keys = (_step(unit), _place(unit))
        cause = next((by_key[key] for key in keys if key in by_key), None)
        if cause is None:
            cause = []
            causes.append(cause)
        cause.append(unit)
        by_key |= dict.fromkeys(keys, cause)
    return causes


def _changed(diff: Diff) -> Iterator[Unit]:
    """The changed and moved layers, and the largest parts that are added or removed as a whole."""
    whole = {**_whole_parts(diff, "added", diff.right), **_whole_parts(diff, "removed", diff.left)}
    units: dict[Node | Region, list[Change]] = {}
    for change in diff.changes:
        units.setdefault(whole.get(change.node, change.node), []).append(change)
    for unit, changes in units.items():
        yield _unit(unit if isinstance(unit, Region) else None, changes)


def _unit(part: Region | None, changes: Sequence[Change]) -> Unit:
    first = changes[0]
    text = _fields_text(first) or op_with_arguments(first.node.op)
    found = [Finding(each, names(change.left, change.right)) for change in changes for each in change.classes]
    return Unit(
        first.kind, first.node, part, tuple(change.node for change in changes), (*first.fields,), text, tuple(found)
    )


def _fields_text(change: Change) -> str:
    """The arguments that differ, and whose weights the layer has."""
    shared = ["own weights" if name is None else f"the weights of {name}" for name in change.fields.get("share", ())]
    arguments = changed_text({name: pair for name, pair in change.fields.items() if name != "share"})
    return ", ".join(text for text in (arguments, " -> ".join(shared)) if text)


def _whole_parts(diff: Diff, kind: str, graph: Graph) -> dict[Node, Region]:
    """For each layer that is added (or removed), the largest part with all its layers added, where there is one.

    Of parts with the same layers, it is the innermost that has a name.
    """
    of_kind = [change.node for change in diff.changes if change.kind == kind]
    here = Counter(region for node in of_kind for region in node.region.chain())
    there = Counter(region for node in graph.nodes for region in node.region.chain()) if of_kind else here
    whole: dict[Node, Region] = {}
    for node in of_kind:
        for region in node.region.chain():
            if here[region] == there[region]:
                inner = whole.get(node, region)
                named = inner.name is None and region.name is not None
                whole[node] = region if here[region] > here[inner] or named else inner
    return whole


def _rewired(diff: Diff) -> Iterator[Unit]:
    for each in diff.rewired:
        node = each.right or each.left
        if node is not None:
            text = rewired_text(each, diff.counterparts)
            findings = tuple(Finding(found, names(each.left, each.right)) for found in each.classes)
            yield Unit("rewired", node, None, (node,), (), text, findings)


def _step(unit: Unit) -> object:
    """The step of a spec that a unit comes from, and the steps around it in the outermost block."""
    chain = [*unit.around.chain()] if unit.around is not None else []
    blocks = [number for number, region in enumerate(chain) if region.kind == "block"]
    inside, word = (chain[: blocks[-1]], chain[blocks[-1]].word) if blocks else (chain, "")
    return unit.edit, word, unit.at, *(region.at for region in inside)


def _place(unit: Unit) -> object:
    """The name of a unit inside its block, with how it differs; outside blocks, the unit itself."""
    around = unit.around
    if around is None or around.kind not in ("block", "round") or not around.prefix:
        return unit
    return unit.edit, unit.text, around.word, unit.name.removeprefix(around.prefix)
