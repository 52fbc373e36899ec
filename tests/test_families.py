"""A family: its networks, their totals and identities, as `archc.load` and its network give them."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

import archc


def test_a_network_of_a_family_is_that_of_load() -> None:
    family = archc.family("resnet")
    settings: dict[str, Any] = {"depths": [1, 2, 1, 1], "unit": "basic"}
    network, loaded = family(**settings), archc.load("resnet", **settings)
    assert [repr(node) for node in network.graph.nodes] == [repr(node) for node in loaded.graph.nodes]
    assert network.values == loaded.values
    assert family.totals(**settings)[:4] == (loaded.params, loaded.total_params, loaded.macs, loaded.depth)
    assert family.id(**settings) == loaded.id
    assert family(**settings) is network
    assert family(unit="basic", depths=[1, 2, 1, 2]) is not network


@pytest.mark.parametrize(
    "settings", [{"depths": [3, 4]}, {"none": 1}, {"unit": "other"}, {"classes": []}, {"depths": {}}]
)
def test_the_errors_of_a_family_are_those_of_load(settings: dict[str, Any]) -> None:
    family = archc.family("resnet")
    with pytest.raises(archc.SpecError) as expected:
        archc.load("resnet", **settings)
    for ask in (family, family.totals, family.id):
        with pytest.raises(archc.SpecError) as raised:
            ask(**settings)
        assert raised.value.diagnostics == expected.value.diagnostics


def test_a_family_goes_to_another_process() -> None:
    family = archc.family("resnet18")
    copy = pickle.loads(pickle.dumps(family))
    assert copy.parameters.keys() == family.parameters.keys()
    assert copy.id(classes=3) == family.id(classes=3)


@pytest.mark.parametrize("label", ["keras:VGG16", "nowhere.keras", "no_such_spec", "nowhere.yaml"])
def test_what_is_no_spec_is_no_family(label: str) -> None:
    with pytest.raises(archc.SpecError) as raised:
        archc.family(label)
    assert len(raised.value.diagnostics) == 1
