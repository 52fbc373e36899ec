"""Specs as they were in a revision: what is found, with what it extends and uses, and what is told where nothing is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from archc import limits
from archc.cli import main
from archc.diagnostics import Diagnostic, SpecError
from archc.elaborate.expand import Settings
from archc.library import git_process as git
from archc.network import Network, load_network

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

FAMILY = "archc: 1\nname: Family\ninput: [8]\nparams: {units: 4}\nlayers:\n  - Dense: $units\n"
MEMBER = "archc: 1\nname: Member\nextends: family\n"
BLOCKS = "archc: 1\nblocks:\n  two:\n    layers:\n      - Dense: 2\n"


def commit(root: Path, **files: str | None) -> None:
    """Writes files, a `/` in a name as `__`, removes those that are None, and commits."""
    for name, text in files.items():
        path = root / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            path.unlink()
        else:
            path.write_text(text, encoding="utf-8")
    subprocess.run(["git", "add", "--all"], cwd=root, check=True)
    subprocess.run(["git", "commit", "--quiet", "--message", "change: one"], cwd=root, check=True)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository, which is the current folder and sees no config of the user's."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "a")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "a@b.c")
    for name, value in {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    made = tmp_path / "root"
    made.mkdir()
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main"], cwd=made, check=True)
    monkeypatch.chdir(made)
    return made


def load(label: str) -> Network:
    return load_network(label, Settings())


def told(label: str) -> list[Diagnostic]:
    with pytest.raises(SpecError) as caught:
        load(label)
    assert all(found.hint for found in caught.value.diagnostics)
    return list(caught.value.diagnostics)


def units(network: Network) -> list[int | None]:
    return [node.shape[-1] for node in network.graph.nodes]


# --- what is found ---


def test_a_spec_is_read_as_it_was_with_what_it_extended(root: Path) -> None:
    commit(root, nets__family=FAMILY, nets__member=MEMBER)
    commit(root, nets__family=FAMILY.replace("units: 4", "units: 5"))
    assert units(load("git:HEAD~1:nets/member.yaml")) == [4]
    assert units(load("git:HEAD:nets/member.yaml")) == [5]
    assert units(load("git:main@{0}:nets/member.yaml")) == [5]
    assert units(load("git:HEAD^{/change: one}:nets/member.yaml")) == [5]
    network = load("git:HEAD~1:nets/member.yaml")
    assert str(network.graph.nodes[0].at) == "git:HEAD~1:nets/family.yaml:6:5"
    assert network.spec.label == "git:HEAD~1:nets/member.yaml"
    assert network.spec.family == "nets"


def test_what_is_gone_today_is_found(root: Path) -> None:
    commit(root, family=FAMILY, member=MEMBER.replace("family", "./family.yaml"))
    commit(root, family=None, member=None)
    assert units(load("git:HEAD~1:member.yaml")) == [4]


def test_a_file_that_was_not_there_yet_is_not_taken_from_today(root: Path) -> None:
    commit(root, member=MEMBER)
    commit(root, family=FAMILY)
    (found,) = told("git:HEAD~1:member.yaml")
    assert (found.code, str(found.position)) == ("unknown-spec", "git:HEAD~1:member.yaml:3:10")
    assert found.excerpt == "extends: family"


def test_blocks_are_used_from_the_revision(root: Path) -> None:
    uses = "archc: 1\nname: a\ninput: [8]\nuse: {blocks: [two], ./more/blocks.yaml: [three]}\nlayers: [two, three]\n"
    commit(root, blocks=BLOCKS, more__blocks=BLOCKS.replace("two", "three").replace("2", "3"), a=uses)
    commit(root, blocks=BLOCKS.replace("2", "7"))
    assert units(load("git:HEAD~1:a.yaml")) == [2, 3]


def test_the_library_is_that_of_today_and_a_file_never_finds_itself(root: Path) -> None:
    commit(root, lenet5="archc: 1\nname: Mine\nextends: lenet5\n")
    network = load("git:HEAD:lenet5.yaml")
    assert network.name == "Mine"
    assert network.params == load("lenet5").params


def test_paths_are_from_the_current_folder(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(root, nets__family=FAMILY, nets__deep__a=FAMILY, other__member=FAMILY)
    monkeypatch.chdir(root / "nets")
    labels = ("family.yaml", "./family.yaml", "deep/../family.yaml", "../other/member.yaml", f"{root}/nets/family.yaml")
    assert [units(load(f"git:HEAD:{label}")) for label in labels] == [[4]] * 5
    assert str(load("git:HEAD:deep/../family.yaml").graph.nodes[0].at) == "git:HEAD:family.yaml:6:5"


def test_nothing_of_git_is_loaded_without_need() -> None:
    code = "import sys, archc; archc.load('vgg16'); print({'archc.library.git_process', 'archc.library.revision'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_circles_are_found(root: Path) -> None:
    commit(root, a=MEMBER.replace("family", "b"), b=MEMBER.replace("family", "./a.yaml"))
    assert [found.code for found in told("git:HEAD:a.yaml")] == ["circle"]


def test_a_file_is_read_once(root: Path) -> None:
    uses = "archc: 1\nname: a\nextends: family\nuse: {./blocks.yaml: [two], blocks: [three]}\nlayers: [two, three]\n"
    commit(root, family=FAMILY, blocks=BLOCKS + BLOCKS[17:].replace("two", "three"), a=uses)
    sources = load("git:HEAD:a.yaml").spec.sources
    assert [source.file for source in sources] == [f"git:HEAD:{name}.yaml" for name in ("a", "family", "blocks")]


@pytest.mark.parametrize("command", ["check", "summary", "show"])
def test_every_command_takes_a_revision(root: Path, command: str) -> None:
    commit(root, nets__family=FAMILY)
    commit(root, nets__family=None)
    result = CliRunner().invoke(main, [command, "git:HEAD~1:nets/family.yaml"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Family" in result.stdout


def test_a_model_is_named_after_the_file_alone(root: Path) -> None:
    commit(root, nets__family=FAMILY)
    (root / "family.keras").write_text("")
    result = CliRunner().invoke(main, ["build", "git:HEAD:nets/family.yaml"])
    assert (result.exit_code, result.stderr.splitlines()[0]) == (2, "file-exists  `family.keras` is there already")


def test_source_says_what_it_was_made_from(root: Path) -> None:
    commit(root, nets__family=FAMILY)
    source = load("git:main:nets/family.yaml").source()
    assert "archc build git:main:nets/family.yaml --to python" in source
    assert "def family(" in source


# --- what is told ---


@pytest.mark.parametrize(
    ("label", "code", "message"),
    [
        ("git:nope:family.yaml", "unknown-spec", "the repository has no revision `nope`"),
        ("git:HEAD~9:family.yaml", "unknown-spec", "the repository has no revision `HEAD~9`"),
        ("git:HEAD..main:family.yaml", "unknown-spec", "no revision"),
        ("git:HEAD\nmain:family.yaml", "unknown-spec", "no revision"),
        ("git:--output=x:family.yaml", "unknown-spec", "`--output=x` is not a revision"),
        ("git:-p:family.yaml", "unknown-spec", "is not a revision"),
        ("git:HEAD", "unknown-spec", "is not a file of a revision"),
        ("git:HEAD:", "unknown-spec", "is not a file of a revision"),
        ("git::family.yaml", "unknown-spec", "is not a file of a revision"),
        ("git:HEAD:famly.yaml", "unreadable", "`HEAD` has no such file"),
        ("git:HEAD:none/family.yaml", "unreadable", "`HEAD` has no such file"),
        ("git:HEAD:--output=x", "unreadable", "`HEAD` has no such file"),
        ("git:HEAD::(glob)*.yaml", "unreadable", "`HEAD` has no such file"),
        ("git:HEAD:*.yaml", "unreadable", "`HEAD` has no such file"),
        ("git:HEAD:a\nb.yaml", "unreadable", "`HEAD` has no such file"),
        ("git:HEAD:a\0b.yaml", "unreadable", "such characters"),
        ("git:HEAD:a\ud800b.yaml", "unreadable", "such characters"),
        ("git:HEAD:nets", "unreadable", "it is a folder"),
        ("git:HEAD:.", "unreadable", "it is a folder"),
        ("git:HEAD:link.yaml", "unreadable", "it is a symbolic link"),
        ("git:HEAD:../root.yaml", "unreadable", "outside repository"),
        ("git:HEAD:/etc/passwd", "unreadable", "outside repository"),
    ],
)
def test_what_is_not_there_is_told(root: Path, label: str, code: str, message: str) -> None:
    (root / "link.yaml").symlink_to("family.yaml")
    commit(root, family=FAMILY, nets__a=FAMILY)
    (found,) = told(label)
    assert found.code == code
    assert message in found.message
    assert sorted(path.name for path in root.iterdir()) == [".git", "family.yaml", "link.yaml", "nets"]


def test_a_misspelt_file_is_told_what_was_meant(root: Path) -> None:
    commit(root, nets__family=FAMILY)
    assert told("git:HEAD:nets/famly.yaml")[0].hint == "did you mean `family.yaml`?"


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("../family.yaml", "outside"),
        ("./../nets/../family.yaml", "outside"),
        ("../nets2/family.yaml", "outside"),
        ("/etc/passwd.yaml", "outside"),
        ("./none.yaml", "unreadable"),
        ("./--output=x.yaml", "unreadable"),
        ("git:HEAD:family.yaml", "unreadable"),
        ("none", "unknown-spec"),
        ('"./a\\0b.yaml"', "unknown-spec"),
        ('"a\\nb"', "unknown-spec"),
    ],
)
def test_what_a_spec_extends_stays_in_its_folder(root: Path, reference: str, code: str) -> None:
    commit(root, family=FAMILY, nets__a=f"archc: 1\nname: a\nextends: {reference}\n", nets2__family=FAMILY)
    (found,) = told("git:HEAD:nets/a.yaml")
    assert (found.code, str(found.position)) == (code, "git:HEAD:nets/a.yaml:3:10")


def test_a_zero_byte_in_a_name_is_told_on_the_disk_too(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text('archc: 1\nname: a\nextends: "./a\\0b.yaml"\n', encoding="utf-8")
    assert [found.code for found in told(str(path))] == ["unknown-spec"]


def test_a_file_that_is_too_large_is_not_read(root: Path) -> None:
    commit(root, a="#" * (limits.FILE_BYTES + 1))
    assert [found.code for found in told("git:HEAD:a.yaml")] == ["too-large"]


def test_no_repository_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root.parent)
    (found,) = told("git:HEAD:a.yaml")
    assert (found.code, found.hint) == ("unreadable", "run it in a folder of the repository")
    assert "not a git repository" in found.message


def test_a_repository_without_a_commit_has_no_revision(root: Path) -> None:
    assert [found.code for found in told("git:HEAD:a.yaml")] == ["unknown-spec"]
    assert list(root.iterdir()) == [root / ".git"]


def test_no_git_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(root))
    (found,) = told("git:HEAD:a.yaml")
    assert (found.code, found.hint) == ("unreadable", "install git")


def test_a_git_that_does_not_answer_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sleeping = root / "git"
    sleeping.write_text("#!/bin/sh\nexec sleep 30\n", encoding="utf-8")
    sleeping.chmod(0o755)
    monkeypatch.setenv("PATH", f"{root}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(git, "_SECONDS", 0.1)
    assert "has not answered" in told("git:HEAD:a.yaml")[0].message
