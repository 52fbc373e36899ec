"""Files that are opened to be read: regular files alone, so that nothing waits for a writer that may never come."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from archc.diagnostics import reason_of, unreadable

_OWN = ("/dev/stdin", "/dev/fd/", "/proc/self/fd/")
"""What a process has open already: standard input, and the shell's `<(…)`."""
_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


def open_file(path: Path) -> BinaryIO:
    """Opens a regular file, or what the process has open already.

    Raises:
        SpecError: there is none, it cannot be opened, or it is a named pipe, a socket, a device or a folder.
    """
    try:
        is_own = str(path).startswith(_OWN)
        if not is_own:
            _check_kind(path, os.stat(path).st_mode)
        # without waiting: it may have become a pipe since it was looked at
        return os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | (0 if is_own else os.O_NONBLOCK)), "rb")
    except OSError as error:
        raise unreadable(str(path), reason_of(error)) from None


def _check_kind(path: Path, mode: int) -> None:
    kind = _KINDS.get(stat.S_IFMT(mode))
    if kind is not None:
        hint = "name a file in it" if stat.S_ISDIR(mode) else "`-` reads standard input: `archc check - < FILE`"
        raise unreadable(str(path), f"it is {kind}, not a file", hint)


def real_path(path: str | Path) -> Path:
    """The absolute path of a file, without symbolic links.

    Raises:
        SpecError: the path is relative, and there is no current folder any more.
    """
    try:
        return Path(os.path.realpath(path))
    except FileNotFoundError:
        raise unreadable(str(path), "the current folder is not there any more", "name an absolute path") from None


def current_folder() -> Path | None:
    """The current folder; None where it is not there any more."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return None


def relative_path(path: Path) -> str:
    """The path from the current folder where the file is in it, else the path as it is."""
    folder = current_folder()
    relative = ".." if folder is None else os.path.relpath(path, folder)
    return str(path) if relative.startswith("..") else relative
