"""How commands end that could not do their work: faults of archc, an output that refuses, interrupts, odd paths."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archc.cli import main
from tests.cli.conftest import ROOT

Run = Callable[..., Result]

PROGRAM = (sys.executable, "-m", "archc")
LONG = "a" * 5000


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Plants an error in what loads every network."""

    def load(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("archc.network.load_network", load)
    monkeypatch.delenv("ARCHC_DEBUG", raising=False)


# --- faults of archc -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [IndexError, RecursionError, AssertionError, MemoryError])
@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (["summary", "vgg16"], "archc/cli/summary.py"),
        (["check", "vgg16"], "archc/cache/new_checks.py"),
        (["diff", "vgg16", "vgg19"], "archc/cli/diff.py"),
    ],
)
def test_a_fault_is_one_line_and_has_a_status_of_its_own(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception], arguments: list[str], place: str
) -> None:
    failing(monkeypatch, error())
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 3
    assert result.stdout == ""
    assert re.fullmatch(
        rf"internal  this is a fault of archc: {error.__name__} in {place}:\d+; report it .*ARCHC_DEBUG=1.*\n",
        result.stderr,
    )


def test_a_fault_is_a_diagnostic_in_json(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, KeyError("a"))
    result = CliRunner().invoke(main, ["summary", "vgg16", "--json"])
    assert result.exit_code == 3
    assert result.stderr == ""
    document = json.loads(result.stdout)
    assert document["format"] == "archc-diagnostics"
    assert [found["code"] for found in document["diagnostics"]] == ["internal"]
    assert "KeyError in archc/cli/summary.py:" in document["diagnostics"][0]["message"]


def test_the_environment_variable_shows_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, ValueError("planted"))
    monkeypatch.setenv("ARCHC_DEBUG", "1")
    result = CliRunner().invoke(main, ["summary", "vgg16"])
    assert result.exit_code == 3
    assert "Traceback" in result.stderr
    assert "ValueError: planted" in result.stderr


def test_an_interrupt_has_the_status_of_an_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, KeyboardInterrupt())
    result = CliRunner().invoke(main, ["summary", "vgg16"])
    assert (result.exit_code, result.output) == (130, "")


# --- an output that refuses ------------------------------------------------------------------------------------------


def shell(line: str, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Runs archc in a shell; `$@` in the line is the command."""
    return subprocess.run(
        ["/bin/bash", "-o", "pipefail", "-c", line, "bash", *PROGRAM, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.mark.parametrize("redirection", [">&-", ">/dev/full"])
@pytest.mark.parametrize(
    "arguments", [["summary", "lenet5"], ["diff", "lenet5", "vgg16", "--json"], ["--help"]], ids=" ".join
)
def test_an_output_that_refuses_is_an_error_and_no_finding(redirection: str, arguments: list[str]) -> None:
    done = shell(f'"$@" {redirection}', arguments)
    assert done.returncode == 2
    assert re.fullmatch(r"unwritable  standard output cannot be written: .+\n", done.stderr)


def test_an_error_output_that_refuses_changes_no_status() -> None:
    assert shell('"$@" 2>&-', ["check", "no_such_network"]).returncode == 2
    assert shell('"$@" 2>/dev/full', ["check", "no_such_network"]).returncode == 2


def test_a_closed_input_is_an_error() -> None:
    done = shell('"$@" <&-', ["check", "-"])
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        2,
        "unreadable  `-` cannot be read: standard input is closed",
    )


def test_a_closed_pipe_ends_quietly() -> None:
    assert shell('"$@" | true', ["summary", "vgg16", "--json"]).stderr == ""


# --- paths -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", [LONG, f"./{LONG}", f"{LONG}.yaml", "/a" * 5000, f"git:HEAD:{LONG}.yaml"], ids=len)
@pytest.mark.parametrize("command", [["check"], ["show"], ["build"], ["diff", "vgg16"]], ids=" ".join)
def test_a_name_that_is_too_long_is_an_error(archc: Run, command: list[str], spec: str) -> None:
    result = archc(*command, spec)
    assert result.exit_code == 2
    assert re.match("unknown-spec|unreadable", result.stderr)
    assert len(result.stderr) < 500


@pytest.mark.parametrize("path", [f"{LONG}.py", f"{'/a' * 5000}.py"], ids=len)
def test_an_output_file_whose_name_is_too_long_is_an_error(archc: Run, path: str) -> None:
    result = archc("build", "lenet5", "-o", path)
    assert result.exit_code == 2
    assert result.stderr.startswith("unwritable")
    assert len(result.stderr) < 500


@pytest.fixture
def loops(tmp_path: Path) -> Path:
    """A folder with links that lead to each other."""
    (tmp_path / "one.yaml").symlink_to("two.yaml")
    (tmp_path / "two.yaml").symlink_to("one.yaml")
    (tmp_path / "folder").symlink_to("folder")
    return tmp_path


@pytest.mark.parametrize("name", ["one.yaml", "folder", "folder/a.yaml", "."])
def test_a_circle_of_links_is_a_file_that_cannot_be_read(archc: Run, loops: Path, name: str) -> None:
    result = archc("check", str(loops / name))
    assert result.exit_code == 2
    assert "too many levels of symbolic links" in result.stderr


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("./one.yaml", "unreadable"),
        ("one", "unknown-spec"),
        ("thre", "unknown-spec"),
        ("./folder/a.yaml", "unreadable"),
    ],
)
def test_a_circle_of_links_beside_a_spec_is_no_fault(archc: Run, loops: Path, reference: str, code: str) -> None:
    spec = loops / "spec.yaml"
    spec.write_text(f"archc: 1\nname: a\nextends: {reference}\n", encoding="utf-8")
    result = archc("check", str(spec))
    assert result.exit_code == 2
    assert f": {code}  " in result.stderr
