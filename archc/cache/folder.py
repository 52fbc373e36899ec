"""The folder of the cache: entries that are written whole, read with suspicion, and bounded in size.

An entry is a JSON value in a file of its own, below a line with the digest of its text. Nothing about the cache ends a
run: what cannot be read is not there, and what cannot be written is left out.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from archc import limits
from archc.diagnostics import SpecError
from archc.open_file import open_file

VARIABLE = "ARCHC_CACHE"
FILLED = Path(__file__).parent / "filled"
"""The entries that an installed package comes with; a checkout has none."""
_PARTS = "0123456789abcdef"
"""The folders that the entries are spread over, by the first digit of the key. Each is bounded by itself."""
_ENTRY = re.compile(r"[0-9a-f]{31}")
_LEFT = ".archc-"
"""How the name of a file begins that a killed process left behind (`archc.atomic_file`)."""
_BLOCK = 4096  # bytes of a disk that even a short file takes
_FRESH = 86_400  # seconds for which the time of the last use is exact enough


def cache_folder() -> Path | None:
    """The folder that `ARCHC_CACHE` names, else that of the platform; None where the cache is turned off."""
    given = os.environ.get(VARIABLE)
    if given is not None:
        return None if given in ("", "off") else Path(given)
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        place = os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    elif sys.platform == "darwin":
        place = os.path.join(home, "Library", "Caches")
    else:
        place = os.environ.get("XDG_CACHE_HOME", "")
        place = place if os.path.isabs(place) else os.path.join(home, ".cache")
    return Path(place, "archc") if os.path.isabs(place) else None


def digest(content: bytes) -> str:
    """What stands for some bytes."""
    return blake2b(content, digest_size=16).hexdigest()


def key_of(request: Any) -> str:
    """The key of what a request, which is a JSON value, asks for."""
    return digest(json.dumps(request).encode())


def read_entry(folder: Path, key: str) -> Any:
    """The value of a key; None where there is none, or it is damaged."""
    path = _path(folder, key)
    try:
        with open_file(path) as file:
            content = file.read(limits.CACHE_ENTRY_BYTES + 1)
            used = os.fstat(file.fileno()).st_mtime
        sum_, _, text = content.partition(b"\n")
        if len(content) > limits.CACHE_ENTRY_BYTES or sum_ != digest(text).encode():
            return None
        value = json.loads(text)
    except (OSError, SpecError, ValueError, RecursionError):
        return None
    if time.time() - used > _FRESH:
        with suppress(OSError):
            os.utime(path)
    return value


def write_entry(folder: Path, key: str, value: Any) -> None:
    """Keeps the value of a key; where there is no more room, those go that were not used for the longest time."""
    from archc.atomic_file import whole_file

    path = _path(folder, key)
    with suppress(OSError, SpecError, TypeError, ValueError, RecursionError):
        text = json.dumps(value, separators=(",", ":")).encode()
        content = digest(text).encode() + b"\n" + text
        if len(content) <= limits.CACHE_ENTRY_BYTES:
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(path, force=True) as part:
                part.write_bytes(content)
            _make_room(path.parent)


def _path(folder: Path, key: str) -> Path:
    return folder / "1" / key[0] / key[1:]


def _make_room(part: Path) -> None:
    """Removes from one part of a cache the entries that were used first, until the others fit."""
    found = sorted(_entries(part), key=lambda entry: -entry.used)
    room = limits.CACHE_BYTES // len(_PARTS)
    for entry in found:
        room -= entry.size
        if room < 0:
            with suppress(OSError):
                os.unlink(entry.path)


class _Entry(NamedTuple):
    """The file of an entry; `size` in bytes on the disk, `used` in seconds."""

    path: str
    size: int
    used: float


def _entries(part: Path) -> Iterator[_Entry]:
    with suppress(OSError), os.scandir(part) as files:
        for file in files:
            with suppress(OSError):
                if _ENTRY.fullmatch(file.name) and file.is_file(follow_symlinks=False):
                    stat = file.stat(follow_symlinks=False)
                    yield _Entry(file.path, -(-stat.st_size // _BLOCK) * _BLOCK, stat.st_mtime)


class Contents(NamedTuple):
    """How much a cache holds; `size` in bytes on the disk."""

    entries: int
    size: int


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
    import shutil

    sizes = []
    for part in _parts(folder):
        for entry in _entries(part):
            with suppress(FileNotFoundError):  # somebody else has removed it
                os.unlink(entry.path)
                sizes.append(entry.size)
        with suppress(OSError):
            for file in os.listdir(part):
                if file.startswith(_LEFT):
                    shutil.rmtree(part / file, ignore_errors=True)
        with suppress(OSError):  # it is not there, or holds files of others
            part.rmdir()
    return Contents(len(sizes), sum(sizes))


def _parts(folder: Path) -> Iterator[Path]:
    return (folder / "1" / part for part in _PARTS)
