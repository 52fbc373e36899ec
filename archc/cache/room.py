"""How much the cache holds: it is bounded, shown and cleared."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from archc import limits
from archc.cache.folder import FORMAT

_PARTS = "0123456789abcdef"
"""The folders that the entries are spread over, by the first digit of the name. Each is bounded by itself."""
_NAME = re.compile(r"[0-9a-f]{8}")
_LEFT = ".archc-"
"""How the name of a folder begins that a killed process left behind (`archc.atomic_file`)."""
_BLOCK = 4096  # bytes of a disk that even a short file takes


class Contents(NamedTuple):
    """How much a cache holds; `size` in bytes on the disk."""

    entries: int
    size: int


class _Entry(NamedTuple):
    """The file of an entry; `size` in bytes on the disk, `used` in seconds."""

    path: str
    size: int
    used: float


def make_room(part: Path) -> None:
    """Removes from one part of a cache the entries that were not used for the longest time, until the others fit."""
    room = limits.CACHE_BYTES // len(_PARTS)
    for entry in sorted(_entries(part), key=lambda entry: -entry.used):
        room -= entry.size
        if room < 0:
            with suppress(OSError):
                os.unlink(entry.path)


def contents(folder: Path) -> Contents:
    """How much a cache holds."""
    sizes = [entry.size for part in _parts(folder) for entry in _entries(part)]
    return Contents(len(sizes), sum(sizes))


def clear(folder: Path) -> Contents:
    """Removes all entries, and what killed processes left; nothing else that is in the folder.

    Returns:
        What was removed.

    Raises:
        OSError: an entry cannot be removed.
    """
    sizes = []
    for part in _parts(folder):
        for entry in _entries(part):
            with suppress(FileNotFoundError):  # somebody else has removed it
                os.unlink(entry.path)
                sizes.append(entry.size)
        with suppress(OSError):
            for name in os.listdir(part):
                if name.startswith(_LEFT):
                    shutil.rmtree(part / name, ignore_errors=True)
            part.rmdir()  # unless it holds files of others
    return Contents(len(sizes), sum(sizes))


def _parts(folder: Path) -> Iterator[Path]:
    return (folder / FORMAT / part for part in _PARTS)


def _entries(part: Path) -> Iterator[_Entry]:
    with suppress(OSError), os.scandir(part) as files:
        for file in files:
            with suppress(OSError):
                if _NAME.fullmatch(file.name) and file.is_file(follow_symlinks=False):
                    stat = file.stat(follow_symlinks=False)
                    yield _Entry(file.path, -(-stat.st_size // _BLOCK) * _BLOCK, stat.st_mtime)
