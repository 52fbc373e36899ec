"""Sets up, and takes back, that git compares specs by their layers."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

from archc.atomic_file import unwritable, whole_file
from archc.diagnostics import SpecError, printable
from archc.library.git_process import answer, git

COMMAND = "archc git text"
_KEY = "diff.archc.textconv"
_BEGIN, _END = "# archc git enable\n", "# archc git enable: end\n"
_HEAD = 2**16  # bytes in which the comments of a file must end


class Change(NamedTuple):
    """A line that came or went.

    Attributes:
        file: where: `.gitattributes`, or git's `config`.
        added: whether it came.
        line: what the line says.
    """

    file: str
    added: bool
    line: str


def enable(patterns: tuple[str, ...]) -> tuple[Path, list[Change]]:
    """Makes git compare the files of these patterns by their layers; none stands for the folders that hold specs.

    A driver that somebody set up otherwise stays as it is.

    Returns:
        The root of the repository, and what was changed.

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
    changes = [Change("config", True, f"{_KEY} = {COMMAND}")] if value is None else []
    return root, changes + [Change(".gitattributes", True, line.rstrip("\n")) for line in new]


def undo() -> tuple[Path, list[Change]]:
    """Takes back what `enable` did, and nothing else.

    Returns:
        The root of the repository, and what was changed.

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
    changes = [Change("config", False, f"{_KEY} = {COMMAND}")] if value == COMMAND else []
    return root, changes + [Change(".gitattributes", False, line.rstrip("\n")) for line in ours]


def _root() -> Path:
    return Path(answer("rev-parse", "--show-toplevel").removesuffix("\n"))


def _configured() -> str | None:
    """What the repository's own config says; None where it says nothing."""
    done = git("config", "--local", "--get", _KEY)
    return None if done.returncode else os.fsdecode(done.stdout).removesuffix("\n")


# --- the lines of .gitattributes ---


def _attributes(root: Path) -> tuple[str, list[str], str]:
    """What stands before the lines of `enable`, these lines, and what stands after them.

    They stand at the top, so that a line of somebody's own has the last word.
    """
    path = root / ".gitattributes"
    if path.is_symlink():
        raise SpecError.of(
            "unwritable", "`.gitattributes` is a symbolic link, which git does not read", None, "make it a file"
        )
    try:
        text = os.fsdecode(path.read_bytes())
    except FileNotFoundError:
        text = ""
    except OSError as error:
        raise unwritable(path, error) from None
    before, begin, rest = text.partition(_BEGIN)
    ours, end, after = rest.partition(_END)
    if not (begin and end):
        mark = "\ufeff" if text.startswith("\ufeff") else ""  # which git reads at the very top alone
        return mark, [], text.removeprefix(mark)
    return before, ours.splitlines(keepends=True), after


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
    """A pattern that git can read.

    Raises:
        SpecError: it is none.
    """
    if not pattern.strip() or pattern.startswith("!"):
        hint = "a pattern is like `specs/**/*.yaml`, as in `.gitattributes`"
        raise SpecError.of("usage", f"`{printable(pattern[:100])}` is no pattern", None, hint)
    return pattern


def _line(pattern: str) -> str:
    if re.search(r'[\s"\x00-\x1f\x7f]|^[#\[]', pattern):
        pattern = '"' + re.sub(r'[\x00-\x1f"\\\x7f]', lambda match: f"\\{ord(match[0]):03o}", pattern) + '"'
    return f"{pattern} diff=archc\n"


# --- the specs of a repository ---


def _folders(root: Path) -> list[str]:
    """A pattern for each folder with a tracked spec.

    Raises:
        SpecError: there is none.
    """
    names = [name for name in answer("-C", str(root), "ls-files", "-z").split("\0") if name.endswith(".yaml")]
    folders = {os.path.dirname(name) for name in names if _is_spec(root / name)}
    if not folders:
        hint = "`git add` one, or name patterns: `archc git enable 'specs/**/*.yaml'`"
        raise SpecError.of("usage", "git tracks no `*.yaml` file that is a spec", None, hint)
    return [f"/{_literal(folder)}/*.yaml" if folder else "/*.yaml" for folder in sorted(folders)]


def _literal(folder: str) -> str:
    return re.sub(r"[\\*?\[\]]", lambda match: f"\\{match[0]}", folder)


def _is_spec(path: Path) -> bool:
    """Whether a file begins as a spec does, after its comments."""
    try:
        with path.open("rb") as opened:
            head = opened.read(_HEAD)
    except OSError:  # it is tracked, and not there
        return False
    lines = (line for line in head.removeprefix(b"\xef\xbb\xbf").splitlines() if line.strip())
    first = next((line for line in lines if not line.startswith((b"#", b"---", b"%"))), b"")
    return first.startswith(b"archc:")
