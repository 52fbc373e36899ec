"""Markdown for comments and pages: texts of a spec with its characters escaped, blocks of code, tables."""

from __future__ import annotations

import re
from collections.abc import Sequence

from archc.diagnostics import printable
from archc.report.table import Table


def in_markdown(text: str) -> str:
    """The text on one line, with Markdown's special characters escaped."""
    shown = printable(text).replace("\n", " ")
    return "".join(f"\\{character}" if character in "\\`*_[]<>|#~&$" else character for character in shown)


def fenced(text: str, language: str) -> str:
    """The text as a block of code, in a fence that it cannot close."""
    runs = re.findall("`+", text)
    fence = "`" * max(3, 1 + max(map(len, runs), default=0))
    return f"{fence}{language}\n{text}\n{fence}"


def markdown_table(table: Table) -> list[str]:
    """The lines of a table whose cells are texts without markup."""
    titles = [column.title for column in table.columns]
    marks = ["--:" if column.right else "---" for column in table.columns]
    return [_row(map(in_markdown, titles)), _row(marks), *(_row(map(in_markdown, row)) for row in table.rows)]


def _row(cells: Sequence[str] | map[str]) -> str:
    return f"| {' | '.join(cells)} |"
