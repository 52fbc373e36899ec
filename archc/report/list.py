"""The library as a list: its networks by family."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from archc.analysis import cost
from archc.collector import Collector
from archc.elaborate.expand import Expansion, Settings, expand
from archc.library.paths import library_paths
from archc.library.specs import Spec, load_spec
from archc.report import figures
from archc.report.table import Column, Table


class LibraryEntry(NamedTuple):
    """A network of the library.

    Attributes:
        spec: its name in the library.
        name: the usual name.
        family: the folder of its spec.
        paper: the title; None where the spec has none.
        year: of the paper.
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


def library_families() -> Mapping[str, list[LibraryEntry]]:
    """The networks by family, in the order of `by_family`.

    Raises:
        SpecError: a spec of the library cannot be compiled.
    """
    return by_family(entry for entry, _, _ in library_networks())


def library_networks() -> Iterator[tuple[LibraryEntry, Spec, Expansion]]:
    """Every network of the library with its spec, expanded. A spec without `expect` is a family, not a network.

    Raises:
        SpecError: a spec of the library cannot be compiled.
    """
    for label in library_paths():
        collector = Collector()
        spec = load_spec(label, collector)
        collector.raise_any()
        if spec is None or not spec.facts:
            continue
        expansion = expand(spec, Settings(), collector)
        collector.raise_any()
        assert expansion is not None
        nodes, paper = expansion.graph.nodes, spec.paper
        entry = LibraryEntry(
            label, spec.name, spec.family, paper.title if paper else None, paper.year if paper else None,
            cost.params(nodes), cost.macs(nodes),
        )  # fmt: skip
        yield entry, spec, expansion


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
