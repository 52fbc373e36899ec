"""A diff for other programs: JSON, Markdown for a comment, and annotations of a pull request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archc.analysis import cost
from archc.diagnostics import printable
from archc.diff.changes import Change, Diff
from archc.diff.classes import Class
from archc.diff.wiring import Rewired
from archc.report.diff import (
    CostBudget,
    DiffSide,
    class_verdicts,
    classes_of,
    diff_heading,
    diff_table,
    diff_totals,
    weights_text,
)
from archc.report.diff_text import changed_text, op_with_arguments
from archc.report.table import table_text
from archc.report.values import value_json

# --- JSON ---


def diff_json(left: DiffSide, right: DiffSide, diff: Diff, budgets: Sequence[CostBudget]) -> dict[str, Any]:
    """The diff as data."""
    graphs = diff.left, diff.right
    return {
        "format": "archc-diff",
        "version": 2,
        "left": left.label,
        "right": right.label,
        "counts": diff.counts,
        "changes": [_change_json(change) for change in diff.changes],
        "rewired": [_rewired_json(found) for found in diff.rewired],
        "params": [cost.params(graph.nodes) for graph in graphs],
        "macs": [cost.macs(graph.nodes) for graph in graphs],
        "classes": classes_of(diff, budgets),
        "loading": dict(diff.loading.outcomes),
        "by_names_only": diff.by_names_only,
    }


def _change_json(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "layer": (change.left or change.node).name,
        "counterpart": change.right.name if change.left is not None and change.right is not None else None,
        "fields": {name: [value_json(old), value_json(new)] for name, (old, new) in change.fields.items()},
        "classes": list(change.classes),
        "at": str(change.node.at),
    }


def _rewired_json(found: Rewired) -> dict[str, Any]:
    return {
        "layer": None if found.left is None else found.left.name,
        "counterpart": None if found.right is None else found.right.name,
        "before": [tensor.name for tensor in found.before],
        "after": [tensor.name for tensor in found.after],
    }


# --- Markdown ---


def diff_markdown(
    left: DiffSide, right: DiffSide, diff: Diff, budgets: Sequence[CostBudget], context: int, *, full: bool
) -> str:
    """The diff as Markdown, its layers in a code block that GitHub and GitLab colour."""
    title, *causes = diff_heading(left, right, diff)
    lines = [f"### {_escaped(title)}", "", *(f"- {_escaped(cause.strip())}" for cause in causes)]
    if diff:
        table = diff_table(diff, context, full=full)
        layers = table_text(table._replace(columns=[column._replace(title="") for column in table.columns]))
        fence = "`" * max(3, 1 + max((len(run) for run in layers.split() if set(run) == {"`"}), default=0))
        lines += ["", f"{fence}diff", layers, fence, "", "| | left | right | |", "|---|---:|---:|---:|"]
        lines += [f"| {name} | {had} | {has} | {growth} |" for name, had, _, has, growth in diff_totals(diff).rows]
        lines += ["", *(f"- **{each}**: {_escaped(text)}" for each, text in class_verdicts(diff, budgets).rows)]
    return "\n".join(lines)


def _escaped(text: str) -> str:
    """The text with Markdown's special characters escaped."""
    return "".join(f"\\{character}" if character in "\\`*_[]<>|#" else character for character in printable(text))


# --- workflow commands ---


def workflow_commands(diff: Diff, failing: Sequence[Class]) -> list[str]:
    """A GitHub workflow command for each change, at its line in the right spec, or in the left for a removed layer.

    A change is an error if one of its classes is in `failing`, else a notice. Files that load into other layers with no
    change that says so have a command of their own, without a line.
    """
    commands = []
    for change in diff.changes:
        node = change.node
        level = "error" if any(each in failing for each in change.classes) else "notice"
        what = changed_text(change.fields) or op_with_arguments(node.op)
        place = f"file={_property(node.at.file)},line={node.at.line},col={node.at.column}"
        title, text = _property(", ".join(change.classes)), _data(f"{node.name} {change.kind}: {what}")
        commands.append(f"::{level} {place},title={title}::{text}")
    if "weights" in diff.classes and not any("weights" in change.classes for change in diff.changes):
        level = "error" if "weights" in failing else "notice"
        commands.append(f"::{level} title=weights::{_data(weights_text(diff))}")
    return commands


def _data(text: str) -> str:
    return printable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
