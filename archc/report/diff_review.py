"""A diff for a pull request: Markdown for a comment, annotations for the lines of the specs."""

from __future__ import annotations

from collections.abc import Sequence

from archc.diagnostics import printable
from archc.diff.changes import Change, Class, Diff
from archc.report import diff as comparison
from archc.report import table
from archc.report.diff import Budget, Side
from archc.report.diff_words import described, fields


def markdown(left: Side, right: Side, diff: Diff, budgets: Sequence[Budget], context: int, *, full: bool) -> str:
    """The diff as Markdown, its layers in a block that GitHub and GitLab colour."""
    title, *causes, counted = comparison.heading(left, right, diff)
    lines = [
        f"### {_escaped(title)}",
        "",
        *(f"- {_escaped(cause.strip())}" for cause in causes),
        f"- {_escaped(counted)}",
    ]
    if diff:
        layers = table.plain(comparison.table(diff, context, full=full)._replace(columns=[*_untitled()]))
        fence = "`" * max(3, 1 + max((len(run) for run in layers.split() if set(run) == {"`"}), default=0))
        lines += ["", f"{fence}diff", layers, fence, "", "| | left | right | |", "|---|---:|---:|---:|"]
        lines += [f"| {name} | {had} | {has} | {grown} |" for name, had, _, has, grown in comparison.totals(diff).rows]
        lines += ["", *(f"- **{each}**: {_escaped(text)}" for each, text in comparison.verdict(diff, budgets).rows)]
    return "\n".join(lines)


def _untitled() -> list[table.Column]:
    return [column._replace(title="") for column in comparison.COLUMNS]


def _escaped(text: str) -> str:
    """A text that Markdown leaves as it is."""
    return "".join(f"\\{character}" if character in "\\`*_[]<>|#" else character for character in printable(text))


def workflow_commands(diff: Diff, failing: Sequence[Class]) -> list[str]:
    """A workflow command for each change, at its line in the right spec, or in the left where it is removed.

    Args:
        diff: two networks compared.
        failing: the classes that fail the run; others are notices.
    """
    return [_annotation(change, failing) for change in diff.changes]


def _annotation(change: Change, failing: Sequence[Class]) -> str:
    node = change.right or change.left
    assert node is not None
    level = "error" if any(each in failing for each in change.classes) else "notice"
    told = f"{node.name} {change.kind}: {fields(change.fields) if change.fields else described(node.op)}"
    place = f"file={_property(node.at.file)},line={node.at.line},col={node.at.column}"
    return f"::{level} {place},title={_property(', '.join(change.classes))}::{_data(told)}"


def _data(text: str) -> str:
    return printable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
