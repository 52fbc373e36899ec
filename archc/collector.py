"""Collects the diagnostics of one run, each once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from archc.diagnostics import Diagnostic, Position, Related, SpecError

MOST = 50  # a screen and a half; nobody reads more


class Collector:
    """The errors of one run, and the lines of the files that they are in.

    Two diagnostics with one code, position and `about` are the same, whatever their messages: a step in a loop is
    reported once.

    Attributes:
        lines: of each file that was read, by the file's name in messages.
    """

    def __init__(self) -> None:
        self.lines: dict[str, list[str]] = {}
        self._found: dict[tuple[str, Position | None, str | None], Diagnostic] = {}
        self._stopped: SpecError | None = None

    def __len__(self) -> int:
        """The number of diagnostics."""
        return len(self._found)

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
            SpecError: there are more errors than anybody reads.
        """
        self.report(SpecError.of(code, message, position, hint, about=about), related=related)

    def report(self, error: SpecError, position: Position | None = None, *, related: Iterable[Related] = ()) -> None:
        """Reports the diagnostics of an error, at `position` where they have none.

        Raises:
            SpecError: there are more errors than anybody reads.
        """
        if error is self._stopped:
            raise error
        for found in error.diagnostics:
            place = found.position or position
            key = found.code, place, found.about
            if key in self._found:
                continue
            shown = found.excerpt or self._excerpt(place)
            self._found[key] = found._replace(position=place, related=found.related or tuple(related), excerpt=shown)
            if len(self._found) >= MOST:
                self._stopped = self.error()
                raise self._stopped

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
        """Whether an error of this code is reported at this position."""
        return (code, position, about) in self._found

    def error(self) -> SpecError:
        """All errors as one, in the order of their positions."""
        return SpecError(sorted(self._found.values(), key=lambda found: found.position or Position("", 0, 0)))

    def raise_any(self) -> None:
        """Raises the errors, if there are any.

        Raises:
            SpecError: all errors.
        """
        if self._found:
            raise self.error()
