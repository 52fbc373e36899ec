"""The files that a network depends on: those that its spec leads to, each with the references that lead there.

They are written down without paths, as numbers in the order in which they are found, so that what is known of a spec
holds wherever it lies, and from whatever folder it is asked for. To see whether it still holds, the references are
followed again by the rules of `archc.library.find`: another file that takes a name is found as archc itself would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from archc.diagnostics import SpecError, printable
from archc.language.sources import DISK, Source, decode
from archc.library.find import find_reference, referenced_file

if TYPE_CHECKING:
    from archc.language.document import Document

_MOST_FILES = 1_000


class Dependencies(NamedTuple):
    """The files that a network depends on, its own first, and what leads from one to the other.

    Attributes:
        texts: of the files.
        references: the number of a file, the name that it gives another, and the number of that.
    """

    texts: Sequence[str]
    references: Sequence[tuple[int, str, int]]


def sources_behind(source: Source, read: Mapping[Source, Document]) -> tuple[list[Source], Dependencies] | None:
    """The files that the file of a spec leads to, as they are now.

    Args:
        source: the file of the spec.
        read: the documents of files that have been read.

    Returns:
        The files, in the order of their numbers; None where it leads to one that is not on the disk, has errors, or is
        reached by several paths.
    """
    sources, references = [source], []
    numbers = {source.path: 0}
    for number, one in enumerate(sources):
        if one.files is not DISK or one.path is None:
            return None
        try:
            found = _references(one, read.get(one))
        except SpecError:
            return None
        for name, there in found:
            other = numbers.setdefault(there.path, len(sources))
            if other == len(sources):
                sources.append(there)
            if sources[other] != there or len(sources) > _MOST_FILES:
                return None
            references.append((number, name, other))
    return sources, Dependencies([one.text for one in sources], references)


def _references(source: Source, document: Document | None) -> list[tuple[str, Source]]:
    """The names of other files in a file, which is read if its document is not given, and these files.

    Raises:
        SpecError: the file has errors, or a name is that of no file.
    """
    from archc.collector import Collector
    from archc.library.specs import document_of

    collector = Collector()
    document = document or document_of(source, collector)
    if document is None:
        raise collector.error()
    begun = [] if document.initialize is None else [document.initialize.other]
    extended = [] if document.extends is None else [document.extends]
    references = [*extended, *(used for used, _ in document.use), *begun]
    return [(reference.name, find_reference(document, reference)) for reference in references]


class _Place(NamedTuple):
    """A file: the path that leads to it, the one that identifies it, and its name in messages."""

    path: Path
    resolved: Path
    shown: str


def names_now(path: Path, name: str | None, known: Dependencies) -> list[str] | None:
    """The names in messages of the files that a network depends on.

    Args:
        path: of the spec.
        name: its name in messages, if it is the user's.
        known: what the network was found to depend on.

    Returns:
        None where a file is another one now, or has changed.
    """
    try:
        places = _places(path, name, known)
        for text, place in zip(known.texts, places or (), strict=False):
            if decode(DISK.content(place.path), place.shown) != text:
                return None
    except SpecError:
        return None
    return None if places is None else [place.shown for place in places]


def _places(path: Path, name: str | None, known: Dependencies) -> Sequence[_Place] | None:
    places = {0: _Place(path, DISK.resolved(path), printable(DISK.shown(path) if name is None else name))}
    for number, reference, other in known.references:
        if number not in places:
            return None
        place = places[number]
        found = referenced_file(DISK, place.path.parent, place.resolved, reference)
        if found is None:
            return None
        there = _Place(found[1], DISK.resolved(found[1]), printable(DISK.shown(found[1])))
        if places.setdefault(other, there) != there:
            return None
    if sorted(places) != [*range(len(known.texts))] or len({place.resolved for place in places.values()}) < len(places):
        return None
    return [places[number] for number in range(len(places))]
