"""`archc diff`: what it shows, its exit status, and what other programs read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]

SMALL = "archc: 1\nname: Small\nparams: {units: 3}\ninput: [4]\nlayers:\n  - Dense: $units\n    name: fc\n"
GOLDEN = [
    ("vgg16", "vgg19"),
    ("vgg16", "vgg16_c"),
    ("vgg16", "vgg16_bn"),
    ("resnet50", "resnet101"),
    ("resnet50", "resnet50_v1_5"),
    ("resnet50", "se_resnet50"),
    ("resnet50", "vgg16"),
    ("densenet121", "densenet169"),
    ("googlenet", "googlenet?auxiliary=false"),
    ("googlenet", "inception_v3"),
    ("mobilenet_v1", "mobilenet_v1_050"),
    ("nasnet_a_mobile", "nasnet_a_large"),
    ("xception", "xception"),
]


@pytest.mark.parametrize(("left", "right"), GOLDEN)
def test_a_diff_reads_well(archc: Run, golden: Callable[[str, str], None], left: str, right: str) -> None:
    result = archc("diff", left, right)
    assert result.exit_code == (0 if left == right else 1)
    golden(f"diff_{left}_{re.sub(r'[^a-z0-9_]+', '_', right)}.txt", result.stdout)


@pytest.mark.parametrize("form", ["markdown", "github"])
def test_a_review_reads_well(archc: Run, golden: Callable[[str, str], None], form: str) -> None:
    result = archc("diff", "resnet50", "resnet50_v1_5", "--format", form)
    golden(f"diff_resnet50_resnet50_v1_5.{form}", result.stdout)


def test_json(archc: Run) -> None:
    document = json.loads(archc("diff", "vgg16", "vgg16_c", "--json").stdout)
    assert {key: document[key] for key in ("format", "version", "left", "right", "rewired", "classes")} == {
        "format": "archc-diff",
        "version": 2,
        "left": "vgg16",
        "right": "vgg16_c",
        "rewired": [],
        "classes": ["weights"],
    }
    assert document["counts"] == {"added": 0, "removed": 0, "changed": 3, "moved": 0, "unchanged": 21}
    assert document["params"] == [138_357_544, 133_638_952]
    assert document["macs"][0] > document["macs"][1]
    assert document["changes"][0] == {
        "kind": "changed",
        "layer": "block3_conv3",
        "counterpart": "block3_conv3",
        "fields": {"kernel_size": [[3, 3], [1, 1]]},
        "classes": ["weights"],
        "at": document["changes"][1]["at"],
        "tensors": ["block3_conv3", "block3_conv3"],
        "op": "Conv2D",
        "arguments": {"filters": 256, "kernel_size": [1, 1], "padding": "same", "activation": "relu"},
        "inputs": ["block3_conv2"],
        "shape": [56, 56, 256],
    }
    assert re.fullmatch(r"specs/vgg/vgg\.yaml:\d+:\d+", document["changes"][0]["at"])


def test_json_of_what_is_rewired_and_removed(archc: Run) -> None:
    document = json.loads(archc("diff", "googlenet", "googlenet?auxiliary=false", "--json").stdout)
    assert {change["kind"] for change in document["changes"]} == {"removed"}
    assert all(change["counterpart"] is None for change in document["changes"])
    assert document["classes"] == ["io", "weights", "cosmetic"]


@pytest.mark.parametrize(
    ("right", "options", "status"),
    [
        ("vgg16", [], 0),
        ("vgg19", [], 1),
        ("vgg19", ["--fail-on", "io"], 0),
        ("vgg19", ["--fail-on", "weights"], 1),
        ("vgg19", ["--fail-on", "io,numerics"], 0),
        ("vgg19", ["--fail-on", "any"], 1),
        ("vgg19", ["--fail-on", "cost", "--budget", "params=+5%"], 0),
        ("vgg19", ["--fail-on", "cost", "--budget", "params=+3%"], 1),
        ("vgg19", ["--fail-on", "cost", "--budget", "params=+5%,macs=+10%"], 1),
        ("vgg16?classes=10", ["--fail-on", "io"], 1),
        ("vgg16_c", ["--fail-on", "cost", "--budget", "params=0%"], 0),
    ],
)
def test_the_status_depends_on_the_classes(archc: Run, right: str, options: list[str], status: int) -> None:
    assert archc("diff", "vgg16", right, *options).exit_code == status


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--fail-on", "wights"], "did you mean `weights`?"),
        (["--fail-on", "cost"], "needs a budget"),
        (["--budget", "params"], "is not a limit"),
        (["--budget", "memory=+5%"], "is not a limit"),
        (["--budget", "params=+5"], "is not a limit"),
    ],
)
def test_what_cannot_be_parsed_is_reported(archc: Run, options: list[str], message: str) -> None:
    result = archc("diff", "vgg16", "vgg19", *options)
    assert result.exit_code == 2
    assert message in result.stderr


def test_an_unknown_side_is_reported(archc: Run) -> None:
    result = archc("diff", "vgg16", "vgg61")
    assert result.exit_code == 2
    assert "did you mean `vgg19`" in result.stderr


def test_a_side_sets_parameters_of_its_own(archc: Run) -> None:
    result = archc("diff", "resnet50?depths=[3,4,23,3]", "resnet101", "--fail-on", "any")
    assert result.exit_code == 0
    assert "no difference" in result.stdout


def test_a_side_from_standard_input(archc: Run, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("diff") / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    result = archc("diff", f"{path}?units=5", "-", text=SMALL)
    assert result.exit_code == 1
    assert "units 5 -> 3" in result.stdout
    assert "~" in result.stdout


def test_the_same_network_whose_files_load_into_other_layers(
    archc: Run, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("diff") / "sum.yaml"
    branches = ["{Dense: {units: 4, activation: relu}, name: a}", "{Dense: {units: 4, activation: tanh}, name: b}"]
    there, back = (SMALL.replace("Dense: $units", f"Add: [{', '.join(o)}]") for o in (branches, branches[::-1]))
    there, back = (text.replace("params: {units: 3}\n", "") for text in (there, back))
    path.write_text(there, encoding="utf-8")
    result = archc("diff", str(path), "-", text=back)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[1] == "same network, but weight files load into other layers"
    assert "\nweights   .weights.h5, .keras and .h5 load into other layers: b gets those of a, a gets those of b;" in (
        result.stdout
    )
    document = json.loads(archc("diff", str(path), "-", "--json", text=back).stdout)
    assert (document["changes"], document["rewired"], document["classes"]) == ([], [], ["weights"])
    assert set(document["loading"].values()) == {"misplaced"}
    annotated = archc("diff", str(path), "-", "--format", "github", text=back).stdout
    assert annotated.startswith("::error title=weights::.weights.h5, .keras and .h5 load into other layers:")


def test_the_totals_alone(archc: Run) -> None:
    result = archc("diff", "vgg16", "vgg19", "--stat")
    assert "block3_conv4" not in result.stdout
    assert "3 added" in result.stdout


def test_nothing_is_folded_in_full(archc: Run) -> None:
    result = archc("diff", "resnet50", "resnet101", "--full")
    assert "conv4_block23_3_bn" in result.stdout
    assert "unchanged" not in result.stdout.split("\n\n")[1]


def test_context_is_what_is_around_a_change(archc: Run) -> None:
    narrow = archc("diff", "vgg16", "vgg19", "--context", "0").stdout
    wide = archc("diff", "vgg16", "vgg19", "--context", "3").stdout
    assert "block3_pool  " not in narrow
    assert "block3_conv1  " in wide


def test_hostile_names_stay_in_their_place(archc: Run) -> None:
    spec = SMALL.replace("name: Small", 'name: "<b>|`::error::x"').replace("units: 3", "units: 4")
    result = archc("diff", "lenet5", "-", "--format", "markdown", text=spec)
    assert "\\<b\\>\\|\\`" in result.stdout
    github = archc("diff", "lenet5", "-", "--format", "github", text=spec).stdout
    assert all(line.startswith(("::error ", "::notice ")) for line in github.splitlines())


def test_a_parameter_that_nothing_reads_does_not_hinder_a_comparison(
    archc: Callable[..., Result], tmp_path: Path
) -> None:
    text = "archc: 1\nname: a\ninput: [8]\nlayers: [{Dense: 3}]\n"
    (tmp_path / "one.yaml").write_text(text)
    (tmp_path / "other.yaml").write_text(text + "params: {width: 3}\n")
    one, other = (str(tmp_path / name) for name in ("one.yaml", "other.yaml"))
    assert archc("check", other).exit_code == 2
    assert archc("diff", one, other).exit_code == 0
    assert archc("diff", one, f"{other}?width=4").exit_code == 2
