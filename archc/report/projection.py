"""What `archc view` says of the units that it shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archc.report.table import Column, Table

if TYPE_CHECKING:
    from archc.analysis.receptive_box import Box
    from archc.projection.occlusion import Occlusion
    from archc.projection.projection import Projections
    from archc.projection.units import Unit


def projections_table(found: Projections, images: Sequence[str]) -> Table:
    """The units in the order of the sheet, row by row."""
    several = len(images) > 1
    rows = []
    for number, (unit, box) in enumerate(zip(found.units, found.boxes, strict=True), start=1):
        cells = (str(number), str(unit.unit), _position(unit), f"{unit.activation:.4g}", _box(box))
        rows.append((*cells, images[unit.image]) if several else cells)
    columns = [
        Column("tile", right=True),
        Column("unit", right=True),
        Column("position", right=True),
        Column("activation", right=True),
        Column("patch (rows, columns)"),
    ]
    return Table([*columns, Column("image")] if several else columns, rows)


def projections_json(found: Projections, images: Sequence[str]) -> list[dict[str, Any]]:
    """The units of the JSON document."""
    return [
        {
            "image": images[unit.image],
            "unit": unit.unit,
            "position": [*unit.position],
            "activation": unit.activation,
            "patch": [[span.start, span.stop] for span in box],
        }
        for unit, box in zip(found.units, found.boxes, strict=True)
    ]


def occlusion_table(found: Occlusion) -> Table:
    """Each unit with its response, and the square that makes it smallest."""
    rows = [
        (str(number), str(unit["unit"]), f"{unit['activation']:.4g}", f"{unit['covered']:.4g}", _spans(unit["square"]))
        for number, unit in enumerate(occlusion_json(found), start=1)
    ]
    columns = [
        Column("tile", right=True),
        Column("unit", right=True),
        Column("response", right=True),
        Column("least, covered", right=True),
        Column("square (rows, columns)"),
    ]
    return Table(columns, rows)


def occlusion_json(found: Occlusion) -> list[dict[str, Any]]:
    """The units of the JSON document."""
    entries = []
    for unit, response, values in zip(found.units, found.responses, found.maps, strict=True):
        place = int(values.argmin())
        top, left = found.tops[place // len(found.lefts)], found.lefts[place % len(found.lefts)]
        square = [[top, top + found.square], [left, left + found.square]]
        covered = float(values.reshape(-1)[place])
        entries.append({"unit": unit, "activation": response, "covered": covered, "square": square})
    return entries


def maps_json(units: Sequence[Unit]) -> list[dict[str, Any]]:
    """The channels of a layer with their largest values, in their order."""
    return [
        {"unit": unit.unit, "position": [*unit.position], "activation": unit.activation}
        for unit in sorted(units, key=lambda unit: unit.unit)
    ]


def maps_table(units: Sequence[Unit]) -> Table:
    """The channels of a layer with their largest values, in their order."""
    rows = [
        (str(number), str(unit.unit), _position(unit), f"{unit.activation:.4g}")
        for number, unit in enumerate(sorted(units, key=lambda unit: unit.unit), start=1)
    ]
    columns = [Column(title, right=True) for title in ("tile", "unit", "position", "activation")]
    return Table(columns, rows)


def _position(unit: Unit) -> str:
    return ", ".join(map(str, unit.position)) or "-"


def _box(box: Box) -> str:
    return _spans([[*span] for span in box]) or "all"


def _spans(spans: Sequence[Sequence[int | None]]) -> str:
    return ", ".join(f"{start}-{'' if stop is None else stop - 1}" for start, stop in spans)
