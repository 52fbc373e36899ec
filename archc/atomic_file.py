"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from archc.diagnostics import SpecError, reason_of, shortened
from archc.open_file import open_file, real_path


@contextmanager
def whole_file(path: Path, force: bool) -> Iterator[Path]:
    """A path to write to, beside `path`, which takes its place when all is written; with `force` it may be there.

    A file that is replaced keeps its mode; of a symbolic link, the file that it leads to is replaced.

    Raises:
        SpecError: the file is there and may not be replaced, or its folder cannot be written to.
    """
    target = check_writable(path, force)
    _remove_leftovers(target.parent)
    try:
        folder = Path(tempfile.mkdtemp(prefix=_prefix(os.getpid()), dir=target.parent))
    except OSError as error:
        raise unwritable(path, error) from None
    part = folder / target.name
    try:
        yield part
        if target.exists():
            part.chmod(stat.S_IMODE(target.stat().st_mode))
        os.replace(part, target)
    except OSError as error:
        raise unwritable(path, error) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_writable(path: Path, force: bool) -> Path:
    """Checks, before long work, that the file can be written after it.

    Returns:
        The file that is written: that to which `path` leads.

    Raises:
        SpecError: the file is there and may not be replaced, it is a device or a pipe, or its folder is not there.
    """
    shown = shortened(str(path), 200)
    if os.path.isdir(path):
        raise SpecError.of("unwritable", f"`{shown}` is a folder", hint="name a file in it")
    if os.path.exists(path) and not os.path.isfile(path):
        raise SpecError.of("unwritable", f"`{shown}` is not a regular file", hint="name a file")
    target = real_path(path) if os.path.islink(path) else path
    if os.path.islink(target):
        raise SpecError.of("unwritable", f"`{shown}` is a symbolic link that leads back to itself", hint="name a file")
    if os.path.lexists(path) and not force:
        what = "is there already" if os.path.exists(path) else "is a symbolic link, to a file that is not there"
        raise SpecError.of("file-exists", f"`{shown}` {what}", hint="`--force` replaces it")
    if not os.path.isdir(target.parent):
        raise SpecError.of("unwritable", f"there is no folder `{shortened(str(target.parent), 200)}`")
    return target


def unwritable(path: Path, error: OSError) -> SpecError:
    """The error for a file that cannot be written."""
    return SpecError.of("unwritable", f"`{shortened(str(path), 200)}` cannot be written: {reason_of(error)}")


def write_text(path: Path, text: str, force: bool) -> None:
    """Writes a text as UTF-8, whole or not at all.

    Raises:
        SpecError: the file is there and may not be replaced, or cannot be written.
    """
    with whole_file(path, force) as part:
        part.write_bytes(text.encode())


def read_text(path: Path) -> str | None:
    """The text of a file; None where there is none.

    Raises:
        SpecError: it cannot be read.
    """
    if not os.path.lexists(path):
        return None
    with open_file(path) as opened:
        return opened.read().decode(errors="replace")


# --- what a killed process left ---


def _prefix(process: int | str) -> str:
    """How the names of a process's folders begin: the machine is part of it, as machines may share a disk."""
    return f".archc-{re.sub('[^A-Za-z0-9.]', '_', os.uname().nodename)[:64]}-{process}-"


def _remove_leftovers(folder: Path) -> None:
    """Removes from a folder what processes of this machine left that do not run any more."""
    pattern = re.compile(re.escape(_prefix("")[:-1]) + r"(\d+)-\w+")
    with suppress(OSError):
        names = [entry.name for entry in os.scandir(folder)]
        for name in names:
            match = pattern.fullmatch(name)
            if match is not None and not _runs(int(match[1])):
                shutil.rmtree(folder / name, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
