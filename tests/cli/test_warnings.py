"""Warnings: on standard error, in JSON, and without effect on the status but with `--strict`."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import Result

from archc.cli import main
from archc.codes import CODES

Run = Callable[..., Result]

WRONG = "archc: 1\nname: Wrong\ninput: [4]\nlayers:\n  - Dense: 3\n    shape: [4]\nexpect: {params: 16, depth: 1}\n"
RIGHT = WRONG.replace("[4]\nexpect", "[3]\nexpect").replace("16", "15")
SHOWN = "<stdin>:6:12: warning fact-differs  shape: documented 4, computed 3\n"


@pytest.fixture
def run(archc: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    return archc


def test_a_warning_is_printed_with_its_position_and_its_hint(run: Run) -> None:
    result = run("build", "-", "--to", "python", text=WRONG)
    hint = f"  hint: {CODES['fact-differs'].advice}\n"
    assert result.stderr == (
        f"{SHOWN}{hint}<stdin>:7:18: warning fact-differs  params: documented 16, computed 15\n{hint}"
    )
    assert result.stdout == run("build", "-", "--to", "python", "--strict", text=WRONG).stdout


@pytest.mark.parametrize(
    ("text", "options", "status"),
    [
        (WRONG, [], 0),
        (WRONG, ["--strict"], 1),
        (RIGHT, ["--strict"], 0),
        (WRONG, ["--strict", "--json"], 1),
        (WRONG, ["--json"], 0),
        (WRONG, ["--strict", "-o", "net.py"], 1),
        (WRONG, ["--flat"], 0),
    ],
)
def test_only_strict_changes_the_status(run: Run, text: str, options: list[str], status: int) -> None:
    result = run("build", "-", "--to", "python", *options, text=text)
    assert result.exit_code == status
    assert (SHOWN in result.stderr) == (text == WRONG and "--json" not in options)


def test_the_file_is_written_all_the_same(run: Run, tmp_path: Path) -> None:
    assert run("build", "-", "-o", "net.py", "--strict", text=WRONG).exit_code == 1
    assert "documented" in (tmp_path / "net.py").read_text(encoding="utf-8").lower()
    assert run("build", "-", "-o", "net.py", "--check", text=WRONG).exit_code == 0
    assert run("build", "-", "-o", "net.py", "--check", "--strict", text=WRONG).exit_code == 1


def test_warnings_in_json_are_entries_like_those_of_errors(run: Run) -> None:
    document = json.loads(run("build", "-", "--to", "python", "--json", text=WRONG).stdout)
    assert document["warnings"][0] == {
        "code": "fact-differs",
        "message": "shape: documented 4, computed 3",
        "file": "<stdin>",
        "line": 6,
        "column": 12,
        "hint": CODES["fact-differs"].advice,
    }
    assert [warning["line"] for warning in document["warnings"]] == [6, 7]
    errors = json.loads(run("summary", "nothing_of_that_name", "--json").stdout)["diagnostics"]
    assert [*document["warnings"][0]] == [*errors[0]]
    assert json.loads(run("build", "-", "--to", "python", "--json", text=RIGHT).stdout)["warnings"] == []


def test_a_fact_that_is_not_applicable_or_explained_is_no_warning(run: Run) -> None:
    text = "archc: 1\nname: Set\nparams: {units: 3}\ninput: [4]\nlayers:\n  - Dense: $units\n    shape: [3]\n"
    assert run("build", "-", "--to", "python", "--flat", "--set", "units=5", "--strict", text=text).exit_code == 0
    explained = WRONG.replace("params: 16", "params: {value: 16, computed: 15, because: a slip}")
    result = run("build", "-", "--to", "python", text=explained.replace("shape: [4]", "shape: [3]"))
    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_git_that_cannot_find_archc_is_a_warning(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wrong.yaml").write_text(WRONG, encoding="utf-8")
    for arguments in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
    monkeypatch.setattr("archc.library.git_driver.shutil.which", lambda _: None)
    result = run("git", "enable")
    assert result.exit_code == 0
    assert result.stderr.startswith("warning git-path  ")
    document = json.loads(run("git", "enable", "--json").stdout)
    assert [warning["code"] for warning in document["warnings"]] == ["git-path"]
    assert document["warnings"][0]["file"] is None
    assert run("git", "enable", "--strict").exit_code == 1
    assert run("git", "enable", "--undo", "--strict").exit_code == 0


def test_the_commands_that_can_warn_have_the_option() -> None:
    context = click.Context(main)
    found = set()
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        for each in command.commands.values() if isinstance(command, click.Group) else [command]:
            if any("--strict" in parameter.opts for parameter in each.params):
                found.add(f"{name} {each.name}" if isinstance(command, click.Group) else name)
    assert found == {"build", "classify", "git enable", "transplant", "view"}


def test_a_layer_that_is_left_out_is_in_the_json_of_a_summary(run: Run) -> None:
    spec = "archc: 1\nname: Left out\nunused: warn\ninput: [4]\nlayers:\n  - side: {Dense: 5}\n  - Dense: 3\n"
    document = json.loads(run("summary", "-", "--json", text=spec).stdout)
    assert [warning["code"] for warning in document["warnings"]] == ["left-out"]
    assert "warnings" not in json.loads(run("summary", "-", "--json", text=RIGHT).stdout)
