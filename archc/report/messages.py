"""Diagnostics for people and for programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from archc.diagnostics import Diagnostic, printable

_WIDEST = 160  # characters of a line of the file
_PLACES = 6  # other places that are shown


def diagnostic_text(diagnostic: Diagnostic, color: bool) -> str:
    """`file:line:col: code  message`, the line with a caret, other places, and the hint."""
    red, yellow, dim, bold, off = (f"\033[{code}m" if color else "" for code in (31, 33, 2, 1, 0))
    place = f"{bold}{printable(str(diagnostic.position))}:{off} " if diagnostic.position else ""
    kind = f"{yellow}warning {diagnostic.code}" if diagnostic.severity == "warning" else f"{red}{diagnostic.code}"
    lines = [f"{place}{kind}{off}  {printable(diagnostic.message)}"]
    if diagnostic.position and diagnostic.excerpt is not None:
        lines += [f"{dim}{line}{off}" for line in _excerpt(diagnostic)]
    related = diagnostic.related
    lines += [f"  {printable(other.what)}: {printable(str(other.position))}" for other in related[:_PLACES]]
    if len(related) > _PLACES:
        lines.append(f"  and {len(related) - _PLACES} more places")
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


def diagnostics_json(diagnostics: Iterable[Diagnostic]) -> dict[str, Any]:
    """The document of a command that could not run."""
    return {"format": "archc-diagnostics", "version": 1, "diagnostics": [*map(diagnostic_json, diagnostics)]}


def diagnostic_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """One diagnostic for programs."""
    at = diagnostic.position
    return {
        "code": diagnostic.code,
        "message": diagnostic.message,
        "file": at.file if at else None,
        "line": at.line if at and not at.layer else None,
        "column": at.column if at and not at.layer else None,
        **({"layer": at.layer} if at and at.layer else {}),
        "hint": diagnostic.hint,
    }


def json_text(document: dict[str, Any]) -> str:
    """A document for programs as a text."""
    import json

    return json.dumps(document, indent=2, ensure_ascii=True)
