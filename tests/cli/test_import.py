"""`archc import`: a network as a new spec."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

import archc as package

Run = Callable[..., Result]


def test_the_new_spec_is_printed_and_the_result_is_said(archc: Run) -> None:
    result = archc("import", "vgg16", "--set", "classes=10")
    assert result.exit_code == 0
    assert "- for: " in result.stdout
    assert "folded; expands to the same network" in result.stderr


def test_a_file_that_is_written_is_the_same_network(archc: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    assert archc("import", "resnet18", "-o", str(path)).exit_code == 0
    made, known = package.load(path), package.load("resnet18")
    assert [node.name for node in made.graph.nodes] == [node.name for node in known.graph.nodes]
    assert made.params == known.params
    assert made.spec.params["classes"]


def test_flat_writes_a_step_a_layer(archc: Run) -> None:
    result = archc("import", "lenet5", "--flat")
    assert result.stdout.count("\n  - ") == 8
    assert "a step for each layer" in result.stderr


def test_a_file_is_not_replaced_unless_asked_to(archc: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("mine", encoding="utf-8")
    refused = archc("import", "lenet5", "-o", str(path))
    assert refused.exit_code == 2
    assert "file-exists" in refused.stderr
    assert archc("import", "lenet5", "-o", str(path), "--force").exit_code == 0


def test_the_file_that_is_read_is_never_written(archc: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    assert archc("import", "lenet5", "-o", str(path)).exit_code == 0
    before = path.read_text(encoding="utf-8")
    refused = archc("import", str(path), "-o", str(path), "--force")
    assert refused.exit_code == 2
    assert "is the file that is read" in refused.stderr
    assert path.read_text(encoding="utf-8") == before


# --- like a network of the library -----------------------------------------------------------------------------------


def test_a_network_as_one_of_a_family(archc: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    result = archc("import", "resnet50", "--set", "classes=10", "--like", "resnet", "-o", str(path))
    assert result.exit_code == 0
    assert path.read_text(encoding="utf-8") == (
        "# 176 layers of `resnet50`, as `resnet50`.\n"
        "archc: 1\nname: ResNet-50\nextends: resnet50\nparams: {classes: 10}\n"
    )
    assert result.stderr == f"{path}: 176 layers as `resnet50` in 4 lines; expands to the same network\n"


def test_other_names_are_said(archc: Run) -> None:
    result = archc("import", "docs/gallery/vgg19.yaml", "--like", "vgg")
    assert result.stdout.startswith(
        "# 27 layers of `docs/gallery/vgg19.yaml`, as `vgg19`; 24 layers have other names.\n"
    )
    assert "expands to the same network; 24 layers have other names" in result.stderr


def test_differences_that_remain_are_comments(archc: Run, golden: Callable[[str, str], None], tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    result = archc("import", "docs/gallery/densenet121_scales.yaml", "--like", "densenet", "-o", str(path))
    assert result.exit_code == 0
    text = path.read_text(encoding="utf-8")
    golden("import/like_densenet.yaml", text)
    golden("import/like_densenet.txt", result.stderr.replace(str(path), "mine.yaml"))
    made = package.load(path)
    assert made.values["compression"] == 1.0
    assert len(made.diff("docs/gallery/densenet121_scales.yaml").changes) == 121


def test_a_network_of_fewer_steps_than_differences_is_folded(archc: Run) -> None:
    result = archc("import", "vgg16", "--like", "resnet")
    assert result.exit_code == 0
    assert "extends" not in result.stdout
    assert re.search(r"is nearest, with \d+ differences; written is the network itself: 24 layers", result.stderr)
    assert not package.loads(result.stdout).diff("vgg16")


def test_a_network_of_more_steps_than_differences_is_not_folded(archc: Run) -> None:
    result = archc("import", "docs/gallery/resnet50_3x3_projections.yaml", "--like", "resnet")
    assert result.stdout.startswith("# 179 layers")
    assert ", but for 13 differences from the spec to the network:" in result.stdout
    assert result.stdout.endswith("name: ResNet-50 with 3x3 projections\nextends: resnet50\n")


def test_like_is_not_for_flat(archc: Run) -> None:
    refused = archc("import", "lenet5", "--like", "lenet", "--flat")
    assert refused.exit_code == 2
    assert "usage" in refused.stderr


def test_an_unknown_family_is_refused(archc: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    refused = archc("import", "lenet5", "--like", "lenett", "-o", str(path))
    assert refused.exit_code == 2
    assert "did you mean `lenet`?" in refused.stderr
    assert not path.exists()
