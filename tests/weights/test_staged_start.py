"""A deep network begins with the weights of a shallow one, as `initialize` of its spec says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

import archc
from archc.cli import main
from archc.network import Network
from archc.weights.transplant import TransplantPlan
from tests.weights.saved import FORMATS, randomize, write

SHALLOW = """
archc: 1
name: VGG-A
params: {classes: 10, depths: [1, 1, 2, 2, 2]}
input: [32, 32, 3]
layers:
  - for: block, depth, filters in zip(range(1, 6), depths, [2, 3, 4, 5, 5])
    do:
      - for: i in range(1, depth + 1)
        do:
          - Conv2D: {filters: $filters, kernel_size: 3, padding: same, activation: relu}
            name: block$(block)_conv$(i)
      - MaxPooling2D: 2
  - Flatten
  - Dense: {units: 8, activation: relu}
    name: fc1
  - Dropout: 0.5
  - Dense: {units: 8, activation: relu}
    name: fc2
  - Dropout: 0.5
  - Dense: {units: $classes, activation: softmax}
    name: predictions
"""
"""VGG's configuration A of reduced width."""
DEEP = """
archc: 1
name: VGG-D
extends: a
params: {depths: [2, 2, 3, 3, 3]}
initialize:
  from: a
  layers: [block1_conv1, block2_conv1, block3_conv1, block3_conv2, fc1, fc2, predictions]
"""
NAMED = ("block1_conv1", "block2_conv1", "block3_conv1", "block3_conv2", "fc1", "fc2", "predictions")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(SHALLOW, encoding="utf-8")
    (tmp_path / "d.yaml").write_text(DEEP, encoding="utf-8")
    return tmp_path


@pytest.fixture
def networks(folder: Path) -> tuple[Network, Network]:
    return archc.load(folder / "a.yaml"), archc.load(folder / "d.yaml")


def taken(plan: TransplantPlan) -> dict[str, str]:
    return {planned.layer.name: planned.source.layer.name for planned in plan.taken if planned.source}


def check_staged(source: Any, built: Any) -> None:
    """The named layers have the arrays of the shallow network, and no other layer has any of them."""
    theirs = [values for layer in source.layers for values in layer.get_weights()]
    for layer in built.layers:
        if layer.name in NAMED:
            assert all(map(np.array_equal, layer.get_weights(), source.get_layer(layer.name).get_weights()))
        else:
            assert not any(np.array_equal(values, other) for values in layer.get_weights() for other in theirs)


@pytest.mark.parametrize("file", FORMATS)
def test_configuration_d_begins_with_configuration_a(
    file: str, networks: tuple[Network, Network], tmp_path: Path
) -> None:
    shallow, deep = networks
    source = randomize(shallow.build())
    check_staged(source, shallow.transplant(write(source, tmp_path, file), deep))


def test_a_model_without_the_spec_is_recognized(networks: tuple[Network, Network], tmp_path: Path) -> None:
    """A file of Keras's, whose layers have other names."""
    import keras

    shallow, deep = networks
    source = randomize(shallow.build())
    renamed = keras.models.clone_model(
        source,
        clone_function=lambda layer: type(layer).from_config({**layer.get_config(), "name": f"my_{layer.name}"}),
    )
    renamed.set_weights(source.get_weights())
    renamed.save(tmp_path / "mine.keras")
    old = archc.load(tmp_path / "mine.keras")
    assert taken(old.transplant_plan(deep)) == {name: f"my_{name}" for name in NAMED}
    check_staged(source, old.transplant(tmp_path / "mine.keras", deep))


def test_all_counterparts_are_taken_where_it_is_said(networks: tuple[Network, Network]) -> None:
    shallow, deep = networks
    plan = shallow.transplant_plan(deep, all_counterparts=True)
    assert (plan.start, {planned.why for planned in plan.begun_new}) == (None, {"no-counterpart"})
    assert len(taken(plan)) == 11


def test_other_classes_are_a_layer_that_begins_new(networks: tuple[Network, Network], folder: Path) -> None:
    shallow, _ = networks
    plan = shallow.transplant_plan(archc.load(folder / "d.yaml", classes=3))
    assert plan.is_staged
    assert set(taken(plan)) == {*NAMED} - {"predictions"}
    assert {planned.why for planned in plan.begun_new if planned.layer.name == "predictions"} == {"other-shape"}
    three = archc.load(folder / "a.yaml", classes=3)
    assert set(taken(three.transplant_plan(archc.load(folder / "d.yaml", classes=3)))) == {*NAMED}


def test_a_fit_takes_no_layer_that_is_not_named(networks: tuple[Network, Network], folder: Path) -> None:
    shallow, _ = networks
    deep = archc.load(folder / "d.yaml", classes=3)
    assert set(taken(shallow.transplant_plan(deep, "crop"))) == {*NAMED}
    for method in ("pad", "inflate", "tile"):
        plan = shallow.transplant_plan(deep, method)
        assert plan.is_staged
        assert set(taken(plan)) == {*NAMED} - {"predictions"}


@pytest.mark.parametrize(
    ("change", "followed"),
    [
        ("", True),
        ("  - Dropout: 0.25\n", True),
        ("  - ReLU\n", False),
        ("  - Dense: 8\n", False),
    ],
)
def test_another_network_is_not_followed(change: str, followed: bool, networks: tuple[Network, Network]) -> None:
    _, deep = networks
    old = archc.loads(SHALLOW.replace("  - Dropout: 0.5\n", change, 1))
    assert old.transplant_plan(deep).is_staged is followed


def test_a_network_with_more_layers_is_another_one(networks: tuple[Network, Network]) -> None:
    _, deep = networks
    old = archc.loads(SHALLOW.replace("[1, 1, 2, 2, 2]", "[2, 2, 2, 2, 2]"))
    plan = old.transplant_plan(deep)
    assert plan.start is not None
    assert (plan.start.spec, plan.start.followed) == ("a", False)
    assert {planned.layer.name for planned in plan.taken} > {*NAMED}


@pytest.mark.parametrize("name", ["vgg13", "vgg16", "vgg16_c", "vgg19"])
def test_the_networks_of_vgg(name: str) -> None:
    plan = archc.load("vgg11").transplant_plan(name)
    assert taken(plan) == {layer: layer for layer in NAMED}
    assert not archc.load("vgg11_lrn").transplant_plan(name).is_staged
    assert not archc.load("vgg11_bn").transplant_plan(name).is_staged


# --- the command ---


@pytest.fixture
def run(networks: tuple[Network, Network], tmp_path: Path) -> Callable[..., Result]:
    write(randomize(networks[0].build()), tmp_path, "a.keras")
    write(randomize(networks[1].build()), tmp_path, "d.weights.h5")
    return lambda *arguments: CliRunner().invoke(main, ["transplant", *arguments], env={"COLUMNS": "120"})


def test_the_command_says_that_it_follows(run: Callable[..., Result]) -> None:
    result = run("a.keras", "d.yaml", "-o", "d.keras")
    assert result.exit_code == 0, result.stderr
    assert "staged start from a, as `initialize` says; `--all` takes every counterpart" in result.stdout.splitlines()
    assert "no counterpart" not in result.stdout
    assert "new: not in `initialize`" in result.stdout
    everything = run("a.keras", "d.yaml", "-o", "all.keras", "--all")
    assert "initialize" not in everything.stdout
    found = json.loads(run("a.keras", "d.yaml", "--dry-run", "--json").stdout)
    assert found["initialize"] == {"spec": "a", "followed": True}
    assert {layer["layer"] for layer in found["layers"] if layer["weights"][0]["why"] is None} == {*NAMED}


def test_the_command_says_that_it_does_not_follow(run: Callable[..., Result]) -> None:
    result = run("d.weights.h5", "d.yaml", "--from", "d.yaml", "--dry-run")
    assert result.exit_code == 0, result.stderr
    assert "every counterpart: the old network is not a, which `initialize` names" in result.stdout.splitlines()
    found = json.loads(run("d.weights.h5", "d.yaml", "--from", "d.yaml", "--dry-run", "--json").stdout)
    assert (found["initialize"], found["share"]) == ({"spec": "a", "followed": False}, 1.0)


def test_a_wrong_start_is_an_error(run: Callable[..., Result], folder: Path) -> None:
    (folder / "d.yaml").write_text(DEEP.replace("fc2", "fc3"), encoding="utf-8")
    result = run("a.keras", "d.yaml", "--dry-run", "--json")
    assert result.exit_code == 2
    assert [found["code"] for found in json.loads(result.stdout)["diagnostics"]] == ["unknown-layer"]
    assert run("a.keras", "d.yaml", "--dry-run", "--all").exit_code == 0
