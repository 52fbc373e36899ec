"""What a spec says of how an image becomes the input."""

from __future__ import annotations

from archc.collector import Collector
from archc.diagnostics import SpecError, printable
from archc.images.imagenet import APPLICATION, PUBLISHED, library_name
from archc.keras_files.kinds import is_model
from archc.language.document import Preprocess
from archc.library.specs import Spec, load_spec


def documented_preprocess(spec: Spec, other: str | None = None) -> Preprocess:
    """The section `preprocess` of a spec.

    Args:
        spec: of the network. `keras:NAME` has the section of the same network in the library.
        other: the name or path of another spec, or `keras:NAME`, to take the section from.

    Raises:
        SpecError: there is no such spec, or it has no such section.
    """
    label = spec.label if other is None else other
    section = spec.preprocess if other is None else None
    if label.startswith(APPLICATION):
        section = _section_of(library_name(label)) if library_name(label) in PUBLISHED else None
    elif other is not None and not is_model(other):
        section = _section_of(other)
    if section is None:
        message = f"`{printable(label[:200])}` has no `preprocess`, which says how an image becomes the input"
        raise SpecError.of("preprocess", message)
    return section


def _section_of(label: str) -> Preprocess | None:
    collector = Collector()
    found = load_spec(label, collector)
    if found is None:
        raise collector.error()
    return found.preprocess
