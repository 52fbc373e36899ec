"""A model held to the facts of a spec: remarks with the lines of the diff, and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archc.diff.changed_arguments import training_alone
from archc.diff.counterpart_facts import HeldFacts
from archc.diff.differences import Change, Differences
from archc.diff.wiring import Rewired
from archc.ir.op import Op
from archc.report.check import check_json, fact_remarks
from archc.report.diff_text import added_text, changed_text, rewired_text

_MOST_CAUSES = 3
_MARKS = {"added": "+", "removed": "-", "changed": "~", "moved": ">"}


def held_remarks(held: HeldFacts) -> list[str]:
    """A line for each fact that is explained or differs, and below it the lines of the diff that cause it."""
    lines: list[str] = []
    shown: list[tuple[Change | Rewired, ...]] = []
    for one in held.facts:
        lines += fact_remarks([one.fact])
        is_shown = bool(one.causes) and one.causes in shown
        lines += ["  for the same layers as above"] if is_shown else causes_text(one.causes, held.diff)
        shown.append(one.causes)
    return lines


def causes_text(causes: Sequence[Change | Rewired], found: Differences) -> list[str]:
    """The first lines of the diff among these, and how many more there are."""
    more = len(causes) - _MOST_CAUSES
    listed = causes if more <= 1 else causes[:_MOST_CAUSES]
    lines = [f"  {cause_text(cause, found)}" for cause in listed]
    return [*lines, f"  and {more:,} more layers"] if more > 1 else lines


def cause_text(cause: Change | Rewired, found: Differences) -> str:
    """A line of the diff: `~ conv1  Conv2D  kernel_size 7x7 -> 5x5`."""
    if isinstance(cause, Rewired):
        node = cause.right or cause.left
        return f"! {getattr(node, 'name', 'the output')}  {rewired_text(cause, found.counterparts)}"
    name = cause.node.name
    if cause.left is not None and cause.right is not None:
        op = cause.left.op
        own = {key: pair for key, pair in cause.fields.items() if key != "op" and not training_alone(op, key)}
        text = _ops(op, cause.right.op) + (f"  {changed_text(own)}" if own else "")
        if cause.left.name != cause.right.name:
            name = f"{cause.left.name} -> {cause.right.name}"
    else:
        text = added_text(cause.node)
    return f"{_MARKS[cause.kind]} {name}  {text}"


def _ops(left: Op, right: Op) -> str:
    return left.op_name if left.op_name == right.op_name else f"{left.op_name} -> {right.op_name}"


def held_json(specs: Sequence[tuple[str, HeldFacts]], described: str) -> dict[str, Any]:
    """The facts for programs; a fact that differs has its `causes`."""
    document = check_json([(label, [one.fact for one in held.facts]) for label, held in specs])
    for entry, (_, held) in zip(document["specs"], specs, strict=True):
        entry["as"] = described
        for written, one in zip(entry["facts"], held.facts, strict=True):
            written["causes"] = [cause_text(cause, held.diff) for cause in one.causes]
    return document
