"""The spec of the network that another one begins with the weights of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from archc import limits
from archc.collector import Collector
from archc.diagnostics import Position, Related, SpecError, printable
from archc.language.document import Document, Initialize, Reference
from archc.language.sources import Source
from archc.library.find import find_reference
from archc.library.specs import Spec, document_of, resolve

_Trail = tuple[tuple[str, Position], ...]
"""The references that lead to a file: the key of each, and its position."""


def initial_spec(document: Document, initialize: Initialize, collector: Collector) -> Spec | None:
    """Reads the spec that `initialize` of a document names, with all that it extends and uses.

    Returns:
        The spec; None where it cannot be read, or leads back to the document, which is reported.
    """
    reference = initialize.other
    try:
        source = find_reference(document, reference)
    except SpecError as error:
        collector.report(error, reference.at)
        return None
    if not _leads_back(document, source, reference, collector):
        return resolve(source, reference.name, collector)
    return None


def _leads_back(document: Document, source: Source, reference: Reference, collector: Collector) -> bool:
    """Whether the file that `initialize` names extends or begins with the document's own, which is reported.

    What is wrong with other references of these files is reported when they are checked themselves.
    """
    found: dict[Source, _Trail] = {source: ()}
    pending = [source]
    for one in pending:
        trail = found[one]
        if one.path == document.source.path and one.path:
            related = [Related(f"through `{key}` here", at) for key, at in trail]
            message = f"`{printable(reference.name)}` leads back to {document.source.file}: a circle"
            hint = "a network cannot begin with weights of its own"
            collector.add("circle", message, reference.at, hint, related=related)
            return True
        if len(trail) >= limits.DEPTH:
            hint = "take a file out of the chain"
            message = f"more than {limits.DEPTH} files extend one another or begin with one another's weights"
            collector.add("too-deep", message, reference.at, hint)
            return True
        for following, key, at in _references(one):
            if following not in found:
                found[following] = *trail, (key, at)
                pending.append(following)
    return False


def _references(source: Source) -> Iterator[tuple[Source, str, Position]]:
    """The files that a file extends and begins with, each with the key that names it and its position."""
    document: Document | None = None
    with suppress(SpecError):  # more errors than anybody reads
        document = document_of(source, Collector())
    if document is None:
        return
    begun = document.initialize
    for key, reference in (("extends", document.extends), ("initialize", begun.other if begun else None)):
        if reference is not None:
            with suppress(SpecError):
                yield find_reference(document, reference), key, reference.at
