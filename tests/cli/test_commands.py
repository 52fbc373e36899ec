"""Every command, as a user meets it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from archc.cli import COMMANDS, main
from archc.library.paths import library_paths
from tests.cli.conftest import ROOT

Run = Callable[..., Result]

BROKEN = "archc: 1\nname: Broken\ninput: [8, 8, 3]\nlayers:\n  - Conv2d: {filters: 4, kernel_size: 3}\n"
WRONG_FACT = (
    "archc: 1\nname: Wrong\ninput: [8, 8, 3]\nlayers:\n  - Conv2D: {filters: 4, kernel_size: 3}\n    shape: [8, 8, 4]\n"
)
BLOCKS_ALONE = "archc: 1\nblocks:\n  conv:\n    params: {filters: int}\n    layers:\n      - Dense: $filters\n"


# --- help ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help_with_an_example(archc: Run, name: str) -> None:
    result = archc(name, "--help")
    assert result.exit_code == 0
    assert re.search(rf"Examples?:\s+archc {name}\b", result.output)
    assert "\\b" not in result.output


def test_the_help_lists_the_commands_and_says_what_the_status_means(archc: Run) -> None:
    output = archc("--help").output
    assert all(re.search(rf"^  {name} ", output, re.MULTILINE) for name in COMMANDS)
    assert "Exit status" in output
    assert "\\b" not in output


def test_version(archc: Run) -> None:
    assert re.fullmatch(r"archc, version \d+\.\d+\.\d+\n", archc("--version").output)


def test_a_misspelt_command_gets_a_suggestion(archc: Run) -> None:
    result = archc("chek", "vgg16")
    assert result.exit_code == 2
    assert "did you mean `check`?" in result.stderr


# --- summary ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", ["lenet5", "vgg16", "resnet50", "googlenet", "densenet121"])
def test_summary_reads_well(archc: Run, golden: Callable[[str, str], None], spec: str) -> None:
    result = archc("summary", spec)
    assert result.exit_code == 0
    golden(f"summary_{spec}.txt", result.stdout)


def test_summary_full_has_a_row_for_every_layer(archc: Run) -> None:
    rows = archc("summary", "vgg16", "--full").stdout.splitlines()
    assert sum(" Conv2D " in row for row in rows) == 13


def test_summary_json(archc: Run) -> None:
    document = json.loads(archc("summary", "vgg16", "--json").stdout)
    assert list(document) == [
        "format", "version", "spec", "name", "inputs", "outputs", "features", "params", "total_params", "frozen_params",
        "macs", "depth", "layers",
    ]  # fmt: skip
    assert document["format"] == "archc-summary"
    assert document["inputs"] == {"input_layer": [224, 224, 3]}
    assert document["outputs"] == {"predictions": [1000]}
    assert document["params"] == 138_357_544
    first = document["layers"][0]
    assert list(first) == [
        "name", "op", "path", "inputs", "shape", "params", "total_params", "frozen_params", "macs", "at",
    ]  # fmt: skip
    assert first["inputs"] == ["input_layer"]
    assert re.fullmatch(r"specs/vgg/vgg\.yaml:\d+:\d+", first["at"])


def test_summary_json_has_an_entry_for_each_call_of_a_shared_layer(archc: Run) -> None:
    spec = (
        "archc: 1\nname: Shared\ninputs: {a: [4], b: [4]}\nlayers:\n"
        "  - Dense: 3\n    name: same\n    share: s\n    as: left\n"
        "  - Dense: 3\n    from: b\n    share: s\n    as: right\n  - Add: [left, right]\n"
    )
    layers = json.loads(archc("summary", "-", "--json", text=spec).stdout)["layers"]
    assert [(layer["name"], layer["params"], layer["macs"]) for layer in layers[:2]] == [
        ("same", 15, 12),
        ("same", 0, 12),
    ]


def test_unknown_sizes_are_null(archc: Run) -> None:
    document = json.loads(archc("summary", "resnet50", "--input", "null,null,3", "--json").stdout)
    assert document["macs"] is None
    assert document["inputs"] == {"input_layer": [None, None, 3]}
    assert document["params"] == 25_557_032


def test_settings(archc: Run) -> None:
    document = json.loads(
        archc("summary", "vgg16", "--set", "depths=[2,2,4,4,4]", "--set", "classes=10", "--json").stdout
    )
    assert document["outputs"] == {"predictions": [10]}
    assert sum(layer["op"] == "Conv2D" for layer in document["layers"]) == 16


def test_an_output_ends_the_network_and_drops_what_is_not_needed(archc: Run) -> None:
    document = json.loads(archc("summary", "vgg16", "--output", "block2_pool", "--json").stdout)
    assert document["outputs"] == {"block2_pool": [56, 56, 128]}
    assert [layer["name"] for layer in document["layers"]][-1] == "block2_pool"
    both = json.loads(
        archc("summary", "resnet50", "--output", "conv3_block4", "--output", "conv2_block3", "--json").stdout
    )
    assert both["outputs"] == {"conv3_block4": [28, 28, 512], "conv2_block3": [56, 56, 256]}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--set", "clases=10"], "unknown-parameter"),
        (["--set", "classes"], "usage"),
        (["--set", "classes=[1"], "yaml"),
        (["--set", "classes=ten"], "parameter"),
        (["--input", "224,x,3"], "usage"),
        (["--input", "image=224,224,3"], "unknown-input"),
        (["--output", "block9_pool"], "unknown-layer"),
    ],
)
def test_a_wrong_setting_is_a_diagnostic(archc: Run, arguments: list[str], code: str) -> None:
    result = archc("summary", "vgg16", *arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith(code)
    assert result.stdout == ""
    document = json.loads(archc("summary", "vgg16", *arguments, "--json").stdout)
    assert [found["code"] for found in document["diagnostics"]] == [code]


# --- check -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["specs/squeezenet", pytest.param("specs", marks=pytest.mark.slow)])
def test_check_the_library(archc: Run, folder: str) -> None:
    result = archc("check", folder)
    assert result.exit_code == 0, result.output
    assert "differ" not in result.stdout


@pytest.mark.parametrize("spec", ["vgg16", "googlenet", "resnet50"])
def test_check_reads_well(archc: Run, golden: Callable[[str, str], None], spec: str) -> None:
    result = archc("check", spec)
    assert result.exit_code == 0
    golden(f"check_{spec}.txt", result.stdout)


def test_check_of_several_reads_well(archc: Run, golden: Callable[[str, str], None]) -> None:
    golden("check_vgg.txt", archc("check", "specs/vgg").stdout)


def test_check_json(archc: Run) -> None:
    document = json.loads(archc("check", "vgg16", "resnet50", "--json").stdout)
    assert list(document) == ["format", "version", "specs", "counts"]
    assert [spec["spec"] for spec in document["specs"]] == ["vgg16", "resnet50"]
    assert list(document["counts"]) == ["agrees", "explained", "differs", "set_aside"]
    facts = [fact for spec in document["specs"] for fact in spec["facts"]]
    keys = ["fact", "of", "documented", "computed", "verdict", "source", "at", "when"]
    assert all(list(fact) == keys for fact in facts)
    assert sum(document["counts"].values()) == len(facts)


def test_a_fact_that_differs_gives_status_1(archc: Run) -> None:
    result = archc("check", "-", text=WRONG_FACT)
    assert result.exit_code == 1
    assert "<stdin>:6:12: shape: documented 8x8x4, computed 6x6x4" in result.stdout


def test_check_goes_on_after_a_broken_spec(archc: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text(BROKEN)
    result = archc("check", str(tmp_path / "broken.yaml"), "vgg16")
    assert result.exit_code == 2
    assert "unknown-op" in result.stderr
    assert "did you mean `Conv2D`?" in result.stderr
    assert "vgg16" in result.stdout
    document = json.loads(archc("check", str(tmp_path / "broken.yaml"), "vgg16", "--json").stdout)
    assert [found["code"] for found in document["diagnostics"]] == ["unknown-op"]
    assert [spec["spec"] for spec in document["specs"]] == ["vgg16"]


def test_blocks_for_others_are_no_network_in_a_folder(archc: Run, tmp_path: Path) -> None:
    (tmp_path / "blocks.yaml").write_text(BLOCKS_ALONE)
    result = archc("check", str(tmp_path))
    assert (result.exit_code, result.stdout) == (0, "")


def test_a_fact_that_no_longer_applies_is_not_applicable(archc: Run) -> None:
    result = archc("check", "vgg16", "--set", "classes=10")
    assert result.exit_code == 0
    assert "not applicable" in result.stdout
    assert json.loads(archc("check", "vgg16", "--set", "classes=10", "--json").stdout)["counts"]["set_aside"] > 0


# --- list, show, schema ----------------------------------------------------------------------------------------------


def test_list_reads_well(archc: Run, golden: Callable[[str, str], None]) -> None:
    golden("list.txt", archc("list").stdout)


def test_list_json(archc: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = {name: library_paths()[name] for name in ("vgg", "vgg16")}
    monkeypatch.setattr("archc.report.list.library_paths", lambda: paths)
    document = json.loads(archc("list", "--json").stdout)
    assert document["format"] == "archc-list"
    assert document["networks"] == [
        {
            "spec": "vgg16",
            "name": "VGG-16",
            "family": "vgg",
            "paper": "Very Deep Convolutional Networks for Large-Scale Image Recognition",
            "year": 2014,
            "params": 138_357_544,
            "macs": 15_470_264_320,
        }
    ]


def test_show_prints_the_file(archc: Run) -> None:
    assert archc("show", "vgg16").stdout == (ROOT / "specs/vgg/vgg16.yaml").read_text(encoding="utf-8")
    assert archc("show", "vgg61").exit_code == 2


def test_completion_knows_the_library() -> None:
    from click.shell_completion import ShellComplete

    completion = ShellComplete(main, {}, "archc", "_ARCHC_COMPLETE")
    found = {item.value for item in completion.get_completions(["check"], "resnet5")}
    assert "resnet50" in found
    assert {item.value for item in completion.get_completions([], "su")} == {"summary"}


def test_a_pipe_that_closes_is_no_error() -> None:
    command = f"{sys.executable} -m archc summary resnet152 --full | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stderr == ""
