"""The library as a list: its networks by family."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from archc.diagnostics import Diagnostic, SpecError, did_you_mean, printable, shortened, unreadable
from archc.library.paths import library_families, library_paths
from archc.report import figures
from archc.report.table import Column, Table

if TYPE_CHECKING:
    from archc.elaborate.expand import Expansion
    from archc.library.specs import Spec


class LibraryEntry(NamedTuple):
    """A network of the library.

    Attributes:
        spec: its name in the library.
        family: the folder of its spec.
        params: learned weights.
        macs: None where a size is unknown.
    """

    spec: str
    name: str
    family: str
    paper: str | None
    year: int | None
    params: int
    macs: int | None


def library_networks(family: str | None = None) -> Iterator[tuple[LibraryEntry, Spec, Expansion]]:
    """Every network of the library with its spec, expanded. A spec without `expect` is a family, not a network.

    Args:
        family: the one whose networks are wanted; all if None.

    Raises:
        SpecError: there is no such family, or a spec of the library cannot be compiled.
    """
    from archc.collector import Collector
    from archc.elaborate.expand import Settings, expand
    from archc.library.specs import load_spec

    if family is not None and family not in library_families():
        folder = f"`./{printable(family)}` is the folder" if os.path.isdir(family) else None
        hint = folder or did_you_mean(family, library_families()) or "`archc list` shows all families"
        raise SpecError.of("unknown-spec", f"the library has no family `{shortened(family)}`", None, hint)
    for label, path in library_paths().items():
        if family not in (None, path.parent.name):
            continue
        collector = Collector()
        spec = load_spec(label, collector)
        collector.raise_any()
        if spec is None or not spec.facts:
            continue
        expansion = expand(spec, Settings(), collector)
        collector.raise_any()
        assert expansion is not None
        yield _entry(label, spec, expansion), spec, expansion


def folder_networks(folder: str) -> tuple[list[LibraryEntry], list[Diagnostic]]:
    """The networks of the specs in a folder and below it, and what is wrong with the other specs.

    A file that has only blocks for others is none.

    Raises:
        SpecError: there is no such folder, or no spec in it.
    """
    from archc.collector import Collector
    from archc.elaborate.expand import Settings, expand
    from archc.library.specs import load_spec

    if not os.path.isdir(folder):
        raise unreadable(shortened(folder, 200), "there is no such folder")
    labels = sorted(str(path) for path in Path(folder).rglob("*.yaml"))
    if not labels:
        message = f"the folder `{shortened(folder, 200)}` has no spec"
        raise SpecError.of("usage", message, None, "a spec is a `*.yaml` file in it or in its folders")
    entries, errors = [], list[Diagnostic]()
    for label in labels:
        collector = Collector()
        spec = load_spec(label, collector)
        if spec is not None and not spec.layers and not collector:
            continue
        expansion = None if spec is None or collector else expand(spec, Settings(), collector)
        if spec is not None and expansion is not None and not collector:
            entries.append(_entry(label, spec, expansion))
        else:
            errors += collector.error().diagnostics
    return entries, errors


def _entry(label: str, spec: Spec, expansion: Expansion) -> LibraryEntry:
    from archc.analysis import cost

    nodes, paper = expansion.graph.nodes, spec.paper
    return LibraryEntry(
        label, spec.name, spec.family, paper.title if paper else None, paper.year if paper else None,
        cost.params(nodes), cost.macs(nodes),
    )  # fmt: skip


def by_family(entries: Iterable[LibraryEntry]) -> Mapping[str, list[LibraryEntry]]:
    """Networks by family: the families by their first year, the networks of each by year and MACs."""
    found: dict[str, list[LibraryEntry]] = {}
    for entry in entries:
        found.setdefault(entry.family, []).append(entry)
    for members in found.values():
        members.sort(key=lambda entry: (entry.year or 9999, entry.macs or 0, entry.spec))
    return dict(sorted(found.items(), key=lambda item: (item[1][0].year or 9999, item[0])))


def families_table(families: Mapping[str, list[LibraryEntry]]) -> Table:
    """The networks as a table, with a row for the name of each family."""
    columns = (
        Column("spec"), Column("name", drop_order=2), Column("params", right=True), Column("MACs", right=True),
        Column("year", right=True), Column("paper", drop_order=1),
    )  # fmt: skip
    rows: list[list[str]] = []
    styles: list[str] = []
    for family, entries in families.items():
        rows += [[family, "", "", "", "", ""], *map(_row, entries)]
        styles += ["bold", *([""] * len(entries))]
    return Table(columns, rows, styles)


def _row(entry: LibraryEntry) -> list[str]:
    year = "" if entry.year is None else str(entry.year)
    costs = [figures.exact(entry.params), figures.short(entry.macs)]
    return [f"  {entry.spec}", entry.name, *costs, year, entry.paper or ""]


def list_json(families: Mapping[str, list[LibraryEntry]]) -> dict[str, Any]:
    """The list for programs."""
    networks = [entry._asdict() for entries in families.values() for entry in entries]
    return {"format": "archc-list", "version": 1, "networks": networks}
