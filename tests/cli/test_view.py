"""`archc view`, as a user runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result

import archc as package
from tests.targets.running import seeded

image_module = pytest.importorskip("PIL.Image", reason="Pillow is not installed")

Run = Callable[..., Result]

SPEC = """archc: 1
name: Small
input: [12, 12, 3]
preprocess: {mode: caffe}
layers:
  - Conv2D: {filters: 6, kernel_size: 3, activation: relu}
    name: conv
  - MaxPooling2D
  - Conv2D: {filters: 5, kernel_size: 3, activation: swish}
    name: second
  - Flatten
  - Dense: {units: 4, activation: softmax}
    name: classes
"""


class Folder:
    """A folder with a spec, its weights, and images of the size of its input."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.spec, self.weights = str(path / "small.yaml"), str(path / "small.weights.h5")
        Path(self.spec).write_text(SPEC, encoding="utf-8")
        self.model = seeded(package.load(self.spec).build())
        self.model.save_weights(self.weights)
        random = np.random.default_rng(0)
        self.pixels = [random.integers(0, 256, (12, 12, 3), np.uint8) for _ in range(3)]
        self.images = [str(path / f"{number}.png") for number in range(3)]
        for pixels, image in zip(self.pixels, self.images, strict=True):
            image_module.fromarray(pixels).save(image)

    @property
    def entered(self) -> Any:
        """The images as the network takes them."""
        return np.stack(self.pixels).astype("float32")[..., ::-1] - np.array([103.939, 116.779, 123.68], "float32")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("small"))


def pixels_of(path: Path) -> Any:
    with image_module.open(path) as image:
        return np.asarray(image)


def test_the_sheet_has_projections_and_patches(archc: Run, folder: Folder, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    command = ("view", folder.spec, folder.images[0], "--layer", "conv", "--weights", folder.weights, "--top", "4")
    result = archc(*command, "-o", str(sheet))
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0].split()[:4] == ["tile", "unit", "position", "activation"]
    assert lines[-1] == f"wrote {sheet}"
    found = package.load(folder.spec).view(folder.model, folder.entered[0], layer="conv", top=4)
    assert [line.split()[1] for line in lines[1:5]] == [str(unit.unit) for unit in found.units]
    shown, unit = pixels_of(sheet), found.units[0]
    corner = (12, 12 + 2 * 100 - 4 + 20)  # of the first patch: tiles of 3 pixels, enlarged 32 times
    patch = shown[corner[0] : corner[0] + 96 : 32, corner[1] : corner[1] + 96 : 32]
    row, column = unit.position
    assert (patch == folder.pixels[0][row : row + 3, column : column + 3]).all()
    projection = found.projections[0][row : row + 3, column : column + 3, ::-1]
    assert (shown[12:108:32, 12:108:32] == np.round(127.5 + 127.5 * projection / np.abs(projection).max())).all()


def test_a_document_has_all_of_it(archc: Run, folder: Folder, tmp_path: Path) -> None:
    sheet = str(tmp_path / "sheet.png")
    images, unit = folder.images, ("--unit", "2", "--method", "guided")
    result = archc("view", folder.spec, *images, "--layer", "second", "--weights", folder.weights, *unit, "--json")
    document = json.loads(result.stdout)
    assert (document["format"], document["version"]) == ("archc-view", 1)
    assert (document["layer"], document["shows"], document["file"]) == ("second", "guided", None)
    assert (document["by_gradient"], document["warnings"]) == (["silu"], [])
    found = package.load(folder.spec).view(folder.model, folder.entered, layer="second", unit=2)
    assert document["units"] == [
        {
            "image": images[unit.image],
            "unit": 2,
            "position": [*unit.position],
            "activation": pytest.approx(unit.activation, rel=1e-5),
            "patch": [[*span] for span in box],
        }
        for unit, box in zip(found.units, found.boxes, strict=True)
    ]
    assert len(document["units"]) == 3
    written = archc("view", folder.spec, *images, "--layer", "conv", "--weights", folder.weights, "-o", sheet, "--json")
    assert json.loads(written.stdout)["file"] == sheet


def test_what_is_passed_by_its_gradient_is_said(archc: Run, folder: Folder) -> None:
    result = archc("view", folder.spec, folder.images[0], "--layer", "classes", "--weights", folder.weights)
    assert result.stderr == "passed by the gradient, as neither linear nor a rectifier: `silu`, `softmax`\n"
    assert result.stdout.splitlines()[1].split()[2] == "-"


def test_an_occlusion_map_covers_with_grey(archc: Run, folder: Folder, tmp_path: Path) -> None:
    sheet = tmp_path / "map.png"
    options = ("--occlude", "--square", "4", "--stride", "2", "--top", "2", "-o", str(sheet), "--json")
    result = archc("view", folder.spec, folder.images[1], "--layer", "classes", "--weights", folder.weights, *options)
    document = json.loads(result.stdout)
    grey = np.array([127.5 - 103.939, 127.5 - 116.779, 127.5 - 123.68], "float32")
    net = package.load(folder.spec)
    found = net.occlude(folder.model, folder.entered[1], layer="classes", top=2, square=4, stride=2, fill=grey)
    assert document["shows"] == "occlusion"
    assert [entry["unit"] for entry in document["units"]] == [*found.units]
    for entry, values in zip(document["units"], found.maps, strict=True):
        assert entry["covered"] == pytest.approx(values.min(), rel=1e-5)
        (top, bottom), (left, right) = entry["square"]
        assert (bottom - top, right - left) == (4, 4)
        assert values[top // 2, left // 2] == values.min()
    assert pixels_of(sheet).shape == (2 * 12 + 96, 2 * 12 + 3 * 100 - 2 * 4 + 20, 3)
    text = archc("view", folder.spec, folder.images[1], "--layer", "classes", "--weights", folder.weights, *options[:7])
    assert text.stdout.split()[:3] == ["tile", "unit", "response"]


def test_feature_maps_are_shown_in_their_order(archc: Run, folder: Folder, tmp_path: Path) -> None:
    sheet = tmp_path / "maps.png"
    command = ("view", folder.spec, folder.images[2], "--layer", "conv", "--weights", folder.weights, "--maps")
    document = json.loads(archc(*command, "-o", str(sheet), "--json").stdout)
    conv = package.load(folder.spec).build(["conv"], weights=folder.weights)
    maps = conv(folder.entered[2:]).numpy()[0]
    assert [entry["unit"] for entry in document["units"]] == [*range(6)]
    assert np.allclose([entry["activation"] for entry in document["units"]], maps.max(axis=(0, 1)))
    first = pixels_of(sheet)[12 : 12 + 90 : 9, 12 : 12 + 90 : 9, 0]
    assert np.abs(first - maps[..., 0] / maps[..., 0].max() * 255).max() <= 1
    assert archc(*command).stdout.split()[:4] == ["tile", "unit", "position", "activation"]


def test_a_model_file_has_its_own_weights(archc: Run, folder: Folder) -> None:
    path = str(folder.path / "small.keras")
    folder.model.save(path)
    command = ("view", path, folder.images[0], "--layer", "conv", "--json")
    from_model = json.loads(archc(*command, "--preprocess", folder.spec).stdout)
    of_spec = archc("view", folder.spec, *command[2:], "--weights", folder.weights)
    assert from_model["units"] == json.loads(of_spec.stdout)["units"]


def test_without_weights_it_is_refused(archc: Run, folder: Folder) -> None:
    command = ("view", folder.spec, folder.images[0], "--layer", "conv")
    refused = archc(*command)
    assert refused.exit_code == 2
    assert refused.stderr.startswith("no-weights")
    assert archc(*command, "--allow-random").exit_code == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--occlude", "--maps"], "exclude each other"),
        (["--stride", "2"], "add `--occlude`"),
        (["--output", "conv"], "`--layer` says where the network ends"),
        (["--unit", "6"], "`conv` has no unit 6: it has 6"),
        (["-o", "sheet.jpg"], "a sheet is a PNG"),
        (["--occlude", "--square", "13"], "a square of 13 pixels does not fit into an image of 12x12"),
        (["--layer", "convv"], "did you mean `conv`"),
    ],
)
def test_what_is_refused(archc: Run, folder: Folder, options: list[str], message: str) -> None:
    result = archc("view", folder.spec, folder.images[0], "--layer", "conv", "--weights", folder.weights, *options)
    assert result.exit_code == 2
    assert message in result.stderr


def test_maps_are_of_one_image(archc: Run, folder: Folder) -> None:
    for option in ("--maps", "--occlude"):
        result = archc("view", folder.spec, *folder.images, "--layer", "conv", "--weights", folder.weights, option)
        assert f"`{option}` is of one image, not of 3" in result.stderr


def test_no_file_is_lost(archc: Run, folder: Folder, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    sheet.write_text("mine", encoding="utf-8")
    command = ("view", folder.spec, folder.images[0], "--layer", "conv", "--weights", folder.weights)
    assert archc(*command, "-o", str(sheet)).stderr.startswith("file-exists")
    assert "is the file that is read" in archc(*command, "-o", folder.images[0], "--force").stderr
    broken = folder.path / "broken.png"
    broken.write_bytes(Path(folder.images[0]).read_bytes()[:60])
    damaged = archc("view", folder.spec, str(broken), *command[3:], "-o", str(sheet), "--force")
    assert (damaged.exit_code, damaged.stderr.split()[0]) == (2, "image")
    assert sheet.read_text(encoding="utf-8") == "mine"
    assert archc(*command, "-o", str(sheet), "--force").exit_code == 0
    assert sheet.read_bytes().startswith(b"\x89PNG")
