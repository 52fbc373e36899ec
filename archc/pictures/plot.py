"""The picture of a network, as a file or in a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from os import PathLike
from pathlib import Path

from archc.analysis import cost
from archc.analysis.fact_check import CheckedFact
from archc.analysis.receptive_field import receptive_fields
from archc.diagnostics import SpecError, printable
from archc.ir.graph import Graph
from archc.pictures.cards import Notes, card, shared_items, worst_verdicts
from archc.pictures.drawn import drawn
from archc.pictures.item import View
from archc.pictures.options import Measure, PlotOptions, Shown, ThemeName
from archc.pictures.picture import Drawing, default_scene, opened
from archc.pictures.svg import scene_svg
from archc.pictures.view import view
from archc.pictures.volumes_svg import volumes_svg
from archc.pictures.wording import shape_words
from archc.report.figures import exact

SUFFIXES = (".svg", ".png", ".pdf")
"""The endings of files that a picture can be written to."""


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
        tree = view(drawn(self.graph))
        notes = _notes(self.graph, tree, self.facts, options.show)
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


def _notes(graph: Graph, tree: View, facts: Sequence[CheckedFact], show: Sequence[Shown]) -> Notes:
    measures: tuple[Measure, ...] = tuple(one for one in show if one != "facts")
    fields = receptive_fields(graph) if "field" in show else {}
    verdicts = worst_verdicts(facts, graph.main)
    return Notes(measures, fields, verdicts, shared_items(tree), len(graph.outputs) > 1)


def _description(graph: Graph) -> str:
    """What a reader who does not see the picture is told."""
    inputs = ", ".join(f"{tensor.name} {shape_words(tensor.shape)}" for tensor in graph.inputs)
    outputs = ", ".join(f"{name} {shape_words(tensor.shape)}" for name, tensor in graph.outputs.items())
    layers, params = cost.layer_count(graph.nodes), cost.params(graph.nodes)
    return f"{layers:,} layers with {exact(params)} parameters, from {inputs or 'no input'} to {outputs}"
