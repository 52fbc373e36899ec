"""The specs of the library that a network may be like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from archc.collector import Collector
from archc.diagnostics import SpecError, did_you_mean, printable
from archc.library.paths import library_families, library_paths
from archc.library.specs import Spec, load_spec


class Member(NamedTuple):
    """A network of the library.

    Attributes:
        name: in the library.
        spec: the file with what it extends and uses.
        parent: the name of the spec that it extends; None where it extends none.
    """

    name: str
    spec: Spec
    parent: str | None


def members_like(name: str) -> list[Member]:
    """The networks of a family, which is a folder of the library, and all that extend the network of this name.

    Raises:
        SpecError: the library has neither a family nor a network of this name.
    """
    every = _networks()
    found = [each for each in every.values() if each.spec.family == name or name in _ancestors(each, every)]
    if not found:
        hint = did_you_mean(name, [*library_families(), *library_paths()])
        hint = hint or "`archc list` shows the families and networks of the library"
        message = f"the library has no family and no network `{printable(name[:60])}`"
        raise SpecError.of("unknown-spec", message, None, hint)
    return found


def _networks() -> Mapping[str, Member]:
    """The networks of the library by their names."""
    found = {}
    for name in library_paths():
        collector = Collector()
        spec = load_spec(name, collector)
        if spec is not None and spec.layers and not collector:
            extends = spec.document.extends
            found[name] = Member(name, spec, None if extends is None else extends.name)
    return found


def _ancestors(member: Member, every: Mapping[str, Member]) -> list[str]:
    """The name of a member, and of what it extends, the nearest first."""
    names = [member.name]
    while member.parent is not None and member.parent in every:
        member = every[member.parent]
        names.append(member.name)
    return names
