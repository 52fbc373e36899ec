"""Why two networks differ, in one line."""

from __future__ import annotations

import pytest

import archc
from archc.diff.reason import kept_weights
from tests.targets.networks import network

HEAD = "archc: 1\nname: a\ninput: [8]\nlayers: "
SHARED = "[{Dense: 8, share: s}, {Dense: 8, share: s}, {Dense: 4, name: out}]"
OWN = "[{Dense: 8}, {Dense: 8}, {Dense: 4, name: out}]"
PAIRS = {
    "equal": (OWN, OWN, "no difference"),
    "other names": ("[Dense: 8]", "[{Dense: 8, name: b}]", "refactoring: the same network"),
    "other parts": ("[Dense: 8]", "[{do: [Dense: 8], name: g}]", "refactoring: the same network"),
    "order of a sum": (
        "[Add: [{Dense: {units: 4, activation: relu}}, {Dense: {units: 4, activation: tanh}}]]",
        "[Add: [{Dense: {units: 4, activation: tanh}}, {Dense: {units: 4, activation: relu}}]]",
        "same network, but weight files load into other layers",
    ),
    "order of unlike branches": (
        "[Add: [{Dense: 8}, [{Dense: 2}, {Dense: 8}]]]",
        "[Add: [[{Dense: 2}, {Dense: 8}], {Dense: 8}]]",
        "same network, but weight files do not load",
    ),
    "initializer": (
        "[Dense: 8]",
        "[Dense: {units: 8, kernel_initializer: he_normal}]",
        "training alone differs (1 layer)",
    ),
    "activation": (
        "[{Dense: {units: 8, activation: relu}}, {Dense: {units: 8, activation: relu}}]",
        "[{Dense: {units: 8, activation: silu}}, {Dense: {units: 8, activation: silu}}]",
        "same weights, another function (2 layers)",
    ),
    "layer added": (OWN, OWN.replace("[", "[Dense: 8, ", 1), "new layers, all old weights kept"),
    "layer removed": (OWN, OWN.replace("[{Dense: 8}, ", "[", 1), "fewer layers, all their weights kept"),
    "width": ("[Dense: 8, Dense: 4]", "[Dense: 8, Dense: 5]", "other weights: 67% of the old ones kept, 45 new"),
    "dropout added": ("[Dense: 8]", "[Dense: 8, Dropout: 0.5]", "training alone differs (1 layer)"),
    "sharing": (SHARED, OWN, "same layers, weights are shared otherwise"),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_the_reason(pair: str) -> None:
    left, right, expected = PAIRS[pair]
    assert network(HEAD + left).diff(network(HEAD + right)).reason == expected


@pytest.mark.parametrize(("left", "right"), [("resnet50", "vgg16"), ("vgg16", "resnet50"), ("googlenet", "resnet50")])
def test_networks_with_little_in_common(left: str, right: str) -> None:
    assert archc.load(left).diff(archc.load(right)).reason.startswith("unrelated: ")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("mobilenet_v1", "mobilenet_v1_025"),
        ("nasnet_a_mobile", "nasnet_a_large"),
        ("vgg16_bn", "vgg16"),
        ("lenet5", "lenet5"),
    ],
)
def test_members_of_a_family_are_related(left: str, right: str) -> None:
    assert "unrelated" not in archc.load(left).diff(archc.load(right)).reason


@pytest.mark.parametrize(("left", "right"), [(SHARED, OWN), (OWN, SHARED), (OWN, OWN), (SHARED, SHARED)])
def test_shared_weights_count_once(left: str, right: str) -> None:
    kept, of, new = kept_weights(network(HEAD + left).diff(network(HEAD + right)))
    assert of == (108 if left == SHARED else 180)
    assert kept == (180 if left == right == OWN else 108)
    assert new == (72 if (left, right) == (SHARED, OWN) else 0)


def test_a_layer_that_passes_its_input_on_is_no_other_network() -> None:
    left, right = (network(HEAD + layers) for layers in ("[Dense: 8]", "[Dense: 8, Identity: {}]"))
    assert left.diff(right).reason == "refactoring: the same network"


def test_a_state_is_no_layer() -> None:
    text = """
archc: 1
name: Reader
inputs: {source: [7, 5], target: [6, 4]}
layers:
  - {LSTM: {units: 8, return_state: true}, as: [encoded, h, c]}
  - {LSTM: 8, from: [target, h, c]}
  - Dense: 3
"""
    found = network(text).diff(network(text.replace("Dense: 3", "Dense: 4")))
    assert found.counts == {"added": 0, "removed": 0, "changed": 1, "moved": 0, "unchanged": 2}
