"""The names that Python users call: networks from texts and mappings, diffs by name, and what is printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import archc
from archc.library.paths import library_paths

SMALL = "archc: 1\nname: Small\nparams: {units: 3}\ninput: [8]\nlayers:\n  - Dense: $units\n    name: out\n"
CHILD = "archc: 1\nname: Child\nextends: %s\nparams: {units: 5}\n"


def refused(spec: Any, base: Any = None, **params: Any) -> list[str]:
    with pytest.raises(archc.SpecError) as caught:
        archc.loads(spec, base, **params)
    return [diagnostic.code for diagnostic in caught.value.diagnostics]


# loads


def test_a_text_is_a_network() -> None:
    assert archc.loads(SMALL).params == 8 * 3 + 3
    assert archc.loads(SMALL, units=4, inputs=(2,)).params == 2 * 4 + 4


@pytest.mark.parametrize("name", ["lenet5", "vgg16", "resnet50"])
def test_a_mapping_is_the_network_of_its_text(name: str) -> None:
    text = library_paths()[name].read_text(encoding="utf-8")
    network, other = archc.load(name), archc.loads(yaml.safe_load(text), library_paths()[name].parent)
    assert not network.diff(other)
    assert list(map(repr, other.check())) == list(map(repr, network.check()))


def test_a_mapping_may_have_tuples() -> None:
    made = {"archc": 1, "name": "T", "input": (4, 4, 3), "layers": ({"Conv2D": {"filters": 2, "kernel_size": (1, 1)}},)}
    assert archc.loads(made).params == 3 * 2 + 2


def test_a_fault_is_reported_at_its_place() -> None:
    with pytest.raises(archc.SpecError) as caught:
        archc.loads(SMALL.replace("Dense", "Dence"))
    assert str(caught.value.diagnostics[0].position) == "<text>:6:5"
    circle: dict[str, Any] = {"archc": 1}
    circle["layers"] = circle
    assert refused(circle) == ["type"]
    assert refused({"archc": 1, "name": object()}) == ["type"]
    assert refused("\ud800") == ["not-text"]


def test_a_reference_is_looked_up_in_base(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL)
    for reference in ("small", "./small.yaml"):
        assert archc.loads(CHILD % reference, tmp_path).params == 8 * 5 + 5
        assert archc.loads(yaml.safe_load(CHILD % reference), str(tmp_path)).params == 8 * 5 + 5
    assert refused(CHILD % "../small.yaml", tmp_path) == ["outside"]
    assert refused(CHILD % "small", tmp_path / "nowhere") == ["usage"]


def test_without_base_the_library_alone_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "small.yaml").write_text(SMALL)
    (tmp_path / "vgg16.yaml").write_text(SMALL)
    monkeypatch.chdir(tmp_path)
    for reference in ("small", "./small.yaml", str(tmp_path / "small.yaml"), "../small.yaml"):
        assert refused(CHILD % reference)[0] in ("unknown-spec", "outside", "unreadable")
    assert archc.loads("archc: 1\nname: V\nextends: vgg16\n").params == archc.load("vgg16").params


# diff


def test_a_diff_takes_a_name_or_a_path(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL)
    network = archc.load("vgg16")
    assert network.diff("vgg19").counts == network.diff(archc.load("vgg19")).counts
    assert not archc.loads(SMALL).diff(tmp_path / "small.yaml")
    with pytest.raises(archc.SpecError):
        network.diff("vgg17")


# What is printed


def test_networks_parts_and_facts_are_readable() -> None:
    network = archc.loads(f"{SMALL}expect: {{params: 27, layers: {{out: [3]}}, macs: 1M}}\n")
    assert repr(network) == "<Small: 1 layers, 27 parameters>"
    assert repr(network.layers) == "<1 layers and parts>"
    assert repr(network.layers["out"]) == "<out: 3, 27 parameters, 24 MACs>"
    assert str(network.graph.nodes[0]) == "<out: Dense 3>"
    assert [str(fact) for fact in network.check()] == [
        "<params: documented 27, computed 27: agrees>",
        "<macs: documented 1M, computed 24: differs>",
        "<shape of out: documented 3, computed 3: agrees>",
    ]


@pytest.mark.parametrize("name", ["vgg16", "inception_v3", "nasnet_a_mobile"])
def test_no_object_is_printed_by_its_address(name: str) -> None:
    network = archc.load(name)
    other = network.diff("lenet5")
    shown = [network, network.layers, network.graph, network.check(), *network.layers.values(), other]
    shown += [*network.graph.nodes, *network.graph.inputs, *network.graph.regions.items(), other.changes, other.rewired]
    assert not [text for text in map(repr, shown) if " at 0x" in text]
