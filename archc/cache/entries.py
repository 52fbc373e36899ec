"""The entries of the cache: written whole, and read with suspicion.

An entry is a file with a request and the answer to it in JSON, below a line with the checksum of their text. Nothing
about the cache ends a run: what cannot be read is not there, and what cannot be written is left out.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from zlib import crc32

from archc import limits
from archc.cache.folder import FORMAT
from archc.diagnostics import SpecError
from archc.open_file import open_file

_FRESH = 86_400  # seconds for which the time of the last use is exact enough
DAMAGE = (OSError, SpecError, ValueError, TypeError, LookupError, AttributeError, RecursionError)
"""What is raised where an entry cannot be read, or is not what archc writes."""


def read_entry(folder: Path, request: Any) -> Any:
    """The answer to a request.

    Raises:
        SpecError: there is none.
        LookupError: the file is damaged, or answers another request; or another error of `DAMAGE`.
    """
    with open_file(entry_path(folder, request)) as file:
        content = file.read(limits.CACHE_ENTRY_BYTES + 1)
    checksum, _, text = content.partition(b"\n")
    if len(content) > limits.CACHE_ENTRY_BYTES or checksum != _checksum(text).encode():
        raise LookupError("the file is not as it was written")
    asked, answer = json.loads(text)
    if asked != request:
        raise LookupError("another request has the same checksum")
    return answer


def note_use(folder: Path, request: Any) -> None:
    """Notes that an entry was used, once a day."""
    path = entry_path(folder, request)
    with suppress(OSError):  # it is somebody else's folder
        if time.time() - os.stat(path).st_mtime > _FRESH:
            os.utime(path)


def write_entry(folder: Path, request: Any, answer: Any) -> None:
    """Keeps the answer to a request; both are JSON values, and one that is not is not kept."""
    from archc.atomic_file import whole_file
    from archc.cache.room import make_room

    with suppress(*DAMAGE):
        path = entry_path(folder, request)
        text = json.dumps([request, answer], separators=(",", ":")).encode()
        content = _checksum(text).encode() + b"\n" + text
        if len(content) <= limits.CACHE_ENTRY_BYTES and json.loads(text) == [request, answer]:
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(path, force=True) as part:
                part.write_bytes(content)
            make_room(path.parent)


def entry_path(folder: Path, request: Any) -> Path:
    """The file of the answer to a request."""
    name = _checksum(json.dumps(request).encode())
    return folder / FORMAT / name[0] / name


def _checksum(content: bytes) -> str:
    return f"{crc32(content):08x}"


NONE = type(None)


def typed(value: Any, *types: type) -> Any:
    """A value of an entry, which whoever wrote it made one of these types.

    Raises:
        TypeError: it is of another.
    """
    if type(value) not in types:
        raise TypeError(f"an entry has a value of the type {type(value).__name__}")
    return value
