"""Every target: what `archc build`, its help, shell completion and `Network.source` make of its entry."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result

import archc
from archc.cli import main
from archc.targets.registry import OPTIONS, SOURCE_TARGETS, TARGETS

MODELS = [name for name in TARGETS if name not in SOURCE_TARGETS]
GIVEN = {"--weights": ["--weights", "file.h5"], "--reinitialize": ["--reinitialize", "C1"]}
"""The options that take a value."""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments])


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", SOURCE_TARGETS)
def test_source_is_printed_or_written(name: str, tmp_path: Path) -> None:
    printed = run("build", "lenet5", "--to", name)
    assert (printed.exit_code, printed.stderr) == (0, "")
    assert printed.stdout == archc.load("lenet5").source(name)
    assert run("build", "lenet5", "--to", name, "-o", "-").stdout == printed.stdout
    assert list(tmp_path.iterdir()) == []
    file = tmp_path / f"net{TARGETS[name].ending}"
    assert run("build", "lenet5", "--to", name, "-o", file.name).exit_code == 0
    assert file.read_text(encoding="utf-8") == printed.stdout
    document = json.loads(run("build", "lenet5", "--to", name, "-o", "-", "--json").stdout)
    assert (document["file"], document["source"]) == (None, printed.stdout)


@pytest.mark.parametrize("name", SOURCE_TARGETS)
def test_the_same_network_gives_the_same_bytes(name: str) -> None:
    assert archc.load("resnet20_cifar").source(name) == archc.load("resnet20_cifar").source(name)


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("name", TARGETS)
def test_an_option_is_taken_or_refused(name: str, option: str, tmp_path: Path) -> None:
    file = f"net{TARGETS[name].ending}"
    result = run("build", "lenet5", "--to", name, "-o", file, *GIVEN.get(option, [option]))
    refused = f"`{option}` does not apply to {TARGETS[name].what}" in result.stderr
    assert refused == (option not in TARGETS[name].options)
    if refused:
        takers = [other.name for other in TARGETS.values() if option in other.options]
        assert takers
        assert all(f"`--to {taker}`" in result.stderr for taker in takers)
        assert (result.exit_code, list(tmp_path.iterdir())) == (2, [])


@pytest.mark.parametrize("name", SOURCE_TARGETS)
def test_an_option_is_refused_in_python_too(name: str) -> None:
    if "--flat" in TARGETS[name].options:
        assert archc.load("lenet5").source(name, flat=True) != archc.load("lenet5").source(name)
    else:
        with pytest.raises(archc.SpecError, match=r"usage `--flat` does not apply to"):
            archc.load("lenet5").source(name, flat=True)


@pytest.mark.parametrize("name", SOURCE_TARGETS)
def test_a_file_is_compared(name: str, tmp_path: Path) -> None:
    file = f"net{TARGETS[name].ending}"
    command = ["build", "lenet5", "--to", name, "-o", file]
    assert run(*command, "--check").exit_code == 1
    run(*command)
    assert run(*command, "--check").exit_code == 0
    (tmp_path / file).write_text("another\n", encoding="utf-8")
    assert run(*command, "--check").exit_code == 1


@pytest.mark.parametrize("name", TARGETS)
def test_the_ending_of_the_file_chooses_the_first_target_that_has_it(name: str) -> None:
    ending = TARGETS[name].ending
    first = next(target for target in TARGETS.values() if target.ending == ending)
    unknown = next(option for option in OPTIONS if option not in first.options)
    result = run("build", "lenet5", "-o", f"net{ending}", *GIVEN.get(unknown, [unknown]))
    assert f"does not apply to {first.what}" in result.stderr
    others = [target for target in TARGETS.values() if target.ending != ending]
    for other in others:
        result = run("build", "lenet5", "--to", name, "-o", f"net{other.ending}")
        assert result.exit_code == 2
        assert f"`--to {name}` writes `*{ending}`, not `net{other.ending}`" in result.stderr


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_no_text(name: str) -> None:
    result = run("build", "lenet5", "--to", name, "-o", "-")
    assert result.exit_code == 2
    assert f"{TARGETS[name].what} cannot be written to standard output" in result.stderr
    with pytest.raises(archc.SpecError, match=r"usage .* is no text"):
        archc.load("lenet5").source(name)


def test_a_target_that_does_not_exist_is_refused() -> None:
    with pytest.raises(archc.SpecError, match="usage `pyton` is no target") as caught:
        archc.load("lenet5").source("pyton")
    assert caught.value.first.hint == "did you mean `python`?"
    assert "no target writes `net.h5`" in run("build", "lenet5", "-o", "net.h5").stderr


def test_help_and_completion_have_every_target() -> None:
    shown = " ".join(run("build", "--help").stdout.split())
    assert all(f"{target.name}: {target.what}" in shown for target in TARGETS.values())
    completed = ShellComplete(main, {}, "archc", "_ARCHC_COMPLETE").get_completions(["build", "lenet5", "--to"], "")
    assert [item.value for item in completed] == [*TARGETS]


@pytest.mark.parametrize("name", SOURCE_TARGETS)
def test_writing_one_target_imports_no_other_and_no_framework(name: str) -> None:
    code = f"import sys, archc; archc.load('lenet5').source({name!r}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    own = TARGETS[name].writer
    others = {target.writer for target in TARGETS.values() if target.writer not in (None, own)}
    assert own in loaded
    assert loaded.isdisjoint(others | {"keras", "tensorflow", "torch", "h5py", "numpy"})
