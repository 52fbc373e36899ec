"""The library as a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from archc.analysis.fact_check import check, elsewhere
from archc.analysis.facts import VERDICTS, CheckedFact, condition_text, counts
from archc.collector import Collector
from archc.report import figures
from archc.report.check import verdict_counts
from archc.report.list import LibraryEntry, by_family, library_networks
from archc.report.markdown import in_markdown

_HEAD = """# Networks

The library: every network with its counts and the verdicts on its documented facts. A fact *agrees* if the network has
the documented value. It is *explained* if the network differs and the spec says why; the reasons are
[below](#explained-differences). [language.md](language.md) says how things are counted.

This page is generated from the specs: `python -m archc.docs`.
"""


Facts = Mapping[LibraryEntry, list[CheckedFact]]


def library_facts() -> Facts:
    """The facts of each network of the library with their verdicts.

    Raises:
        SpecError: a spec of the library cannot be compiled.
    """
    collector = Collector()
    facts: Facts = {
        entry: check(spec, expansion, None, collector, elsewhere(spec, collector))
        for entry, spec, expansion in library_networks()
    }
    collector.raise_any()
    return facts


def networks_markdown(facts: Facts, pages: str | None = None) -> str:
    """The page as Markdown: a table a family, then every explained difference.

    Args:
        facts: of all networks.
        pages: the folder with a page for each network, to which its row links; None where there are no such pages.
    """
    families = by_family(facts)
    totals = counts([fact for checked in facts.values() for fact in checked])
    lines = [_HEAD, f"{len(facts)} networks, {verdict_counts(totals)}.\n"]
    for family, entries in families.items():
        lines += [f"## {family}\n", *_table(entries, facts, pages), ""]
    lines.append("## Explained differences\n")
    for entries in families.values():
        for entry in entries:
            lines.extend(_explained(entry, facts[entry]))
    return "\n".join(lines)


def _table(entries: Sequence[LibraryEntry], facts: Facts, pages: str | None) -> Iterator[str]:
    yield "| network | parameters | MACs | agrees | explained | differs | paper |"
    yield "|---|--:|--:|--:|--:|--:|---|"
    for entry in entries:
        found = counts(facts[entry])
        paper = in_markdown(f"{entry.paper or ''}{f', {entry.year}' if entry.year else ''}")
        numbers = f"{figures.exact(entry.params)} | {figures.short(entry.macs)}"
        verdicts = " | ".join(str(found[verdict]) for verdict in VERDICTS[:3])
        name = f"`{entry.spec}`" if pages is None else f"[`{entry.spec}`]({pages}/{entry.spec}.md)"
        yield f"| {name} {in_markdown(entry.name)} | {numbers} | {verdicts} | {paper} |"


def _explained(entry: LibraryEntry, facts: Sequence[CheckedFact]) -> Iterator[str]:
    explained = [fact for fact in facts if fact.verdict == "explained"]
    if not explained:
        return
    yield f"### {entry.spec}\n"
    for fact in explained:
        subject = fact.fact.replace("_", " ") + (f" of `{fact.of}`" if fact.of else "")
        subject += f" at `{condition_text(fact.when)}`" if fact.when else ""
        documented, computed = (in_markdown(figures.fact_value(value)) for value in (fact.documented, fact.computed))
        source = in_markdown(fact.source or "no source")
        yield f"- {subject}: documented {documented} ({source}), computed {computed}: {in_markdown(fact.because or '')}"
    yield ""
