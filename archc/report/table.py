"""Tables of text, aligned, and fitted to the width of a terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NamedTuple

from archc.diagnostics import printable

_GAP = "  "  # between two columns
_NARROW = 8  # the least width of a column of text


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
    """Rows of cells, one for each column, and a style (`bold`, `red`, `dim`, …) for each row, where there is one."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    styles: Sequence[str] = ()


def display_width(text: str) -> int:
    """The number of cells of a text on a terminal; wide characters have two."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(
        2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text if not unicodedata.combining(char)
    )


def table_text(table: Table) -> str:
    """The table as aligned text, with all columns."""
    return "\n".join(line for line, _ in _lines(table, None))


def fitted_text(table: Table, width: int) -> str:
    """The table as aligned text that is not wider than `width`; what is too long goes on in the next line."""
    return "\n".join(line for line, _ in _lines(table, width))


def show_table(table: Table, width: int | None = None) -> None:
    """Prints a table.

    On a terminal it has styles, is fitted to the width, and names the columns that are left out. To a pipe it is plain
    text, fitted to `width`.
    """
    if not sys.stdout.isatty():
        print("\n".join(line for line, _ in _lines(table, width)))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for line, style in [*_lines(table, console.width), *_left_out(table, console.width)]:
        console.print(Text(line, style=style), no_wrap=True, overflow="ignore", crop=False)


def wrapped(text: str, width: int, indent: str = "  ") -> list[str]:
    """The lines of a text, broken at spaces where it is wider than `width`, and inside words that are wider."""
    words = text.strip(" ").split(" ")
    lines, line = [], text[: len(text) - len(text.lstrip(" "))] + words[0]
    for word in words[1:]:
        if display_width(f"{line} {word}") <= width:
            line = f"{line} {word}"
        elif not word:  # the second of two spaces
            continue
        else:
            lines.append(line)
            line = indent + word
    return [part for whole in [*lines, line] for part in _cut(whole, width, indent)]


def _cut(line: str, width: int, indent: str) -> list[str]:
    """The pieces of a line whose words are too wide."""
    pieces = []
    while display_width(line) > width:
        count = len(line)
        while count > len(indent) + 1 and display_width(line[:count]) > width:
            count -= 1
        pieces.append(line[:count])
        line = indent + line[count:]
    return [*pieces, line]


class _Fitted(NamedTuple):
    """A table whose columns fit a width.

    Attributes:
        cells: of the heading, if there is one, and of the rows.
        columns: the indices of those that are shown.
        widths: of all columns.
    """

    cells: list[list[str]]
    columns: list[int]
    widths: list[int]


def _fitted(table: Table, width: int | None) -> _Fitted:
    """The columns of a table, fitted to a width by leaving out columns, then by breaking cells.

    A width that is too small for this too shows the first columns.
    """
    titles = [column.title for column in table.columns]
    cells = [[printable(cell) for cell in row] for row in [*([titles] if any(titles) else []), *table.rows]]
    columns = list(range(len(titles)))
    widths = [max((display_width(row[index]) for row in cells), default=0) for index in columns]
    if width is not None:
        columns = _kept(table.columns, widths, width)
        _shrink(table.columns, columns, widths, width)
        while len(columns) > 1 and _total(columns, widths) > width:
            columns.pop()
    return _Fitted(cells, columns, widths)


def _lines(table: Table, width: int | None) -> list[tuple[str, str]]:
    """The lines of a table with their styles, fitted to a width."""
    cells, columns, widths = _fitted(table, width)
    styles = [*["dim"] * (len(cells) - len(table.rows)), *table.styles, *[""] * len(cells)]
    return [
        (line, style)
        for row, style in zip(cells, styles, strict=False)
        for line in _row_lines([(row[index], widths[index], table.columns[index].right) for index in columns])
    ]


def _left_out(table: Table, width: int) -> list[tuple[str, str]]:
    """The lines that name the columns for which a terminal is too narrow, with their style."""
    shown = _fitted(table, width).columns
    titles = [column.title for index, column in enumerate(table.columns) if index not in shown and column.title]
    if not titles:
        return []
    text = f"(the terminal is too narrow for: {', '.join(dict.fromkeys(titles))})"
    return [(line, "dim") for line in wrapped(text, max(width, _NARROW))]


def _total(columns: Sequence[int], widths: Sequence[int]) -> int:
    return sum(widths[index] + len(_GAP) for index in columns) - len(_GAP)


def _kept(all_columns: Sequence[Column], widths: Sequence[int], width: int) -> list[int]:
    """The columns that are left when those that may be dropped are, until the others fit."""
    columns = list(range(len(all_columns)))
    for index in sorted(columns, key=lambda index: -all_columns[index].drop_order):
        if _total(columns, widths) <= width or all_columns[index].drop_order == 0:
            break
        columns.remove(index)
    return columns


def _shrink(all_columns: Sequence[Column], columns: Sequence[int], widths: list[int], width: int) -> None:
    """Makes the widest columns of text narrower, one cell at a time, until the table fits."""
    texts = [index for index in columns if not all_columns[index].right] or list(columns)
    while _total(columns, widths) > width:
        widest = max(texts, key=widths.__getitem__)
        if widths[widest] <= _NARROW:
            break
        widths[widest] -= 1


def _row_lines(cells: Sequence[tuple[str, int, bool]]) -> list[str]:
    """The lines of one row."""
    parts = []
    for text, width, _ in cells:
        start = " " * (len(text) - len(text.lstrip(" ")))
        parts.append(wrapped(text, width, start + "  ") if display_width(text) > width else [text])
    lines = []
    for number in range(max(map(len, parts), default=0)):
        line = []
        for part, (_, width, right) in zip(parts, cells, strict=True):
            cell = part[number] if number < len(part) else ""
            space = " " * max(0, width - display_width(cell))
            line.append(space + cell if right else cell + space)
        lines.append(_GAP.join(line).rstrip())
    return lines
