"""What a spec may say that source with its structure cannot."""

from __future__ import annotations

from archc.diagnostics import Position, SpecError


def refused(message: str, at: Position | None, hint: str = "`--flat` writes a line a layer") -> SpecError:
    """The error for a step that cannot be written."""
    return SpecError.of("no-source", message, at, hint)
