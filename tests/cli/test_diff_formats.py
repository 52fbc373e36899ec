"""What `archc diff` writes for programs, and where: formats, files, annotations."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result

from archc.cli import main
from archc.cli.formats import FORMS, wants_json
from archc.diagnostics import Position
from archc.report.annotations import Annotation, workflow_commands
from tests.cases import every_or_few

Run = Callable[..., Result]

SPEC = """archc: 1
name: Small
input: [4]
layers:
  - Dense: 4
    name: a
  - Dense: 3
    name: b
"""
UNITS = SPEC.replace("name: Small", "name: Small\nparams: {units: 3}").replace("Dense: 3", "Dense: $units")


def written(folder: Path, text: str = SPEC, name: str = "small.yaml") -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


# --- several formats -------------------------------------------------------------------------------------------------


def test_each_format_goes_to_its_file(archc: Run, tmp_path: Path) -> None:
    files = {form: tmp_path / f"out.{form}" for form in FORMS}
    options = [part for form, file in files.items() for part in ("--format", f"{form}={file}")]
    result = archc("diff", "vgg16", "vgg16_c", *options)
    assert (result.exit_code, result.stdout) == (1, "")
    for form, file in files.items():
        assert file.read_text(encoding="utf-8") == archc("diff", "vgg16", "vgg16_c", "--format", form).stdout
    assert sorted(tmp_path.iterdir()) == sorted(files.values())


def test_text_and_annotations_go_together(archc: Run) -> None:
    result = archc("diff", "vgg16", "vgg16_c", "--format", "text", "--format", "github")
    text, commands = (archc("diff", "vgg16", "vgg16_c", "--format", form).stdout for form in ("text", "github"))
    assert result.stdout == f"{text}\n{commands}"
    assert result.exit_code == 1


@pytest.mark.parametrize("options", [["--json"], ["--format", "json"], ["--format=json"], ["--json", "--format=json"]])
def test_json_is_one_format(archc: Run, options: list[str]) -> None:
    assert json.loads(archc("diff", "vgg16", "vgg16_c", *options).stdout)["format"] == "archc-diff"
    assert wants_json(["diff", "vgg16", "vgg16_c", *options])
    faulty = archc("diff", "vgg16", "vgg16_d", *options)
    assert json.loads(faulty.stdout)["diagnostics"][0]["code"] == "unknown-spec"
    assert faulty.exit_code == 2


def test_json_in_a_file_leaves_errors_to_people(archc: Run, tmp_path: Path) -> None:
    file = tmp_path / "diff.json"
    result = archc("diff", "vgg16", "vgg16_d", "--format", f"json={file}")
    assert (result.exit_code, result.stdout, file.exists()) == (2, "", False)
    assert "unknown-spec" in result.stderr
    assert not wants_json(["diff", "--format", f"json={file}"])


@pytest.mark.parametrize(("right", "status"), [("vgg16", 0), ("vgg16_c", 1)])
def test_the_status_does_not_depend_on_the_formats(archc: Run, tmp_path: Path, right: str, status: int) -> None:
    for options in (["--format", "github"], ["--format", f"json={tmp_path / 'a'}"], ["--format", "markdown"]):
        assert archc("diff", "vgg16", right, *options).exit_code == status


def test_a_file_that_is_there_is_replaced(archc: Run, tmp_path: Path) -> None:
    file = tmp_path / "diff.json"
    file.write_text("old", encoding="utf-8")
    link = tmp_path / "link.json"
    link.symlink_to(file)
    archc("diff", "vgg16", "vgg16_c", "--format", f"json={link}")
    assert json.loads(file.read_text(encoding="utf-8"))["right"] == "vgg16_c"
    assert link.is_symlink()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--format", "jsn"], "did you mean `json`?"),
        (["--format", "pdf"], "the formats are: text, markdown, github, json, html"),
        (["--format", "json", "--format", "text"], "cannot both go to standard output"),
        (["--json", "--format", "markdown"], "cannot both go to standard output"),
        (["--json", "--format", "github"], "cannot both go to standard output"),
        (["--format", "json="], "names no file"),
        (["--format", "json=-"], "names no file"),
        (["--format", "json=FOLDER/a", "--format", "text=FOLDER/../FOLDER/a"], "is written twice"),
        (["--format", "json=FOLDER/a", "--format", "json=FOLDER/a"], "is written twice"),
        (["--format", "json=FOLDER/small.yaml"], "is what is compared"),
        (["--format", "json=FOLDER"], "is a folder"),
        (["--format", "json=FOLDER/none/a"], "there is no folder"),
        (["--format", "json=/dev/null"], "is not a regular file"),
        (["--format", f"json=FOLDER/{'a' * 300}"], "cannot be written"),
    ],
)
def test_what_cannot_be_written_is_an_error(archc: Run, tmp_path: Path, options: list[str], message: str) -> None:
    folder = str(tmp_path / "out")
    written(tmp_path / "out", UNITS)
    options = [option.replace("../FOLDER", "../out").replace("FOLDER", folder) for option in options]
    result = archc("diff", f"{folder}/small.yaml?units=3", "vgg16", *options)
    assert result.exit_code == 2
    assert message in (result.stdout if wants_json(options) else result.stderr)
    assert os.listdir(folder) == ["small.yaml"]
    assert (tmp_path / "out/small.yaml").read_text(encoding="utf-8") == UNITS


def test_options_are_completed() -> None:
    def completed(option: str, word: str) -> list[str]:
        complete = ShellComplete(main, {}, "archc", "_ARCHC_COMPLETE")
        return [item.value for item in complete.get_completions(["diff", "vgg16", "vgg19", option], word)]

    assert completed("--format", "") == [*FORMS]
    assert completed("--format", "g") == ["github"]
    assert completed("--fail-on", "io,c") == ["io,cost", "io,cosmetic"]


# --- annotations -----------------------------------------------------------------------------------------------------

COMMAND = re.compile(r"::(error|notice) (?:file=([^,:]+),line=(\d+),col=\d+,)?title=([^,:]*)::(.*)")
PAIRS = [
    ("vgg16", "vgg16_bn"),
    ("resnet50", "se_resnet50"),
    ("resnet50", "vgg16"),
    ("googlenet", "googlenet?auxiliary=false"),
    ("mobilenet_v1", "mobilenet_v1_050"),
    ("vgg16", "vgg16?classes=10"),
    ("densenet121", "densenet169"),
    ("nasnet_a_mobile", "nasnet_a_large"),
]
CLASSES = ["io", "weights", "numerics", "training", "cosmetic"]


def commands(text: str) -> list[tuple[str, ...]]:
    matches = [COMMAND.fullmatch(line) for line in text.splitlines()]
    assert None not in matches
    return [match.groups("") for match in matches if match]


@pytest.mark.parametrize(("left", "right"), every_or_few(PAIRS, 6))
def test_what_fails_is_among_ten_annotations(archc: Run, left: str, right: str) -> None:
    failed = json.loads(archc("diff", left, right, "--json", "--fail-on", "any,cosmetic").stdout)["failed"]
    for each in CLASSES:
        found = commands(archc("diff", left, right, "--format", "github", "--fail-on", each).stdout)
        assert len(found) <= 10
        errors = [classes for level, _, _, classes, _ in found if level == "error"]
        assert any(each in classes.split("%2C ") for classes in errors) == (each in failed)
        assert all(each in classes.split("%2C ") for classes in errors)


def test_equal_edits_of_equal_blocks_are_one_cause(archc: Run) -> None:
    ((level, file, line, classes, text),) = commands(
        archc("diff", "resnet50", "se_resnet50", "--format", "github").stdout
    )
    assert (level, file, classes) == ("error", "specs/senet/senet.yaml", "weights")
    step = Path(file).read_text(encoding="utf-8").splitlines()[int(line) - 1]
    assert "squeeze_excite" in step
    assert text == "conv2_block1_se … conv5_block3_se (16 times) added: squeeze_excite, 4 layers"


LOOP = """archc: 1
name: Loop
input: [8, 8, 4]
blocks:
  unit:
    layers:
      - Conv2D: {{filters: 4, kernel_size: 1}}
        name: conv
      - Dropout: {rate}
        name: drop
layers:
{layers}
"""


@pytest.mark.parametrize(
    "layers",
    [
        "  - for: i in range(5)\n    do:\n      - unit:\n        name: unit$(i)",
        "\n".join(f"  - unit:\n    name: unit{number}" for number in range(5)),
    ],
    ids=["a loop", "written out"],
)
def test_an_edit_of_a_block_is_one_cause_however_it_is_used(archc: Run, tmp_path: Path, layers: str) -> None:
    left = written(tmp_path, LOOP.format(rate=0.5, layers=layers), "left.yaml")
    right = written(tmp_path, LOOP.format(rate=0.25, layers=layers), "right.yaml")
    ((level, _, line, classes, text),) = commands(archc("diff", left, right, "--format", "github").stdout)
    assert (level, line, classes) == ("error", "9", "training")
    assert text == "unit0_drop … unit4_drop (5 times) changed: rate 0.5 -> 0.25"


def test_shared_weights_are_one_cause(archc: Run, tmp_path: Path) -> None:
    loop = "  - Dense: 4\n    share: twin\n  - for: i in range(3)\n    do:\n      - Dense: 4\n        %s\n"
    left, right = (
        written(tmp_path, SPEC.partition("  - ")[0] + loop % how, f"{how[:5]}.yaml")
        for how in ("share: twin", "name: own$(i)")
    )
    found = commands(archc("diff", left, right, "--format", "github").stdout)
    assert [(one[0], one[2], one[3]) for one in found[:1]] == [("error", "9", "weights")]
    assert found[0][4] == "own0 … own2 (3 times) changed: the weights of dense -> own weights"


def test_other_inputs_are_a_cause(archc: Run, tmp_path: Path) -> None:
    layers = "  - Dense: {units: 4, activation: relu}\n    as: a\n  - Dense: 4\n    as: b\n  - Subtract: "
    spec = SPEC.partition("  - ")[0]
    left, right = (written(tmp_path, f"{spec}{layers}[{names}]\n", f"{names[0]}.yaml") for names in ("a, b", "b, a"))
    found = commands(archc("diff", left, right, "--format", "github").stdout)
    assert ("error", right, "9", "numerics") in [one[:4] for one in found]


def test_growth_beyond_a_budget_is_a_cause(archc: Run) -> None:
    options = ("--fail-on", "cost", "--budget", "params=+1%", "--format", "github")
    errors = [one for one in commands(archc("diff", "vgg16", "vgg19", *options).stdout) if one[0] == "error"]
    assert [(classes, text) for *_, classes, text in errors] == [("cost", "params +3.8%25, more than +1%25")]


def test_other_names_are_a_cause_where_they_fail(archc: Run, tmp_path: Path) -> None:
    left, right = written(tmp_path), written(tmp_path, SPEC.replace("name: a", "name: c"), "right.yaml")
    assert archc("diff", left, right, "--format", "github").stdout == ""
    result = archc("diff", left, right, "--format", "github", "--fail-on", "cosmetic")
    assert [one[:4] for one in commands(result.stdout)] == [("error", "", "", "cosmetic")]


def test_a_removed_layer_is_at_its_line_in_the_path_of_a_revision() -> None:
    one = Annotation(False, ("weights",), Position("git:HEAD~1:specs/a.yaml", 3, 5), "a", "removed: Dense  units 3")
    expected = "::notice file=specs/a.yaml,line=3,col=5,title=weights::a removed: Dense  units 3\n"
    assert workflow_commands([one]) == expected


def test_the_rest_is_summed_up() -> None:
    notices = [Annotation(False, ("training",), Position("a.yaml", line, 1), "a", "x") for line in range(1, 30)]
    weights = [Annotation(True, ("weights",), Position("a.yaml", line, 1), "a", "x") for line in range(30, 60)]
    last = Annotation(True, ("io",), None, "", "inputs")
    found = commands(workflow_commands([*notices, *weights, last]))
    assert len(found) == 10
    assert [one[3] for one in found] == ["weights"] * 8 + ["io", "weights%2C training"]
    assert found[-1] == ("error", "", "", "weights%2C training", "51 more causes; `archc diff` shows all")
    assert len(commands(workflow_commands(notices[:10]))) == 10


def test_a_text_beside_annotations_has_no_command(archc: Run, tmp_path: Path) -> None:
    left = written(tmp_path)
    right = written(tmp_path, SPEC.replace("name: Small", 'name: "a\\n::error::x ##[error]y"'), "right.yaml")
    result = archc("diff", left, f"{right}", "--format", "text", "--format", "github")
    assert not re.search(r"^\s*::|##\[", result.stdout, re.MULTILINE)


def test_a_fault_of_archc_is_json_where_json_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyError

    monkeypatch.setattr("archc.network.load_network", fail)
    monkeypatch.delenv("ARCHC_DEBUG", raising=False)
    result = CliRunner().invoke(main, ["diff", "vgg16", "vgg19", "--format", "json"])
    assert (result.exit_code, json.loads(result.stdout)["diagnostics"][0]["code"]) == (3, "internal")
