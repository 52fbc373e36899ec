"""A diff for other programs: JSON, and Markdown for a comment."""

from __future__ import annotations

from typing import Any

from archc.diagnostics import printable
from archc.diff.compare import Diff
from archc.diff.json_document import diff_document
from archc.report.diff import DiffSide, class_verdicts, classes_of, diff_heading, diff_table, diff_totals
from archc.report.policy import Policy, failed_classes, ignored, ignored_text
from archc.report.table import table_text
from archc.weights.forecast import build_outcomes


def diff_json(left: DiffSide, right: DiffSide, diff: Diff, policy: Policy) -> dict[str, Any]:
    """The diff as data, with what the policy of the run makes of it."""
    return {
        **diff_document(diff, left.label, right.label),
        "classes": classes_of(diff, policy.budgets),
        "build_weights": build_outcomes(diff.left, diff.right, diff.counterparts),
        "failed": failed_classes(diff, policy),
        "ignored": len(ignored(diff, policy)),
    }


def diff_markdown(left: DiffSide, right: DiffSide, diff: Diff, policy: Policy, context: int, *, full: bool) -> str:
    """The diff as Markdown, its layers in a code block that GitHub and GitLab colour."""
    title, *causes = diff_heading(left, right, diff)
    lines = [f"### {in_markdown(title)}", "", *(f"- {in_markdown(cause.strip())}" for cause in causes)]
    if diff:
        table = diff_table(diff, context, full=full)
        layers = table_text(table._replace(columns=[column._replace(title="") for column in table.columns]))
        fence = "`" * max(3, 1 + max((len(run) for run in layers.split() if set(run) == {"`"}), default=0))
        lines += ["", f"{fence}diff", layers, fence, "", "| | left | right | |", "|---|---:|---:|---:|"]
        lines += [f"| {name} | {had} | {has} | {growth} |" for name, had, _, has, growth in diff_totals(diff).rows]
        lines += [
            "",
            *(f"- **{each}**: {in_markdown(text)}" for each, text in class_verdicts(diff, policy.budgets).rows),
        ]
    if text := ignored_text(len(ignored(diff, policy)), policy):
        lines += ["", in_markdown(text)]
    return "\n".join(lines)


def in_markdown(text: str) -> str:
    """The text with Markdown's special characters escaped."""
    shown = printable(text).replace("\n", " ")
    return "".join(f"\\{character}" if character in "\\`*_[]<>|#~&$" else character for character in shown)
