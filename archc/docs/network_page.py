"""A network of the library as a page of the site: its paper, figures, facts, text, and the diffs to its relatives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import quote

from archc.analysis.facts import CheckedFact, counts
from archc.docs.repository import ROOT
from archc.language.document import Paper
from archc.network import Network
from archc.pictures.options import ThemeName
from archc.report.check import facts_table, verdict_counts
from archc.report.diff import DiffSide
from archc.report.diff_formats import diff_markdown
from archc.report.markdown import fenced, in_markdown, markdown_table
from archc.report.policy import Policy
from archc.report.summary import summary_table, summary_totals, summary_values
from archc.report.table import Column, Table, table_text

FOLDER = "networks"
"""Where the pages are in the documentation."""

THEMES: tuple[ThemeName, ...] = ("light", "dark")
"""The colours of a network's pictures, which are files beside its page: `resnet50-dark.svg`."""

_MARKS = "A mark at a corner is the verdict on the facts of a layer: ✓ they agree, ~ one is explained, ✗ one differs."
_CONTEXT = 1  # unchanged layers around a change, as `archc diff` shows


class Relatives(NamedTuple):
    """The networks that a page compares its network with; None where there is none.

    Attributes:
        base: the network that it extends.
        following: the next of its family.
    """

    base: Network | None
    following: Network | None


def network_markdown(network: Network, relatives: Relatives) -> str:
    """The page as Markdown. Texts of the spec are escaped: none is markup.

    Args:
        network: the network.
        relatives: what it is compared with.

    Raises:
        SpecError: a fact itself is wrong.
    """
    lines = [
        *_head(network),
        *("## Picture\n", *(_picture(network, theme) for theme in THEMES), "", f"{_MARKS}\n"),
        *("## Figures\n", *markdown_table(_titled(summary_totals(network.graph))), ""),
        *("## Layers\n", fenced(table_text(summary_table(network.graph, full=False)), "text"), ""),
        *_facts(network.check()),
    ]
    if relatives.base is not None:
        lines += [f"## Diff to {_link(relatives.base)}, which it extends\n", *_diff(relatives.base, network)]
    if relatives.following is not None:
        lines += [f"## Diff to {_link(relatives.following)}, the next of its family\n"]
        lines += _diff(network, relatives.following)
    return "\n".join([*lines, *_texts(network)])


def _head(network: Network) -> Iterator[str]:
    spec = network.spec
    yield f"# {in_markdown(network.name)}\n"
    if spec.summary:
        yield f"{in_markdown(spec.summary)}\n"
    if spec.paper is not None:
        yield f"{_paper(spec.paper)}\n"
    yield from (f"- {in_markdown(line)}" for line in summary_values(spec, network.values, {}))
    yield f"- in archc: `archc check {spec.label}`, `archc build {spec.label}`\n"


def _paper(paper: Paper) -> str:
    """The paper, with links to it."""
    who = ", ".join(str(part) for part in (paper.authors, paper.year) if part)
    links = [("arXiv", "https://arxiv.org/abs/", paper.arxiv), ("doi", "https://doi.org/", paper.doi)]
    parts = [
        (f"*{in_markdown(paper.title)}*" if paper.title else "") + (f" ({in_markdown(who)})" if who else ""),
        *(f"[{name}:{in_markdown(key)}]({place}{quote(key)})" for name, place, key in links if key),
        in_markdown(paper.source) if paper.source else "",
    ]
    return " · ".join(part.strip() for part in parts if part)


def _picture(network: Network, theme: str) -> str:
    """The picture for one of the two schemes of colours; the theme of the site hides the other."""
    return f"![The layers of the network]({network.spec.label}-{theme}.svg#only-{theme})"


def _titled(totals: Table) -> Table:
    titles = ("", "value", "what is counted")
    return totals._replace(columns=[Column(title) for title in titles])


def _facts(facts: Sequence[CheckedFact]) -> Iterator[str]:
    table = facts_table(facts)
    rows = [[*row, fact.because or ""] for row, fact in zip(table.rows, facts, strict=True)]
    yield "## Documented facts\n"
    yield f"{verdict_counts(counts(list(facts)))}.\n"
    yield from markdown_table(Table([*table.columns, Column("explanation")], rows))
    yield ""


def _link(network: Network) -> str:
    return f"[{in_markdown(network.name)}]({network.spec.label}.md)"


def _diff(left: Network, right: Network) -> Iterator[str]:
    sides = [DiffSide(side.spec.label, side.name, side.values) for side in (left, right)]
    yield diff_markdown(sides[0], sides[1], left.diff(right), Policy(()), _CONTEXT, full=False)
    yield ""


def _texts(network: Network) -> Iterator[str]:
    """The text of the spec, and links to the files that it is made of."""
    own, *others = network.spec.sources
    yield "## Spec\n"
    yield fenced(own.text.rstrip("\n"), "yaml")
    paths = [source.path.relative_to(ROOT).as_posix() for source in others if source.path is not None]
    if paths:
        yield f"\nIt extends or uses {', '.join(f'[{path}](../../{path})' for path in paths)}."
