"""The networks of the library, as `archc list` shows them, kept for the next time."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from archc.cache.answers import keep, known
from archc.cache.digests import library_digest
from archc.cache.entries import NONE, typed
from archc.library.paths import library_families
from archc.report.list import LibraryEntry, library_networks


def networks(folder: Path | None, family: str | None = None) -> list[LibraryEntry]:
    """The networks of the library; kept in a cache if it is given a folder.

    Args:
        folder: of the cache; None to compute all anew.
        family: the one whose networks are wanted; all if None.

    Raises:
        SpecError: there is no such family, or a spec of the library cannot be compiled.
    """
    is_unknown = family is not None and family not in library_families()
    subject = None if folder is None or is_unknown else _subject()
    if folder is None or subject is None:
        return [entry for entry, _, _ in library_networks(family)]
    every = known(folder, subject, _entries)
    if every is not None:
        return [entry for entry in every if family in (None, entry.family)]
    found = [entry for entry, _, _ in library_networks(family)]
    if family is None:
        keep(folder, subject, [*map(list, found)])
    return found


def _subject() -> list[str] | None:
    """What is asked for, of the library as it is now; None where a spec of it cannot be read."""
    with suppress(OSError):
        return ["list", library_digest()]
    return None


def _entries(rows: Any) -> Sequence[LibraryEntry]:
    """What an entry holds, whoever wrote it.

    Raises:
        TypeError: it is no list of networks; or another error of a wrong type.
    """
    return [
        LibraryEntry(
            spec=typed(spec, str),
            name=typed(name, str),
            family=typed(family, str),
            paper=typed(paper, str, NONE),
            year=typed(year, int, NONE),
            params=typed(params, int),
            macs=typed(macs, int, NONE),
        )
        for spec, name, family, paper, year, params, macs in rows
    ]
