"""The folder of the cache: entries that are written whole, and read with suspicion.

An entry is a file with a request and the answer to it in JSON, below a line with the checksum of their text. Nothing
about the cache ends a run: what cannot be read is not there, and what cannot be written is left out.
"""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from zlib import crc32

from archc import limits
from archc.diagnostics import SpecError
from archc.open_file import open_file

VARIABLE = "ARCHC_CACHE"
FORMAT = "1"
"""The folder of the entries, by the form that they have."""
FILLED = Path(__file__).parent / "filled"
"""The entries that an installed package comes with; a checkout has none."""
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


def read_entry(folder: Path, request: Any) -> Any:
    """The answer to a request; None where there is none, or it is damaged."""
    path = entry_path(folder, request)
    try:
        with open_file(path) as file:
            content = file.read(limits.CACHE_ENTRY_BYTES + 1)
            used = os.fstat(file.fileno()).st_mtime
        checksum, _, text = content.partition(b"\n")
        if len(content) > limits.CACHE_ENTRY_BYTES or checksum != _checksum(text).encode():
            return None
        asked, answer = json.loads(text)
    except (OSError, SpecError, ValueError, TypeError, RecursionError):
        return None
    if asked != request:  # another one with the same checksum
        return None
    if time.time() - used > _FRESH:
        with suppress(OSError):
            os.utime(path)
    return answer


def write_entry(folder: Path, request: Any, answer: Any) -> None:
    """Keeps the answer to a request; both are JSON values."""
    from archc.atomic_file import whole_file
    from archc.cache.room import make_room

    path = entry_path(folder, request)
    with suppress(OSError, SpecError, TypeError, ValueError, RecursionError):
        text = json.dumps([request, answer], separators=(",", ":")).encode()
        content = _checksum(text).encode() + b"\n" + text
        if len(content) <= limits.CACHE_ENTRY_BYTES:
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
