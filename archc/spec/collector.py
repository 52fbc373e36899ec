"""Gathers the faults of one run, each told once."""

from __future__ import annotations

from collections.abc import Iterable

from archc.diagnostics import Diagnostic, Position, Related, SpecError
from archc.spec.codes import ADVICE

MOST = 50  # a screen and a half; what is beyond helps nobody


class Fault(Exception):
    """One fault, on its way to the step that reports it."""

    def __init__(self, code: str, message: str, position: Position | None = None, hint: str | None = None) -> None:
        self.code, self.message, self.position, self.hint = code, message, position, hint
        super().__init__(message)


class Poisoned(Exception):
    """What is asked for follows from a fault that is reported already."""


class Collector:
    """The faults found so far, and the texts that they stand in."""

    def __init__(self) -> None:
        self.lines: dict[str, list[str]] = {}
        self._found: dict[tuple[str, Position | None], Diagnostic] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(
        self,
        code: str,
        message: str,
        position: Position | None = None,
        hint: str | None = None,
        *,
        related: Iterable[Related] = (),
    ) -> None:
        """Reports a fault; another of its kind at the same place is the same fault.

        Raises:
            SpecError: there are so many that no person reads on.
        """
        key = code if position is not None else f"{code} {message}", position
        if key in self._found:
            return
        excerpt = None
        if position is not None:
            lines = self.lines.get(position.file, [])
            excerpt = lines[position.line - 1] if 0 < position.line <= len(lines) else None
        self._found[key] = Diagnostic(code, message, position, hint or ADVICE.get(code), tuple(related), excerpt)
        if len(self._found) >= MOST:
            raise self.error()

    def fault(self, fault: Fault, position: Position | None = None, *, related: Iterable[Related] = ()) -> None:
        """Reports a fault, at `position` where it has none of its own."""
        self.add(fault.code, fault.message, fault.position or position, fault.hint, related=related)

    def reported(self, code: str, position: Position) -> bool:
        """Whether a fault of this kind is reported at this place."""
        return (code, position) in self._found

    def error(self) -> SpecError:
        """All faults as one error, in the order of their places."""
        return SpecError(sorted(self._found.values(), key=lambda found: found.position or Position("", 0, 0)))

    def raise_any(self) -> None:
        """Raises what was found, if anything was.

        Raises:
            SpecError: something was found.
        """
        if self._found:
            raise self.error()
