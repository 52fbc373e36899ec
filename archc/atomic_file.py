"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archc.diagnostics import SpecError, reason_of, shortened, unreadable


@contextmanager
def whole_file(path: Path, force: bool) -> Iterator[Path]:
    """A path to write to, beside `path`, which takes its place when all is written; with `force` it may be there.

    Raises:
        SpecError: the file is there and may not be replaced, or its folder cannot be written to.
    """
    check_writable(path, force)
    try:
        folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    except OSError as error:
        raise unwritable(path, error) from None
    part = folder / path.name
    try:
        yield part
        os.replace(part, path)
    except OSError as error:
        raise unwritable(path, error) from None
    finally:
        part.unlink(missing_ok=True)
        folder.rmdir()


def check_writable(path: Path, force: bool) -> None:
    """Checks, before long work, that the file can be written after it.

    Raises:
        SpecError: the file is there and may not be replaced, it is a device or a pipe, or its folder is not there.
    """
    shown = shortened(str(path), 200)
    if os.path.isdir(path):
        raise SpecError.of("unwritable", f"`{shown}` is a folder", hint="name a file in it")
    if os.path.exists(path) and not os.path.isfile(path):
        raise SpecError.of("unwritable", f"`{shown}` is not a regular file", hint="name a file")
    if os.path.exists(path) and not force:
        raise SpecError.of("file-exists", f"`{shown}` is there already", hint="`--force` replaces it")
    if not os.path.isdir(path.parent):
        raise SpecError.of("unwritable", f"there is no folder `{shortened(str(path.parent), 200)}`")


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
    try:
        return path.read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unreadable(str(path), reason_of(error)) from None
