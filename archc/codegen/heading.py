"""The docstrings of generated source: what made it, from what, and the documented facts of the network."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterable
from itertools import groupby
from textwrap import wrap
from typing import NamedTuple

from archc.analysis import cost
from archc.analysis.facts import CheckedFact
from archc.codegen.layout import WIDTH
from archc.diagnostics import printable
from archc.elaborate.expand import Settings
from archc.ir.graph import Graph
from archc.ir.shape import shape_text
from archc.language.sources import DISK
from archc.library.paths import LIBRARY
from archc.library.specs import Spec
from archc.open_file import current_folder


class Heading(NamedTuple):
    """The texts of the docstrings of generated source.

    Attributes:
        function: the name of the function that makes the model, if it is free.
        module: the lines of the docstring of the module.
        network: the lines of the docstring of the function or class that makes the network.
    """

    function: str
    module: tuple[str, ...]
    network: tuple[str, ...]


def source_heading(
    spec: Spec, graph: Graph, settings: Settings, facts: Iterable[CheckedFact], target: str, version: str
) -> Heading:
    """The heading of a network's source; `target` is the options that chose the kind of source."""
    file = _file(spec)
    made = f"{spec.name}, made by archc {version} from {file} (sha256 {_digest(spec)})"
    command = f"`archc build {_command(spec, file, settings)} {target}`"
    together = _wrapped(f"{made}: {command}.", 0)
    apart = [f"{printable(made)}.", "", *_wrapped(f"{command} writes it.", 0)]
    stem = "network" if spec.document.source.path is None else spec.document.source.path.stem
    module = together if len(together) == 1 else apart
    return Heading(stem, tuple(module), tuple(_network(spec, graph, list(facts))))


def _wrapped(text: str, indent: int) -> list[str]:
    return wrap(printable(text), WIDTH - indent - 6, break_long_words=False, break_on_hyphens=False)


# --- how it was made ---


def _file(spec: Spec) -> str:
    """The path of the spec: from the library's folder, from the current one, or its name alone; or its revision's."""
    path, files = spec.document.source.path, spec.document.source.files
    if path is None:
        return "standard input"
    if files is not DISK:
        return spec.label
    for folder in (LIBRARY.parent, current_folder()):
        if folder is not None and path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
    return path.name


def _digest(spec: Spec) -> str:
    """The first half of the SHA-256 of all texts that the network is made of."""
    digest = hashlib.sha256()
    for source in spec.sources:
        digest.update(hashlib.sha256(source.text.encode()).digest())
    return digest.hexdigest()[:16]


def _command(spec: Spec, file: str, settings: Settings) -> str:
    path = spec.document.source.path
    in_library = path is not None and path.is_relative_to(LIBRARY)
    words = ["-" if path is None else path.stem if in_library else file]
    for name, value in settings.params.items():
        words += ["--set", f"{name}={json.dumps(value)}"]
    for entered, shape in settings.inputs.items():
        sizes = ",".join("null" if size is None else str(size) for size in shape)
        words += ["--input", sizes if entered is None else f"{entered}={sizes}"]
    for name in settings.outputs:
        words += ["--output", name]
    if settings.features:
        words += ["--features", ",".join(settings.features)]
    for pattern in settings.freeze:
        words += ["--freeze", pattern]
    return " ".join(map(shlex.quote, words))


# --- what it is ---


def _network(spec: Spec, graph: Graph, facts: list[CheckedFact]) -> list[str]:
    """The paper, the counts, the documented facts of the whole network, and the parameters that have a help text."""
    first = f"{spec.name}: {spec.summary}" if spec.summary else spec.name
    whole = len(_wrapped(first, 4)) == 1
    title = _wrapped(first if whole else f"{spec.name}.", 4)[0]
    paragraphs = ["" if whole else spec.summary or "", f"{_paper(spec)} {_counts(graph)} {_documented(facts)}".strip()]
    written = [title]
    for paragraph in paragraphs:
        if paragraph.strip():
            written += ["", *_wrapped(paragraph, 4)]
    helps = [(name, parameter.help) for name, parameter in spec.params.items() if parameter.help]
    if helps:
        described = [_wrapped(f"{name}: {text}", 8) for name, text in helps]
        written += ["", "Args:", *(f"    {line}" for lines in described for line in lines)]
    return written


def _paper(spec: Spec) -> str:
    paper = spec.paper
    if paper is None or not paper.title:
        return ""
    who = ", ".join(str(part) for part in (paper.authors, paper.year) if part)
    found = (paper.arxiv and f"arXiv:{paper.arxiv}", paper.doi and f"doi:{paper.doi}", paper.source)
    named = f"{who}: {paper.title}" if who else paper.title
    return f"{', '.join([named, *(text for text in found if text)])}."


def _counts(graph: Graph) -> str:
    macs = cost.macs(graph.nodes)
    counted = f"{cost.params(graph.nodes):,} parameters"
    return f"{counted}, {macs:,} MACs for one image." if macs is not None else f"{counted}."


def _documented(facts: list[CheckedFact]) -> str:
    """The facts about the whole network, by their source."""
    whole = [fact for fact in facts if fact.of is None and fact.fact != "shape" and fact.verdict != "set_aside"]
    documented = []
    for source, found in groupby(whole, key=lambda fact: fact.source):
        figures = ", ".join(map(_figure, found))
        documented.append(f"{figures} ({source})" if source else figures)
    return f"Documented: {'; '.join(documented)}." if documented else ""


def _figure(fact: CheckedFact) -> str:
    documented = shape_text(fact.documented) if isinstance(fact.documented, list | tuple) else _grouped(fact.documented)
    shown = f"{fact.fact} {documented}"
    if fact.verdict == "agrees":
        return shown
    rightly = "rightly" if fact.verdict == "explained" else "but it has"
    return f"{shown}, {rightly} {_grouped(fact.computed)}"


def _grouped(figure: object) -> str:
    return f"{figure:,}" if isinstance(figure, int) else str(figure)
