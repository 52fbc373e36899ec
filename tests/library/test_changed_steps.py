"""`changes`: what a spec changes of steps that it inherits."""

from __future__ import annotations

from pathlib import Path

import pytest

from archc.network import Network
from tests.elaborate.specs import codes, compile_text, names, ops, wrong
from tests.targets.made import differences

BASE = Path(__file__).parents[1] / "cli" / "messages" / "bases" / "changed.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "base.yaml").write_text(BASE.read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


def child(folder: Path, changes: str, name: str = "child", extends: str = "base") -> Path:
    (folder / f"{name}.yaml").write_text(
        f"archc: 1\nname: C\nextends: {extends}\nchanges:\n{changes}", encoding="utf-8"
    )
    return folder / f"{name}.yaml"


def layer(network: Network, name: str) -> dict[str, object]:
    return next(node.op.arguments() for node in network.graph.nodes if node.name == name)


def test_arguments_that_are_given_replace_those_of_the_same_op_or_block(folder: Path) -> None:
    changes = "  conv1: {Conv2D: {filters: 32, activation: relu}}\n  conv2: {unit: {kernel_size: 3}}\n"
    net = compile_text(child(folder, changes + "  beside: {Dense: {activation: relu}}\n"))
    assert layer(net, "conv1")["filters"] == 32
    assert layer(net, "conv1")["kernel_size"] == (3, 3)
    assert net.layers["conv2"].shape == (4, 4, 5)
    assert (layer(net, "beside")["units"], layer(net, "beside")["activation"]) == (3, "relu")
    assert names(net) == [node.name for node in compile_text(BASE).graph.nodes]
    assert not differences(net)


def test_another_head_replaces_the_step_and_keeps_its_place_and_name(folder: Path) -> None:
    changes = "  relu$(i): {do: [ELU, {Dense: $(i + 1)}]}\n  aside: Flatten\n  joined: {Maximum: [[], {ReLU: }]}\n"
    net = compile_text(child(folder, changes))
    assert ops(net)[2:] == ["ReLU", "Maximum", "ELU", "Dense", "ELU", "Dense", "Flatten", "Dense"]
    assert list(net.graph.regions) == ["conv2", "relu0", "relu1"]
    assert "joined" in names(net)
    assert not differences(net)


def test_modifiers_alone_change_and_the_merge_keeps_its_branches(folder: Path) -> None:
    net = compile_text(
        child(folder, "  conv2: {when: false}\n  joined: {Concatenate: {axis: 3}, note: wide}\n", "other")
    )
    assert "conv2d" not in names(net)
    joined = next(node for node in net.graph.nodes if node.name == "joined")
    assert (joined.op.arguments()["axis"], len(joined.inputs), joined.note) == (3, 2, "wide")


def test_a_chain_changes_what_is_changed(folder: Path) -> None:
    child(folder, "  conv1: {Conv2D: {filters: 32}}\n", "middle")
    net = compile_text(child(folder, "  conv1: {Conv2D: {kernel_size: 1}}\n", extends="middle"))
    assert (layer(net, "conv1")["filters"], layer(net, "conv1")["kernel_size"]) == (32, (1, 1))


def test_positions_are_those_of_the_file_that_says_it(folder: Path) -> None:
    places = [
        (one.position and Path(one.position.file).name, one.code) for one in wrong(child(folder, "  conv1: Conv3D\n"))
    ]
    assert places == [("child.yaml", "missing-argument")] * 2
    assert codes(child(folder, "  conv2: {unit: {filters: many}}\n")) == ["argument"]
    found = wrong(child(folder, "  conv1: {Conv2D: {kernel_size: 99}}\n"))
    assert [(one.position and (Path(one.position.file).name, one.position.line)) for one in found] == [
        ("child.yaml", 5)
    ]
