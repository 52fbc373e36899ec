"""A row of prisms as SVG."""

from __future__ import annotations

from collections.abc import Iterator

from archc.pictures.options import ThemeName
from archc.pictures.picture import Drawing
from archc.pictures.svg import svg_file, text, text_line
from archc.pictures.volumes import ARC_HEIGHT, ARC_MARGIN, GAP, LABEL_LINE, Column, Figure, figure

_CLEAR = 3
"""Pixels between a prism and the arrows that leave it and lead to it."""


def volumes_svg(drawing: Drawing, title: str, description: str, theme: ThemeName, scope: str = "") -> str:
    """The file of a network as prisms; the arguments are those of `scene_svg`.

    Raises:
        SpecError: they are too few or too many for a figure.
    """
    made = figure(drawing)
    content = "\n".join([*_arcs(made), *_arrows(made), *_prisms(made)])
    lines = 1 + max(len(column.labels) for column in made.columns)
    height = _labels_top(made) + LABEL_LINE * lines
    return svg_file(content, made.width, height, title, description, theme, scope)


def _labels_top(made: Figure) -> int:
    return made.middle + made.tallest // 2 + 16


def _left(made: Figure, place: int) -> int:
    """The left edge of the prisms of a column, which are in its middle."""
    column = made.columns[place]
    return made.edges[place] + (column.room - column.body) // 2


# --- prisms ---


def _prisms(made: Figure) -> Iterator[str]:
    for place, column in enumerate(made.columns):
        left = _left(made, place)
        top = made.middle - (column.prism.height - column.prism.depth) // 2
        drawn = "".join(
            _prism(column, left + number * (column.prism.width + GAP), top) for number in range(column.count)
        )
        labels = "".join(_labels(column, made.edges[place] + column.room // 2, _labels_top(made)))
        yield f"<g><title>{text(column.card.tip)}</title>{drawn}{labels}</g>"


def _prism(column: Column, x: int, y: int) -> str:
    """The front, and the shaded top and side of what recedes."""
    width, height, depth = column.prism
    look = f"{column.card.kind} p"
    front = f'<rect class="{look}" x="{x}" y="{y}" width="{width}" height="{height}"/>'
    if not depth:
        return front
    top = f"M{x} {y}l{depth}-{depth}h{width}l-{depth} {depth}z"
    side = f"M{x + width} {y}l{depth}-{depth}v{height}l-{depth} {depth}z"
    faces = "".join(f'<path class="{look}" d="{face}"/>' for face in (top, side))
    return (
        f'{faces}<path class="h" fill-opacity=".09" d="{top}"/><path class="h" fill-opacity=".18" d="{side}"/>{front}'
    )


def _labels(column: Column, x: int, y: int) -> Iterator[str]:
    yield text_line(column.shape, "t m", x, y, "middle")
    for number, label in enumerate(column.labels, start=1):
        yield text_line(label, "t b n", x, y + LABEL_LINE * number, "middle")


# --- lines ---


def _arrows(made: Figure) -> Iterator[str]:
    """From each prism to the next, where there is room."""
    for place, column in enumerate(made.columns[:-1]):
        start = _left(made, place) + column.body - column.prism.depth // 2 + _CLEAR
        end = _left(made, place + 1) - _CLEAR
        if end - start > 8:
            yield f'<path class="e" d="M{start} {made.middle}H{end - 6}"/>'
            yield f'<path class="a" d="M{end} {made.middle}l-7-3.5v7z"/>'


def _arcs(made: Figure) -> Iterator[str]:
    highest = max((arc.level for arc in made.arcs), default=0)
    for arc in made.arcs:
        y = ARC_MARGIN + ARC_HEIGHT * (highest - arc.level)
        (start, low), (end, high) = (_above(made, arc.start, leaves=True), _above(made, arc.end, leaves=False))
        yield f'<path class="e" d="M{start} {low}V{y}H{end}V{high - 6}"/>'
        yield f'<path class="a" d="M{end} {high}l-3.5-7h7z"/>'


def _above(made: Figure, place: int, *, leaves: bool) -> tuple[int, int]:
    """Where an arc meets the top of a column: what leaves on the right, what enters on the left."""
    column = made.columns[place]
    width, height, depth = column.prism
    left = _left(made, place)
    x = left + column.body - depth // 2 - width // 4 if leaves else left + depth // 2 + width // 4
    return x, made.middle - (height - depth) // 2 - depth - _CLEAR
