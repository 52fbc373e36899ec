"""`archc classify`, as a user runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result

import archc as package
from tests.images.files import photograph, saved
from tests.weights.saved import randomize

Run = Callable[..., Result]

SPEC = """archc: 1
name: Small
params: {classes: 4}
input: [8, 8, 3]
preprocess: {mode: tf, size: 10, crop: 8}
layers:
  - Conv2D: {filters: 2, kernel_size: 3, activation: relu}
    name: conv
  - Flatten
  - Dense: {units: $classes, activation: ACTIVATION}
    name: predictions
"""


class Folder:
    """A folder with a spec, its weights, and images."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.spec = str(path / "small.yaml")
        self.weights = str(path / "small.weights.h5")
        (path / "small.yaml").write_text(SPEC.replace("ACTIVATION", "softmax"), encoding="utf-8")
        model = randomize(package.load(self.spec).build())
        model.get_layer("predictions").kernel.assign(np.zeros((72, 4)))
        model.get_layer("predictions").bias.assign(np.log([0.1, 0.4, 0.2, 0.3]))
        model.save_weights(self.weights)
        self.images = [str(saved(photograph(seed=seed), path / f"{seed}.png")) for seed in range(3)]

    def names(self, text: str) -> str:
        path = self.path / "names.txt"
        path.write_text(text, encoding="utf-8")
        return str(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("small"))


def test_each_image_has_its_classes(archc: Run, folder: Folder) -> None:
    names = folder.names("cat\ndog\nred panda\nowl\n")
    result = archc("classify", folder.spec, *folder.images[:2], "--weights", folder.weights, "--labels", names)
    assert (result.exit_code, result.stderr) == (0, "")
    classes = ["   0.400000  1  dog", "   0.300000  3  owl", "   0.200000  2  red panda", "   0.100000  0  cat"]
    shown = [folder.images[0], *classes, folder.images[1], *classes]
    assert result.stdout.splitlines() == ["probability  class", *shown]


def test_a_document_has_all_of_it(archc: Run, folder: Folder) -> None:
    result = archc("classify", folder.spec, *folder.images, "--weights", folder.weights, "--top", "2", "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, result.stderr) == (0, "")
    assert (document["format"], document["version"]) == ("archc-classify", 1)
    assert (document["spec"], document["weights"]) == (folder.spec, folder.weights)
    assert (document["output"], document["values"]) == ("predictions", "probability")
    assert (document["diagnostics"], document["warnings"]) == ([], [])
    assert [image["image"] for image in document["images"]] == folder.images
    for image in document["images"]:
        assert [(found["index"], found["name"]) for found in image["classes"]] == [(1, None), (3, None)]
        assert np.allclose([found["value"] for found in image["classes"]], [0.4, 0.3], atol=1e-6)


def test_numbers_without_a_softmax_are_scores(archc: Run, folder: Folder) -> None:
    path = folder.path / "linear.yaml"
    path.write_text(SPEC.replace("ACTIVATION", "linear"), encoding="utf-8")
    result = archc("classify", str(path), folder.images[0], "--weights", folder.weights, "--top", "1")
    assert result.stdout.splitlines() == ["      score  class", folder.images[0], "  -0.916291  1"]


def test_an_image_that_is_damaged_is_an_error_and_the_others_are_classified(archc: Run, folder: Folder) -> None:
    bad = folder.path / "bad.png"
    bad.write_bytes(Path(folder.images[0]).read_bytes()[:200])
    given = [folder.images[0], str(bad), folder.images[1]]
    result = archc("classify", folder.spec, *given, "--weights", folder.weights, "--top", "1")
    assert result.exit_code == 2
    shown = "   0.400000  1"
    assert result.stdout.splitlines() == ["probability  class", given[0], shown, given[2], shown]
    assert result.stderr.startswith(f"image  `{bad}` is damaged: ")
    document = json.loads(archc("classify", folder.spec, *given, "--weights", folder.weights, "--json").stdout)
    assert [image["image"] for image in document["images"]] == [given[0], given[2]]
    assert [found["code"] for found in document["diagnostics"]] == ["image"]


def test_a_model_file_has_its_own_weights(archc: Run, folder: Folder, tmp_path: Path) -> None:
    package.load(folder.spec).build(weights=folder.weights).save(tmp_path / "trained.keras")
    given = ["classify", str(tmp_path / "trained.keras"), folder.images[0], "--top", "1"]
    result = archc(*given, "--preprocess", folder.spec)
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "   0.400000  1")
    refused = archc(*given)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr.startswith("preprocess  ")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["{spec}", "{image}"], "no-weights  "),
        (["{spec}", "{image}", "--weights", "imagenet"], "imagenet  no published weights are known of "),
        (["{spec}", "{image}", "--weights", "{image}"], "not-weights  "),
        (["{spec}", "{image}", "--weights", "{weights}", "--set", "classes=5"], "weights  "),
        (["{spec}", "{image}", "--weights", "{weights}", "--labels", "{spec}"], "labels  "),
        (["{spec}", "{image}", "--weights", "{weights}", "--output", "conv"], "no-classifier  "),
        (["{spec}", "{image}", "--weights", "{weights}", "--preprocess", "lenet5"], "preprocess  "),
        (["{spec}", "none.png", "nil.png", "--weights", "{weights}"], "unreadable  `none.png` "),
        (["lenet5", "{image}", "--weights", "{weights}"], "preprocess  "),
    ],
)
def test_what_cannot_be_classified_is_refused(arguments: list[str], error: str, archc: Run, folder: Folder) -> None:
    words = {"spec": folder.spec, "weights": folder.weights, "image": folder.images[0]}
    result = archc("classify", *[argument.format(**words) for argument in arguments])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(error)


def test_weights_that_are_not_finite_are_a_warning_and_their_output_an_error(
    archc: Run, folder: Folder, tmp_path: Path
) -> None:
    model = package.load(folder.spec).build(weights=folder.weights)
    model.get_layer("predictions").bias.assign([np.nan, 0, 0, 0])
    model.save_weights(tmp_path / "nan.weights.h5")
    result = archc("classify", folder.spec, folder.images[0], "--weights", str(tmp_path / "nan.weights.h5"))
    assert result.exit_code == 2
    assert [line.split("  ")[0] for line in result.stderr.splitlines() if not line.startswith("  ")] == [
        "warning weights-not-finite",
        "output-not-finite",
    ]


def test_without_pillow_it_is_said_how_to_get_it(archc: Run, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archc.images.reading.find_spec", lambda _: None)
    result = archc("classify", folder.spec, folder.images[0], "--weights", folder.weights)
    assert result.exit_code == 2
    assert result.stderr.startswith("no-pillow  ")
    assert "archc-keras[images]" in result.stderr


def test_help_names_the_choices(archc: Run) -> None:
    text: Any = archc("classify", "--help").stdout
    assert "[spec|keras]" in text
    assert "imagenet" in text
