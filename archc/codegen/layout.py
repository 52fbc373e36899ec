"""The layout of code on lines.

A `Document` is text, and groups that stand on one line where they fit, else are broken at each of their own places. It
is the algorithm of Prettier (after Wadler, "A prettier printer", 2003), which ruff follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

WIDTH = 120


class Grouped(NamedTuple):
    """A document that is broken at all of its own places, or at none."""

    content: Document


class Indented(NamedTuple):
    """A document whose lines, where it is broken, are indented further."""

    content: Document


class Break(NamedTuple):
    """A place to break: `flat` where the group fits, a new line where it does not."""

    flat: str = ""


class IfBroken(NamedTuple):
    """Text that is there only where the group is broken."""

    text: str


class Joined(NamedTuple):
    """Document after document."""

    parts: tuple[Document, ...]


class Either(NamedTuple):
    """A document that stands as `open` if that fits up to its first place to break, else as `closed`."""

    open: Document
    closed: Document


_SOFT, _SPACE = Break(), Break(" ")

Document = str | Grouped | Indented | Break | IfBroken | Joined | Either


# --- lists of documents ---


def listed(items: Sequence[Document]) -> Document:
    """Items with commas between them; after the last of several too, where they are broken."""
    parts: list[Document] = []
    for item in items:
        parts += [",", _SPACE, item] if parts else [item]
    return Joined((*parts, IfBroken(","))) if len(items) > 1 else Joined(tuple(parts))


def arguments(items: Sequence[Document]) -> Document:
    """`(a, b)` after a callee: on one line, else all items on a line, else a line for each."""
    if not items:
        return "()"
    return Joined(("(", Grouped(Joined((Indented(Joined((_SOFT, Grouped(listed(items))))), _SOFT))), ")"))


def display(opening: str, items: Sequence[Document], closing: str) -> Document:
    """`[a, b]`: on one line, else with a line for each item."""
    if not items:
        return opening + closing
    return Grouped(Joined((opening, Indented(Joined((_SOFT, listed(items)))), _SOFT, closing)))


def in_optional_parentheses(content: Document) -> Document:
    """Content on one line, else in parentheses."""
    return Grouped(Joined((IfBroken("("), Indented(Joined((_SOFT, content))), _SOFT, IfBroken(")"))))


# --- layout ---


def on_one_line(document: Document) -> str:
    """The text of a document without a break."""
    if isinstance(document, str):
        return document
    if isinstance(document, Joined):
        return "".join([part if isinstance(part, str) else on_one_line(part) for part in document.parts])
    if isinstance(document, Grouped | Indented):
        return on_one_line(document.content)
    if isinstance(document, Either):
        return on_one_line(document.open)
    return document.flat if isinstance(document, Break) else ""


_Piece = tuple[int, bool, Document]
"""The columns before its lines, whether it is broken, and what it is."""


def laid_out(document: Document, indent: int) -> list[str]:
    """The lines of a document, all of whose places to break are in groups, with `indent` columns before them."""
    whole = " " * indent + on_one_line(document)
    return [whole] if len(whole) <= WIDTH else _broken(document, indent).split("\n")


def _broken(document: Document, indent: int) -> str:
    texts, column = [" " * indent], indent
    pending: list[_Piece] = [(indent, True, document)]
    while pending:
        inner, broken, piece = pending.pop()
        match piece:
            case str(part):
                texts.append(part)
                column += len(part)
            case Joined(parts):
                pending.extend((inner, broken, part) for part in reversed(parts))
            case Indented(content):
                pending.append((inner + 4, broken, content))
            case Grouped(content):
                pending.append((inner, not _fits((inner, False, content), pending, WIDTH - column), content))
            case Break(part):
                texts.append(f"\n{' ' * inner}" if broken else part)
                column = inner if broken else column + len(part)
            case IfBroken(part):
                if broken:
                    texts.append(part)
                    column += len(part)
            case Either(opened, closed):
                fits = _fits((inner, True, opened), pending, WIDTH - column)
                pending.append((inner, True, opened if fits else closed))
    return "".join(texts)


def _fits(first: _Piece, rest: list[_Piece], room: int) -> bool:
    """Whether a piece, and what follows up to the first place to break, fits into the rest of the line."""
    pending = [first]
    following = len(rest)
    while room >= 0:
        if not pending:
            if following == 0:
                return True
            following -= 1
            pending.append(rest[following])
        indent, broken, piece = pending.pop()
        match piece:
            case str(part):
                room -= len(part)
            case Joined(parts):
                pending.extend((indent, broken, part) for part in reversed(parts))
            case Indented(content) | Grouped(content):
                pending.append((indent, broken, content))
            case Break(part):
                if broken:
                    return True
                room -= len(part)
            case IfBroken(part):
                room -= len(part) if broken else 0
            case Either(opened):
                pending.append((indent, broken, opened))
    return False
