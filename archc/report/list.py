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
from archc.report.table import Column, Table, show


class Entry(NamedTuple):
    """A network of the library.

    Attributes:
        spec: its name in the library.
        name: the name that people use.
        family: the folder that it stands in.
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


def families() -> Mapping[str, list[Entry]]:
    """The networks by family, in order.

    Raises:
        SpecError: a spec of the library cannot be compiled.
    """
    return by_family(entry for entry, _, _ in compiled())


def compiled() -> Iterator[tuple[Entry, Spec, Expansion]]:
    """Every network of the library with its spec, expanded; a spec without `expect` is a family, and no network.

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
        entry = Entry(
            label, spec.name, spec.family, paper.title if paper else None, paper.year if paper else None,
            cost.params(nodes), cost.macs(nodes),
        )  # fmt: skip
        yield entry, spec, expansion


def by_family(entries: Iterable[Entry]) -> Mapping[str, list[Entry]]:
    """Networks by family, the oldest family first; in each by year and cost."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.family, []).append(entry)
    for members in found.values():
        members.sort(key=lambda entry: (entry.year or 9999, entry.macs or 0, entry.spec))
    return dict(sorted(found.items(), key=lambda item: (item[1][0].year or 9999, item[0])))


def show_families(found: Mapping[str, list[Entry]]) -> None:
    """Prints the families, each a heading with its networks."""
    columns = (
        Column("spec"), Column("name", needed=2), Column("params", right=True), Column("MACs", right=True),
        Column("year", right=True), Column("paper", needed=1),
    )  # fmt: skip
    rows: list[list[str]] = []
    styles: list[str] = []
    for family, entries in found.items():
        rows.append([family, "", "", "", "", ""])
        styles.append("bold")
        for entry in entries:
            year = "" if entry.year is None else str(entry.year)
            rows.append(
                [
                    f"  {entry.spec}",
                    entry.name,
                    figures.exact(entry.params),
                    figures.short(entry.macs),
                    year,
                    entry.paper or "",
                ]
            )
            styles.append("")
    show(Table(columns, rows, styles))


def as_json(found: Mapping[str, list[Entry]]) -> dict[str, Any]:
    """The list for programs."""
    networks = [entry._asdict() for entries in found.values() for entry in entries]
    return {"format": "archc-list", "version": 1, "networks": networks}
