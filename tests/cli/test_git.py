"""git with specs: what is set up, what git then shows, and that all of it is undone."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

import archc
from archc.cli import COMMANDS, main
from archc.cli.git_text import layer_lines
from archc.library.paths import library_paths
from tests.cases import every_or_few
from tests.cli.conftest import ROOT

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

SPEC = """# A small one.
archc: 1
name: Small
input: [8, 8, 3]
params: {units: 10}
layers:
  - Conv2D: {filters: 4, kernel_size: 3, padding: same}
    name: conv
    as: features
  - Flatten
  - Dense: $units
    name: out
"""
SHOWN = """Small
parameter units: 10
input input_layer  8x8x3

conv  Conv2D(4, 3, padding="same")  8x8x4  112
flatten  Flatten()  256
out  Dense(10)  10  2,570

output out  10
layers: 3
depth: 2
parameters: 2,682
MACs: 9,472
"""


class Repository:
    """A repository of its own, which sees no config of the user's, and an `archc` on its PATH."""

    def __init__(self, root: Path, path: str) -> None:
        self.root = root
        self.environment = {
            "PATH": path,
            "HOME": str(root.parent),
            "PYTHONPATH": str(ROOT),
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{role}_{what}": "a@b.c" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }

    def git(self, *arguments: str) -> str:
        """What git prints; its standard error is empty."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, env=self.environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def write(self, name: str, content: str, message: str | None = None) -> Path:
        """Writes a file, and commits it where a message is given."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        if message is not None:
            self.git("add", "--all")
            self.git("commit", "--quiet", "--message", message)
        return path


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "archc").write_text(f'#!/bin/sh\nexec {sys.executable} -m archc "$@"\n', encoding="utf-8")
    (programs / "archc").chmod(0o755)
    root = tmp_path / "root"
    root.mkdir()
    made = Repository(root, f"{programs}{os.pathsep}{os.environ['PATH']}")
    made.git("init", "--quiet", "--initial-branch=main")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(root)
    return made


@pytest.fixture
def run() -> Callable[..., Result]:
    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments), prog_name="archc", catch_exceptions=False)

    return invoke


# --- enable ---


def test_each_folder_with_a_spec_gets_a_line(repository: Repository, run: Callable[..., Result]) -> None:
    repository.write("one.yaml", SPEC)
    repository.write("specs/a b/two.yaml", SPEC)
    repository.write("ci/other.yaml", "on: push\n", "specs")
    result = run("git", "enable")
    added = [f".gitattributes: + {line}" for line in ["/*.yaml diff=archc", '"/specs/a b/*.yaml" diff=archc']]
    assert result.stdout.splitlines() == ["config: + diff.archc.textconv = archc git text", *added]
    assert (result.exit_code, result.stderr) == (0, "")
    attributes = {
        name: repository.git("check-attr", "diff", "--", name).rpartition(": ")[2].strip()
        for name in ("one.yaml", "specs/a b/two.yaml", "specs/a b/new.yaml", "ci/other.yaml", "ci/one.yaml")
    }
    assert list(attributes.values()) == ["archc", "archc", "archc", "unspecified", "unspecified"]


@pytest.mark.parametrize("folder", ['we"ird', "st*r", "[a]", "#c", "back\\slash", "tab\there", "ünï"])
def test_a_folder_of_any_name_is_matched(repository: Repository, run: Callable[..., Result], folder: str) -> None:
    repository.write(f"{folder}/a.yaml", SPEC, "specs")
    assert run("git", "enable").exit_code == 0
    shown = repository.git("check-attr", "-z", "diff", "--", f"{folder}/a.yaml", "stxr/a.yaml", "a/a.yaml")
    assert shown.split("\0")[2::3] == ["archc", "unspecified", "unspecified"]


def test_nothing_is_done_twice_and_patterns_add_up(repository: Repository, run: Callable[..., Result]) -> None:
    repository.write("one.yaml", SPEC, "spec")
    run("git", "enable")
    before = [(repository.root / name).read_bytes() for name in (".gitattributes", ".git/config")]
    assert run("git", "enable").stdout.startswith("nothing to change")
    assert [(repository.root / name).read_bytes() for name in (".gitattributes", ".git/config")] == before
    document = json.loads(run("git", "enable", "nets/*.yaml", "--json").stdout)
    assert document == {
        "format": "archc-git",
        "version": 1,
        "root": str(repository.root),
        "changes": [{"file": ".gitattributes", "added": True, "line": "nets/*.yaml diff=archc"}],
        "warnings": [],
    }


@pytest.mark.parametrize(
    "had", [None, "*.md text\n", "*.md text", "\ufeff*.md text\r\n", "* -diff\n\n", "ü diff=archc\n"]
)
def test_undo_removes_exactly_what_was_added(
    repository: Repository, run: Callable[..., Result], had: str | None
) -> None:
    attributes = repository.root / ".gitattributes"
    if had is not None:
        attributes.write_bytes(had.encode())
    repository.write("one.yaml", SPEC, "spec")
    config = (repository.root / ".git/config").read_bytes()
    run("git", "enable")
    run("git", "enable", "more/*.yaml")
    if had is not None:
        assert had.removeprefix("\ufeff").encode() in attributes.read_bytes()
    result = run("git", "enable", "--undo")
    assert (result.exit_code, result.stdout.count(": - ")) == (0, 3)
    assert (attributes.read_bytes().decode() if attributes.exists() else None) == had
    assert (repository.root / ".git/config").read_bytes() == config
    assert run("git", "enable", "--undo").stdout == "nothing to undo\n"


def test_lines_of_ones_own_still_hold_and_decide(repository: Repository, run: Callable[..., Result]) -> None:
    (repository.root / ".gitattributes").write_bytes("\ufeffone.yaml -diff\r\n".encode())
    repository.write("one.yaml", SPEC)
    repository.write("two.yaml", SPEC, "specs")
    run("git", "enable")
    shown = repository.git("check-attr", "-z", "diff", "--", "one.yaml", "two.yaml")
    assert shown.split("\0")[2::3] == ["unset", "archc"]


def test_a_driver_of_ones_own_stays(repository: Repository, run: Callable[..., Result]) -> None:
    repository.write("one.yaml", SPEC, "spec")
    repository.git("config", "diff.archc.textconv", "/opt/archc git text")
    run("git", "enable")
    run("git", "enable", "--undo")
    assert repository.git("config", "diff.archc.textconv") == "/opt/archc git text\n"


@pytest.mark.parametrize("arguments", [["!a.yaml"], [""], ["--undo", "a.yaml"], []])
def test_what_cannot_be_enabled_is_reported(
    repository: Repository, run: Callable[..., Result], arguments: list[str]
) -> None:
    repository.write("other.yaml", "on: push\n", "no spec")
    result = run("git", "enable", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("usage  ")
    assert "hint: " in result.stderr
    assert repository.git("status", "--porcelain") == ""


def test_outside_of_a_repository_it_is_reported(
    repository: Repository, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository.root.parent)
    for arguments in (["enable"], ["enable", "--undo"]):
        result = run("git", *arguments)
        assert result.exit_code == 2
        assert result.stderr.startswith("unreadable  git: not a git repository")


def test_a_link_is_not_replaced(repository: Repository, run: Callable[..., Result]) -> None:
    target = repository.write("attributes", "*.md text\n")
    repository.write("one.yaml", SPEC, "spec")
    (repository.root / ".gitattributes").symlink_to(target)
    result = run("git", "enable")
    assert (result.exit_code, result.stderr.partition(" ")[0]) == (2, "unwritable")
    assert (repository.root / ".gitattributes").is_symlink()
    assert "archc" not in (repository.root / ".git/config").read_text(encoding="utf-8")


def test_git_that_cannot_find_archc_is_a_warning(
    repository: Repository, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write("one.yaml", SPEC, "spec")
    programs = repository.root.parent / "git"
    programs.mkdir()
    (programs / "git").symlink_to(str(shutil.which("git")))
    monkeypatch.setenv("PATH", str(programs))
    result = run("git", "enable")
    assert result.exit_code == 0
    assert result.stderr.startswith("warning git-path  ")
    assert "it must be on the PATH" in result.stderr


# --- what git shows ---


def changed(diff: str) -> list[str]:
    """The lines that went and came."""
    return [line for line in diff.splitlines() if re.match(r"[-+](?![-+])", line)]


def test_git_shows_layers(repository: Repository, run: Callable[..., Result]) -> None:
    path = repository.write("specs/small.yaml", SPEC, "one")
    run("git", "enable")
    repository.write("specs/small.yaml", SPEC.replace("units: 10", "units: 20").replace("A small", "Still a small"))
    lines = [
        "-parameter units: 10", "+parameter units: 20",
        "-out  Dense(10)  10  2,570", "+out  Dense(20)  20  5,140",
        "-output out  10", "+output out  20",
        "-parameters: 2,682", "-MACs: 9,472", "+parameters: 5,252", "+MACs: 12,032",
    ]  # fmt: skip
    assert changed(repository.git("diff")) == lines
    repository.git("commit", "--quiet", "--all", "--message", "two")
    assert changed(repository.git("log", "-p", "-1")) == lines
    assert '+conv  Conv2D(4, 3, padding="same")  8x8x4  112' in repository.git("log", "-p", "--", "specs")
    assert "-params: {units: 10}" in repository.git("log", "-p", "-1", "--no-textconv")
    blamed = [line.partition(") ")[2] for line in repository.git("blame", "specs/small.yaml").splitlines()]
    assert "out  Dense(20)  20  5,140" in blamed
    path.write_text("archc: [\n", encoding="utf-8")
    broken = repository.git("diff")
    assert "+# archc shows the file itself: yaml: " in broken
    assert "+archc: [" in broken
    run("git", "enable", "--undo")
    assert changed(repository.git("diff"))[-1] == "+archc: ["


# --- text ---


def test_a_network_is_a_line_a_layer() -> None:
    assert layer_lines(SPEC.encode()).decode() == SHOWN


def test_branches_parameters_and_facts_are_shown() -> None:
    shown = layer_lines((ROOT / "specs/resnet/resnet50.yaml").read_bytes()).decode().splitlines()
    assert "parameter depths: [3, 4, 6, 3]" in shown
    assert "conv2_block1_add  Add()  from conv2_block1_3_bn, conv2_block1_0_bn  56x56x256" in shown
    assert "documented macs: 3.8G  explained (3,857,973,248)  Table 1, column 50-layer" in shown


@pytest.mark.parametrize("name", every_or_few(library_paths(), 6))
def test_a_network_of_the_library_is_shown(name: str) -> None:
    first = layer_lines(library_paths()[name].read_bytes()).decode().partition("\n")[0]
    assert first.startswith(archc.load(name).name)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not-a-spec"),
        (b"on: push\n", "unknown-key"),
        (b"- ReLU\n", "not-a-spec"),
        (b"\xff\xfe\x00", "not-text"),
        (b"\0", "not-text"),
        (SPEC.replace("Flatten", "Flaten").encode(), "unknown-op"),
        (b"archc: 1\nname: a\nextends: beside\n", "unknown-spec"),
        (b"archc: 1\nname: a\nextends: ./beside.yaml\n", "unreadable"),
        (b"archc: 1\nblocks: {b: {layers: [ReLU]}}\n", "no-layers"),
        (SPEC.encode() + b"expect: {params: many}\n", "type"),
    ],
)
def test_what_is_no_network_is_shown_as_it_stands(
    tmp_path: Path, run: Callable[..., Result], content: bytes, code: str
) -> None:
    (tmp_path / "beside.yaml").write_text(SPEC, encoding="utf-8")
    (tmp_path / "this.yaml").write_bytes(content)
    result = run("git", "text", str(tmp_path / "this.yaml"))
    first, _, rest = result.stdout_bytes.partition(b"\n")
    assert (result.exit_code, result.stderr, rest) == (0, "", content)
    assert first.decode().startswith(f"# archc shows the file itself: {code}: ")
    assert str(tmp_path) not in first.decode()


def test_a_file_that_does_not_exist_is_reported(run: Callable[..., Result], tmp_path: Path) -> None:
    result = run("git", "text", str(tmp_path / "none.yaml"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("unreadable  ")


# --- pre-commit ---


def test_the_hook_of_pre_commit_runs_a_command_that_is_there(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert {"id", "name", "description", "entry", "language", "types", "files"} == set(hook)
    program, *arguments = hook["entry"].split()
    assert program in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert arguments[0] in COMMANDS
    assert re.search(hook["files"], "specs/lenet/lenet5.yaml")
    assert not re.search(hook["files"], ".github/workflows/test.yaml")
    assert run(*arguments, "specs/lenet/lenet5.yaml", "specs/resnet/resnet.yaml").exit_code == 0


# --- the page ---


def test_the_page_shows_what_git_shows(repository: Repository, run: Callable[..., Result]) -> None:
    page = (ROOT / "docs/git.md").read_text(encoding="utf-8")
    spec, diff = re.findall(r"```(?:yaml|diff)\n(.*?)```", page, re.DOTALL)[:2]
    repository.write("lenet5.yaml", spec, "one")
    run("git", "enable")
    repository.write("lenet5.yaml", spec.replace("kernel_size: 5", "kernel_size: 3"))
    assert repository.git("diff", "-U20", "lenet5.yaml").partition("@@")[2] == diff.removeprefix("@@")


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("after", ["*.md text", ""])
def test_enable_twice_after_the_line_ends_changed(
    end: str, after: str, repository: Repository, run: Callable[..., Result]
) -> None:
    repository.write("one.yaml", SPEC, "spec")
    run("git", "enable")
    path = repository.root / ".gitattributes"
    path.write_bytes(f"*.txt text\n{path.read_text()}{after}".rstrip("\n").replace("\n", end).encode())
    changed = path.read_bytes()
    assert run("git", "enable").stdout.startswith("nothing to change")
    assert path.read_bytes() == changed
    run("git", "enable", "nets/*.yaml")
    assert path.read_text().count("# archc git enable: end") == 1
    attributes = repository.git("check-attr", "diff", "--", "one.yaml", "nets/two.yaml")
    assert attributes.count(": archc") == 2
    run("git", "enable", "--undo")
    assert path.read_bytes() == f"*.txt text\n{after}".replace("\n", end).encode()
