"""The settings of a repository: where they are found, what they change, and what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]

SPEC = """archc: 1
name: Small
input: [8]
layers:
  - Dense: {units: 4}
    name: body
  - Dropout: {rate: 0.5}
    name: drop
  - Dense: {units: 4, activation: relu}
    name: head
"""
EDITED = SPEC.replace("rate: 0.5", "rate: 0.25").replace("relu", "tanh")
WIDER = SPEC.replace("{units: 4, activation", "{units: 5, activation")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with some specs, and the current folder two folders below its root."""
    root = tmp_path / "repository"
    (root / "a/b").mkdir(parents=True)
    (root / ".git").mkdir()
    for name, text in (("left", SPEC), ("edited", EDITED), ("wider", WIDER)):
        (root / f"a/b/{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(root / "a/b")
    return root


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def status(archc: Run, right: str, *options: str) -> int:
    return archc("diff", "./left.yaml", f"./{right}.yaml", *options).exit_code


# --- where they are --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", [".", "a", "a/b"])
@pytest.mark.parametrize(
    ("name", "text"), [(".archc.toml", 'fail-on = "io"\n'), ("pyproject.toml", '[tool.archc]\nfail-on = "io"\n')]
)
def test_they_are_read_up_to_the_root(archc: Run, repository: Path, folder: str, name: str, text: str) -> None:
    write(repository / folder / name, text)
    assert status(archc, "edited") == 0
    assert status(archc, "wider") == 1
    assert status(archc, "edited", "--no-config") == 1


def test_what_is_outside_the_repository_is_not_read(archc: Run, repository: Path) -> None:
    write(repository.parent / ".archc.toml", 'fail-on = "io"\n')
    assert status(archc, "edited") == 1


def test_outside_a_repository_the_current_folder_alone_is_read(archc: Run, repository: Path) -> None:
    (repository / ".git").rmdir()
    write(repository / "a/.archc.toml", 'fail-on = "io"\n')
    assert status(archc, "edited") == 1
    write(repository / "a/b/.archc.toml", 'fail-on = "io"\n')
    assert status(archc, "edited") == 0


def test_the_nearest_is_read_and_archc_toml_before_pyproject(archc: Run, repository: Path) -> None:
    write(repository / ".archc.toml", 'fail-on = "io"\n')
    write(repository / "a/b/pyproject.toml", '[tool.archc]\nfail-on = "any"\n')
    assert status(archc, "edited") == 0
    write(repository / "a/.archc.toml", 'fail-on = "any"\n')
    assert status(archc, "edited") == 1


@pytest.mark.parametrize("text", ["[tool.ruff]\nx = 1\n", "this = is = not toml\n", '[project]\nname = "a"\n'])
def test_the_file_of_other_tools_is_left_alone(archc: Run, repository: Path, text: str) -> None:
    write(repository / "pyproject.toml", text)
    assert status(archc, "edited") == 1
    assert status(archc, "left") == 0


def test_a_worktree_has_a_file_for_its_root(archc: Run, repository: Path) -> None:
    (repository / ".git").rmdir()
    write(repository / ".git", "gitdir: elsewhere\n")
    write(repository / ".archc.toml", 'fail-on = "io"\n')
    assert status(archc, "edited") == 0


def test_other_commands_do_not_read_them(archc: Run, repository: Path) -> None:
    write(repository / ".archc.toml", "nonsense\n")
    assert archc("check", "./left.yaml").exit_code == 0
    assert archc("summary", "./left.yaml").exit_code == 0
    assert status(archc, "left") == 2


# --- what they change ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("classes", ['"io,numerics"', '["io", "numerics"]'])
def test_options_precede_them(archc: Run, repository: Path, classes: str) -> None:
    write(repository / ".archc.toml", f'fail-on = {classes}\nbudget = "params=+1%"\n')
    assert status(archc, "edited") == 1
    assert status(archc, "edited", "--fail-on", "io") == 0
    assert status(archc, "wider", "--fail-on", "cost") == 1
    assert status(archc, "wider", "--fail-on", "cost", "--budget", "params=+50%") == 0


@pytest.mark.parametrize(
    ("ignore", "failed", "count"),
    [
        ([], ["numerics", "training"], 0),
        (['class = "training"'], ["numerics"], 1),
        (['class = "training"\nlayer = "drop"'], ["numerics"], 1),
        (['class = "training"\nlayer = "head"'], ["numerics", "training"], 0),
        (['layer = "h*"'], ["training"], 1),
        (['layer = "[dh]*"'], [], 2),
        (['class = "training"', 'class = "numerics"'], [], 2),
        (['class = "io"'], ["numerics", "training"], 0),
    ],
)
def test_what_is_ignored_does_not_fail_and_is_counted(
    archc: Run, repository: Path, ignore: list[str], failed: list[str], count: int
) -> None:
    write(repository / ".archc.toml", "".join(f"[[ignore]]\n{each}\n" for each in ignore))
    result = archc("diff", "./left.yaml", "./edited.yaml", "--json")
    document = json.loads(result.stdout)
    assert (document["classes"], document["failed"], document["ignored"]) == (["numerics", "training"], failed, count)
    assert len(document["changes"]) == 2
    assert result.exit_code == (1 if failed else 0)
    for form in ("text", "markdown"):
        text = archc("diff", "./left.yaml", "./edited.yaml", "--format", form).stdout
        assert ("drop" in text, "head" in text) == (True, True)
        assert (f"{count} difference" in text) == bool(count)
        assert (".archc.toml" in text) == bool(count)
    lines = archc("diff", "./left.yaml", "./edited.yaml", "--format", "github").stdout.splitlines()
    assert sorted(line.split()[0] for line in lines) == ["::error"] * len(failed) + ["::notice"] * (2 - len(failed))


@pytest.mark.parametrize(
    ("ignore", "failed"),
    [
        ("", ["io", "weights"]),
        ('[[ignore]]\nclass = "weights"\n', ["io"]),
        ('[[ignore]]\nlayer = "head"\n', ["io"]),
        ('[[ignore]]\nlayer = "body"\n', ["io", "weights"]),
        ('[[ignore]]\nclass = "io"\n', ["weights"]),
        ('[[ignore]]\nlayer = "*"\n', ["io"]),
    ],
)
def test_a_layer_that_needs_other_weights_may_be_ignored(
    archc: Run, repository: Path, ignore: str, failed: list[str]
) -> None:
    write(repository / ".archc.toml", ignore)
    assert json.loads(archc("diff", "./left.yaml", "./wider.yaml", "--json").stdout)["failed"] == failed


def test_they_hold_for_folders(archc: Run, repository: Path, tmp_path: Path) -> None:
    for side, text in (("old", SPEC), ("new", EDITED)):
        (tmp_path / side).mkdir()
        write(tmp_path / side / "net.yaml", text)
    sides = str(tmp_path / "old"), str(tmp_path / "new")
    assert archc("diff", *sides).exit_code == 1
    write(repository / ".archc.toml", '[[ignore]]\nlayer = "*"\n')
    result = archc("diff", *sides)
    assert result.exit_code == 0
    assert "2 differences" in result.stdout
    assert "1 differs" in result.stdout


# --- what is wrong with them -----------------------------------------------------------------------------------------

FAULTS = [
    ('# a comment\n\nfail-on = "io"\nfailon = "io"\n', 4, "did you mean `fail-on`?"),
    ('text = """\nfailon = 1\n"""\nfail-on = "io"\n', 1, "`text` is not a key"),
    ('budget = [\n  "params=+1%",\n]\n\n# [\nfail_on = ["io"]\n', 6, "did you mean `fail-on`?"),
    ('[[ignore]]\nclass = "io"\n\n[[ignore]]\nlayer = "a"\nlayr = "b"\n', 6, "did you mean `layer`?"),
    ('ignore = [\n  {class = "io"},\n  {layer = "a", clas = "io"},\n]\n', 3, "did you mean `class`?"),
    ("ignore = [\n  {},\n]\n", 2, "needs `class` or `layer`"),
    ("[[ignore]]\n", 1, "needs `class` or `layer`"),
    ('ignore = "training"\n', 1, "is not a list of tables"),
    ("\nignore = [\n 1,\n]\n", 3, "needs `class` or `layer`"),
    ("[[ignore]]\nclass = 3\n", 2, "`class` is not a text"),
    ('[[ignore]]\nlayer = "a"\n[[ignore]]\nclass = "wights"\n', 4, "did you mean `weights`?"),
    ('[[ignore]]\nlayer = "a"\n[[ignore]]\nclass = "any"\n', 4, "is not a class of change"),
    ("fail-on = 3\n", 1, "is not a text, nor a list of texts"),
    ('budget = "params=+1%"\nfail-on = ["io", "wights"]\n', 2, "did you mean `weights`?"),
    ('fail-on = "io"\nbudget = "memory=+1%"\n', 2, "is not a limit of a cost"),
    ('\nfail-on = "cost"\n', 2, "needs a budget"),
    ('fail-on = "io"\nbudget = \n', 2, "this is not TOML"),
    ('fail-on = "io\n', 1, "this is not TOML"),
    ('fail-on = """io\n\n', 3, "this is not TOML"),
    ('fail-on = "io"\n[archc]\nx = 1\n', 2, "`archc` is not a key"),
]


@pytest.mark.parametrize(("text", "line", "message"), FAULTS)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_fault_has_its_line(archc: Run, repository: Path, newline: str, text: str, line: int, message: str) -> None:
    (repository / ".archc.toml").write_bytes(text.replace("\n", newline).encode())
    result = archc("diff", "./left.yaml", "./edited.yaml", "--json")
    assert result.exit_code == 2
    (fault,) = json.loads(result.stdout)["diagnostics"]
    assert message in f"{fault['message']}; {fault['hint']}"
    assert (fault["file"], fault["line"]) == ("../../.archc.toml", line)
    shown = archc("diff", "./left.yaml", "./edited.yaml").stderr
    assert shown.startswith(f"../../.archc.toml:{line}:")
    assert f"\n  {line} | {text.splitlines()[line - 1] if line <= len(text.splitlines()) else ''}" in shown


def test_a_fault_in_the_file_of_other_tools_has_its_line(archc: Run, repository: Path) -> None:
    text = '[tool.ruff]\nignore = [\n  "E501",\n]\n[tool.archc]\nfail-on = "io"\n[[tool.archc.ignore]]\nlayr = "a"\n'
    write(repository / "pyproject.toml", text)
    result = archc("diff", "./left.yaml", "./edited.yaml")
    assert result.stderr.startswith("../../pyproject.toml:8:1: settings  `layr` is not a key of the settings\n")
    write(repository / "pyproject.toml", "[tool]\narchc = 3\n")
    assert archc("diff", "./left.yaml", "./edited.yaml").stderr.startswith("../../pyproject.toml:2:1: settings")


@pytest.mark.parametrize("content", [b"\xff", b'fail-on = "\0"\n'])
def test_what_is_no_text_is_an_error(archc: Run, repository: Path, content: bytes) -> None:
    (repository / ".archc.toml").write_bytes(content)
    assert status(archc, "edited") == 2


def test_an_error_of_an_option_has_no_line(archc: Run, repository: Path) -> None:
    write(repository / ".archc.toml", 'fail-on = "io"\n')
    assert archc("diff", "./left.yaml", "./edited.yaml", "--fail-on", "wights").stderr.startswith("usage  `wights`")


def test_a_fault_after_many_lines(archc: Run, repository: Path) -> None:
    lines = "".join(f'[[ignore]]\nlayer = "layer_{number}"\n' for number in range(5_000))
    write(repository / ".archc.toml", f"{lines}[[ignore]]\nlayr = 1\n")
    assert ":10002:" in archc("diff", "./left.yaml", "./edited.yaml").stderr
