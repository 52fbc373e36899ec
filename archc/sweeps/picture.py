"""Two columns of a sweep as a picture, with the Pareto front."""

from __future__ import annotations

from collections.abc import Sequence

from archc.diagnostics import SpecError
from archc.language.value import is_number
from archc.pictures.scatter import Point, number_text, scatter_svg
from archc.report.figures import setting_text
from archc.sweeps.condition import SET
from archc.sweeps.record import Heading, varied
from archc.sweeps.selection import Key, Selection, pareto_front, read_keys
from archc.sweeps.variants import Row, settings_text

_DEFAULT = "macs,params"


def axes_of(text: str | None, selection: Selection, columns: Sequence[str]) -> tuple[Key, Key]:
    """The columns of the axes: those that a user names, else the first two of the Pareto front.

    Raises:
        SpecError: there is no such column, or there are not two.
    """
    keys = selection.pareto[:2] if text is None else read_keys("--axes", text, columns)
    if text is None and len(keys) < 2:
        keys = read_keys("--axes", _DEFAULT, columns)
    if len(keys) != 2:
        raise SpecError.of("usage", f"`--axes {text}` are not two columns", None, "`--axes macs,params`")
    return keys[0], keys[1]


def scatter(heading: Heading, rows: Sequence[Row], axes: tuple[Key, Key]) -> str:
    """The picture of the rows that have numbers in both columns, as SVG."""
    x, y = axes
    shown = [row for row in rows if all(is_number(row.values[key.place]) for key in axes)]
    best = {row.number for row in pareto_front(shown, axes)}
    points = [_point(heading, row, x, y, best=row.number in best) for row in shown]
    words = [f"{key.column}{', larger is better' if key.larger else ''}" for key in axes]
    names = ", ".join(column.removeprefix(f"{SET}.") for column in heading.columns if column.startswith(f"{SET}."))
    title = f"{x.column} and {y.column} of {len(points):,} networks of {heading.family}"
    front = "; ".join(point.tip for point in points if point.best)
    return scatter_svg(points, (words[0], words[1]), names, title, f"{title}. On the Pareto front: {front}")


def _point(heading: Heading, row: Row, x: Key, y: Key, *, best: bool) -> Point:
    values = varied(heading, row)
    left, up = row.values[x.place], row.values[y.place]
    shown = f"{x.column} {number_text(left)}, {y.column} {number_text(up)}"
    name = ", ".join(map(setting_text, values.values()))
    return Point(left, up, name, f"{settings_text(values)}: {shown}", best)
