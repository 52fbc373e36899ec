"""HTML for a notebook: every text is escaped, and it has the colours of the page around it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archc.pictures.plot import Picture
from archc.pictures.svg import text
from archc.report.table import Table

_LONG = 40
"""The rows of a table that is open at first."""
_SCROLLED = "overflow:auto;max-height:900px"
_BESIDE = "display:flex;flex-wrap:wrap;gap:24px;align-items:flex-start"


def element(tag: str, content: str, style: str = "") -> str:
    """An element around what is markup already."""
    styled = f' style="{style}"' if style else ""
    return f"<{tag}{styled}>{content}</{tag}>"


def heading(written: str) -> str:
    """The name of what is shown."""
    return element("h4", text(written))


def lines(written: Sequence[str]) -> str:
    """A paragraph of lines; nothing without any."""
    return element("p", "<br/>".join(map(text, written))) if written else ""


def beside(parts: Iterable[str]) -> str:
    """Parts beside one another, as far as there is room."""
    return element("div", "".join(element("div", part) for part in parts), _BESIDE)


def picture_markup(picture: Picture) -> str:
    """A picture, of which a tall one is scrolled."""
    return element("div", picture._repr_svg_(), _SCROLLED)


def table_markup(table: Table, title: str = "") -> str:
    """A table; a long one with a title is closed at first."""
    sides = ["right" if column.right else "left" for column in table.columns]

    def row(tag: str, cells: Sequence[str], weight: str = "") -> str:
        shown = zip(sides, cells, strict=True)
        return element("tr", "".join(element(tag, _cell(cell), f"text-align:{side}{weight}") for side, cell in shown))

    titles = [column.title for column in table.columns]
    head = element("thead", row("th", titles)) if any(titles) else ""
    weights = [";font-weight:600" if "bold" in style else "" for style in table.styles] or [""] * len(table.rows)
    body = "".join(row("td", cells, weight) for cells, weight in zip(table.rows, weights, strict=True))
    made = element("table", head + element("tbody", body))
    if not title:
        return made
    if len(table.rows) <= _LONG:
        return lines([title]) + made
    return element("details", element("summary", f"{text(title)} ({len(table.rows):,} rows)") + made)


def _cell(written: str) -> str:
    """The text of a cell; the spaces before it are kept."""
    shown = written.lstrip(" ")
    return "\u00a0" * (len(written) - len(shown)) + text(shown)
