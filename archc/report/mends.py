"""What is to mend in a model so that the facts of a spec agree: each difference once, as a line of the diff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from archc.diff.changed_arguments import training_alone
from archc.diff.compare import Diff
from archc.diff.counterpart_facts import HeldFacts
from archc.diff.differences import Change
from archc.diff.fact_causes import Cause, InputChange
from archc.diff.outline import MARKS, OutlineLayer
from archc.diff.wiring import Rewired
from archc.ir.graph import Node
from archc.ir.shape import shape_text
from archc.report.causes import Unit, causes_of
from archc.report.diff_names import range_text
from archc.report.diff_text import layers_text, rewired_text


class Mend(NamedTuple):
    """One thing to mend: a difference, or equal differences of several layers or parts.

    Attributes:
        mark: that of the diff.
        name: of the layer or part; the first and the last of several.
        text: how it differs, as the diff says it.
        of_spec: the name in the spec, where the model has another.
    """

    mark: str
    name: str
    text: str
    of_spec: str = ""

    @property
    def line(self) -> str:
        """All of it in one line."""
        return f"{self.mark} {self.of_spec}{' -> ' if self.of_spec else ''}{self.name}  {self.text}"


class Mends(NamedTuple):
    """What is to mend.

    Attributes:
        mends: what makes facts differ: inputs first, then in the order of the layers.
        of_facts: for each fact, the places of its causes among them.
        others: how many differences of what is computed change no fact; equal ones of equal blocks are one.
    """

    mends: list[Mend]
    of_facts: list[tuple[int, ...]]
    others: int


_FEW = 3  # groups that differ alike, each of which has a line of its own
Units = Mapping[tuple[bool, int], tuple[int, Unit]]
"""For each layer that differs, by whether it is rewired, the number of its group of equal edits, and its unit."""


def mends_of(held: HeldFacts) -> Mends:
    """The causes of the facts that differ; equal edits of equal blocks are one, and many that change the same facts."""
    groups = causes_of(held.diff)
    units = {
        (unit.kind == "rewired", id(node)): (number, unit)
        for number, group in enumerate(groups)
        for unit in group
        for node in unit.layers
    }
    used = {id(cause) for one in held.facts for cause in one.causes}
    causes: dict[object, list[Cause]] = {}
    for cause in held.causes:
        if id(cause) in used:
            causes.setdefault(_group(cause, units), []).append(cause)
    together = _together([*causes.values()], held, units)
    places = {id(cause): place for place, group in enumerate(together) for cause in group}
    of_facts = [tuple(sorted({places[id(cause)] for cause in one.causes})) for one in held.facts]
    others = [group for number, group in enumerate(groups) if number not in causes and _computes_otherwise(group)]
    return Mends([_mend(group, units, held.diff) for group in together], of_facts, len(others))


def _together(groups: Sequence[list[Cause]], held: HeldFacts, units: Units) -> list[list[Cause]]:
    """The groups, with many in one whose layers differ alike and change the same facts: a model has no blocks."""
    alike: dict[object, list[list[Cause]]] = {}
    for group in groups:
        first, ids = group[0], {id(cause) for cause in group}
        key: object = id(first)
        if isinstance(first, Change) and len(units[False, id(first.node)][1].layers) == 1:
            changed = tuple(place for place, one in enumerate(held.facts) if not ids.isdisjoint(map(id, one.causes)))
            mend = _mend([first], units, held.diff)
            key = mend.mark, mend.text, changed
        alike.setdefault(key, []).append(group)
    joined = {
        id(found[0]): [cause for group in found for cause in group] for found in alike.values() if len(found) > _FEW
    }
    left_out = {id(group) for found in alike.values() if len(found) > _FEW for group in found[1:]}
    return [joined.get(id(group), group) for group in groups if id(group) not in left_out]


def _group(cause: Cause, units: Units) -> object:
    node = _layer(cause)
    return id(cause) if node is None else units[isinstance(cause, Rewired), id(node)][0]


def _layer(cause: Cause) -> Node | None:
    """The layer that differs; None for an input or the outputs."""
    return None if isinstance(cause, InputChange) else cause.right or cause.left


def _computes_otherwise(group: Sequence[Unit]) -> bool:
    return any(finding.affected not in ("training", "cosmetic") for unit in group for finding in unit.findings)


def _mend(causes: Sequence[Cause], units: Units, diff: Diff) -> Mend:
    first = causes[0]
    if isinstance(first, InputChange):
        return Mend("~", first.right.name, f"input {shape_text(first.left.shape)} -> {shape_text(first.right.shape)}")
    if isinstance(first, Rewired):
        names = [cause.right.name if cause.right is not None else "outputs" for cause in causes]
        return Mend("!", range_text(names), _times(rewired_text(first, diff.counterparts), len(names)))
    changes = [cause for cause in causes if isinstance(cause, Change)]
    found = list({id(unit): unit for unit in (units[False, id(change.node)][1] for change in changes)}.values())
    is_part = len(found[0].layers) > 1
    names = [unit.name for unit in found] if is_part else [change.node.name for change in changes]
    layers = [OutlineLayer(change.left, change.right, _without_training(change)) for change in changes]
    text = found[0].what if is_part else layers_text(layers, diff.counterparts)
    of_spec = range_text([change.left.name for change in changes if change.left is not None] or names)
    name = range_text(names)
    return Mend(MARKS[first.kind], name, _times(text, len(names)), "" if is_part or of_spec == name else of_spec)


def _times(text: str, count: int) -> str:
    return text if count == 1 else f"{text}  ×{count:,}"


def _without_training(change: Change) -> Change:
    """The change without the arguments that matter while training alone."""
    if change.left is None or "op" in change.fields:
        return change
    op = change.left.op
    return change._replace(fields={name: pair for name, pair in change.fields.items() if not training_alone(op, name)})
