"""What becomes of weight files, held to Keras: files are saved, loaded and compared."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from archc.diff.compare import diff
from archc.diff.keras_order import keras_layers
from archc.targets.keras.model import build
from tests.diff.graphs import built, edited, generated
from tests.diff.keras_truth import KerasPair
from tests.diff.test_weightless_edits import counterparts
from tests.targets.networks import library, marked, network

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # Keras warns of what it skips and of its old format

HEAD = "archc: 1\nname: Small\ninput: [8, 8, 4]\nlayers: "
CONV = "Conv2D: {filters: 4, kernel_size: 3, padding: same}"
A, B = f"{{{CONV}, name: a}}", f"{{{CONV.replace('same', 'same, activation: relu')}, name: b}}"
STEM = f"[{{{CONV}, name: a}}, BatchNormalization: {{}}, ReLU: {{}}]"
A_NORMALIZED = f"{A}, {{LayerNormalization: {{}}, name: n}}"
CALLS = "[{Dense: 4, name: a, share: one}, ReLU, {Dense: 4, share: one}]"
TWO_LAYERS = "[{Dense: 4, name: a}, ReLU, {Dense: 4, name: b}]"
HEADS = "[{side: {Dense: 3, name: p}, output: one}, {Dense: {units: 3, activation: tanh}, name: q, output: two}]"
UNIT = "blocks: {unit: {layers: [{Dense: 4, name: d}, {Dense: 4, name: e}]}, outer: {layers: [{unit: {}, name: u}]}}"

PAIRS: dict[str, tuple[str, str]] = {
    "another epsilon": (STEM, STEM.replace("BatchNormalization: {}", "BatchNormalization: {epsilon: 1.0e-5}")),
    "a dropout added": (f"[{A}, {B}]", f"[{A}, Dropout: 0.5, {B}]"),
    "a convolution added": (f"[{A}]", f"[{A}, {B}]"),
    "a convolution removed": (f"[{A}, {B}]", f"[{A}]"),
    "another width": (STEM, STEM.replace("filters: 4", "filters: 8")),
    "center instead of scale": (
        "[{BatchNormalization: {center: false}, name: n}]",
        "[{BatchNormalization: {scale: false}, name: n}]",
    ),
    "a dropout in a branch": (f"[Add: [{A}, {B}]]", f"[Add: [{A}, [{B}, Dropout: 0.1]]]"),
    "operands exchanged": (f"[Concatenate: [{A}, {B}], Dense: 3]", f"[Concatenate: [{B}, {A}], Dense: 3]"),
    "moved past another class": (f"[{A_NORMALIZED}, {B}]", f"[{A}, {B}, {{LayerNormalization: {{}}, name: n}}]"),
    "operands of a sum exchanged": (f"[Add: [{A}, {B}]]", f"[Add: [{B}, {A}]]"),
    "outputs exchanged": (f"{HEADS}\noutputs: [one, two]", f"{HEADS}\noutputs: [two, one]"),
    "no longer shared": (CALLS, TWO_LAYERS),
    "shared": (TWO_LAYERS, CALLS),
    "a shared block": (
        f"[{{unit: {{}}, name: s, share: s}}, ReLU, {{unit: {{}}, share: s}}, {A}]\n{UNIT}",
        f"[{{unit: {{}}, name: s, share: s}}, ELU, {{unit: {{}}, share: s}}, {A}]\n{UNIT}",
    ),
    "a shared block in a shared block": (
        f"[{{outer: {{}}, name: s, share: s}}, ReLU, {{outer: {{}}, share: s}}, {A}]\n{UNIT}",
        f"[{{outer: {{}}, name: s, share: s}}, ELU, {{outer: {{}}, share: s}}, {A}]\n{UNIT}",
    ),
    "a shared block behind a layer": (
        f"[{A}, {{unit: {{}}, name: s, share: s}}, ReLU, {{unit: {{}}, share: s}}, {B}]\n{UNIT}",
        f"[{A}, {{unit: {{}}, name: s, share: s}}, ELU, {{unit: {{}}, share: s}}, {B}]\n{UNIT}",
    ),
    "a learned factor": (
        f"[{A}, {{Scale: {{}}, name: s}}, LocalResponseNormalization: 3]",
        f"[{A}, ReLU, {{Scale: {{}}, name: s}}]",
    ),
}
ORDERED = ("lenet5", "squeezenet", "googlenet", "resnet50", "nasnet_a_mobile", "densenet121")
ALWAYS = (
    "a dropout in a branch", "no longer shared", "shared", "a shared block", "a shared block behind a layer",
    "moved past another class",
)  # fmt: skip


@pytest.mark.parametrize("pair", [pytest.param(p, marks=() if p in ALWAYS else pytest.mark.slow) for p in PAIRS])
def test_files_load_as_they_do_in_keras(pair: str, tmp_path: Path) -> None:
    left, right = (network(HEAD + layers).graph for layers in PAIRS[pair])
    found = diff(left, right)
    expected = KerasPair(left, right).outcomes(tmp_path)
    assert found.loading.outcomes == expected
    assert found.loading.is_right == ("weights" not in found.classes)
    assert bool(found.loading.misplaced) == ("misplaced" in expected.values())


@pytest.mark.parametrize("seed", [3, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(20, 60))])
def test_files_of_generated_networks_load_as_they_do_in_keras(seed: int, tmp_path: Path) -> None:
    choose = random.Random(seed)
    layers = generated(choose)
    left, right = built(layers), built(edited(layers, choose, choose.randint(1, 3)))
    found = diff(left, right)
    assert found.loading.outcomes == KerasPair(left, right, counterparts(found)).outcomes(tmp_path)


@pytest.mark.parametrize("name", marked(ORDERED, ["lenet5", "squeezenet"]))
def test_the_order_of_layers_is_that_of_the_model(name: str) -> None:
    graph = library(name).graph
    ours = [(layer.kind, layer.owner.name if layer.weights else "") for layer in keras_layers(graph)]
    model = build(graph, "model", loaded=frozenset(graph.nodes))
    assert ours == [
        (type(layer).__name__, layer.name if layer.weights and not hasattr(layer, "layers") else "")
        for layer in model.layers
    ]


def test_a_network_that_ends_inside_a_shared_block() -> None:
    """The layer where it ends is another output of the inner model, which changes the order there."""
    block = "blocks: {unit: {layers: [{Dense: 4, name: d}, {Add: [{Dense: 4, name: e}, {Dense: 4, name: f}]}]}}"
    whole = network(f"{HEAD}[{{unit: {{}}, name: s, share: s}}, ReLU, {{unit: {{}}, share: s}}, {A}]\n{block}")
    graph = whole.ending_at("a", "s_f").graph
    inner = next(layer for layer in keras_layers(graph) if layer.inner).inner
    model = next(layer for layer in build(graph, "model").layers if layer.name == "s")
    assert [part.owner.name for part in inner if part.weights] == [
        layer.name for layer in model.layers if layer.weights
    ]


def test_names_that_are_exchanged_among_equal_layers() -> None:
    equal = A.replace("name: a", "name: b")
    plain, exchanged = (network(f"{HEAD}[Add: [{one}, {other}]]") for one, other in [(A, equal), (equal, A)])
    assert plain.diff(exchanged).by_names_only
    assert not plain.diff(plain).by_names_only
    assert not plain.diff(exchanged).has_changes
    assert set(plain.diff(exchanged).loading.outcomes.values()) == {"misplaced"}


def test_names_that_are_exchanged_below_a_concatenation() -> None:
    equal = A.replace("name: a", "name: b")
    plain, exchanged = (network(f"{HEAD}[Concatenate: [{one}, {other}]]") for one, other in [(A, equal), (equal, A)])
    assert plain.diff(exchanged).by_names_only
    assert not plain.diff(exchanged).has_changes


def test_automatic_names_that_move_on_are_not_exchanged() -> None:
    """Behind another convolution, the branches are `conv2d_1` and `conv2d_2`."""
    branches = f"Add: [{{{CONV}}}, {{{CONV}}}]"
    left, right = (network(f"{HEAD}[{before}{branches}]") for before in ("", f"{{{CONV}}}, "))
    found = left.diff(right)
    assert any(mine.weights for mine, _ in found.renamed)
    assert not found.by_names_only
