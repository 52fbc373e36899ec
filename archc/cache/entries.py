"""The entries of the cache: written whole, and read with suspicion.

An entry is a file with a request and the answer to it in JSON, below a line with the checksum of their text. Nothing
about the cache ends a run: what cannot be read is not there, and what cannot be written is left out.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar
from zlib import crc32

from archc import limits
from archc.cache.folder import FILLED, FORMAT
from archc.cache.package import identity
from archc.diagnostics import SpecError
from archc.open_file import open_file

_Answer = TypeVar("_Answer")
_FRESH = 86_400  # seconds for which the time of the last use is exact enough
_DAMAGE = (OSError, SpecError, ValueError, TypeError, LookupError, AttributeError, RecursionError)
"""What is raised where an entry cannot be read, or is not what archc writes."""


def known(folder: Path, subject: Sequence[Any], read: Callable[[Any], _Answer | None]) -> _Answer | None:
    """What is kept of a subject, in a folder or in the package; None where nothing is, or it does not hold any more.

    Args:
        folder: of the cache.
        subject: what is asked for, a JSON value.
        read: makes of the JSON value that was kept what it stands for; None where it does not hold any more.
    """
    for place in (folder, FILLED):
        with suppress(*_DAMAGE):
            request = [identity(), *subject]
            path = entry_path(place, request)
            asked, kept = _read(path)
            answer = read(kept) if asked == request else None  # another request may have the same checksum
            if answer is not None:
                if place is folder:
                    _note_use(path)
                return answer
    return None


def _note_use(path: Path) -> None:
    with suppress(OSError):  # it is somebody else's folder
        if time.time() - os.stat(path).st_mtime > _FRESH:
            os.utime(path)


def keep(folder: Path, subject: Sequence[Any], answer: Any) -> None:
    """Keeps what was found of a subject; both are JSON values, and one that is not is not kept."""
    from archc.atomic_file import whole_file
    from archc.cache.room import make_room

    with suppress(*_DAMAGE):
        request = [identity(), *subject]
        path = entry_path(folder, request)
        text = json.dumps([request, answer], separators=(",", ":")).encode()
        content = _checksum(text).encode() + b"\n" + text
        if len(content) <= limits.CACHE_ENTRY_BYTES and json.loads(text) == [request, answer]:
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(path, force=True) as part:
                part.write_bytes(content)
            make_room(path.parent)


def _read(path: Path) -> tuple[Any, Any]:
    """The request and the answer in a file.

    Raises:
        SpecError: there is no such file.
        ValueError: it is damaged; or another error of its text.
    """
    with open_file(path) as file:
        content = file.read(limits.CACHE_ENTRY_BYTES + 1)
    checksum, _, text = content.partition(b"\n")
    if len(content) > limits.CACHE_ENTRY_BYTES or checksum != _checksum(text).encode():
        raise ValueError("the file is not as it was written")
    request, answer = json.loads(text)
    return request, answer


def entry_path(folder: Path, request: Sequence[Any]) -> Path:
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
