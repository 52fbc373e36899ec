"""What is written of the rows: tables, specs and pictures."""

from __future__ import annotations

import csv
import json
import random
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import pytest

import archc
from archc.diagnostics import SpecError
from archc.families import family
from archc.library.paths import LIBRARY
from archc.pictures.scatter import Point, scatter_svg
from archc.sweeps import run
from archc.sweeps.emitted import check_folder, write_specs
from archc.sweeps.formats import writer_of
from archc.sweeps.outcome import Outcome
from archc.sweeps.picture import axes_of, scatter
from archc.sweeps.record import Heading, heading_of
from archc.sweeps.selection import Selection
from archc.sweeps.variants import Row, Variants, Work
from tests.sweeps.families import TEXT, work

ROWS = [
    Row(0, ([2, 2], "a,b", True, 5, None, "id0")),
    Row(1, ([3], 'say "x"', None, 2**60, 0.5, "id1")),
]
COLUMNS = ("set.depths", "set.unit", "set.flag", "params", "receptive_field", "id")


def written(folder: Path, ending: str) -> Path:
    path = folder / f"table{ending}"
    writer_of(path)(path, COLUMNS, ROWS)
    return path


def test_csv_is_read_back(tmp_path: Path) -> None:
    with written(tmp_path, ".csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [json.loads(row["set.depths"]) for row in rows] == [[2, 2], [3]]
    assert [row["set.unit"] for row in rows] == ["a,b", 'say "x"']
    assert [row["set.flag"] for row in rows] == ["true", ""]
    assert [row["params"] for row in rows] == ["5", str(2**60)]
    assert [row["receptive_field"] for row in rows] == ["", "0.5"]


def test_json_lines_are_read_back(tmp_path: Path) -> None:
    lines = written(tmp_path, ".jsonl").read_text(encoding="utf-8").splitlines()
    assert [tuple(json.loads(line).values()) for line in lines] == [row.values for row in ROWS]
    assert tuple(json.loads(lines[0])) == COLUMNS


def test_parquet_is_read_back(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    table = parquet.read_table(written(tmp_path, ".parquet"))
    assert table.column_names == list(COLUMNS)
    assert [tuple(row.values()) for row in table.to_pylist()] == [row.values for row in ROWS]


def test_another_ending_is_refused() -> None:
    with pytest.raises(SpecError, match="none of a table"):
        writer_of(Path("table.xls"))


# --- specs ---


def found(work_: Work) -> tuple[Heading, list[Row]]:
    outcome = Outcome()
    return heading_of(work_), outcome.add(Variants(work_).chunk(0, work_.space.count))


def test_a_row_becomes_a_spec_of_the_same_network(tmp_path: Path) -> None:
    made = family(LIBRARY / "wide_resnet/wide_resnet.yaml")
    vary = {"depths": [[1, 1, 1, 1], [1, 1, 1, 2]], "widen": [1]}
    heading, rows = found(run.work_of(made, vary, params={"classes": 7}, inputs={None: (64, 64, 3)}))
    write_specs(tmp_path, made, heading, rows, force=False)
    paths = sorted(tmp_path.iterdir())
    assert {family(path).id() for path in paths} == {row.identity for row in rows}
    assert all(path.stem.startswith("wide_resnet_") for path in paths)
    for path in paths:
        assert len(path.read_text(encoding="utf-8").splitlines()) == 9
        assert archc.load(path).values["classes"] == 7


PARENT = """archc: 1
name: Parent
blocks:
  dense:
    params: {units: int}
    layers: [{Dense: $units}]
"""
OWN = """archc: 1
name: Own
use: {./blocks/parent.yaml: [dense]}
params: {width: 4, act: {default: relu, choices: [relu, tanh, any]}, row: {c: 1}}
inputs: {a: {shape: [8], dtype: int32}}
layers:
  - Embedding: {input_dim: 9, output_dim: $row.c}
  - dense: {units: $width}
  - Activation: $(act if act != "any" else "elu")
"""


def test_the_files_of_a_family_that_is_not_in_the_library_go_along(tmp_path: Path) -> None:
    (tmp_path / "blocks").mkdir()
    (tmp_path / "blocks/parent.yaml").write_text(PARENT, encoding="utf-8")
    (tmp_path / "own.yaml").write_text(OWN, encoding="utf-8")
    made = family(tmp_path / "own.yaml")
    vary = {"act": ["relu", "any"], "width": [3], "row": [{"c": 2}, {"type": "int", "c": 3}]}
    heading, rows = found(run.work_of(made, vary, params={}, inputs={"a": (5,)}))
    folder = tmp_path / "front"
    check_folder(folder, force=False)
    write_specs(folder, made, heading, rows, force=False)
    (tmp_path / "own.yaml").unlink()
    paths = sorted(folder.glob("own_*.yaml"))
    assert [family(path).id() for path in paths] == sorted(row.identity for row in rows)
    assert len(paths) == 4
    with pytest.raises(SpecError, match="not empty"):
        check_folder(folder, force=False)


def test_specs_are_not_written_of_a_family_that_has_changed(tmp_path: Path) -> None:
    from tests.sweeps.families import small

    heading, rows = found(work({"width": [1, 2]}))
    with pytest.raises(SpecError, match="no longer the spec"):
        write_specs(tmp_path, small(TEXT.replace("Dense: {", "Dense: {activation: relu, ")), heading, rows, force=True)
    assert not list(tmp_path.iterdir())


# --- pictures ---

SVG = "{http://www.w3.org/2000/svg}"


def shapes(svg: str, name: str, look: str = "") -> list[ET.Element]:
    return [found for found in ET.fromstring(svg).iter(SVG + name) if look in found.get("class", "")]


def test_the_picture_has_a_point_for_each_row_and_joins_the_front() -> None:
    heading, rows = found(work({"width": "1..12", "depth": [1, 2, 3]}))
    svg = scatter(heading, rows, axes_of("params:max,activation_bytes", Selection(), heading.columns))
    tips = [tip.findtext(f"{SVG}title") for tip in shapes(svg, "circle")]
    assert len([tip for tip in tips if tip]) == 36
    best = [circle for circle in shapes(svg, "circle", "convolution") if len(circle)]
    assert "width 12, depth 3" in (best[-1].findtext(f"{SVG}title") or "")
    assert len(shapes(svg, "path", "d-moved")[-1].attrib["d"].split("L")) == len(best)
    assert "prefers-color-scheme:dark" in svg


def test_axes_are_logarithmic_where_numbers_are_far_apart_and_have_round_numbers() -> None:
    svg = scatter_svg([Point(10**power, power, "", "") for power in range(3, 8)], ("x", "y"), "", "", "")
    written_ = [found.text for found in shapes(svg, "text")]
    assert {"1K", "10K", "100K", "1M", "10M", "3", "4", "5", "6", "7"} <= set(written_)
    places = [int(circle.attrib["cx"]) for circle in shapes(svg, "circle")]
    assert {b - a for a, b in pairwise(places)} == {173}


@pytest.mark.parametrize("points", [[], [Point(1, 1, "a", "a", best=True)], [Point(0, -1, "", "b")] * 2])
def test_a_picture_of_few_points(points: list[Point]) -> None:
    svg = scatter_svg(points, ("x", "y"), "", "", "")
    assert len([circle for circle in shapes(svg, "circle") if len(circle)]) == min(len(points), 1)


def test_a_name_hides_nothing_of_the_front() -> None:
    choose, named = random.Random(0), 0
    for _ in range(20):
        columns, rows = (sorted(choose.sample(range(1, 1000), 8)) for _ in range(2))
        best = [Point(x, y, "12, 34.5", "", best=True) for x, y in zip(columns, reversed(rows), strict=True)]
        svg = scatter_svg(best, ("x", "y"), "", "", "")
        front = shapes(svg, "path", "d-moved")[-1].attrib["d"].removeprefix("M").split("L")
        corners = [tuple(map(float, corner.split())) for corner in front]
        places = [
            (a + (c - a) * part / 500, b + (d - b) * part / 500)
            for (a, b), (c, d) in pairwise(corners)
            for part in range(501)
        ]
        labels = [shape for shape in shapes(svg, "rect") if "fill-opacity" in shape.attrib]
        named += len(labels)
        for label in labels:
            left, top, width, height = (int(label.attrib[name]) for name in ("x", "y", "width", "height"))
            assert not any(left + 2 < x < left + width - 2 and top < y < top + height for x, y in places)
    assert named > 80
