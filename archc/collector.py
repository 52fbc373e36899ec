"""Collects the diagnostics of one run, each once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, NoReturn

from archc.codes import CODES
from archc.diagnostics import Diagnostic, Poisoned, Position, Related, SpecError

MOST = 50  # a screen and a half; nobody reads more
REPEATS = 1000  # of errors that are reported: the rest of the run finds nothing else


class Reporting(NamedTuple):
    """Reports an error of the statements inside of `with`, and goes on after them.

    `Poisoned` is reported already.
    """

    report: Callable[[SpecError, Position | None], None]
    position: Position | None

    def __enter__(self) -> None:
        """Begins the statements."""

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> bool:
        """Reports their error."""
        if isinstance(error, SpecError):
            self.report(error, self.position)
        return isinstance(error, SpecError | Poisoned)


class Collector:
    """The errors of one run, and the lines of the files that they are in.

    Two diagnostics with one code, position and `about` are the same, whatever their messages: a step in a loop is
    reported once. Of a code with `once`, so are those of one file.

    Attributes:
        lines: of each file that was read, by the file's name in messages.
    """

    def __init__(self) -> None:
        self.lines: dict[str, list[str]] = {}
        self._found: dict[tuple[str, Position | None, str | None], Diagnostic] = {}
        self._unreadable: set[Position] = set()
        self._stopped: SpecError | None = None
        self._repeats = 0

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
        """Reports an error, as `report` does."""
        self.report(SpecError.of(code, message, position, hint, about=about), related=related)

    def report(self, error: SpecError, position: Position | None = None, *, related: Iterable[Related] = ()) -> None:
        """Reports the diagnostics of an error, at `position` where they have none.

        Raises:
            SpecError: there are more errors than anybody reads, or the same ones come again and again.
        """
        if error is self._stopped:
            raise error
        for found in error.diagnostics:
            place = self._within(found.position or position)
            key = _key(found.code, place, found.about)
            if key in self._found or place in self._unreadable:
                self._repeats += 1
                if self._repeats >= REPEATS:
                    self._end()
                continue
            shown = found.excerpt or self._excerpt(place)
            self._found[key] = found._replace(position=place, related=found.related or tuple(related), excerpt=shown)
            if len(self._found) >= MOST:
                self._end()

    def forget(self) -> None:
        """Forgets what was reported."""
        self._found.clear()
        self._stopped, self._repeats = None, 0

    def unreadable(self, *positions: Position) -> None:
        """Notes values that cannot be read, which is reported; nothing else is reported at their positions."""
        self._unreadable.update(positions)

    def reporting(self, position: Position | None = None) -> Reporting:
        """Reports an error of the statements inside, at `position` where it has none."""
        return Reporting(self.report, position)

    def stop(self, error: SpecError, position: Position | None = None, *, related: Iterable[Related] = ()) -> NoReturn:
        """Reports an error that ends the run.

        Raises:
            SpecError: all errors of the run.
        """
        self.report(error, position, related=related)
        self._end()

    def _end(self) -> NoReturn:
        self._stopped = self.error()
        raise self._stopped

    def _within(self, position: Position | None) -> Position | None:
        """The position, not after the end of its line: of a text of several lines only the first is known."""
        if position is None or position.column == 1:
            return position
        lines = self.lines.get(position.file, [])
        end = len(lines[position.line - 1]) + 1 if 0 < position.line <= len(lines) else position.column
        return position if position.column <= end else position._replace(column=end)

    def _excerpt(self, position: Position | None) -> str | None:
        if position is None:
            return None
        lines = self.lines.get(position.file, [])
        return lines[position.line - 1] if 0 < position.line <= len(lines) else None

    def reported(self, code: str, position: Position, about: str | None = None) -> bool:
        """Whether an error of this code is reported at this position."""
        return _key(code, position, about) in self._found

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


def _key(code: str, position: Position | None, about: str | None) -> tuple[str, Position | None, str | None]:
    """What two diagnostics have in common that are the same."""
    if CODES[code].once and position is not None:
        position = Position(position.file, 0, 0)
    return code, position, about
