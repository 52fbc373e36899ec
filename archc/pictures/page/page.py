"""A network as one file that a browser opens, without a server and without a request."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from archc import limits
from archc.analysis import cost
from archc.analysis.facts import CheckedFact, Verdict
from archc.analysis.receptive_field import receptive_fields
from archc.diagnostics import Position, SpecError, one_line
from archc.ir.graph import Graph
from archc.library.specs import Spec
from archc.pictures.network_drawing import network_drawing
from archc.pictures.options import PlotOptions
from archc.pictures.page.data import Content, page_data
from archc.pictures.page.style import page_style
from archc.pictures.picture import MARGIN, Scene, default_scene, opened
from archc.pictures.svg import NO_CHARACTERS, scene_content, text
from archc.report.check import VERDICT_WORDS
from archc.report.figures import exact, fact_value, short
from archc.report.summary import summary_heading, summary_totals

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

MOST = (900, 900)
"""The width and height of the picture that a page begins with, in pixels."""
_SCRIPTS = ("place", "scene", "drawing", "texts", "page")
_UNSAFE = str.maketrans({"<": "\\u003c", "\u2028": "\\u2028", "\u2029": "\\u2029"})


@dataclass(frozen=True)
class Page:
    """A page.

    Attributes:
        name: of the network, or of both.
        html: the file.
    """

    name: str
    html: str

    def write(self, path: str | PathLike[str], *, force: bool = False) -> None:
        """Writes the page to a file.

        Args:
            path: of the file.
            force: whether to replace a file that exists.

        Raises:
            SpecError: the file is there already, or cannot be written.
        """
        from archc.atomic_file import write_text

        write_text(Path(path), self.html, force)

    def __repr__(self) -> str:
        return f"<page of {self.name}: {len(self.html):,} characters>"


class ShownFact(NamedTuple):
    """A fact as a page has it, all in words but the verdict."""

    subject: str
    documented: str
    computed: str
    verdict: Verdict
    words: str
    source: str | None
    because: str | None


class AboutNetwork(NamedTuple):
    """What a page tells of a network.

    Attributes:
        heading: its name, paper and settings, in lines.
        totals: a term, a value, and what is counted.
    """

    heading: Sequence[str]
    totals: Sequence[Sequence[str]]
    facts: Sequence[ShownFact]


class Pane(NamedTuple):
    """A picture of a page.

    Attributes:
        svg: what is shown until the script runs, and without one.
    """

    name: str
    svg: Markup


def network_page(
    spec: Spec,
    graph: Graph,
    values: Mapping[str, Any],
    set_values: Mapping[str, Any],
    facts: Sequence[CheckedFact],
    levels: int | None = None,
) -> Page:
    """The page of one network.

    Args:
        spec: of the network.
        graph: its layers.
        values: of its parameters.
        set_values: those of them that are set.
        facts: with their verdicts.
        levels: how many parts inside one another can be opened; all if None.

    Raises:
        SpecError: the page would be too large.
    """
    content, scene = network_content(graph, [spec], facts, levels)
    about = AboutNetwork(
        summary_heading(spec, values, set_values),
        summary_totals(graph).rows,
        [_shown(fact) for fact in facts],
    )
    svg = static_svg(scene_content(scene), scene.width, scene.height, spec.name)
    return make_page(spec.name, counted(graph), page_data(content), [(spec.name, svg)], "about_network.html.j2", about)


def network_content(
    graph: Graph, specs: Sequence[Spec], facts: Sequence[CheckedFact], levels: int | None
) -> tuple[Content, Scene]:
    """What a page shows of a network, and the picture that it begins with."""
    drawing = network_drawing(graph, PlotOptions(), facts)
    scene = default_scene(drawing, MOST)
    shown = {box.item.number for box in scene.boxes if box.is_open}
    if levels is not None:
        shown &= opened(drawing.view, levels)
        scene = drawing.scene(shown)
    content = Content(
        drawing=drawing,
        cards=(drawing.card,),
        layers=drawing.view.root.layers,
        fields=receptive_fields(graph),
        facts=facts,
        main=graph.main,
        lines=spec_lines(specs),
        opened=shown,
        levels=levels,
    )
    return content, scene


def counted(graph: Graph) -> str:
    """The size of a network in a line."""
    layers, params = cost.layer_count(graph.nodes), cost.params(graph.nodes)
    return f"{layers:,} layers · {exact(params)} parameters · {short(cost.macs(graph.nodes))} MACs"


def spec_lines(specs: Sequence[Spec]) -> Any:
    """A function from a place in one of some specs to the text of its line."""
    lines = {name: lines for spec in specs for name, lines in spec.lines.items()}

    def line_at(at: Position) -> str:
        of_file = lines.get(at.file, ())
        return of_file[at.line - 1].strip() if 0 < at.line <= len(of_file) else ""

    return line_at


def static_svg(content: str, width: int, height: int, label: str) -> str:
    """A picture in the page, whose style is that of the page."""
    size = f"{width + 2 * MARGIN} {height + 2 * MARGIN}"
    across, down = size.split()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" width="{across}" height="{down}" role="img" '
        f'aria-label="{text(label)}"><g transform="translate({MARGIN} {MARGIN})">{content}</g></svg>'
    )


def make_page(
    title: str, subtitle: str, data: Any, panes: Sequence[tuple[str, str]], about_template: str, about: Any
) -> Page:
    """A page around its data.

    Args:
        title: its heading.
        subtitle: beside the heading.
        data: the document for the script.
        panes: the name and the SVG of each picture.
        about_template: the template for what is told while nothing is selected.
        about: what that template reads as `about`.

    Raises:
        SpecError: the page would be too large.
    """
    from markupsafe import Markup

    html = (
        _environment()
        .get_template("page.html.j2")
        .render(
            title=one_line(title),
            subtitle=subtitle,
            policy=_policy(),
            style=Markup(page_style()),
            script=Markup(_script()),
            data=Markup(script_json(data)),
            panes=[Pane(one_line(name), Markup(svg)) for name, svg in panes],
            differences="sides" in data,
            about_template=about_template,
            about=about,
        )
    )
    html = html.translate(NO_CHARACTERS)
    size = len(html.encode())
    if size > limits.PAGE_BYTES:
        message = f"the page has {size / 1e6:.1f} MB; it may have {limits.PAGE_BYTES / 1e6:.0f} MB"
        raise SpecError.of(
            "page-too-large", message, None, "`--levels 1`, or 0, leaves out what is inside of inner parts"
        )
    return Page(title, html)


def script_json(data: Any) -> str:
    """JSON that cannot end the element of a page that it stands in."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_UNSAFE)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("archc.pictures.page", ".")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


@cache
def _script() -> str:
    folder = files("archc.pictures.page")
    return "".join(folder.joinpath(f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS)


@cache
def _policy() -> str:
    """What the page may load and run: nothing but its own script and style, by their hashes."""
    script, style = (_hash(written) for written in (_script(), page_style()))
    return f"default-src 'none'; script-src '{script}'; style-src '{style}'; base-uri 'none'; form-action 'none'"


def _hash(written: str) -> str:
    return f"sha256-{b64encode(sha256(written.encode()).digest()).decode()}"


def _shown(fact: CheckedFact) -> ShownFact:
    return ShownFact(
        one_line(fact.subject),
        fact_value(fact.documented),
        fact_value(fact.computed) if fact.computed is not None or fact.verdict != "differs" else "–",
        fact.verdict,
        VERDICT_WORDS[fact.verdict].one,
        fact.source and one_line(fact.source),
        fact.because and one_line(fact.because),
    )
