"""The library's networks, written from their layers alone and expanded again."""

import os
import statistics
from functools import cache
from pathlib import Path

import pytest

import archc
from archc.folding.check import difference
from archc.folding.write import Written, write
from archc.library.paths import library_paths
from archc.network import Network
from tests.folding.equality import is_equal, lines_of
from tests.keras_files.test_round_trip import EXAMPLES, graph_of_example

_LARGEST = 1_100
_SMALL = ("lenet5", "vgg16", "googlenet", "resnet50_keras", "densenet121", "shufflenet_v2_x1_0", "xception")
_LINES = {"vgg16": 21, "resnet50_keras": 51, "densenet121": 56, "xception": 75}


@cache
def _written(name: str, *, flat: bool = False) -> tuple[Network, Written]:
    network = archc.load(name)
    return network, write(network.graph, network.name, flat=flat)


def _is_equal_and_narrow(network: Network, written: Written) -> None:
    is_equal(network.graph, written.text)
    assert max(map(len, written.text.splitlines())) <= 120


@pytest.mark.parametrize("name", _SMALL)
def test_folded_spec_expands_to_the_network(name: str) -> None:
    network, written = _written(name)
    assert written.folded or len(network.graph.nodes) < 10
    _is_equal_and_narrow(network, written)


@pytest.mark.parametrize("name", _LINES)
def test_folded_spec_is_as_short_as_a_persons(name: str) -> None:
    assert lines_of(_written(name)[1].text) <= _LINES[name]


@pytest.mark.parametrize("name", _SMALL)
def test_flat_spec_has_a_step_for_each_layer_in_their_order(name: str) -> None:
    network, written = _written(name, flat=True)
    assert not written.folded
    assert difference(written.text, network.graph, network.graph.nodes) is None
    heads = [line for line in written.text.splitlines() if line.startswith("  - ")]
    assert len(heads) == len(network.graph.nodes)


def _all_networks() -> list[Network]:
    found = []
    for name in library_paths():
        try:
            network = archc.load(name)
        except archc.SpecError:
            continue
        if len(network.graph.nodes) <= _LARGEST:
            found.append(network)
    return found


@pytest.mark.slow
def test_every_network_is_written_short() -> None:
    shares = []
    for network in _all_networks():
        written = write(network.graph, network.name)
        _is_equal_and_narrow(network, written)
        by_hand = sum(lines_of(source.text) for source in network.spec.sources[: 1 + len(network.spec.chain)])
        shares.append(lines_of(written.text) / by_hand)
    assert statistics.median(shares) <= 1.3


_FEATURES = sorted(
    path
    for folder in ("targets/specs", "elaborate/networks", "diff/pairs", "language/examples")
    for path in (Path(__file__).parents[1] / folder).glob("*.yaml")
)


@pytest.mark.parametrize("large", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("part", range(4))
def test_every_feature_of_the_language_is_written(part: int, large: bool) -> None:
    for path in _FEATURES[part::4]:
        try:
            network = archc.load(path)
        except archc.SpecError:
            continue
        if (len(network.graph.nodes) > 60) != large:
            continue
        for flat in (True, False):
            is_equal(network.graph, write(network.graph, network.name, flat=flat).text)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        pytest.param(name, number, marks=[pytest.mark.slow] if number and name != "Normalization" else [])
        for name, number in EXAMPLES
    ],
)
def test_every_op_is_written(name: str, number: int) -> None:
    graph = graph_of_example(name, number)
    for flat in (True, False):
        is_equal(graph, write(graph, "net", flat=flat).text)


@pytest.mark.parametrize("name", ["vgg16", "resnet50_keras", "mobilenet_v2", "densenet121"])
def test_folded_spec_reads_well(name: str) -> None:
    golden = Path(__file__).parent / "golden" / f"{name}.yaml"
    text = _written(name)[1].text
    if os.environ.get("UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("written", "changed"),
    [
        ("1.001e-5", "1e-5"),
        ("strides: $(2 if", "strides: $(1 if"),
        ("name: avg_pool", "name: avg"),
        ("[3, 4, 6, 3]", "[3, 4, 6, 4]"),
        ("project: $(i == 1)", "project: $(i == 2)"),
        ("activation: softmax", "activation: sigmoid"),
    ],
)
def test_check_sees_a_difference(written: str, changed: str) -> None:
    network, found = _written("resnet50_keras")
    order = network.graph.nodes
    assert difference(found.text, network.graph, order) is None
    assert written in found.text
    assert difference(found.text.replace(written, changed, 1), network.graph, order) is not None
