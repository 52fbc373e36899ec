"""Tables of text: aligned for a pipe, drawn by rich on a terminal."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from archc.diagnostics import printable


class Column(NamedTuple):
    """A column of a table.

    Attributes:
        title: its heading; empty for none.
        right: whether it is aligned to the right, as numbers are.
        drop_order: 0 for a column that is always shown; else a narrow terminal drops the largest first.
    """

    title: str = ""
    right: bool = False
    drop_order: int = 0


class Table(NamedTuple):
    """Rows of cells and their styles.

    Attributes:
        columns: the headings.
        rows: the cells, one for each column.
        styles: a style (`bold`, `red`, `dim`, …) for each row, where there is one.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    styles: Sequence[str] = ()


def display_width(text: str) -> int:
    """The number of cells of a text on a terminal; wide characters have two."""
    if text.isascii():
        return len(text)
    return sum(
        2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text if not unicodedata.combining(char)
    )


def table_text(table: Table) -> str:
    """The table as aligned text, with all columns."""
    titles = [column.title for column in table.columns]
    rows = [[printable(cell) for cell in row] for row in ([titles, *table.rows] if any(titles) else table.rows)]
    widths = [max((display_width(row[index]) for row in rows), default=0) for index in range(len(titles))]
    lines = []
    for row in rows:
        cells = [
            " " * (width - display_width(cell)) + cell if column.right else cell + " " * (width - display_width(cell))
            for cell, width, column in zip(row, widths, table.columns, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def fitting(table: Table, width: int) -> Table:
    """The table without the columns that do not fit a terminal of this width."""
    kept = list(range(len(table.columns)))

    def width_of_kept() -> int:
        rows = [[column.title for column in table.columns], *table.rows]
        return sum(max(display_width(row[index]) for row in rows) + 2 for index in kept) - 2

    for index in sorted(kept, key=lambda index: -table.columns[index].drop_order):
        if width_of_kept() <= width or table.columns[index].drop_order == 0:
            break
        kept.remove(index)
    return Table(
        [table.columns[index] for index in kept], [[row[index] for index in kept] for row in table.rows], table.styles
    )


def on_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout.isatty()


def show_table(table: Table) -> None:
    """Prints a table: as plain text to a pipe; fitted to the width of a terminal, with styles."""
    if not on_terminal():
        print(table_text(table))
        return
    from rich.console import Console
    from rich.table import Table as Drawn
    from rich.text import Text

    console = Console(highlight=False)
    table = fitting(table, console.width)
    drawn = Drawn(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=any(c.title for c in table.columns))
    for index, column in enumerate(table.columns):
        drawn.add_column(
            column.title, justify="right" if column.right else "left", header_style="dim", no_wrap=index == 0
        )
    for index, row in enumerate(table.rows):
        style = table.styles[index] if index < len(table.styles) else ""
        drawn.add_row(*(Text(printable(cell)) for cell in row), style=style)
    console.print(drawn)
