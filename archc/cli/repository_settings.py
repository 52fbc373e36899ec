"""The settings of a repository: `.archc.toml`, or `[tool.archc]` in `pyproject.toml`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from archc import limits
from archc.diagnostics import Diagnostic, Position, SpecError, did_you_mean, printable, reason_of, unreadable
from archc.open_file import current_folder, open_file

_OWN, _SHARED = ".archc.toml", "pyproject.toml"
_KEYS = ("fail-on", "budget", "ignore")
_IGNORE_KEYS = ("class", "layer")
ValuePath = Sequence[str | int]
"""Where a value is in a document: keys of tables, and numbers of items."""


class RepositorySettings(NamedTuple):
    """What a file of settings says; texts are as the options of the command line have them.

    Attributes:
        file: the name of the file.
        ignore: the classes and the patterns of layers of each table, None for what it does not give.
        located: the error at the place of a value.
    """

    file: str
    fail_on: str | None
    budget: str | None
    ignore: tuple[tuple[str | None, str | None], ...]
    located: Callable[[SpecError, ValuePath], SpecError]


def repository_settings() -> RepositorySettings | None:
    """The settings of the current folder's repository: those nearest to the folder; None where there are none.

    Raises:
        SpecError: the file cannot be read, or says what archc does not know.
    """
    here = current_folder()
    folders = [] if here is None else _folders(here)
    for name, path_of_table in ((_OWN, ()), (_SHARED, ("tool", "archc"))):
        for folder in folders:
            found = _read(folder / name, path_of_table)
            if found is not None:
                return found
    return None


def _folders(folder: Path) -> list[Path]:
    """The folder and those around it, up to the root of the repository; the folder alone outside a repository."""
    around = [folder, *folder.parents]
    root = next((number for number, each in enumerate(around) if (each / ".git").exists()), 0)
    return around[: root + 1]


def _read(path: Path, path_of_table: tuple[str, ...]) -> RepositorySettings | None:
    """The settings in a file; None where there are none."""
    import os
    import tomllib

    if not os.path.exists(path) or path.is_dir():
        return None
    file = printable(os.path.relpath(path))
    try:
        with open_file(path) as opened:
            text = opened.read(limits.FILE_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise unreadable(file, reason_of(error)) from None
    except UnicodeDecodeError:
        raise unreadable(file, "it is not UTF-8 text") from None
    if path_of_table and path_of_table[-1] not in text:  # the file of other tools may be wrong for them alone
        return None
    try:
        table = _at(tomllib.loads(text), path_of_table)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(file, text, str(error)) from None
    return None if table is None else _Reader(file, text, path_of_table).settings(table)


class _Reader:
    """Reads the table of settings of a file."""

    def __init__(self, file: str, text: str, path: tuple[str, ...]) -> None:
        self.file, self.text, self.path = file, text, path

    def settings(self, table: Any) -> RepositorySettings:
        """The settings of a table."""
        self.check(isinstance(table, dict), "`archc` is not a table", ())
        self.check_keys(table, _KEYS, ())
        ignore = table.get("ignore", [])
        self.check(isinstance(ignore, list), "`ignore` is not a list of tables", ("ignore",))
        return RepositorySettings(
            self.file,
            self.words(table, "fail-on"),
            self.words(table, "budget"),
            tuple(self.ignored(each, ("ignore", number)) for number, each in enumerate(ignore)),
            self.located,
        )

    def words(self, table: Mapping[str, Any], key: str) -> str | None:
        """A text, or a list of texts as one with commas."""
        value = table.get(key)
        items = value if isinstance(value, list) else [value]
        valid = key not in table or all(isinstance(item, str) for item in items)
        self.check(valid, f"`{key}` is not a text, nor a list of texts", (key,))
        return ",".join(map(str, items)) if key in table else None

    def ignored(self, table: Any, path: ValuePath) -> tuple[str | None, str | None]:
        """One table of `ignore`."""
        self.check(isinstance(table, dict) and bool(table), "an item of `ignore` needs `class` or `layer`", path)
        self.check_keys(table, _IGNORE_KEYS, path)
        for key, value in table.items():
            self.check(isinstance(value, str) and bool(value), f"`{key}` is not a text", (*path, key))
        return table.get("class"), table.get("layer")

    def check_keys(self, table: Mapping[str, Any], known: Sequence[str], path: ValuePath) -> None:
        """Refuses a key that archc does not know."""
        for key in table:
            hint = did_you_mean(key, known) or f"the keys are: {', '.join(known)}"
            self.check(key in known, f"`{printable(key[:60])}` is not a key of the settings", (*path, key), hint)

    def check(self, holds: bool, message: str, path: ValuePath, hint: str | None = None) -> None:
        """Raises an error at the place of a key where something does not hold."""
        if not holds:
            raise self.located(SpecError.of("settings", message, None, hint), path)

    def located(self, error: SpecError, path: ValuePath) -> SpecError:
        """The error at the place of a value."""
        line = _line(self.text, (*self.path, *path))
        return _located(error.first, self.file, self.text, line, 1)


def _not_toml(file: str, text: str, message: str) -> SpecError:
    """The error for a file that is not TOML; the message of the reader ends in its place."""
    import re

    place = re.search(r" \(at line (\d+), column (\d+)\)$", message)
    line, column = (int(place[1]), int(place[2])) if place else (text.count("\n") + 1, 1)
    what = re.sub(r" \(at [^()]*\)$", "", message)
    return _located(SpecError.of("settings", f"this is not TOML: {what}").first, file, text, line, column)


def _located(found: Diagnostic, file: str, text: str, line: int, column: int) -> SpecError:
    lines = text.split("\n")
    excerpt = lines[line - 1].rstrip("\r") if line <= len(lines) else None
    return SpecError([found._replace(position=Position(file, line, column), excerpt=excerpt)])


def _line(text: str, path: ValuePath) -> int:
    """The line on which the value at a path begins.

    The reader of TOML does not say where values are. But the first lines of a file are TOML themselves wherever no
    value is cut; a list may be closed early. The value begins after the longest of these beginnings without it.
    """
    lines = text.split("\n")
    absent, present = 0, len(lines)  # a beginning without the value, and the first from which none is without it
    while present - absent > 1:
        middle = (absent + present) // 2
        found = next(
            ((end, data) for end in range(middle, present) if (data := _beginning(lines[:end])) is not None), None
        )
        if found is None or _at(found[1], path) is not None:
            present = middle
        else:
            absent = found[0]
    return absent + 1


def _beginning(lines: Sequence[str]) -> dict[str, Any] | None:
    """What the first lines of a file say; None where they end inside a value."""
    import tomllib

    for end in ("\n", "\n]"):
        try:
            return tomllib.loads("\n".join(lines) + end)
        except tomllib.TOMLDecodeError:
            continue
    return None


def _at(value: Any, path: ValuePath) -> Any:
    """The value at a path; None where there is none."""
    for key in path:
        if isinstance(value, dict) and isinstance(key, str):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            return None
    return value
