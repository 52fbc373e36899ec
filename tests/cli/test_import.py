"""`archc import`: a network as a new spec."""

from __future__ import annotations

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
