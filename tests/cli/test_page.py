"""`archc page`."""

from __future__ import annotations

import os
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
    os.link(file, tmp_path / "same.html")
    result = archc("page", str(file), "-o", str(tmp_path / "same.html"), "--force")
    assert (result.exit_code, "is the file that is read" in result.stderr) == (2, True)
    assert file.read_text(encoding="utf-8").startswith("archc: 1")


def test_a_page_is_printed_or_has_the_ending_of_a_page(archc: Run, tmp_path: Path) -> None:
    assert archc("page", "lenet5", "-o", "-").stdout == load("lenet5").page().html
    for name in ("lenet5.svg", "lenet5", ""):
        assert archc("page", "lenet5", "-o", name and str(tmp_path / name)).exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_two_networks_make_one_page_and_a_difference_is_no_failure(archc: Run, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    result = archc("page", "lenet5", "lenet5?classes=7", "-o", str(file))
    assert (result.exit_code, result.stderr) == (0, "")
    html = file.read_text(encoding="utf-8")
    assert html == load("lenet5").page(load("lenet5", classes=7)).html
    assert html.count('class="pane"') == 2


def test_settings_beside_two_networks_are_refused(archc: Run, tmp_path: Path) -> None:
    result = archc("page", "lenet5", "vgg16", "--set", "classes=7", "-o", str(tmp_path / "page.html"))
    assert result.exit_code == 2
    assert "?classes=10" in result.stderr


def test_a_diff_is_written_as_a_page_with_its_own_status(archc: Run, tmp_path: Path) -> None:
    file = tmp_path / "diff.html"
    for right, status in (("lenet5?classes=7", 1), ("lenet5", 0)):
        result = archc("diff", "lenet5", right, "--format", "text", "--format", f"html={file}")
        assert result.exit_code == status
        assert result.stdout.startswith("lenet5")
        assert file.read_text(encoding="utf-8").count('class="pane"') == 2
    printed = archc("diff", "lenet5", "lenet5", "--format", "html")
    assert printed.stdout == file.read_text(encoding="utf-8")


def test_a_diff_is_written_as_a_picture(archc: Run, tmp_path: Path) -> None:
    file = tmp_path / "diff.svg"
    result = archc("diff", "vgg16", "vgg19", "--format", "text", "--format", f"svg={file}")
    assert result.exit_code == 1
    svg = file.read_text(encoding="utf-8")
    assert svg == load("vgg16").diff("vgg19").plot().svg
    assert archc("diff", "vgg16", "vgg19", "--format", "svg").stdout == svg


def test_a_diff_of_folders_is_no_page(archc: Run, tmp_path: Path) -> None:
    result = archc("diff", "specs/lenet", "specs/lenet", "--format", f"html={tmp_path / 'diff.html'}")
    assert result.exit_code == 2
    assert "for two networks" in result.stderr
