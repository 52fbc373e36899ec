"""Python source as trees of code, laid out as ruff lays it out.

An expression is a `Code`: text, and groups that go on one line where they fit into it, else are broken at each of their
own places. It is the algorithm of Prettier (after Wadler, "A prettier printer", 2003), which ruff follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

WIDTH = 120


class Group(NamedTuple):
    """Code that is broken as a whole, or not at all."""

    content: Code


class Indent(NamedTuple):
    """Code that is further in, where it is broken."""

    content: Code


class Break(NamedTuple):
    """A place to break: a space or nothing where the group fits, a new line where it does not."""

    flat: str = ""


class IfBroken(NamedTuple):
    """Text that is there only where the group is broken."""

    text: str


class Joined(NamedTuple):
    """Code after code."""

    parts: tuple[Code, ...]


class Either(NamedTuple):
    """Code that stands as `open` if that fits up to its first place to break, else as `closed`."""

    open: Code
    closed: Code


Code = str | Group | Indent | Break | IfBroken | Joined | Either


def joined(*parts: Code) -> Code:
    """Code after code."""
    return Joined(parts)


def _listed(items: Iterable[Code]) -> Code:
    """Items with commas between them; behind the last of several too, where they are broken."""
    parts: list[Code] = []
    for item in items:
        parts += [",", Break(" "), item] if parts else [item]
    return Joined((*parts, IfBroken(","))) if len(parts) > 1 else Joined(tuple(parts))


def call(
    callee: Code,
    arguments: Iterable[Code] = (),
    named: Iterable[tuple[str, Code]] = (),
    unpacked: Iterable[Code] = (),
) -> Code:
    """`callee(arguments, name=value, **unpacked)`: on one line, else all arguments on a line, else a line for each."""
    items = [*arguments, *(joined(f"{name}=", value) for name, value in named), *unpacked]
    if not items:
        return joined(callee, "()")
    return joined(callee, "(", Group(joined(Indent(joined(Break(), Group(_listed(items)))), Break())), ")")


def display(opening: str, items: Sequence[Code], closing: str) -> Code:
    """`[a, b]`: on one line, else with a line for each item; a tuple of one keeps its comma."""
    if not items:
        return opening + closing
    if opening == "(" and len(items) == 1:
        return Group(joined("(", Indent(joined(Break(), items[0], ",")), Break(), ")"))
    return Group(joined(opening, Indent(joined(Break(), _listed(items))), Break(), closing))


def unpacked(items: Sequence[Code]) -> Code:
    """`a, b` as the value of an assignment to several names."""
    inside = joined(Indent(joined(Break(), _listed(items))), Break())
    return Group(joined(IfBroken("("), inside, IfBroken(")")))


def index(owner: Code, key: Code) -> Code:
    """`owner[key]`."""
    return joined(owner, "[", Group(joined(Indent(joined(Break(), key)), Break())), "]")


def conditional(cases: Sequence[tuple[Code, Code]], otherwise: Code) -> Code:
    """`then if condition else otherwise`, the conditions with what follows from each."""
    parts: list[Code] = []
    for condition, then in cases:
        parts += [then, Break(" "), "if ", condition, Break(" "), "else "]
    return Group(Joined((*parts, otherwise)))


def operation(operator: str, left: Code, right: Code) -> Code:
    """`left operator right`."""
    return operations(left, [(operator, right)])


def operations(first: Code, rest: Iterable[tuple[str, Code]]) -> Code:
    """`first operator code operator code`, of operators that bind alike."""
    return Group(joined(first, *(joined(Break(" "), f"{operator} ", code) for operator, code in rest)))


def enclosed(code: Code) -> Code:
    """`(code)`."""
    return Group(joined("(", Indent(joined(Break(), code)), Break(), ")"))


def in_parentheses(code: Code) -> Code:
    """Code in parentheses where it is broken: the value of an assignment, a condition.

    Where its own brackets are enough, as in `b + f(a)`, there are others only if the line is too long up to these.
    """
    content = code.content if isinstance(code, Group) else code
    if not isinstance(content, Joined) or content.parts[0] in _OPENINGS:
        return code
    closed = Group(joined(IfBroken("("), Indent(joined(Break(), code)), Break(), IfBroken(")")))
    return Either(_open(code), closed) if _breaks_inside(code) else closed


def _breaks_inside(code: Code) -> bool:
    """Whether code is no operation, or one of one operator that brackets begin or a call ends."""
    match code:
        case Group(Joined((_, Joined((Break(), *_))))):
            text = flat(code)
            return text[0] in "([{" or (text.endswith(")") and not text.endswith("()"))
    return isinstance(code, Joined)


def _open(code: Code) -> Code:
    """Code that is broken inside its brackets alone, and not at its operators."""
    match code:
        case Group(Joined((_, Joined((Break(), *_)), *_) as parts)):
            return Joined(tuple(map(_open, parts)))
        case Joined((Break(space), operator, operand)):
            return joined(space, operator, _open(operand))
    return code


_OPENINGS = ("(", "[", "{", IfBroken("("))


def flat(code: Code) -> str:
    """Code on one line."""
    match code:
        case str(text):
            return text
        case Group(content) | Indent(content):
            return flat(content)
        case Break(text):
            return text
        case IfBroken():
            return ""
        case Either(code):
            return flat(code)
        case Joined(parts):
            return "".join(map(flat, parts))


class _Piece(NamedTuple):
    indent: int
    broken: bool
    code: Code


def broken(code: Code, indent: int, width: int = WIDTH) -> list[str]:
    """The lines of code.

    Args:
        code: what is laid out.
        indent: columns before the first line, and before all others but for those that are further in.
        width: columns of a line.
    """
    text, column = " " * indent, indent
    pending = [_Piece(indent, True, code)]
    while pending:
        piece = pending.pop()
        match piece.code:
            case str(part):
                text, column = text + part, column + len(part)
            case Joined(parts):
                pending.extend(piece._replace(code=part) for part in reversed(parts))
            case Indent(content):
                pending.append(_Piece(piece.indent + 4, piece.broken, content))
            case Group(content):
                whole = not _fits(_Piece(piece.indent, False, content), pending, width - column)
                pending.append(_Piece(piece.indent, whole, content))
            case Break(part):
                if piece.broken:
                    text, column = text + "\n" + " " * piece.indent, piece.indent
                else:
                    text, column = text + part, column + len(part)
            case IfBroken(part):
                if piece.broken:
                    text, column = text + part, column + len(part)
            case Either(opened, closed):
                fitting = _fits(_Piece(piece.indent, True, opened), pending, width - column)
                pending.append(_Piece(piece.indent, True, opened if fitting else closed))
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
        match piece.code:
            case str(part):
                room -= len(part)
            case Joined(parts):
                pending.extend(piece._replace(code=part) for part in reversed(parts))
            case Indent(content):
                pending.append(piece._replace(code=content))
            case Group(content):
                pending.append(piece._replace(code=content))
            case Break(part):
                if piece.broken:
                    return True
                room -= len(part)
            case IfBroken(part):
                room -= len(part) if piece.broken else 0
            case Either(opened):
                pending.append(piece._replace(code=opened))
    return False
