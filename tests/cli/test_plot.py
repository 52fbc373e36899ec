"""`archc plot` and `Network.plot`: what they write, print and refuse."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest
from click.shell_completion import ShellComplete
from click.testing import Result

from archc import SpecError, load
from archc.cli import main
from tests.cli.conftest import ROOT

Run = Callable[..., Result]
SVG = "{http://www.w3.org/2000/svg}"
START = {".svg": b"<svg", ".png": b"\x89PNG", ".pdf": b"%PDF"}


def words(svg: str) -> list[str]:
    """What a reader of a picture reads."""
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


# --- what is drawn ---


def test_a_picture_is_printed(archc: Run) -> None:
    result = archc("plot", "lenet5")
    assert (result.exit_code, result.stderr) == (0, "")
    assert words(result.stdout) == [
        "input 32×32×1",
        "conv 5×5, 6 tanh", "28×28×6",
        "avg pool 2×2 /2", "14×14×6",
        "conv 5×5, 16 tanh", "10×10×16",
        "avg pool 2×2 /2", "5×5×16",
        "conv 5×5, 120 tanh", "1×1×120",
        "flatten", "120",
        "dense 84 tanh", "84",
        "dense 10 softmax", "10",
        "output",
    ]  # fmt: skip
    assert result.stdout == load("lenet5").plot().svg


def test_settings_and_outputs_are_those_of_the_network(archc: Run) -> None:
    assert "dense 7 softmax" in words(archc("plot", "lenet5", "--set", "classes=7").stdout)
    ended = words(archc("plot", "lenet5", "--output", "S2").stdout)
    assert ended[-3:] == ["avg pool 2×2 /2", "14×14×6", "output"]


def test_levels_open_parts(archc: Run) -> None:
    closed, one, two = (words(archc("plot", "resnet50", "--levels", level).stdout) for level in "012")
    assert "conv2" in closed
    assert not [word for word in closed if word.startswith("conv2_block")]
    assert [word for word in one if word.startswith("conv2_block")] == ["conv2_block1", "conv2_block2…3"]
    assert "conv 3×3, 64" not in one
    assert "conv 3×3, 64" in two
    assert closed.count("×2") == 0
    assert one.count("×2") == 2  # conv2 and conv5 have three blocks, of which two are alike


def test_boxes_tell_more(archc: Run) -> None:
    shown = words(archc("plot", "lenet5", "--show", "params, macs,field").stdout)
    assert shown[shown.index("28×28×6") :][:4] == ["28×28×6", "156 params", "118K MACs", "field 5"]
    assert shown[shown.index("5×5×16") :][:3] == ["5×5×16", "field 16", "conv 5×5, 120 tanh"]


def test_facts_have_signs(archc: Run) -> None:
    signs = archc("plot", "vgg16", "--show", "facts").stdout.partition("</style>")[2]
    assert signs.count('"v-agrees"') > 10
    assert "v-differs" not in signs
    assert "v-agrees" not in archc("plot", "vgg16").stdout.partition("</style>")[2]
    spec = "archc: 1\nname: Wrong\ninput: [4]\nlayers:\n  - Dense: 3\n    name: a\n    shape: [4]\n  - Dense: 2\n"
    wrong = archc("plot", "-", "--show", "facts", text=spec).stdout.partition("</style>")[2]
    assert (wrong.count('"v-differs"'), wrong.count('"v-agrees"')) == (1, 0)


def test_what_is_used_elsewhere_too_is_marked_once() -> None:
    network = load(ROOT / "tests/elaborate/networks/siamese.yaml")
    for levels in (0, 1):  # the parts, open or closed, and not the layers in them
        root = ET.fromstring(network.plot(levels=levels).svg)
        dashed = [group for group in root.iter(f"{SVG}g") if group.find(f"{SVG}rect[@stroke-dasharray]") is not None]
        assert [(group.findtext(f"{SVG}title") or "").partition(" (")[0] for group in dashed] == ["embed", "twin"]
        assert all("used elsewhere too" in (group.findtext(f"{SVG}title") or "") for group in dashed)
    assert "used elsewhere too" not in load("resnet50").plot(levels=9).svg


def test_the_direction_turns_the_picture() -> None:
    upright, sideways = (ET.fromstring(load("vgg16").plot(direction=direction).svg) for direction in ("tb", "lr"))
    assert int(upright.get("height", 0)) > 2 * int(upright.get("width", 0))
    assert int(sideways.get("width", 0)) > 2 * int(sideways.get("height", 0))
    assert words(ET.tostring(upright, "unicode")) == words(ET.tostring(sideways, "unicode"))


def test_volumes_have_a_prism_for_each_layer(archc: Run) -> None:
    root = ET.fromstring(archc("plot", "vgg16", "--style", "volumes").stdout)
    fronts = [rectangle for rectangle in root.iter(f"{SVG}rect") if "p" in rectangle.get("class", "").split()]
    assert len(fronts) == 1 + 13 + 5 + 1 + 3  # the input, convolutions, pooling, flatten, dense layers
    heights = [int(rectangle.get("height", 0)) for rectangle in fronts]
    images, vectors = heights[:-4], heights[-4:]
    assert images == sorted(images, reverse=True)
    assert max(vectors) <= max(images)
    assert max(int(group.get("width", 0)) for group in [root]) < 1_500


# --- files ---


@pytest.mark.skipif(shutil.which("rsvg-convert") is None, reason="rsvg-convert is not installed")
@pytest.mark.parametrize("suffix", [*START])
@pytest.mark.parametrize("style", ["blocks", "volumes"])
def test_a_file_is_written(archc: Run, tmp_path: Path, suffix: str, style: str) -> None:
    path = tmp_path / f"lenet5{suffix}"
    result = archc("plot", "lenet5", "-o", str(path), "--style", style)
    assert (result.exit_code, result.stdout) == (0, f"wrote {path}\n")
    assert path.read_bytes().startswith(START[suffix])
    again = archc("plot", "lenet5", "-o", str(path))
    assert again.exit_code == 2
    assert "`--force` replaces it" in again.stderr
    assert archc("plot", "lenet5", "-o", str(path), "--force").exit_code == 0
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", [".png", ".pdf"])
def test_cairosvg_is_used_where_there_is_no_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    pytest.importorskip("cairosvg")
    monkeypatch.setenv("PATH", str(tmp_path))
    path = tmp_path / f"lenet5{suffix}"
    load("lenet5").plot().write(path)
    assert path.read_bytes().startswith(START[suffix])


def test_a_converter_that_fails_is_an_error(archc: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "rsvg-convert"
    program.write_text("#!/bin/sh\necho too large >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    result = archc("plot", "lenet5", "-o", str(tmp_path / "a.png"))
    assert result.exit_code == 2
    assert "no-converter  rsvg-convert made no PNG: too large" in result.stderr
    assert not (tmp_path / "a.png").exists()
    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    monkeypatch.setitem(sys.modules, "cairosvg", ModuleType("cairosvg"))
    monkeypatch.setattr("archc.pictures.conversion.find_spec", lambda _: object())
    assert "CairoSVG made no PNG" in archc("plot", "lenet5", "-o", str(tmp_path / "a.png")).stderr


def test_what_cannot_ask_for_the_colours_of_its_page_is_light(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []

    def converted(svg: str, _: str) -> bytes:
        drawn.append(svg)
        return b""

    monkeypatch.setattr("archc.pictures.conversion.converted", converted)
    for theme in ("auto", "light", "dark"):
        picture = load("lenet5").plot(theme=theme)
        picture.write(tmp_path / f"{theme}.svg")
        assert (tmp_path / f"{theme}.svg").read_text(encoding="utf-8") == picture.svg
        picture.write(tmp_path / f"{theme}.png")
    assert drawn[0] == drawn[1] == load("lenet5").plot(theme="light").svg
    assert drawn[2] == load("lenet5").plot(theme="dark").svg


def test_json(archc: Run, tmp_path: Path) -> None:
    printed = json.loads(archc("plot", "lenet5", "--json").stdout)
    assert printed == {
        "format": "archc-plot", "version": 1, "spec": "lenet5", "file": None, "svg": load("lenet5").plot().svg,
        "warnings": [],
    }  # fmt: skip
    written = json.loads(archc("plot", "lenet5", "--json", "-o", str(tmp_path / "a.svg")).stdout)
    assert (written["file"], written["svg"]) == (str(tmp_path / "a.svg"), None)
    refused = json.loads(archc("plot", "lenet5", "--json", "-o", "a.jpg").stdout)
    assert [found["code"] for found in refused["diagnostics"]] == ["usage"]


def test_the_spec_is_not_written_over(archc: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.svg"
    path.write_text("archc: 1\nname: A\ninput: [4]\nlayers:\n  - Dense: 3\n")
    result = archc("plot", str(path), "-o", str(path), "--force")
    assert result.exit_code == 2
    assert "is the file that is read" in result.stderr


# --- options ---


def test_what_boxes_show_is_completed() -> None:
    def completed(written: str) -> list[str]:
        shell = ShellComplete(main, {}, "archc", "_ARCHC_COMPLETE")
        return [item.value for item in shell.get_completions(["plot", "vgg16", "--show"], written)]

    assert completed("") == ["params", "macs", "field", "facts"]
    assert completed("params,f") == ["params,field", "params,facts"]
    assert completed("params,p") == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"style": "blobs"}, "`style` cannot be `blobs`"),
        ({"direction": "bt"}, "`direction` cannot be `bt`"),
        ({"theme": "drak"}, "`theme` cannot be `drak`"),
        ({"levels": -1}, "`levels` (=-1) is negative"),
        ({"show": ["weights"]}, "`show` cannot be `weights`"),
        ({"style": "volumes", "show": ["params"]}, "do not apply to `volumes`"),
    ],
)
def test_an_option_that_there_is_not_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(SpecError, match="usage") as caught:
        load("lenet5").plot(**options)  # type: ignore[arg-type]
    assert message in caught.value.first.message


def test_a_picture_is_frozen_and_shown_by_a_notebook() -> None:
    picture = load("lenet5").plot()
    with pytest.raises(FrozenInstanceError):
        picture.name = "other"  # type: ignore[misc]
    assert repr(picture) == "<picture of LeNet-5: blocks>"
    assert words(picture._repr_svg_()) == words(picture.svg)


def test_a_picture_of_a_model_of_keras() -> None:
    keras = pytest.importorskip("keras")
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3), keras.layers.Flatten()], name="small")
    assert words(load(model).plot().svg) == ["input 8×8×3", "conv 3×3, 4", "6×6×4", "flatten", "144", "output"]
