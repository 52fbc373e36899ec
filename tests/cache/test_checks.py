"""`archc check` says the same whether it computes or remembers, and remembers nothing that has changed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from archc.cache import answers
from archc.cache.checks import known_check
from archc.library.paths import LIBRARY

Run = Callable[..., Result]

SPECS = {
    "base.yaml": """archc: 1
name: Base
params: {units: 4}
input: [8]
use: {parts: [pair]}
unused: warn
layers:
  - Dense: $units
    name: first
  - side:
      - Dense: 3
        name: left_out
  - pair
expect:
  params: 52
""",
    "net.yaml": """archc: 1
name: Net
extends: base
params: {units: 5}
initialize:
  from: start
  layers: [second]
expect:
  - {source: Table 1, params: 1}
  - {when: {units: 6}, params: {value: 60, computed: 74, because: the table is of another network}}
""",
    "start.yaml": """archc: 1
name: Start
input: [8]
layers:
  - Dense: {units: 5, activation: relu}
  - Dense: 2
    name: second
""",
    "parts.yaml": """archc: 1
blocks:
  pair:
    layers:
      - Dense: 2
        name: second
      - Dense: 2
        name: third
""",
}


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the specs above, as the current one."""
    place = tmp_path / "specs"
    place.mkdir()
    for name, text in SPECS.items():
        (place / name).write_text(text)
    monkeypatch.chdir(place)
    return place


FORMS = [
    ["net.yaml"],
    ["net.yaml", "--json"],
    ["net.yaml", "base.yaml", "--full"],
    ["net.yaml", "--set", "units=6"],
    ["base.yaml", "--input", "9", "--output", "first"],
    ["."],
    [".", "--json"],
    [".", "--require-facts"],
    ["parts.yaml"],
    ["lenet5", "vgg16", "net.yaml"],
    [str(LIBRARY / "lenet" / "lenet5.yaml")],
]


@pytest.mark.parametrize("arguments", FORMS, ids=" ".join)
@pytest.mark.usefixtures("specs")
def test_what_is_remembered_is_printed_as_what_is_computed(run: Run, computed: list[str], arguments: list[str]) -> None:
    plain = run("check", *arguments, "--no-cache")
    first = run("check", *arguments)
    assert computed
    computed.clear()
    again = run("check", *arguments)
    assert computed == []
    results = [(result.exit_code, result.stdout, result.stderr) for result in (plain, first, again)]
    assert results == [results[0]] * 3


def test_files_have_the_names_that_they_have_from_here(
    run: Run, computed: list[str], specs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "net.yaml:9:" in run("check", "net.yaml").stdout
    monkeypatch.chdir(specs.parent)
    computed.clear()
    there = run("check", "specs/net.yaml")
    assert computed == []
    assert "specs/net.yaml:9:" in there.stdout
    assert "specs/base.yaml:" in there.stderr
    assert there.stdout == run("check", "specs/net.yaml", "--no-cache").stdout


CHANGES: dict[str, Callable[[Path], object]] = {
    "the spec": lambda place: _edit(place / "net.yaml", "params: 1}", "params: 2}"),
    "a comment in it": lambda place: _edit(place / "net.yaml", "name: Net", "name: Net # of ours"),
    "what it extends": lambda place: _edit(place / "base.yaml", "name: first", "name: fi"),
    "what that uses": lambda place: _edit(place / "parts.yaml", "name: third", "name: thirds"),
    "what it begins with": lambda place: _edit(place / "start.yaml", "relu", "tanh"),
    "a file that is not there any more": lambda place: (place / "parts.yaml").unlink(),
    "a file that is a link out of the folder": lambda place: _move_out(place / "parts.yaml"),
}


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    before = path.stat()
    path.write_text(text.replace(old, new))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # a file may keep its time


def _move_out(path: Path) -> None:
    moved = path.parents[1] / "moved.yaml"
    path.rename(moved)
    path.symlink_to(moved)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen(run: Run, computed: list[str], specs: Path, change: str) -> None:
    run("check", "net.yaml")
    computed.clear()
    CHANGES[change](specs)
    found = run("check", "net.yaml")
    assert computed == ["net.yaml"]
    plain = run("check", "net.yaml", "--no-cache")
    assert (found.exit_code, found.stdout, found.stderr) == (plain.exit_code, plain.stdout, plain.stderr)


@pytest.mark.parametrize("name", ["net.yaml", "base.yaml", "start.yaml", "parts.yaml"])
def test_each_byte_matters(run: Run, folder: Path, specs: Path, name: str) -> None:
    run("check", "net.yaml")
    path = specs / name
    whole = path.read_bytes()
    for index in range(len(whole)):
        path.write_bytes(whole[:index] + bytes([whole[index] ^ 1]) + whole[index + 1 :])
        assert known_check(folder, "net.yaml", {}) is None, index
    path.write_bytes(whole)
    assert known_check(folder, "net.yaml", {}) is not None


OWN = """archc: 1
name: Own
extends: lenet5
"""


def test_a_file_that_takes_the_name_of_one_of_the_library(run: Run, computed: list[str], specs: Path) -> None:
    (specs / "own.yaml").write_text(OWN)
    run("check", "own.yaml")
    computed.clear()
    (specs / "lenet5.yaml").write_text(SPECS["start.yaml"])
    run("check", "own.yaml")
    assert computed == ["own.yaml"]
    computed.clear()
    run("check", "own.yaml")
    assert computed == []
    (specs / "lenet5.yaml").unlink()
    run("check", "own.yaml")
    assert computed == ["own.yaml"]


def test_a_file_of_the_library_that_takes_a_name(
    run: Run, computed: list[str], specs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (specs / "own.yaml").write_text(OWN)
    run("check", "own.yaml", "lenet5")
    computed.clear()
    monkeypatch.setattr("archc.library.find.library_paths", lambda: {"lenet5": specs / "start.yaml"})
    run("check", "own.yaml", "lenet5")
    assert computed == ["own.yaml", "lenet5"]


SETTINGS = [
    ["--set", "units=7"],
    ["--set", "units=6", "--set", "units=7"],
    ["--input", "9"],
    ["--output", "second"],
    ["--freeze", "second"],
    ["--features", "a"],
]


@pytest.mark.parametrize("settings", SETTINGS, ids=" ".join)
@pytest.mark.usefixtures("specs")
def test_settings_have_checks_of_their_own(run: Run, computed: list[str], settings: list[str]) -> None:
    run("check", "net.yaml")
    run("check", "net.yaml", "--set", "units=6")
    computed.clear()
    found = run("check", "net.yaml", *settings)
    assert computed == ["net.yaml"]
    assert found.stdout == run("check", "net.yaml", *settings).stdout


@pytest.mark.usefixtures("specs")
def test_other_code_has_checks_of_its_own(run: Run, computed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    run("check", "net.yaml")
    computed.clear()
    monkeypatch.setattr(answers, "code_digest", lambda: "0.0.0")
    run("check", "net.yaml")
    assert computed == ["net.yaml"]


def test_errors_are_found_again(run: Run, computed: list[str], specs: Path) -> None:
    (specs / "wrong.yaml").write_text("archc: 1\nname: Wrong\ninput: [8]\nlayers:\n  - Dense: -1\n")
    found = [run("check", *arguments) for arguments in 2 * [["wrong.yaml"]] + 2 * [["net.yaml", "--set", "units=x"]]]
    assert computed == ["wrong.yaml", "wrong.yaml", "net.yaml", "net.yaml"]
    assert [result.exit_code for result in found] == [2, 2, 2, 2]
    assert run("check", "net.yaml", "--set", "units").exit_code == 2


def test_standard_input_and_revisions_are_computed(run: Run, folder: Path, specs: Path) -> None:
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"]):
        subprocess.run(["git", *command], check=True, cwd=specs)
    assert run("check", "-", text=SPECS["start.yaml"]).exit_code == 0
    assert run("check", "git:HEAD:net.yaml").exit_code == 1
    assert not folder.exists()


def test_a_folder_that_is_not_there_any_more(run: Run, specs: Path) -> None:
    assert run("check", "net.yaml").exit_code == 1
    for path in specs.iterdir():
        path.unlink()
    specs.rmdir()
    found, plain = run("check", "net.yaml"), run("check", "net.yaml", "--no-cache")
    assert (found.exit_code, found.stderr) == (plain.exit_code, plain.stderr)
    assert run("check", "lenet5").exit_code == 0


@pytest.mark.parametrize("label", ["", " ", "nothing", "./nothing.yaml", "lenet"])
@pytest.mark.usefixtures("specs")
def test_what_is_no_spec_has_its_error(run: Run, label: str) -> None:
    found, plain = run("check", label), run("check", label, "--no-cache")
    assert (found.exit_code, found.stderr) == (plain.exit_code, plain.stderr) == (2, plain.stderr)


TWO_BLOCKS = """archc: 1
blocks:
  one: {layers: [{Dense: 1}]}
  two: {layers: [{Dense: 2}]}
"""
TWICE = """archc: 1
name: Twice
input: [8]
use: {blocks: [one], again: [two]}
layers: [one, two]
"""


def test_a_network_that_reads_one_file_under_two_names_is_computed(
    run: Run, computed: list[str], specs: Path, folder: Path
) -> None:
    (specs / "blocks.yaml").write_text(TWO_BLOCKS)
    (specs / "again.yaml").symlink_to(specs / "blocks.yaml")
    (specs / "twice.yaml").write_text(TWICE)
    assert [run("check", "twice.yaml").exit_code for _ in range(2)] == [0, 0]
    assert computed == ["twice.yaml", "twice.yaml"]
    assert not folder.exists()
