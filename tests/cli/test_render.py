"""`archc render` on the command line."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import Result

from archc.cli import main
from archc.render.shipped import shipped_names

Run = Callable[..., Result]
Golden = Callable[[str, str], None]


@pytest.mark.parametrize("network", ["vgg16", "resnet50"])
@pytest.mark.parametrize("template", shipped_names())
def test_what_a_shipped_template_writes(archc: Run, golden: Golden, network: str, template: str) -> None:
    result = archc("render", network, "--template", template)
    assert (result.exit_code, result.stderr) == (0, "")
    golden(f"render_{network}_{template}.txt", result.stdout)


def test_the_shipped_templates_are_listed(archc: Run) -> None:
    lines = archc("render", "--list").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == shipped_names()


def test_the_list_takes_nothing_and_an_output_has_a_name(archc: Run) -> None:
    assert archc("render", "--list", "--template", "latex").exit_code == 2
    assert archc("render", "vgg16", "--list").exit_code == 2
    result = archc("render", "vgg16", "--template", "latex", "-o", "")
    assert (result.exit_code, result.stderr.splitlines()[0]) == (2, "usage  `-o` names no file")


def test_a_link_to_itself_is_not_written(archc: Run, tmp_path: Path) -> None:
    (tmp_path / "a.md").symlink_to("a.md")
    result = archc("render", "vgg16", "--template", "markdown", "-o", str(tmp_path / "a.md"))
    assert result.exit_code == 2
    assert "is a symbolic link that leads back to itself" in result.stderr


def test_a_file_is_a_template_and_settings_hold(archc: Run, tmp_path: Path) -> None:
    path = tmp_path / "house"
    path.write_text(
        "\ufeff{{ network.name }}: {{ network.parameters.classes }} {{ network.outputs[0].layer }}", "utf-8"
    )
    result = archc("render", "vgg16", "--template", str(path), "--set", "classes=10", "--output", "fc2")
    assert result.stdout == "VGG-16: 10 fc2"


def test_a_file_is_written_once(archc: Run, tmp_path: Path) -> None:
    path = tmp_path / "vgg16.md"
    result = archc("render", "vgg16", "--template", "markdown", "-o", str(path))
    assert result.stdout == f"wrote {path}: {len(path.read_text(encoding='utf-8').splitlines())} lines\n"
    assert archc("render", "vgg16", "--template", "latex", "-o", str(path)).exit_code == 2
    assert path.read_text(encoding="utf-8").startswith("# VGG-16")
    assert archc("render", "vgg16", "--template", "latex", "-o", str(path), "--force").exit_code == 0
    assert path.read_text(encoding="utf-8").startswith("% Needs")


def test_the_template_is_not_overwritten(archc: Run, tmp_path: Path) -> None:
    path = tmp_path / "house.j2"
    path.write_text("a", encoding="utf-8")
    os.link(path, tmp_path / "same.j2")
    result = archc("render", "vgg16", "--template", str(path), "-o", str(tmp_path / "same.j2"), "--force")
    assert (result.exit_code, path.read_text(encoding="utf-8")) == (2, "a")


@pytest.mark.parametrize(
    ("text", "code"),
    [("no.j2", "unreadable"), ("./no", "unreadable"), ("no", "unknown-template"), (".", "unknown-template")],
)
def test_a_template_that_is_not_there(archc: Run, text: str, code: str) -> None:
    result = archc("render", "vgg16", "--template", text)
    assert result.exit_code == 2
    assert result.stderr.startswith(code)


def test_bytes_that_are_no_text_are_refused(archc: Run, tmp_path: Path) -> None:
    path = tmp_path / "bytes.j2"
    path.write_bytes(b"\xff\xfe")
    assert archc("render", "vgg16", "--template", str(path)).stderr.startswith("not-text")


def test_names_of_templates_are_completed() -> None:
    found = ShellComplete(main, {}, "archc", "_ARCHC_COMPLETE").get_completions(["render", "vgg16", "--template"], "m")
    assert [item.value for item in found if item.type == "plain"] == ["markdown", "mermaid"]
