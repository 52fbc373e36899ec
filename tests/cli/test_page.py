"""`archc page`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from archc.network import load

Run = Callable[..., Result]


def test_the_command_writes_a_page(archc: Run, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    result = archc("page", "lenet5", "--set", "classes=7", "-o", str(file))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"wrote {file}: {file.stat().st_size / 1000:,.0f} kB\n"
    assert file.read_text(encoding="utf-8") == load("lenet5", classes=7).page().html


def test_a_file_that_exists_needs_force(archc: Run, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("mine", encoding="utf-8")
    result = archc("page", "lenet5", "-o", str(file))
    assert result.exit_code == 2
    assert "--force" in result.stderr
    assert file.read_text(encoding="utf-8") == "mine"
    assert archc("page", "lenet5", "-o", str(file), "--force").exit_code == 0
    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_the_spec_is_not_replaced_by_its_page(archc: Run, tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text("archc: 1\nname: a\ninput: [4]\nlayers:\n  - Dense: 3\n", encoding="utf-8")
    result = archc("page", str(file), "-o", str(file), "--force")
    assert result.exit_code == 2
    assert file.read_text(encoding="utf-8").startswith("archc: 1")
