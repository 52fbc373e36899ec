"""What programs rely on stays: the codes of diagnostics, and the keys of every JSON document."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from archc.codes import CODES
from tests.cli.conftest import GOLDEN

Run = Callable[..., Result]

INTERFACE = json.loads((GOLDEN / "interface.json").read_text(encoding="utf-8"))
"""All codes and keys. A new one may be added to this file; none is removed from it."""

NAMES = ("inputs", "outputs", "fields", "arguments", "counterparts")
"""Keys whose mappings have names for keys."""

SWAPPED = """archc: 1
name: Swapped
input: [4]
layers:
  - Dense: 3
    as: a
  - Dense: 5
    as: b
  - Concatenate: [a, b]
"""
BRANCHES = """archc: 1
name: Branches
input: [4]
layers:
  - Add:
      - Dense: {units: 4, activation: relu}
        name: NAME
      - Dense: {units: 4, activation: tanh}
"""
DOCUMENTS = {
    "archc-summary": ["summary", "lenet5"],
    "archc-check": ["check", "lenet5", "nothing_of_that_name"],
    "archc-list": ["list"],
    "archc-diff": ["diff", "lenet5", "lenet5?classes=7"],
    "archc-diff-set": ["diff", "specs/lenet", "specs/lenet"],
    "archc-build": ["build", "lenet5", "--to", "python"],
    "archc-transplant": ["transplant"],
    "archc-plot": ["plot", "lenet5"],
    "archc-page": ["page", "lenet5", "-o"],
    "archc-spec": ["show", "lenet5"],
    "archc-git": ["git", "enable"],
    "archc-diagnostics": ["summary", "nothing_of_that_name"],
}


VERSIONS = {"archc-diff": 2}
"""The versions of the formats that are no longer at version 1."""


OWN_TESTS = {"archc-list", "archc-diff", "archc-git", "archc-page", "archc-transplant"}
"""The formats whose documents need more than one command."""


def keys(value: Any, path: str = "") -> Iterator[str]:
    """The paths of all keys in a document."""
    if isinstance(value, dict):
        for key, item in value.items():
            name = "*" if path.rpartition(".")[2] in NAMES else key
            below = f"{path}.{name}" if path else name
            yield below
            yield from keys(item, below)
    elif isinstance(value, list):
        for item in value:
            yield from keys(item, f"{path}[]")


def document(result: Result, form: str) -> set[str]:
    made = json.loads(result.stdout)
    assert (made["format"], made["version"]) == (form, VERSIONS.get(form, 1))
    return set(keys(made))


def test_no_code_is_removed() -> None:
    assert set(INTERFACE["codes"]) <= set(CODES)


def test_every_format_is_tested() -> None:
    assert set(INTERFACE["keys"]) == set(DOCUMENTS)


@pytest.mark.parametrize("form", sorted(set(DOCUMENTS) - OWN_TESTS))
def test_no_key_is_removed(archc: Run, form: str) -> None:
    assert set(INTERFACE["keys"][form]) <= document(archc(*DOCUMENTS[form], "--json"), form)


@pytest.mark.usefixtures("small_library")
def test_no_key_of_a_list_is_removed(archc: Run) -> None:
    assert set(INTERFACE["keys"]["archc-list"]) <= document(archc(*DOCUMENTS["archc-list"], "--json"), "archc-list")


def test_no_key_of_a_diff_is_removed(archc: Run, tmp_path: Path) -> None:
    path = tmp_path / "swapped.yaml"
    path.write_text(SWAPPED, encoding="utf-8")
    rewired = archc("diff", str(path), "-", "--json", text=SWAPPED.replace("[a, b]", "[b, a]"))
    path.write_text(BRANCHES, encoding="utf-8")
    first, last = BRANCHES.partition("layers:")[0], BRANCHES.split("      - ")[1:]
    exchanged = f"{first}layers:\n  - Add:\n      - {last[1]}      - {last[0]}"
    misplaced = archc("diff", str(path), "-", "--json", text=exchanged.replace("NAME", "other"))
    changed = archc(*DOCUMENTS["archc-diff"], "--json")
    follows = archc("diff", "mobilenet_v1", "mobilenet_v1_050", "--json")
    found = [document(result, "archc-diff") for result in (rewired, misplaced, changed, follows)]
    assert set(INTERFACE["keys"]["archc-diff"]) <= set().union(*found)


def test_no_key_of_a_page_is_removed(archc: Run, tmp_path: Path) -> None:
    made = document(archc(*DOCUMENTS["archc-page"], str(tmp_path / "page.html"), "--json"), "archc-page")
    assert set(INTERFACE["keys"]["archc-page"]) <= made


def test_no_key_of_a_transplant_is_removed(archc: Run, tmp_path: Path) -> None:
    path = str(tmp_path / "five.keras")
    assert archc("build", "lenet5", "-o", path).exit_code == 0
    result = archc(*DOCUMENTS["archc-transplant"], path, "lenet5", "--set", "classes=7", "--dry-run", "--json")
    assert set(INTERFACE["keys"]["archc-transplant"]) <= document(result, "archc-transplant")


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_no_key_of_git_is_removed(archc: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "swapped.yaml").write_text(SWAPPED, encoding="utf-8")
    for arguments in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    assert set(INTERFACE["keys"]["archc-git"]) <= document(archc(*DOCUMENTS["archc-git"], "--json"), "archc-git")


@pytest.mark.parametrize("form", DOCUMENTS)
def test_the_page_describes_every_key(form: str) -> None:
    page = (GOLDEN.parents[2] / "docs/json.md").read_text(encoding="utf-8")
    section = page.split(f"## {form}\n")[1].split("\n## ")[0]
    for path in INTERFACE["keys"][form]:
        name = path.rpartition(".")[2]
        assert name == "*" or name in section or path.startswith("diagnostics[]")
