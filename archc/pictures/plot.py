"""The picture of a network, as a file or in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import blake2b
from os import PathLike
from pathlib import Path

from archc.analysis import cost
from archc.analysis.facts import CheckedFact
from archc.diagnostics import SpecError, printable
from archc.diff.compare import Diff
from archc.ir.graph import Graph
from archc.pictures.comparison import Pane, can_be_aligned, compared
from archc.pictures.comparison_svg import TwoPanes, comparison_svg
from archc.pictures.network_drawing import network_drawing
from archc.pictures.options import PlotOptions, Style, ThemeName
from archc.pictures.picture import Drawing, Scene, default_scene, opened
from archc.pictures.svg import scene_svg
from archc.pictures.volumes_svg import volumes_svg
from archc.pictures.wording import shape_words
from archc.report.figures import exact

SUFFIXES = (".svg", ".png", ".pdf")
"""The endings of files that a picture can be written to."""


@dataclass(frozen=True)
class Picture:
    """A picture of a network, or of two.

    Attributes:
        name: of the network, or of both.
        style: of what is drawn.
        theme: its colours.
        draw: makes an SVG file, by the colours and the scope of `svg_file`; the layout is made once.
    """

    name: str
    style: Style
    theme: ThemeName
    draw: Callable[[ThemeName, str], str]

    @cached_property
    def svg(self) -> str:
        """The picture as an SVG file."""
        return self.draw(self.theme, "")

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
            content = converted(self.draw("light" if self.theme == "auto" else self.theme, ""), suffix)
        with whole_file(target, force) as part:
            part.write_bytes(content)

    def _repr_svg_(self) -> str:
        """The picture for a notebook, where several share a page."""
        return self.draw(self.theme, f"archc-{blake2b(self.svg.encode(), digest_size=4).hexdigest()}")

    def __repr__(self) -> str:
        return f"<picture of {self.name}: {self.style}>"


def network_picture(name: str, graph: Graph, options: PlotOptions, facts: Sequence[CheckedFact] = ()) -> Picture:
    """The picture of a network.

    Args:
        name: of the network.
        graph: its layers.
        options: how it is drawn.
        facts: those whose verdicts are shown.
    """

    @cache
    def drawing() -> Drawing:
        return network_drawing(graph, options, facts)

    @cache
    def scene() -> Scene:
        return _scene(drawing(), options.levels)

    def draw(theme: ThemeName, scope: str) -> str:
        about = _description(graph)
        if options.style == "volumes":
            return volumes_svg(drawing(), name, about, theme, scope)
        return scene_svg(scene(), name, about, theme, scope)

    return Picture(name, options.style, options.theme, draw)


def comparison_picture(names: tuple[str, str], diff: Diff, theme: ThemeName) -> Picture:
    """The picture of two networks side by side.

    Args:
        names: of the networks.
        diff: what differs.
        theme: the colours.
    """
    title = f"{names[0]} → {names[1]}"

    @cache
    def panes() -> TwoPanes:
        return _two_panes(_told_apart(names), diff)

    def draw(theme: ThemeName, scope: str) -> str:
        return comparison_svg(panes(), title, _differences(diff), theme, scope)

    return Picture(title, "blocks", theme, draw)


def _told_apart(names: tuple[str, str]) -> tuple[str, str]:
    left, right = names
    return (f"{left}, before", f"{right}, after") if left == right else names


def _two_panes(names: tuple[str, str], diff: Diff) -> TwoPanes:
    if can_be_aligned(diff):
        return TwoPanes(names, compared(diff).panes())
    options = PlotOptions()
    left, right = (Pane(default_scene(network_drawing(graph, options))) for graph in (diff.left, diff.right))
    return TwoPanes(names, (left, right), "too little corresponds: each network is drawn on its own")


def _scene(drawing: Drawing, levels: int | None) -> Scene:
    return default_scene(drawing) if levels is None else drawing.scene(opened(drawing.view, levels))


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


def _description(graph: Graph) -> str:
    """What a reader who does not see the picture is told."""
    inputs = ", ".join(f"{tensor.name} {shape_words(tensor.shape)}" for tensor in graph.inputs)
    outputs = ", ".join(f"{name} {shape_words(tensor.shape)}" for name, tensor in graph.outputs.items())
    layers, params = cost.layer_count(graph.nodes), cost.params(graph.nodes)
    return f"{layers:,} layers with {exact(params)} parameters, from {inputs or 'no input'} to {outputs}"


def _differences(diff: Diff) -> str:
    """The same of two networks."""
    counts = diff.counts
    counted = ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count)
    rewired = f", {len(diff.rewired):,} with other inputs" if diff.rewired else ""
    return f"{diff.reason}; layers: {counted or 'none'}{rewired}"
