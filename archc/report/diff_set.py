"""Two folders of networks compared: as a table, as data, and as a comment of a pull request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from archc.analysis import cost
from archc.diagnostics import Diagnostic
from archc.diff.compare import Diff
from archc.report.annotations import Annotation, diff_annotations, of_all_pairs, of_fault
from archc.report.diff import DiffSide, classes_of
from archc.report.diff_formats import diff_json
from archc.report.markdown import in_markdown
from archc.report.messages import diagnostic_json
from archc.report.policy import Policy, failed_classes, ignored, ignored_text
from archc.report.table import Column, Table


class Pair(NamedTuple):
    """Two networks with the same path below their folders."""

    path: str
    sides: tuple[DiffSide, DiffSide]
    diff: Diff


class DiffSet(NamedTuple):
    """Two folders of networks compared.

    Attributes:
        left: the folder before, as the user wrote it.
        right: the folder after.
        pairs: the networks that both have.
        added: the paths of those that only the right has.
        removed: the paths of those that only the left has.
        skipped: the paths of files with only blocks for other specs.
        faulty: what is wrong with specs, by path: they are not compared.
    """

    left: str
    right: str
    pairs: Sequence[Pair]
    added: Sequence[str]
    removed: Sequence[str]
    skipped: Sequence[str]
    faulty: Mapping[str, Sequence[Diagnostic]]

    @property
    def faults(self) -> list[Diagnostic]:
        """What is wrong with specs, each fault once."""
        return [*dict.fromkeys(fault for faults in self.faulty.values() for fault in faults)]

    def failed(self, policy: Policy) -> list[Pair]:
        """The pairs that fail the run."""
        return [pair for pair in self.pairs if failed_classes(pair.diff, policy)]

    def differing(self, policy: Policy) -> list[Pair]:
        """The pairs that differ in more than names, or fail the run."""
        failed = {pair.path for pair in self.failed(policy)}
        return [pair for pair in self.pairs if pair.diff or pair.path in failed]


def set_json(found: DiffSet, policy: Policy) -> dict[str, Any]:
    """The comparison as data, with a document `archc-diff` for each pair."""
    document = {
        "format": "archc-diff-set",
        "version": 1,
        "left": found.left,
        "right": found.right,
        "counts": {
            "different": len(found.differing(policy)),
            "equal": len(found.pairs) - len(found.differing(policy)),
            "added": len(found.added),
            "removed": len(found.removed),
            "failed": len(found.failed(policy)),
        },
        "pairs": [{"path": pair.path, "diff": diff_json(*pair.sides, pair.diff, policy)} for pair in found.pairs],
        "added": [*found.added],
        "removed": [*found.removed],
        "skipped": [*found.skipped],
        "faulty": [*found.faulty],
    }
    return {**document, "diagnostics": [*map(diagnostic_json, found.faults)]} if found.faults else document


def set_heading(found: DiffSet, policy: Policy) -> list[str]:
    """The names of the folders, and how many networks differ."""
    differ = len(found.differing(policy))
    counts = {
        "differs" if differ == 1 else "differ": differ,
        "without difference": len(found.pairs) - differ,
        "added": len(found.added),
        "removed": len(found.removed),
        "with errors": len(found.faulty),
    }
    listed = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count) or "none"
    skipped = len(found.skipped)
    files = f"; {skipped:,} {'file has' if skipped == 1 else 'files have'} blocks alone" if skipped else ""
    return [f"{found.left} -> {found.right}", f"networks: {listed}{files}"]


def set_table(found: DiffSet, policy: Policy) -> Table:
    """A row for each network that differs, is added or is removed."""
    rows = {path: ["+", path, "added", "", "", ""] for path in found.added}
    rows |= {path: ["-", path, "removed", "", "", ""] for path in found.removed}
    for pair in found.differing(policy):
        classes = ", ".join(classes_of(pair.diff, policy.budgets))
        fails = "fails" if failed_classes(pair.diff, policy) else ""
        rows[pair.path] = ["~", pair.path, pair.diff.reason, _growth(pair.diff), classes, fails]
    columns = (Column(), Column("network"), Column("difference"), Column("params", right=True), Column("classes"))
    listed = [rows[path] for path in sorted(rows)]
    styles = {"+": "green", "-": "red", "~": "yellow"}
    return Table((*columns, Column()), listed, [styles[row[0]] for row in listed])


def _growth(diff: Diff) -> str:
    """How much the parameters grow; empty where they do not."""
    had, has = (cost.params(graph.nodes) for graph in (diff.left, diff.right))
    return "" if had == has else f"{100 * (has - had) / had:+.1f}%" if had else f"+{has:,}"


def set_ignored(found: DiffSet, policy: Policy) -> str:
    """How many differences are ignored, and where that is said; empty for none."""
    return ignored_text(sum(len(ignored(pair.diff, policy)) for pair in found.pairs), policy)


def set_markdown(found: DiffSet, policy: Policy) -> str:
    """The comparison as Markdown."""
    title, counts = set_heading(found, policy)
    lines = [f"### {in_markdown(title)}", "", in_markdown(counts)]
    rows = set_table(found, policy).rows
    if rows:
        lines += ["", "| | network | difference | params | classes | |", "|---|---|---|---:|---|---|"]
        lines += [f"| {' | '.join(map(in_markdown, row))} |" for row in rows]
    lines += [
        "",
        *(f"- {in_markdown(str(fault.position or ''))} {in_markdown(fault.message)}" for fault in found.faults),
    ]
    if text := set_ignored(found, policy):
        lines += ["", in_markdown(text)]
    return "\n".join(lines).rstrip()


def set_annotations(found: DiffSet, policy: Policy) -> list[Annotation]:
    """The errors of specs, and the causes of all differences, each once."""
    causes = of_all_pairs((pair.path, diff_annotations(pair.diff, policy)) for pair in found.pairs)
    return [*map(of_fault, found.faults), *causes]
