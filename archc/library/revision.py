"""Specs as they were in a revision of a git repository: `git:REV:path`."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from archc import limits
from archc.diagnostics import SpecError, did_you_mean, printable, unreadable
from archc.library.git_process import answer, complaint, git, hint_for

_EXAMPLE = "`git:HEAD~1:specs/my.yaml`"
_LABEL = re.compile(r"git:((?:[^:{]|\{[^{}]*\})+):(.+)", re.DOTALL)  # `HEAD@{10:30}` has a colon of its own
_ENTRY = re.compile(r"(\d+) (\w+) ([0-9a-f]+) +(\d+|-)\t(.*)", re.DOTALL)


class _Entry(NamedTuple):
    """A line of `git ls-tree`; `size` is that of a file."""

    mode: str
    kind: str
    id: str
    size: str
    path: str

    @property
    def is_file(self) -> bool:
        return self.kind == "blob" and self.mode != "120000"  # which is a symbolic link


@dataclass(frozen=True, slots=True)
class Revision:
    """The files of a revision; paths are relative to the current folder.

    Attributes:
        name: as the user wrote it.
        tree: the id of its files.
    """

    name: str
    tree: str

    def content(self, path: Path) -> bytes:
        wanted = _inside(path)
        entries = self._entries(wanted)
        found = next((entry for entry in entries if entry.path == wanted), None)
        if found is None or not found.is_file:
            raise self._missing(path, found, bool(entries))
        if int(found.size) > limits.FILE_BYTES:
            raise SpecError.of("too-large", f"`{self.shown(path)}` is larger than {limits.FILE_BYTES // 2**20} MiB")
        done = git("cat-file", "blob", found.id)
        if done.returncode:
            raise unreadable(self.shown(path), complaint(done))
        return done.stdout

    def has(self, path: Path) -> bool:
        wanted = _inside(path)
        return any(entry.path == wanted and entry.is_file for entry in self._entries(wanted))

    def resolved(self, path: Path) -> Path:
        return Path(f"git:{self.tree}:", _inside(path))

    def shown(self, path: Path) -> str:
        return printable(f"git:{self.name}:{_inside(path)}")

    def specs(self, folder: Path) -> list[Path]:
        return [
            Path(entry.path)
            for entry in self._entries(f"{_inside(folder)}/")
            if entry.is_file and entry.path.endswith(".yaml")
        ]

    def specs_below(self, folder: Path) -> list[Path] | None:
        """The YAML files of a folder and of those in it; None where there is no such folder."""
        entries = self._entries(f"{_inside(folder)}/", "-r")
        return (
            [Path(each.path) for each in entries if each.is_file and each.path.endswith(".yaml")] if entries else None
        )

    def _entries(self, path: str, *options: str) -> list[_Entry]:
        """The entry of a path, or the entries in it where it ends in `/`."""
        printed = answer("ls-tree", "-z", "-l", *options, self.tree, "--", path)
        matches = [_ENTRY.fullmatch(line) for line in printed.split("\0") if line]
        return [_Entry(*match.groups()) for match in matches if match]

    def _missing(self, path: Path, found: _Entry | None, is_folder: bool) -> SpecError:
        shown = self.shown(path)
        if found is not None and found.kind == "blob":
            return unreadable(shown, "it is a symbolic link", "name the file that it leads to")
        if is_folder:
            return unreadable(shown, "it is a folder", "name a file in it")
        beside = {os.path.basename(spec): spec for spec in self.specs(path.parent)}
        hint = did_you_mean(path.name, beside) or f"paths are from the current folder: {_EXAMPLE}"
        return unreadable(shown, f"`{printable(self.name)}` has no such file", hint)


def _inside(path: Path) -> str:
    """The path from the current folder, without `.` and detours, as git prints it."""
    return os.path.relpath(path)


def path_in(label: str) -> str:
    """The path of a label `git:REV:path`; any other label as it is."""
    match = _LABEL.fullmatch(label)
    return match[2] if match else label


def open_revision(label: str) -> tuple[Revision, Path]:
    """The revision of a label `git:REV:path`, and the path in it.

    Raises:
        SpecError: there is no such revision, or no repository.
    """
    match = _LABEL.fullmatch(label)
    if match is None:
        hint = f"`git:REV:path`, as in {_EXAMPLE}"
        raise SpecError.of("unknown-spec", f"`{printable(label[:100])}` is not a file of a revision", None, hint)
    name, path = match.groups()
    shown = printable(name[:100])
    if name.startswith("-"):
        raise SpecError.of("unknown-spec", f"`{shown}` is not a revision", None, "a revision never begins with `-`")
    done = git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{tree}}")
    if done.returncode > 1:
        raise unreadable(label, complaint(done), hint_for(done))
    tree = os.fsdecode(done.stdout).strip()
    if done.returncode or not re.fullmatch("[0-9a-f]+", tree):
        hint = f"a commit, branch or tag, as in {_EXAMPLE}; `git log --oneline` lists commits"
        raise SpecError.of("unknown-spec", f"the repository has no revision `{shown}`", None, hint)
    return Revision(name, tree), Path(path)
