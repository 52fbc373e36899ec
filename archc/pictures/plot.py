"""The picture of a network, as a file or in a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from os import PathLike
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from archc.analysis import cost
from archc.analysis.fact_check import CheckedFact
from archc.analysis.receptive_field import receptive_fields
from archc.diagnostics import SpecError, did_you_mean, printable
from archc.ir.graph import Graph
from archc.pictures.cards import Measure, Notes, card, shared_calls, worst_verdicts
from archc.pictures.drawn import DrawnGraph, drawn
from archc.pictures.picture import Direction, Drawing, default_scene, opened
from archc.pictures.svg import ThemeName, scene_svg
from archc.pictures.view import view
from archc.pictures.volumes_svg import volumes_svg
from archc.pictures.wording import shape_words
from archc.report.figures import exact

Style = Literal["blocks", "volumes"]
Shown = Literal["params", "macs", "field", "facts"]

STYLES: tuple[Style, ...] = get_args(Style)
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
THEMES: tuple[ThemeName, ...] = get_args(ThemeName)
SHOWN: tuple[Shown, ...] = get_args(Shown)
SUFFIXES = (".svg", ".png", ".pdf")
"""The endings of files that a picture can be written to."""


class PlotOptions(NamedTuple):
    """How a network is drawn.

    Attributes:
        levels: how many parts inside one another are open; None for as many as a page has room for.
        show: what boxes tell beside ops and shapes.
    """

    style: Style = "blocks"
    levels: int | None = None
    direction: Direction = "tb"
    theme: ThemeName = "auto"
    show: tuple[Shown, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A picture of a network.

    Attributes:
        name: of the network.
        graph: its layers.
        facts: those whose verdicts are shown.
    """

    name: str
    graph: Graph
    options: PlotOptions
    facts: tuple[CheckedFact, ...] = ()

    @cached_property
    def svg(self) -> str:
        """The picture as an SVG file."""
        return self._drawn(self.options.theme)

    def write(self, path: str | PathLike[str], *, force: bool = False) -> None:
        """Writes the picture to a file that ends in `.svg`, `.png` or `.pdf`.

        Args:
            path: of the file.
            force: whether to replace a file that exists.

        Raises:
            SpecError: the file is there already, cannot be written, or ends otherwise; or nothing is installed that
                makes its kind of file.
        """
        from archc.atomic_file import check_writable, whole_file
        from archc.pictures.conversion import converted

        target = Path(path)
        suffix = check_suffix(target)
        check_writable(target, force)
        if suffix == ".svg":
            content = self.svg.encode()
        else:  # where nobody asks which colours the page has
            content = converted(self._drawn("light" if self.options.theme == "auto" else self.options.theme), suffix)
        with whole_file(target, force) as part:
            part.write_bytes(content)

    def _repr_svg_(self) -> str:
        """The picture for a notebook, where several share a page."""
        return self._drawn(self.options.theme, f"archc-{blake2b(self.svg.encode(), digest_size=4).hexdigest()}-")

    def __repr__(self) -> str:
        return f"<picture of {self.name}: {self.options.style}>"

    def _drawn(self, theme: ThemeName, prefix: str = "") -> str:
        options = self.options
        network = drawn(self.graph)
        tree = view(network)
        notes = _notes(self.graph, network, self.facts, options.show)
        about = _description(self.graph)
        drawing = Drawing(tree, lambda item: card(item, notes), options.direction)
        if options.style == "volumes":
            return volumes_svg(drawing, self.name, about, theme, prefix)
        shown = None if options.levels is None else opened(tree, options.levels)
        scene = default_scene(drawing) if shown is None else drawing.scene(shown)
        return scene_svg(scene, self.name, about, theme, prefix)


def check_suffix(path: Path) -> str:
    """The ending of a file that a picture can be written to.

    Raises:
        SpecError: it is another.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        message = f"no picture is written to `{printable(str(path)[:200])}`"
        raise SpecError.of("usage", message, None, f"the file ends in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}")
    return suffix


def plot_options(style: str, levels: int | None, direction: str, theme: str, show: Sequence[str]) -> PlotOptions:
    """Options whose values are checked.

    Raises:
        SpecError: one is none of those that there are.
    """
    chosen = {"style": (style, STYLES), "direction": (direction, DIRECTIONS), "theme": (theme, THEMES)}
    for option, (value, values) in chosen.items():
        _check_among(option, value, values)
    for value in show:
        _check_among("show", value, SHOWN)
    if levels is not None and levels < 0:
        raise SpecError.of("usage", f"`levels` (={levels}) is negative", None, "0 has all parts closed")
    if style == "volumes" and (levels is not None or direction != "tb" or show):
        message = "`levels`, `direction` and `show` do not apply to `volumes`"
        raise SpecError.of("usage", message, None, "leave them out, or take the style `blocks`")
    return PlotOptions(style, levels, direction, theme, tuple(show))  # type: ignore[arg-type]


def _check_among(option: str, value: str, values: Sequence[str]) -> None:
    if value not in values:
        hint = did_you_mean(value, values) or f"there are: {', '.join(values)}"
        raise SpecError.of("usage", f"`{option}` cannot be `{printable(value[:60])}`", None, hint)


def _notes(graph: Graph, network: DrawnGraph, facts: Sequence[CheckedFact], show: Sequence[Shown]) -> Notes:
    measures: tuple[Measure, ...] = tuple(one for one in show if one != "facts")
    fields = receptive_fields(graph) if "field" in show else {}
    return Notes(measures, fields, worst_verdicts(facts, graph.main), shared_calls(network.layers))


def _description(graph: Graph) -> str:
    """What a reader who does not see the picture is told."""
    inputs = ", ".join(f"{tensor.name} {shape_words(tensor.shape)}" for tensor in graph.inputs)
    outputs = ", ".join(f"{name} {shape_words(tensor.shape)}" for name, tensor in graph.outputs.items())
    layers, params = cost.layer_count(graph.nodes), cost.params(graph.nodes)
    return f"{layers:,} layers with {exact(params)} parameters, from {inputs or 'no input'} to {outputs}"
