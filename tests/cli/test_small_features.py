"""Lists of families and folders, completion of settings, networks without facts, and usage errors as JSON."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.shell_completion import CompletionItem, ShellComplete
from click.testing import Result

from archc.cli import main
from archc.library.paths import LIBRARY, library_families
from archc.report.table import Column, Table, show_table

Run = Callable[..., Result]

SMALL = "archc: 1\nname: Small\nparams: {units: 3}\ninput: [8]\nlayers:\n  - Dense: $units\n    name: out\n"
WITH_FACTS = f"{SMALL}expect: {{params: 27}}\n"
BLOCKS = "archc: 1\nblocks:\n  unit:\n    layers: [ReLU]\n"

# list


@pytest.mark.parametrize("family", ["lenet"])
def test_a_bare_word_is_a_family(archc: Run, family: str) -> None:
    found = json.loads(archc("list", family, "--json").stdout)["networks"]
    assert {network["family"] for network in found} == {family}
    everything = json.loads(archc("list", "--json").stdout)["networks"]
    assert found == [network for network in everything if network["family"] == family]


def test_a_bare_word_is_no_folder(archc: Run) -> None:
    done = archc("list", "specs")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "`./specs` is the folder" in done.stderr
    assert "did you mean `lenet`?" in archc("list", "lenett").stderr


def test_a_folder_has_networks_with_and_without_facts(archc: Run, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name, text in {"b": SMALL, "deep/a": WITH_FACTS, "blocks": BLOCKS}.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    done = archc("list", f"{tmp_path}/", "--json")
    assert (done.exit_code, sorted(json.loads(done.stdout))) == (0, ["format", "networks", "version"])
    labels = [os.path.relpath(network["spec"], tmp_path) for network in json.loads(done.stdout)["networks"]]
    assert sorted(labels) == ["b.yaml", "deep/a.yaml"]
    (tmp_path / "bad.yaml").write_text(SMALL.replace("Dense", "Dence"))
    done = archc("list", str(tmp_path))
    assert (done.exit_code, done.stdout.count("Small"), "unknown-op" in done.stderr) == (2, 2, True)
    assert len(json.loads(archc("list", str(tmp_path), "--json").stdout)["diagnostics"]) == 1


@pytest.mark.parametrize(("place", "code"), [("./nowhere", "unreadable"), ("docs/generated/", "usage")])
def test_a_folder_without_specs_is_an_error(archc: Run, place: str, code: str) -> None:
    done = archc("list", place, "--json")
    assert (done.exit_code, json.loads(done.stdout)["diagnostics"][0]["code"]) == (2, code)


# completion


def completed(*words: str) -> list[CompletionItem]:
    """What the shell offers for the last word."""
    *before, incomplete = words
    return ShellComplete(main, {}, "archc", "_ARCHC_COMPLETE").get_completions(before, incomplete)


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["summary", "resnet50", "--set", ""], {"classes=", "depths="}),
        (["check", "resnet50", "--set", "cl"], {"classes="}),
        (["build", "vgg16", "--output", "block5_"], {"block5_conv1", "block5_pool"}),
        (["build", "vgg16", "--set", "classes=7", "--output", "pred"], {"predictions"}),
        (["list", "len"], {"lenet"}),
    ],
)
def test_settings_are_completed(words: list[str], offered: set[str]) -> None:
    found = {item.value for item in completed(*words)}
    assert offered <= found
    assert all(value.startswith(words[-1]) for value in found)


@pytest.mark.parametrize(
    "words",
    [["summary", "--set", ""], ["summary", "nothing", "--output", ""], ["summary", "vgg16", "--set", "nothing="]],
)
def test_nothing_is_completed_without_a_spec(words: list[str]) -> None:
    assert completed(*words) == []


def test_values_are_completed(tmp_path: Path) -> None:
    params = "params: {units: 3, act: {default: relu, choices: [relu, tanh]}, bias: true}"
    path = tmp_path / "a.yaml"
    path.write_text(SMALL.replace("params: {units: 3}", params))
    assert [item.value for item in completed("summary", str(path), "--set", "act=")] == ["act=relu", "act=tanh"]
    assert [item.value for item in completed("summary", str(path), "--set", "act=t")] == ["act=tanh"]


# a narrow terminal

COLUMNS = (Column("one"), Column("two", drop_order=1), Column("three", drop_order=2))
TABLE = Table(COLUMNS, [["a" * 9, "b" * 9, "c" * 9]])


@pytest.mark.parametrize(("width", "left_out"), [(31, None), (30, "three"), (20, "three"), (19, "two, three")])
def test_columns_that_are_left_out_are_named(
    width: int, left_out: str | None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    show_table(TABLE)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
    expected = "" if left_out is None else f"(the terminal is too narrow for: {left_out})"
    assert " ".join("".join(f"{line} " for line in lines[2:]).split()) == expected
    assert all(len(line) <= width for line in lines)


def test_a_pipe_has_no_such_line(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(TABLE, 20)
    assert len(capsys.readouterr().out.splitlines()) == 2


# check


def test_a_network_without_facts_has_a_word_of_its_own(archc: Run, tmp_path: Path) -> None:
    for name, text in {"a": SMALL, "b": WITH_FACTS}.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    a, b = str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml")
    done = archc("check", a, b)
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        f"no fact {a}",
        f"ok      {b}: 1 fact: 1 agree",
        "2 specs, 1 fact: 1 agree; 1 without a fact",
    ]
    assert archc("check", a).stdout == f"Small ({a})\nno fact: the spec documents nothing to check\n"


def test_facts_can_be_required(archc: Run, tmp_path: Path) -> None:
    for name, text in {"a": SMALL, "b": WITH_FACTS, "blocks": BLOCKS}.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    a, b, blocks = (str(tmp_path / f"{name}.yaml") for name in ("a", "b", "blocks"))
    assert archc("check", "--require-facts", b, blocks).exit_code == 0
    assert archc("check", "--require-facts", a, b).exit_code == 1
    assert archc("check", "--require-facts", a, "--json").exit_code == 1


# usage errors as JSON


@pytest.mark.parametrize(
    "words",
    [
        ["summary", "vgg16", "--nothing"], ["summary"], ["nothing"], ["diff", "vgg16"], ["build", "--to=c", "vgg16"],
        ["git", "enable", "--nothing"], ["check", "vgg16", "--set"],
    ],
)  # fmt: skip
def test_a_wrong_option_is_json_where_json_is_asked_for(archc: Run, words: list[str]) -> None:
    done = archc(*words[:2], "--json", *words[2:])
    assert (done.exit_code, done.stderr) == (2, "")
    document = json.loads(done.stdout)
    assert document["format"] == "archc-diagnostics"
    assert [found["code"] for found in document["diagnostics"]] == ["usage"]
    plain = archc(*words)
    assert (plain.exit_code, plain.stdout, "Error: " in plain.stderr) == (2, "", True)


def test_the_families_are_the_folders_of_the_library() -> None:
    assert library_families() == sorted(path.name for path in LIBRARY.iterdir() if any(path.glob("*.yaml")))


def test_a_usage_error_in_a_process_is_json() -> None:
    command = [sys.executable, "-m", "archc", "summary", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, json.loads(done.stdout)["diagnostics"][0]["message"]) == (2, "Missing argument 'SPEC'.")
