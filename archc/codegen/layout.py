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


Document = str | Grouped | Indented | Break | IfBroken | Joined | Either


# --- lists of documents ---


def listed(items: Sequence[Document]) -> Document:
    """Items with commas between them; behind the last of several too, where they are broken."""
    parts: list[Document] = []
    for item in items:
        parts += [",", Break(" "), item] if parts else [item]
    return Joined((*parts, IfBroken(","))) if len(items) > 1 else Joined(tuple(parts))


def arguments(items: Sequence[Document]) -> Document:
    """`(a, b)` behind a callee: on one line, else all items on a line, else a line for each."""
    if not items:
        return "()"
    return Joined(("(", Grouped(Joined((Indented(Joined((Break(), Grouped(listed(items))))), Break()))), ")"))


def display(opening: str, items: Sequence[Document], closing: str) -> Document:
    """`[a, b]`: on one line, else with a line for each item."""
    if not items:
        return opening + closing
    return Grouped(Joined((opening, Indented(Joined((Break(), listed(items)))), Break(), closing)))


def in_optional_parentheses(content: Document) -> Document:
    """Content on one line, else in parentheses."""
    return Grouped(Joined((IfBroken("("), Indented(Joined((Break(), content))), Break(), IfBroken(")"))))


# --- layout ---


def on_one_line(document: Document) -> str:
    """The text of a document without a break."""
    match document:
        case str(text):
            return text
        case Grouped(content) | Indented(content):
            return on_one_line(content)
        case Break(text):
            return text
        case IfBroken():
            return ""
        case Either(opened):
            return on_one_line(opened)
        case Joined(parts):
            return "".join(map(on_one_line, parts))


class _Piece(NamedTuple):
    indent: int
    broken: bool
    document: Document


def laid_out(document: Document, indent: int, width: int = WIDTH) -> list[str]:
    """The lines of a document.

    Args:
        document: what is laid out.
        indent: columns before the first line, and before all others but for those that are indented further.
        width: columns of a line.
    """
    text, column = " " * indent, indent
    pending = [_Piece(indent, True, document)]
    while pending:
        piece = pending.pop()
        match piece.document:
            case str(part):
                text, column = text + part, column + len(part)
            case Joined(parts):
                pending.extend(piece._replace(document=part) for part in reversed(parts))
            case Indented(content):
                pending.append(_Piece(piece.indent + 4, piece.broken, content))
            case Grouped(content):
                broken = not _fits(_Piece(piece.indent, False, content), pending, width - column)
                pending.append(_Piece(piece.indent, broken, content))
            case Break(part):
                if piece.broken:
                    text, column = text + "\n" + " " * piece.indent, piece.indent
                else:
                    text, column = text + part, column + len(part)
            case IfBroken(part):
                if piece.broken:
                    text, column = text + part, column + len(part)
            case Either(opened, closed):
                fits = _fits(_Piece(piece.indent, True, opened), pending, width - column)
                pending.append(_Piece(piece.indent, True, opened if fits else closed))
    return text.split("\n")


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
        piece = pending.pop()
        match piece.document:
            case str(part):
                room -= len(part)
            case Joined(parts):
                pending.extend(piece._replace(document=part) for part in reversed(parts))
            case Indented(content) | Grouped(content):
                pending.append(piece._replace(document=content))
            case Break(part):
                if piece.broken:
                    return True
                room -= len(part)
            case IfBroken(part):
                room -= len(part) if piece.broken else 0
            case Either(opened):
                pending.append(piece._replace(document=opened))
    return False
