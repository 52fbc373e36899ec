"""A file of weights: its arrays by layer, and the networks that it fits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import prod
from typing import Any, NamedTuple

from archc.diagnostics import shortened
from archc.ir.shape import shape_text
from archc.report import figures
from archc.report.table import Column, Table
from archc.weights.file_errors import reading
from archc.weights.overlap import Overlap
from archc.weights.saved_file import WeightFile
from archc.weights.saved_layers import SavedArray, SavedLayer
from archc.weights.statistics import Statistics, statistics

_COLUMNS = (
    Column("layer"), Column("array", drop_order=4), Column("shape", right=True), Column("type", drop_order=3),
    Column("mean", right=True), Column("deviation", right=True), Column("zeros", right=True, drop_order=1),
    Column("not finite", right=True, drop_order=2),
)  # fmt: skip


class ArrayRow(NamedTuple):
    """An array with its statistics, or with why it is not read."""

    layer: SavedLayer
    place: str
    array: SavedArray
    numbers: Statistics | str

    @property
    def name(self) -> str:
        """The name of the variable where the file has it, else its place in the layer."""
        last = (self.array.name or "").rpartition("/")[2].partition(":")[0]
        return shortened(last or self.place)


class NetworkFit(NamedTuple):
    """A network of the library, and how a file fits it.

    Attributes:
        is_whole: whether `archc build --weights` loads the file.
    """

    spec: str
    is_whole: bool
    shared: Overlap


def array_rows(file: WeightFile) -> Iterator[ArrayRow]:
    """The arrays of a file in order, each read when its turn comes.

    Raises:
        SpecError: the file is damaged.
    """
    size = file.path.stat().st_size
    for layer in file.layers:
        for place, array in layer.arrays.items():
            with reading(file.path):
                numbers = statistics(array, size)
            yield ArrayRow(layer, place, array, numbers)


def weights_table(rows: Iterable[ArrayRow]) -> Table:
    """The arrays, a row each, under the names of their layers."""
    cells, before = [], None
    for row in rows:
        label = "" if row.layer is before else row.layer.label
        before = row.layer
        cells.append([label, row.name, shape_text(row.array.shape) or "1", row.array.dtype, *_numbers(row)])
    return Table(_COLUMNS, cells)


def _numbers(row: ArrayRow) -> list[str]:
    if isinstance(row.numbers, str):
        return ["not read", "", "", ""]
    found = row.numbers
    apart = [f"{count:,} {what}" for count, what in ((found.nan, "NaN"), (found.infinite, "infinite")) if count]
    zeros = figures.exact(found.zeros) if found.zeros else "–"
    return [_figure(found.mean), _figure(found.deviation), zeros, ", ".join(apart) or "–"]


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def weights_totals(file: WeightFile, rows: Sequence[ArrayRow]) -> list[str]:
    """The lines under the table: what is counted, what is not finite, and what is not read."""
    written = "" if file.keras_version is None else f", written by Keras {shortened(file.keras_version, 20)}"
    count = sum(prod(row.array.shape) for row in rows)
    lines = [f"{len(file.layers):,} layers with {len(rows):,} arrays, {count:,} numbers; layout {file.layout}{written}"]
    apart = [row for row in rows if isinstance(row.numbers, Statistics) and row.numbers.nan + row.numbers.infinite]
    if apart:
        lines.append(f"{len(apart):,} arrays have numbers that are not finite; mean and deviation are of the others")
    lines += [f"not read: {row.layer.label}, {row.name}: {row.numbers}" for row in rows if isinstance(row.numbers, str)]
    return lines


def networks_table(networks: Iterable[NetworkFit]) -> Table:
    """The networks that a file fits, best first."""
    columns = (
        Column("network"), Column("fits"), Column("of network", right=True), Column("of file", right=True),
        Column("of names", right=True, drop_order=1),
    )  # fmt: skip
    rows = [[one.spec, "whole" if one.is_whole else "–", *map(_share, one.shared)] for one in networks]
    return Table(columns, rows)


def _share(share: float) -> str:
    """A percentage that says 100% of all alone."""
    return "100%" if share == 1 else f"{min(100 * share, 99.9):.1f}%" if share >= 0.001 else "<0.1%" if share else "–"


def weights_json(file: WeightFile, rows: Iterable[ArrayRow], networks: Iterable[NetworkFit] | None) -> dict[str, Any]:
    """The file for programs."""
    layers: dict[SavedLayer, dict[str, Any]] = {
        layer: {"name": layer.name, "kind": layer.kind, "arrays": []} for layer in file.layers
    }
    for row in rows:
        read = None if isinstance(row.numbers, str) else row.numbers._asdict()
        layers[row.layer]["arrays"].append({
            "place": row.place,
            "name": row.array.name,
            "shape": list(row.array.shape),
            "dtype": row.array.dtype,
            "statistics": read,
            "problem": row.numbers if isinstance(row.numbers, str) else None,
        })  # fmt: skip
    return {
        "format": "archc-weights",
        "version": 1,
        "file": str(file.path),
        "layout": file.layout,
        "keras_version": file.keras_version,
        "layers": [*layers.values()],
        "networks": None if networks is None else [_json_network(one) for one in networks],
    }


def _json_network(one: NetworkFit) -> dict[str, Any]:
    shares = {name: round(share, 6) for name, share in one.shared._asdict().items()}
    return {"spec": one.spec, "is_whole": one.is_whole, **shares}
