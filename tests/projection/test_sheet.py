"""Contact sheets: every tile is where it belongs, and shows what it stands for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archc
from archc.analysis.receptive_box import Span
from archc.diagnostics import SpecError
from archc.projection.occlusion import Occlusion
from archc.projection.projection import Projections
from archc.projection.sheet import feature_map_sheet, occlusion_sheet, projection_sheet, write_sheet
from archc.projection.units import Unit
from tests.projection.test_projection import noise
from tests.targets.running import seeded

pytest.importorskip("PIL", reason="Pillow is not installed")

MARGIN, GAP, BETWEEN, FACTOR = 12, 4, 20, 24  # tiles of 4 pixels are enlarged 24 times
STEP = 4 * FACTOR + GAP


def projections(values: Any, boxes: Any) -> Projections:
    units = tuple(Unit(number % 2, number, (0, 0), 1.0) for number in range(len(values)))
    return Projections("conv", "deconv", units, values, boxes, (), ())


def test_a_projection_stands_left_and_its_patch_right_in_the_same_place() -> None:
    values = noise(0, 3, 6, 6, 3)
    boxes = tuple((Span(number, number + 4), Span(0, 4)) for number in range(3))
    shown = [np.full((6, 6, 3), (10, 20, 30), np.uint8), np.full((6, 6, 3), (40, 50, 60), np.uint8)]
    sheet = np.asarray(projection_sheet(projections(values, boxes), shown, is_bgr=True))
    assert sheet.shape == (2 * MARGIN + 2 * STEP - GAP, 2 * MARGIN + 4 * STEP - 2 * GAP + BETWEEN, 3)
    for number, (row, column) in enumerate([(0, 0), (0, 1), (1, 0)]):
        top, left = MARGIN + row * STEP, MARGIN + column * STEP
        tile = sheet[top : top + 4 * FACTOR : FACTOR, left : left + 4 * FACTOR : FACTOR]
        cut = values[number, number : number + 4, :4, ::-1]
        assert (tile == np.round(127.5 + 127.5 * cut / np.abs(cut).max())).all()
        right = left + 2 * STEP - GAP + BETWEEN
        assert (sheet[top : top + 4 * FACTOR, right : right + 4 * FACTOR] == shown[number % 2][0, 0]).all()
    empty = sheet[MARGIN + STEP : MARGIN + STEP + 4 * FACTOR, MARGIN + STEP : MARGIN + STEP + 4 * FACTOR]
    assert (empty == sheet[0, 0]).all()


def test_a_projection_of_zeros_is_grey() -> None:
    box = (Span(0, 4), Span(0, 4))
    sheet = np.asarray(projection_sheet(projections(np.zeros((1, 4, 4, 1)), (box,)), [np.zeros((4, 4, 1), np.uint8)]))
    assert (sheet[MARGIN : MARGIN + 4 * FACTOR, MARGIN : MARGIN + 4 * FACTOR] == 128).all()


def test_an_occlusion_map_is_red_where_the_square_matters_and_blue_where_it_hides_what_hinders() -> None:
    maps = np.array([[[1.0, 0.0], [1.0, 2.0]]], np.float32)
    found = Occlusion("classes", (0,), (1.0,), maps, (0, 2), (0, 2), 2)
    sheet = np.asarray(occlusion_sheet(found, np.full((4, 4, 1), 100, np.uint8)))
    left = MARGIN + STEP - GAP + BETWEEN
    tile = sheet[MARGIN : MARGIN + 4 * FACTOR : FACTOR, left : left + 4 * FACTOR : FACTOR].astype(int)
    red, green, blue = np.moveaxis(tile, 2, 0)
    assert (tile[:, :2] == 100).all()
    assert (red - blue)[:2, 2:].min() > 50
    assert (blue - red)[2:, 2:].min() > 50
    assert (green[:, 2:] < 100).all()


def test_each_feature_map_has_its_own_scale() -> None:
    maps = np.stack([np.arange(16).reshape(4, 4), np.arange(16).reshape(4, 4) - 15.0, np.zeros((4, 4))], axis=2)
    sheet = np.asarray(feature_map_sheet(maps))
    tiles = [
        sheet[top : top + 4 * FACTOR : FACTOR, left : left + 4 * FACTOR : FACTOR, 0]
        for top, left in [(MARGIN, MARGIN), (MARGIN, MARGIN + STEP), (MARGIN + STEP, MARGIN)]
    ]
    assert (tiles[0] == np.arange(16).reshape(4, 4) * 17).all()
    assert (tiles[1] == tiles[0]).all()
    assert (tiles[2] == 0).all()


def test_a_layer_without_positions_has_no_feature_maps() -> None:
    with pytest.raises(SpecError, match="no maps of height and width"):
        feature_map_sheet(np.zeros(5))


def test_a_sheet_that_would_be_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archc.limits.IMAGE_PIXELS", 120 * 120 - 1)
    with pytest.raises(SpecError, match="the sheet would have 120 x 120 pixels"):
        feature_map_sheet(np.zeros((4, 4, 1)))


def test_equal_projections_are_equal_files(tmp_path: Path) -> None:
    layers = [{"Conv2D": {"filters": 6, "kernel_size": 3, "activation": "relu"}, "name": "conv"}]
    net = archc.loads({"archc": 1, "name": "Small", "input": [8, 8, 3], "layers": layers})
    model, image = seeded(net.build()), noise(0, 8, 8, 3)
    for name in ("one.png", "two.png"):
        sheet = projection_sheet(net.view(model, image, layer="conv"), [np.full((8, 8, 3), 99, np.uint8)])
        write_sheet(sheet, tmp_path / name, force=False)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    assert (tmp_path / "one.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(SpecError, match="is there already"):
        write_sheet(sheet, tmp_path / "one.png", force=False)
