"""Collects the diagnostics of one run, each reported once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from archc.codes import CODES
from archc.diagnostics import Diagnostic, Position, Related, SpecError

MOST = 50  # a screen and a half; what is beyond helps nobody


class Collector:
    """The errors found so far, and the texts that they stand in.

    Two diagnostics are the same if code, position and `about` are the same: a step in a loop is reported once.

    Attributes:
        lines: of each file that was read, by the name that messages use.
    """

    def __init__(self) -> None:
        self.lines: dict[str, list[str]] = {}
        self._found: dict[tuple[str, Position | None, str | None], Diagnostic] = {}
        self._stopped: SpecError | None = None

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(
        self,
        code: str,
        message: str,
        position: Position | None = None,
        hint: str | None = None,
        *,
        about: str | None = None,
        related: Iterable[Related] = (),
    ) -> None:
        """Reports an error.

        Raises:
            SpecError: there are so many that no person reads on.
        """
        key = code, position, about if position is not None else f"{about} {message}"
        if key in self._found:
            return
        advice = CODES[code].advice
        self._found[key] = Diagnostic(
            code, message, position, hint or advice, tuple(related), self._excerpt(position), about
        )
        if len(self._found) >= MOST:
            self._stopped = self.error()
            raise self._stopped

    def report(self, error: SpecError, position: Position | None = None, *, related: Iterable[Related] = ()) -> None:
        """Reports the diagnostics of an error, at `position` where they have none.

        Raises:
            SpecError: there are so many that no person reads on.
        """
        if error is self._stopped:
            raise error
        for found in error.diagnostics:
            self.add(
                found.code, found.message, found.position or position, found.hint, about=found.about, related=related
            )

    def stop(self, error: SpecError, position: Position | None = None, *, related: Iterable[Related] = ()) -> NoReturn:
        """Reports an error that ends the run.

        Raises:
            SpecError: all errors of the run.
        """
        self.report(error, position, related=related)
        self._stopped = self.error()
        raise self._stopped

    def _excerpt(self, position: Position | None) -> str | None:
        if position is None:
            return None
        lines = self.lines.get(position.file, [])
        return lines[position.line - 1] if 0 < position.line <= len(lines) else None

    def reported(self, code: str, position: Position, about: str | None = None) -> bool:
        """Whether an error of this kind is reported at this place."""
        return (code, position, about) in self._found

    def error(self) -> SpecError:
        """All errors as one, in the order of their places."""
        return SpecError(sorted(self._found.values(), key=lambda found: found.position or Position("", 0, 0)))

    def raise_any(self) -> None:
        """Raises what was found, if anything was.

        Raises:
            SpecError: something was found.
        """
        if self._found:
            raise self.error()
