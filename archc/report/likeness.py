"""What remains to be changed in a spec that is nearly a network, as lines of the diff."""

from __future__ import annotations

from typing import NamedTuple

from archc.diff.compare import Diff
from archc.report.diff import diff_table
from archc.report.table import fitted_text

_WIDTH = 110  # columns


class Remaining(NamedTuple):
    """What differs between two networks.

    Attributes:
        number: the lines that say a difference; equal edits are one.
        lines: these, with the parts that they are in.
    """

    number: int
    lines: list[str]


def remaining(found: Diff) -> Remaining:
    """The differences of inputs and outputs, then of layers."""
    signature = [f"!  {text}" for text in found.signature]
    if not found.has_changes:
        return Remaining(0, [])
    table = diff_table(found, 0, full=False)
    marked = sum(row[0] in {"+", "-", "~", ">", "!"} for row in table.rows)
    count = marked or len(found.changes)  # of unrelated networks the table has no marks
    text = fitted_text(table._replace(columns=[column._replace(title="") for column in table.columns]), _WIDTH)
    lines = text.splitlines() if found.changes or found.rewired or found.consequences else []
    return Remaining(len(signature) + (count if lines else 0), [*signature, *lines])


def renamed(found: Diff) -> str:
    """How many layers have other names; empty for none."""
    count = len(found.renamed)
    return f"{count:,} {'layer has' if count == 1 else 'layers have'} other names" if count else ""
