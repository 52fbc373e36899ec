"""Diagnostics for people, and for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from archc.diagnostics import Diagnostic, printable

_WIDEST = 160  # of a line of the file that is shown


def as_text(diagnostic: Diagnostic, color: bool) -> str:
    """`file:line:col: code message`, the line with a caret, other places, what to do."""
    red, dim, bold, off = ("\033[31m", "\033[2m", "\033[1m", "\033[0m") if color else ("", "", "", "")
    place = f"{bold}{printable(str(diagnostic.position))}:{off} " if diagnostic.position else ""
    lines = [f"{place}{red}{diagnostic.code}{off}  {printable(diagnostic.message)}"]
    if diagnostic.position and diagnostic.excerpt is not None:
        lines += [f"{dim}{line}{off}" for line in _excerpt(diagnostic)]
    lines += [f"  {printable(related.what)}: {printable(str(related.position))}" for related in diagnostic.related[:6]]
    if len(diagnostic.related) > 6:
        lines.append(f"  and {len(diagnostic.related) - 6} places more")
    if diagnostic.hint:
        lines.append(f"  hint: {printable(diagnostic.hint)}")
    return "\n".join(lines)


def _excerpt(diagnostic: Diagnostic) -> list[str]:
    position, excerpt = diagnostic.position, diagnostic.excerpt or ""
    assert position is not None
    column = position.column - 1
    start = max(0, column - _WIDEST // 2) if len(excerpt) > _WIDEST else 0
    shown = excerpt[start : start + _WIDEST].replace("\t", " ")
    number = str(position.line)
    return [f"  {number} | {printable(shown)}", f"  {' ' * len(number)} | {' ' * (column - start)}^"]


def show(diagnostics: Iterable[Diagnostic], color: bool) -> None:
    """Prints diagnostics to standard error."""
    for diagnostic in diagnostics:
        print(as_text(diagnostic, color), file=sys.stderr)


def as_json(diagnostics: Iterable[Diagnostic]) -> dict[str, Any]:
    """Diagnostics for programs."""
    return {"format": "archc-diagnostics", "version": 1, "diagnostics": [entry(found) for found in diagnostics]}


def entry(diagnostic: Diagnostic) -> dict[str, Any]:
    """One diagnostic for programs."""
    at = diagnostic.position
    return {
        "code": diagnostic.code,
        "message": diagnostic.message,
        "file": at.file if at else None,
        "line": at.line if at else None,
        "column": at.column if at else None,
        "hint": diagnostic.hint,
    }
