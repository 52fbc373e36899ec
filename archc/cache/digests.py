"""Digests of the code of archc and of its library: an entry of the cache holds for the code that made it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

from archc.cache.entries import DAMAGE, note_use, read_entry, typed, write_entry
from archc.cache.folder import FILLED, cache_folder
from archc.library.paths import LIBRARY
from archc.version import __version__

_PACKAGE = Path(__file__).parents[1]
_BUILT = FILLED / "digests"
"""Has the digests of an installed package, taken when its wheel was built, in two lines."""


@cache
def code_digest() -> str:
    """The digest of the code: of an installed package that of its wheel, of a checkout that of its sources.

    Raises:
        OSError: a source cannot be read.
    """
    return _built()[0] if _BUILT.exists() else f"{__version__} {folder_digest(_PACKAGE, '.py')}"


@cache
def library_digest() -> str:
    """The digest of the library: of an installed package that of its wheel, of a checkout that of its specs.

    Raises:
        OSError: a spec cannot be read.
    """
    return _built()[1] if _BUILT.exists() else folder_digest(LIBRARY, ".yaml")


def _built() -> list[str]:
    return _BUILT.read_text(encoding="ascii").splitlines()


def write_digests(folder: Path) -> None:
    """Writes the digests down, in the folder of what a wheel comes with."""
    text = f"{code_digest()}\n{library_digest()}\n"
    (folder / _BUILT.name).write_text(text, encoding="ascii")


def folder_digest(folder: Path, suffix: str) -> str:
    """The digest of the names and contents of the files in a folder and below it whose names end so.

    The files are read where one has changed since an earlier run, by what git goes by too: its size, times and inode.

    Raises:
        OSError: a file cannot be read.
    """
    files = sorted(_files(str(folder), suffix))
    place, request = cache_folder(), ["digest", str(folder), [*map(list, files)]]
    if place is None:
        return _digest(folder, files)
    with suppress(*DAMAGE):
        known: str = typed(read_entry(place, request), str)
        note_use(place, request)
        return known
    found = _digest(folder, files)
    if all(time.time_ns() - max(file.changed, file.modified) > _SETTLED for file in files):
        write_entry(place, request, found)
    return found


_SETTLED = 2 * 10**9
"""Nanoseconds after which a change gets another time on every disk."""


class _File(NamedTuple):
    """A file, its size in bytes and its times in nanoseconds."""

    path: str
    size: int
    modified: int
    changed: int
    inode: int


def _digest(folder: Path, files: list[_File]) -> str:
    from hashlib import sha256  # takes a while to import

    whole = sha256()
    for file in files:
        with open(file.path, "rb", buffering=0) as opened:
            content = opened.read()
        whole.update(f"{file.path[len(str(folder)) :]} {len(content)}\n".encode("utf-8", "surrogatepass"))
        whole.update(content)
    return whole.hexdigest()


def _files(folder: str, suffix: str) -> Iterator[_File]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(suffix):
                stat = entry.stat()
                yield _File(entry.path, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
            elif entry.is_dir() and entry.name != "__pycache__":
                yield from _files(entry.path, suffix)
