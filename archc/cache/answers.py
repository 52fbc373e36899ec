"""What the code of this package has found, in the user's folder and in the package."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from archc.cache.digests import code_digest
from archc.cache.entries import DAMAGE, note_use, read_entry, write_entry
from archc.cache.folder import FILLED

_Answer = TypeVar("_Answer")


def known(folder: Path, subject: Sequence[Any], read: Callable[[Any], _Answer | None]) -> _Answer | None:
    """What is kept of a subject, in a folder or in the package; None where nothing is, or it does not hold any more.

    Args:
        folder: of the cache.
        subject: what is asked for, a JSON value.
        read: makes of the JSON value that was kept what it stands for; None where it does not hold any more.
    """
    for place in (folder, FILLED):
        with suppress(*DAMAGE):
            request = [code_digest(), *subject]
            answer = read(read_entry(place, request))
            if answer is not None:
                if place is folder:
                    note_use(place, request)
                return answer
    return None


def keep(folder: Path, subject: Sequence[Any], answer: Any) -> None:
    """Keeps what was found of a subject; both are JSON values, and one that is not is not kept."""
    with suppress(OSError):  # a source cannot be read
        write_entry(folder, [code_digest(), *subject], answer)
