"""Two folders of networks compared: pairs by path, what is skipped, added and removed, and faulty specs."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.cli.conftest import ROOT

Run = Callable[..., Result]

NETWORK = "archc: 1\nname: {name}\ninput: [4]\nlayers:\n  - Dense: {units}\n    name: fc\n"
FAMILY = "archc: 1\nname: Family\ninput: [4]\nparams: {units: 3}\nlayers:\n  - Dense: $units\n    name: fc\n"
BLOCKS = "archc: 1\nblocks:\n  unit:\n    layers:\n      - ReLU\n"


def write(folder: Path, **texts: str) -> None:
    """Writes specs; `__` in a name stands for a folder."""
    for name, text in texts.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def sides(tmp_path: Path) -> tuple[str, str]:
    """Two folders with all that can happen to a network but a fault."""
    left, right = tmp_path / "left", tmp_path / "right"
    same = NETWORK.format(name="Same", units=2)
    for folder, units in ((left, 3), (right, 4)):
        write(folder, same=same, blocks=BLOCKS, deep__er__other=NETWORK.format(name="Other", units=units))
        write(folder, family=FAMILY.replace("units: 3", f"units: {units}"))
        write(folder, member="archc: 1\nextends: family\nname: Member\n")
    write(left, deep__old=same)
    write(right, new=same)
    return str(left), str(right)


def test_networks_are_compared_by_their_paths(archc: Run, sides: tuple[str, str]) -> None:
    result = archc("diff", *sides)
    assert result.exit_code == 1
    title, counts, _, *rows = result.stdout.splitlines()
    assert title == " -> ".join(sides)
    assert counts == "networks: 3 differ, 1 without difference, 1 added, 1 removed; 1 file has blocks alone"
    assert [row.split()[:2] for row in rows[1:]] == [
        ["~", "deep/er/other.yaml"],
        ["-", "deep/old.yaml"],
        ["~", "family.yaml"],
        ["~", "member.yaml"],
        ["+", "new.yaml"],
    ]
    assert rows[1].split("  ")[2:] == [
        "other weights: none of the old ones kept, 20 new",
        "+33.3%",
        "io, weights",
        "fails",
    ]


def test_the_documents_of_all_pairs(archc: Run, sides: tuple[str, str]) -> None:
    result = archc("diff", *sides, "--json", "--fail-on", "numerics")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert (document["format"], document["version"]) == ("archc-diff-set", 1)
    assert document["counts"] == {"different": 3, "equal": 1, "added": 1, "removed": 1, "failed": 0}
    assert [document[key] for key in ("added", "removed", "skipped", "faulty")] == [
        ["new.yaml"],
        ["deep/old.yaml"],
        ["blocks.yaml"],
        [],
    ]
    for pair in document["pairs"]:
        files = [os.path.join(side, pair["path"]) for side in sides]
        assert pair["diff"] == json.loads(archc("diff", *files, "--json", "--fail-on", "numerics").stdout)


@pytest.mark.parametrize(("classes", "status"), [("any", 1), ("io", 1), ("numerics", 0), ("training", 0)])
def test_the_status_is_that_of_the_pairs(archc: Run, sides: tuple[str, str], classes: str, status: int) -> None:
    assert archc("diff", *sides, "--fail-on", classes).exit_code == status


def test_added_and_removed_networks_alone_do_not_fail(archc: Run, tmp_path: Path) -> None:
    text = NETWORK.format(name="Same", units=2)
    write(tmp_path / "left", same=text, old=text)
    write(tmp_path / "right", same=text, new=text)
    result = archc("diff", str(tmp_path / "left"), str(tmp_path / "right"))
    assert result.exit_code == 0
    assert "1 without difference, 1 added, 1 removed" in result.stdout


def test_equal_folders(archc: Run, sides: tuple[str, str]) -> None:
    result = archc("diff", sides[0], sides[0])
    assert (result.exit_code, result.stdout.splitlines()[1:]) == (
        0,
        ["networks: 5 without difference; 1 file has blocks alone"],
    )
    assert archc("diff", *[sides[0]] * 2, "--format", "github").stdout == ""


@pytest.mark.parametrize("side", [0, 1])
def test_a_faulty_spec_does_not_keep_others_from_being_compared(archc: Run, sides: tuple[str, str], side: int) -> None:
    write(Path(sides[side]), same="archc: 1\nname: Same\ninput: [4]\nlayers:\n  - Dens: 2\n")
    result = archc("diff", *sides)
    assert result.exit_code == 2
    assert "unknown-op" in result.stderr
    assert "3 differ, 1 added, 1 removed, 1 with errors" in result.stdout
    document = json.loads(archc("diff", *sides, "--json").stdout)
    assert [fault["code"] for fault in document["diagnostics"]] == ["unknown-op"]
    assert document["faulty"] == ["same.yaml"]
    assert len(document["pairs"]) == 3
    assert archc("diff", *sides, "--format", "github").stdout.startswith("::error file=")
    assert "unknown op" not in archc("diff", *sides, "--format", "markdown").stdout


def test_a_fault_of_a_family_is_said_once(archc: Run, sides: tuple[str, str]) -> None:
    write(Path(sides[1]), family=FAMILY.replace("Dense", "Dens"))
    result = archc("diff", *sides)
    assert result.stderr.count("unknown-op") == 1
    assert "2 with errors" in result.stdout


def test_a_cause_in_a_family_is_one_annotation(archc: Run, sides: tuple[str, str]) -> None:
    lines = archc("diff", *sides, "--format", "github").stdout.splitlines()
    assert [line for line in lines if "right/family.yaml" in line and "title=weights" in line] == [
        f"::error file={sides[1]}/family.yaml,line=6,col=5,title=weights::fc changed: units 3 -> 4"
        " (in 2 networks, as in family.yaml)"
    ]


def test_a_cause_in_several_blocks_of_several_networks_is_one_annotation(archc: Run, tmp_path: Path) -> None:
    text = (
        "archc: 1\nname: Family\ninput: [4]\nparams: {depth: 2}\nblocks:\n  unit:\n    layers:\n      - Dropout: RATE\n"
    )
    text += "layers:\n  - for: i in range(depth)\n    do:\n      - unit:\n"
    for side, rate in (("left", 0.5), ("right", 0.25)):
        write(tmp_path / side, family=text.replace("RATE", str(rate)))
        write(tmp_path / side, member="archc: 1\nextends: family\nname: Member\nparams: {depth: 5}\n")
    result = archc("diff", str(tmp_path / "left"), str(tmp_path / "right"), "--format", "github")
    (line,) = result.stdout.splitlines()
    assert "(2 times) changed: rate 0.5 -> 0.25 (in 2 networks, as in family.yaml)" in line


def test_a_comment(archc: Run, sides: tuple[str, str]) -> None:
    text = archc("diff", *sides, "--format", "markdown").stdout
    assert (
        "\n| \\~ | member.yaml | other weights: none of the old ones kept, 20 new | +33.3% | io, weights | fails |\n"
        in text
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("FOLDER", "vgg16"), "FOLDER` is a folder, `vgg16` is not"),
        (("vgg16", "FOLDER"), "FOLDER` is a folder, `vgg16` is not"),
        (("FOLDER", "FOLDER/member.yaml"), "is not"),
        (("FOLDER", "-"), "FOLDER` is a folder, `-` is not"),
        (("FOLDER", "FOLDER/../empty"), "has no spec"),
        (("FOLDER/../empty", "FOLDER"), "has no spec"),
        (("FOLDER", "FOLDER/../none"), "is not"),
        (("FOLDER?units=3", "FOLDER"), "takes no parameters"),
        (("FOLDER", "FOLDER", "--full"), "are for two networks"),
        (("FOLDER", "FOLDER", "--stat"), "are for two networks"),
        (("FOLDER", "FOLDER", "--context", "1"), "are for two networks"),
    ],
)
def test_what_is_not_two_folders_is_an_error(
    archc: Run, sides: tuple[str, str], arguments: tuple[str, ...], message: str
) -> None:
    (Path(sides[0]).parent / "empty").mkdir()
    result = archc("diff", *(text.replace("FOLDER", sides[0]) for text in arguments))
    assert (result.exit_code, result.stdout) == (2, "")
    assert message.replace("FOLDER", sides[0]) in result.stderr


def test_a_name_of_the_library_is_no_folder_beside_a_network(
    archc: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "vgg16").mkdir()
    monkeypatch.chdir(tmp_path)
    assert archc("diff", "vgg16", "vgg19", "--fail-on", "io").exit_code == 0


def test_progress_is_shown_on_a_terminal_alone(archc: Run, sides: tuple[str, str]) -> None:
    assert archc("diff", *sides).stderr == ""
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "archc", "diff", *sides],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "PYTHONPATH": str(ROOT)},
        check=False,
    )
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert done.returncode == 1
    assert "/7" in shown
    assert "same.yaml" in shown
    assert shown.endswith("\033[2K")  # the line is empty again


# --- a revision ------------------------------------------------------------------------------------------------------


@pytest.fixture
def repository(sides: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose last commit has the left networks, with the right ones beside it."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "a")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "a@b.c")
    root = Path(sides[0]).parent
    os.rename(sides[0], root / "specs")
    monkeypatch.chdir(root)
    for arguments in (["init", "--quiet"], ["add", "specs"], ["commit", "--quiet", "-m", "first"]):
        subprocess.run(["git", *arguments], check=True)
    shutil.rmtree(root / "specs")
    os.rename(sides[1], root / "specs")
    return root


@pytest.mark.parametrize(
    ("folder", "left", "right"),
    [
        (".", "git:HEAD:specs", "specs"),
        (".", "git:HEAD:specs/", "./specs/"),
        (".", "git:HEAD:.", "."),
        ("specs", "git:HEAD:.", "."),
        ("specs/deep", "git:HEAD:..", ".."),
    ],
)
def test_a_folder_of_a_revision(
    archc: Run, repository: Path, monkeypatch: pytest.MonkeyPatch, folder: str, left: str, right: str
) -> None:
    monkeypatch.chdir(repository / folder)
    result = archc("diff", left, right)
    assert (result.exit_code, result.stderr) == (1, "")
    counts = "networks: 3 differ, 1 without difference, 1 added, 1 removed; 1 file has blocks alone"
    assert result.stdout.splitlines()[1] == counts


def test_a_revision_without_the_folder_is_an_error(archc: Run, repository: Path) -> None:
    assert repository.is_dir()
    result = archc("diff", "git:HEAD:none", "specs")
    assert (result.exit_code, result.stdout) == (2, "")
    assert archc("diff", "git:HEAD:specs/member.yaml", "specs").exit_code == 2
    assert archc("diff", "git:none:specs", "specs").exit_code == 2
