"""Sets git up to compare specs by their layers, and undoes it."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import NamedTuple

from archc.atomic_file import unwritable, whole_file
from archc.codes import CODES
from archc.diagnostics import Diagnostic, SpecError, printable
from archc.library.git_process import answer, git
from archc.open_file import open_file

COMMAND = "archc git text"
_KEY = "diff.archc.textconv"
_BEGIN, _END = "# archc git enable\n", "# archc git enable: end\n"
_OURS = re.compile(
    r"(?:^|(?<=\ufeff))# archc git enable\r?\n(.*?)^# archc git enable: end(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)
"""The lines of `enable`, also where an editor or git has changed the line ends."""
_HEAD = 2**16  # bytes in which the comments of a file must end


class ChangedLine(NamedTuple):
    """A line of `.gitattributes`, or of git's `config`, that was added or removed."""

    file: str
    added: bool
    line: str


class DriverChange(NamedTuple):
    """What a command changed in a repository; the warnings say what keeps git from running the driver."""

    root: Path
    lines: tuple[ChangedLine, ...]
    warnings: tuple[Diagnostic, ...]


def enable(patterns: tuple[str, ...]) -> DriverChange:
    """Makes git compare the files of these patterns by their layers.

    Without patterns, each folder with a tracked spec gets one. A driver that the user set up is not changed.

    Raises:
        SpecError: there is no repository, no spec in it, or a file cannot be written.
    """
    root = _root()
    wanted = [*map(_checked, patterns)] or _folders(root)
    value = _configured()
    before, ours, after = _attributes(root)
    new = [line for line in dict.fromkeys(map(_line, wanted)) if line not in ours]
    if value is None:
        answer("config", "--local", _KEY, COMMAND)
    if new:
        _write(root, before + _BEGIN + "".join([*ours, *new]) + _END + after)
    lines = _changed(value is None, new, added=True)
    missing = Diagnostic("git-path", "git cannot find `archc`: it must be on the PATH", hint=CODES["git-path"].advice)
    return DriverChange(root, lines, () if shutil.which("archc") else (missing,))


def disable() -> DriverChange:
    """Undoes what `enable` did, and nothing else.

    Raises:
        SpecError: there is no repository, or a file cannot be written.
    """
    root = _root()
    before, ours, after = _attributes(root)
    value = _configured()
    if value == COMMAND:
        answer("config", "--local", "--unset", _KEY)
    if ours:
        _write(root, before + after)
    return DriverChange(root, _changed(value == COMMAND, ours, added=False), ())


def _changed(config: bool, attributes: list[str], *, added: bool) -> tuple[ChangedLine, ...]:
    configured = [ChangedLine("config", added, f"{_KEY} = {COMMAND}")] if config else []
    return *configured, *(ChangedLine(".gitattributes", added, line.rstrip("\n")) for line in attributes)


def _root() -> Path:
    return Path(answer("rev-parse", "--show-toplevel").removesuffix("\n"))


def _configured() -> str | None:
    """The driver in the repository's own config; None where there is none."""
    done = git("config", "--local", "--get", _KEY)
    return None if done.returncode else os.fsdecode(done.stdout).removesuffix("\n")


# --- the lines of .gitattributes ---


def _attributes(root: Path) -> tuple[str, list[str], str]:
    """The text before the lines of `enable`, these lines, and the text after them.

    The lines of `enable` are at the top: a later line of the user's own takes precedence.
    """
    path = root / ".gitattributes"
    if path.is_symlink():
        message = "`.gitattributes` is a symbolic link, which git does not read"
        raise SpecError.of("unwritable", message, None, "make it a file")
    text = ""
    if os.path.lexists(path):
        with open_file(path) as opened:
            text = os.fsdecode(opened.read())
    found = _OURS.search(text)
    if found is None:
        mark = "\ufeff" if text.startswith("\ufeff") else ""  # git reads a byte order mark only at the start
        return mark, [], text.removeprefix(mark)
    ours = [f"{line}\n" for line in found[1].splitlines()]
    return text[: found.start()], ours, text[found.end() :]


def _write(root: Path, text: str) -> None:
    path = root / ".gitattributes"
    if text:
        with whole_file(path, force=True) as part:
            part.write_bytes(os.fsencode(text))
        return
    try:
        path.unlink()
    except OSError as error:
        raise unwritable(path, error) from None


def _checked(pattern: str) -> str:
    """The pattern; one that git cannot read is an error."""
    if not pattern.strip() or pattern.startswith("!"):
        hint = "a pattern is like `specs/**/*.yaml`, as in `.gitattributes`"
        raise SpecError.of("usage", f"`{printable(pattern[:100])}` is not a pattern", None, hint)
    return pattern


def _line(pattern: str) -> str:
    if re.search(r'[\s"\x00-\x1f\x7f]|^[#\[]', pattern):
        pattern = '"' + re.sub(r'[\x00-\x1f"\\\x7f]', lambda match: f"\\{ord(match[0]):03o}", pattern) + '"'
    return f"{pattern} diff=archc\n"


# --- the specs of a repository ---


def _folders(root: Path) -> list[str]:
    """A pattern for each folder with a tracked spec; without any, an error."""
    names = [name for name in answer("-C", str(root), "ls-files", "-z").split("\0") if name.endswith(".yaml")]
    folders = {os.path.dirname(name) for name in names if _is_spec(root / name)}
    if not folders:
        hint = "`git add` one, or name patterns: `archc git enable 'specs/**/*.yaml'`"
        raise SpecError.of("usage", "git tracks no `*.yaml` file that is a spec", None, hint)
    return [f"/{_literal(folder)}/*.yaml" if folder else "/*.yaml" for folder in sorted(folders)]


def _literal(folder: str) -> str:
    return re.sub(r"[\\*?\[\]]", lambda match: f"\\{match[0]}", folder)


def _is_spec(path: Path) -> bool:
    """Whether the first line after the comments is that of a spec."""
    try:
        with open_file(path) as opened:
            head = opened.read(_HEAD)
    except (SpecError, OSError):  # tracked, but not on the disk
        return False
    lines = (line for line in head.removeprefix(b"\xef\xbb\xbf").splitlines() if line.strip())
    first = next((line for line in lines if not line.startswith((b"#", b"---", b"%"))), b"")
    return first.startswith(b"archc:")
