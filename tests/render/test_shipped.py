"""The shipped templates: each is read by a program for its format, over the whole library and with hostile texts."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pydot
import pytest
from pylatexenc.latexwalker import LatexEnvironmentNode, LatexMacroNode, LatexWalker

from archc.library.paths import library_paths
from archc.render.context import Context
from archc.render.diagram import DiagramBox
from archc.render.shipped import shipped_names, shipped_templates
from tests.cases import every_or_few
from tests.render.rendering import HOSTILE, hostile_data, library_data, shipped

NETWORKS = list(library_paths())
MERMAID = os.environ.get("MERMAID_JS", "")
"""The file `mermaid.min.js` of the npm package; `.ci/run` installs it."""
EDGES, CHARACTERS = 500, 50_000
"""What GitHub draws of a flowchart."""


def boxes(of: tuple[DiagramBox, ...]) -> Iterator[DiagramBox]:
    """All boxes, with those in open parts."""
    for box in of:
        yield box
        yield from boxes(box.boxes)


def latex_rows(text: str) -> list[list[str]]:
    """The cells of the table, read by a parser that accepts no fault."""
    nodes, _, _ = LatexWalker(text, tolerant_parsing=False).get_latex_nodes()
    (table,) = [node for node in nodes if isinstance(node, LatexEnvironmentNode)]
    (tabular,) = [node for node in table.nodelist if isinstance(node, LatexEnvironmentNode)]
    assert (table.environmentname, tabular.environmentname) == ("table", "tabular")
    rows: list[list[str]] = [[""]]
    for node in tabular.nodelist:
        if isinstance(node, LatexMacroNode) and node.macroname == "\\":
            assert node.nodeargd is None or not any(node.nodeargd.argnlist or ())
            rows.append([""])
        elif getattr(node, "specials_chars", "") == "&":
            rows[-1].append("")
        else:
            rows[-1][-1] += node.latex_verbatim()
    return [row for row in rows if len(row) > 1]


def check_latex(text: str, of: Context) -> None:
    rows = latex_rows(text)
    assert len(rows) == len(of.network.inputs) + len(of.parts) + 2  # with the heading and the total
    assert {len(row) for row in rows} == {5}


def check_markdown(text: str, of: Context) -> None:
    lines = text.splitlines()
    assert lines[0].startswith("# ")
    assert sum(line.startswith("#") for line in lines) == 1
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    columns = [{len(re.split(r"(?<!\\)(?:\\\\)*\|", line)) - 2 for line in table.splitlines()} for table in tables]
    assert columns == [{5}, {4}][: len(tables)]
    rows = [len(table.splitlines()) - 2 for table in tables]
    assert rows == [len(of.network.inputs) + len(of.parts), len(of.facts)][: 2 if of.facts else 1]


def read_dot(text: str) -> Any:
    """The one graph of a text."""
    graphs = pydot.graph_from_dot_data(text)
    assert graphs is not None
    assert len(graphs) == 1
    return graphs[0]


def check_dot(text: str, of: Context) -> None:
    graph = read_dot(text)
    diagram = of.diagrams[0]
    made = list(boxes(diagram.boxes))
    nodes: list[Any] = []
    pending = [graph]
    while pending:
        inner = pending.pop()
        pending.extend(inner.get_subgraphs())
        nodes += [node.get_name() for node in inner.get_nodes() if node.get_name() not in ("node", "graph", "edge")]
    assert sorted(nodes) == sorted(box.id for box in made if not box.boxes)
    assert [(edge.get_source(), edge.get_destination()) for edge in graph.get_edges()] == [
        (line.start, line.end) for line in diagram.lines
    ]


def check_mermaid(text: str, of: Context) -> None:
    assert text.startswith("flowchart TD\n")
    assert len(text) <= CHARACTERS
    lines = re.findall(r"^  (b\d+) --> (b\d+)$", text, re.MULTILINE)
    assert len(lines) <= EDGES
    shown = next(one for one in of.diagrams if [(line.start, line.frame or line.end) for line in one.lines] == lines)
    assert all(len(one.lines) > EDGES for one in of.diagrams[: of.diagrams.index(shown)])
    made = re.findall(r"^ *(?:subgraph )?(b\d+)[\[(]", text, re.MULTILINE)
    assert made == [box.id for box in boxes(shown.boxes)]


CHECKS = {"latex": check_latex, "markdown": check_markdown, "dot": check_dot, "mermaid": check_mermaid}


def test_every_shipped_template_is_checked_and_described() -> None:
    assert sorted(CHECKS) == shipped_names() == [*shipped_templates()]
    assert all(what.endswith(".") and what[0].isupper() for what in shipped_templates().values())


def check_text(name: str, of: Context) -> None:
    text = shipped(name, of)
    CHECKS[name](text, of)
    assert text.endswith("\n")
    assert "\n\n\n" not in text
    assert not re.search(r"[ \t]$", text, re.MULTILINE)


@pytest.mark.parametrize("network", every_or_few(NETWORKS, 50))
def test_a_network_of_the_library(network: str) -> None:
    for name in ("latex", "markdown", "mermaid"):
        check_text(name, library_data(network))


@pytest.mark.parametrize("network", every_or_few(NETWORKS, 5))  # the parser takes seconds for a large graph
def test_a_graph_of_the_library(network: str) -> None:
    check_text("dot", library_data(network))


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("name", CHECKS)
def test_hostile_texts_stay_texts(name: str, hostile: str) -> None:
    of = hostile_data(hostile)
    CHECKS[name](shipped(name, of), of)


# --- Mermaid's own parser ---

PARSE = """async texts => {
  mermaid.initialize({startOnLoad: false, securityLevel: "strict", maxTextSize: 50000, maxEdges: 500});
  const faults = [];
  for (const text of texts) {
    try { await mermaid.parse(text); faults.push(""); } catch (error) { faults.push(String(error)); }
  }
  return faults;
}"""
LABELS = """async text => {
  mermaid.initialize({startOnLoad: false, securityLevel: "strict", htmlLabels: true});
  const {svg} = await mermaid.render("drawn", text);
  const page = new DOMParser().parseFromString(svg, "text/html");
  return [...page.querySelectorAll(".nodeLabel")].map(label => label.innerText ?? label.textContent);
}"""


@pytest.fixture(scope="module")
def mermaid(chromium: Any) -> Iterator[Any]:
    """A page of Chromium with Mermaid."""
    if not Path(MERMAID).is_file():
        pytest.skip("MERMAID_JS names no `mermaid.min.js`, as `.ci/run` installs it")
    page = chromium.new_page()
    page.set_content("<div></div>")
    page.add_script_tag(path=MERMAID)
    yield page
    page.close()


def test_mermaid_reads_every_network(mermaid: Any) -> None:
    texts = {name: shipped("mermaid", library_data(name)) for name in NETWORKS}
    faults = mermaid.evaluate(PARSE, list(texts.values()))
    assert [(name, fault) for name, fault in zip(texts, faults, strict=True) if fault] == []


def test_mermaid_refuses_what_is_wrong(mermaid: Any) -> None:
    lines = "\n".join("  a --> b" for _ in range(EDGES + 1))
    assert all(mermaid.evaluate(PARSE, ["flowchart TD\n  a[(", f"flowchart TD\n{lines}"]))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_mermaid_shows_hostile_texts_as_they_are(mermaid: Any, hostile: str) -> None:
    labels = mermaid.evaluate(LABELS, shipped("mermaid", hostile_data(hostile)))
    assert len(labels) > 3
    for label in labels:
        assert hostile in label.replace("\u200b", "")
