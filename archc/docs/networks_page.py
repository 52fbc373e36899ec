"""The library as a page: `python -m archc.docs.networks_page > docs/networks.md`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from archc.analysis.fact_check import VERDICTS, CheckedFact, Verdict, check, counts
from archc.collector import Collector
from archc.report import figures
from archc.report import list as catalogue

_HEAD = """# Networks

The library: every network with its counts, and the verdicts on what its documents say. *Agrees* is a fact that the
network has as documented, *explained* one where it rightly differs; the reasons stand [below](#explained-differences).
How things are counted is said in [language.md](language.md).

This page is made from the specs themselves: `python -m archc.docs.networks_page > docs/networks.md`.
"""


class Row(NamedTuple):
    """A network of the library with its verdicts."""

    entry: catalogue.Entry
    facts: Sequence[CheckedFact]


def rows() -> Mapping[str, list[Row]]:
    """The networks by family, each with its facts.

    Raises:
        SpecError: a spec of the library cannot be compiled.
    """
    facts: dict[str, Sequence[CheckedFact]] = {}
    entries = []
    collector = Collector()
    for entry, spec, expansion in catalogue.compiled():
        entries.append(entry)
        facts[entry.spec] = check(spec, expansion, None, collector)
    collector.raise_any()
    families = catalogue.by_family(entries)
    return {family: [Row(entry, facts[entry.spec]) for entry in members] for family, members in families.items()}


def page() -> str:
    """The page as Markdown: a table a family, then every explained difference."""
    families = rows()
    totals = counts([fact for family in families.values() for row in family for fact in row.facts])
    networks = sum(map(len, families.values()))
    lines = [_HEAD, f"{networks} networks, {figures.exact(sum(totals.values()))} facts: {_verdicts(totals)}.\n"]
    for family, entries in families.items():
        lines += [f"## {family}\n", *_table(entries), ""]
    lines.append("## Explained differences\n")
    for entries in families.values():
        for row in entries:
            lines.extend(_explained(row))
    return "\n".join(lines)


def _table(entries: Sequence[Row]) -> Iterator[str]:
    yield "| network | parameters | MACs | agrees | explained | differs | paper |"
    yield "|---|--:|--:|--:|--:|--:|---|"
    for entry, facts in entries:
        found = counts(list(facts))
        paper = _cell(f"{entry.paper or ''}{f', {entry.year}' if entry.year else ''}")
        numbers = f"{figures.exact(entry.params)} | {figures.short(entry.macs)}"
        verdicts = " | ".join(str(found[verdict]) for verdict in VERDICTS[:3])
        yield f"| `{entry.spec}` {_cell(entry.name)} | {numbers} | {verdicts} | {paper} |"


def _explained(row: Row) -> Iterator[str]:
    explained = [fact for fact in row.facts if fact.verdict == "explained"]
    if not explained:
        return
    yield f"### {row.entry.spec}\n"
    for fact in explained:
        subject = fact.fact.replace("_", " ") + (f" of `{fact.of}`" if fact.of else "")
        documented, computed = figures.fact_value(fact.documented), figures.fact_value(fact.computed)
        source = _cell(fact.source or "no source")
        yield f"- {subject}: documented {documented} ({source}), rightly {computed}: {_cell(fact.because or '')}"
    yield ""


def _verdicts(found: Mapping[Verdict, int]) -> str:
    words = {"agrees": "agree", "explained": "are explained", "differs": "differ"}
    return ", ".join(f"{figures.exact(found[verdict])} {words[verdict]}" for verdict in VERDICTS[:3] if found[verdict])


def _cell(text: str) -> str:
    """A text that cannot break out of a table or a list."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    print(page(), end="")
