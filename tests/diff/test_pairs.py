"""Pairs of networks that people know, with the differences that they would name."""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import archc
from archc.diff.compare import Diff, diff
from archc.diff.json_document import value_document
from archc.diff.reason import kept_weights
from archc.ir.graph import Graph, Input, Tensor
from archc.report.diff_rows import diff_rows
from tests.diff.graphs import Layer, applied, built, generated, op, scrambled

PAIRS: list[tuple[str, str, dict[str, int]]] = [
    ("vgg16", "vgg19", {"added": 3}),
    ("vgg16", "vgg16_c", {"changed": 3}),
    ("vgg16", "vgg16_bn", {"added": 13}),  # the activations move out of the convolutions: another spelling
    ("resnet50", "resnet101", {"added": 170}),
    # besides the six strides: three paddings for the strided 3x3, and the pooling's on both sides, where Caffe pads one
    ("resnet50", "resnet50_v1_5", {"added": 3, "changed": 7}),
    ("resnet50", "se_resnet50", {"added": 64}),
    ("densenet121", "densenet169", {"added": 168, "changed": 1}),
    ("googlenet", "googlenet?auxiliary=false", {"removed": 12}),
    ("mobilenet_v1", "mobilenet_v1_050", {"changed": 14}),
    ("nasnet_a_mobile", "nasnet_a_large", {"added": 270, "changed": 206}),
    ("xception", "xception", {}),
]


NAMES = [pytest.param(left, right, counts, id=f"{left}-{right}") for left, right, counts in PAIRS]
QUICK = [
    pytest.param(*case.values, id=case.id, marks=pytest.mark.slow if "nasnet_a_mobile" in case.values else ())
    for case in NAMES
]
"""The pairs for a test that compares each several times."""


@cache
def side(text: str) -> Graph:
    """A network, expanded once in each worker."""
    label, _, settings = text.partition("?")
    values: dict[str, Any] = {"auxiliary": False} if settings else {}
    return archc.load(label, **values).graph


@cache
def compared(left: str, right: str) -> Diff:
    return diff(side(left), side(right))


def counted(found: Diff) -> dict[str, int]:
    """The counts that are not 0, without what is unchanged."""
    return {kind: count for kind, count in found.counts.items() if count and kind != "unchanged"}


@pytest.mark.parametrize(("left", "right", "counts"), NAMES)
def test_the_differences_are_those_that_a_person_names(left: str, right: str, counts: dict[str, int]) -> None:
    found = compared(left, right)
    assert counted(found) == counts
    applied(found)


@pytest.mark.parametrize(("left", "right", "counts"), QUICK)
def test_names_and_the_order_in_a_file_play_no_part(left: str, right: str, counts: dict[str, int]) -> None:
    plain = compared(left, right)
    for seed in range(2):
        found = diff(side(left), scrambled(side(right), seed))
        assert counted(found) == counts
        assert len(found.rewired) == len(plain.rewired)
        assert found.classes == (*(each for each in plain.classes if each != "cosmetic"), "cosmetic")
        applied(found)


@pytest.mark.parametrize(("left", "right", "counts"), QUICK)
def test_the_other_way_round_mirrors_it(left: str, right: str, counts: dict[str, int]) -> None:
    there, back = compared(left, right), compared(right, left)
    mirrored = {"added": "removed", "removed": "added"}
    assert counted(back) == {mirrored.get(kind, kind): count for kind, count in counts.items()}
    here = {(mine.name, theirs.name) for mine, theirs in there.counterparts.items()}
    assert here == {(theirs.name, mine.name) for mine, theirs in back.counterparts.items()}
    assert sorted((found.right and found.right.name) or "" for found in there.rewired) == sorted(
        (found.left and found.left.name) or "" for found in back.rewired
    )
    fields = {change.right.name: change.fields for change in there.changes if change.kind == "changed" and change.right}
    assert fields == {
        change.left.name: {name: pair[::-1] for name, pair in change.fields.items()}
        for change in back.changes
        if change.kind == "changed" and change.left
    }


def test_whole_blocks_are_added_in_one_stage() -> None:
    found = compared("resnet50", "resnet101")
    blocks = {change.right.region.path for change in found.changes if change.right is not None}
    stages = {path[0] for path in blocks}
    assert stages == {"conv4"}
    assert len({path[1] for path in blocks}) == 17
    assert found.rewired == ()


@pytest.mark.parametrize("seed", range(5))
def test_a_network_that_is_written_with_other_parts_is_the_same(seed: int) -> None:
    layers = generated(random.Random(seed))
    parts = [[layer._replace(part=part(number)) for number, layer in enumerate(layers)] for part in (_alone, _thirds)]
    found = diff(*map(built, parts))
    assert not found
    assert found.classes == ()


def _alone(_: int) -> int:
    return -1


def _thirds(number: int) -> int:
    return number // 3


def test_moved_strides_are_numerics_and_no_matter_of_weights() -> None:
    found = compared("resnet50", "resnet50_v1_5")
    assert found.classes == ("numerics",)
    strides = [change for change in found.changes if "strides" in change.fields]
    assert len(strides) == 6
    assert kept_weights(found) == (25_610_152, 25_610_152, 0)


def test_one_pattern_in_all_blocks() -> None:
    found = diff_rows(compared("resnet50", "se_resnet50"))
    assert "in 16 of 16 bottleneck blocks" in [row.what for row in found]
    assert len([row for row in found if row.mark == "+"]) == 4


def test_what_only_follows_is_a_consequence() -> None:
    found = compared("mobilenet_v1", "mobilenet_v1_050")
    changed = {change.left.name for change in found.changes if change.left is not None}
    consequences = {mine.name for mine, _ in found.consequences}
    assert "conv_dw_1" in consequences
    assert changed.isdisjoint(consequences)


def test_a_layer_with_weights_that_moves_is_one_change() -> None:
    convolution = Layer(op("Conv2D", filters=8, kernel_size=7, padding="same"), (0,), "moving")
    chain = [Layer(op("Conv2D", filters=8, kernel_size=3, padding="same"), (-1,), "stem")]
    chain += [Layer(op("Activation", activation=name), (place,), name) for place, name in enumerate(["relu", "tanh"])]
    chain += [Layer(op("DepthwiseConv2D", kernel_size=3, padding="same"), (2,), "depthwise")]
    early = [chain[0], convolution, *(layer._replace(inputs=(layer.inputs[0] + 1,)) for layer in chain[1:])]
    late = [*chain, convolution._replace(inputs=(3,))]
    found = diff(built(early), built(late))
    assert counted(found) == {"moved": 1}
    assert found.rewired == ()
    assert found.loading.outcomes == {".weights.h5": "right", ".keras": "right", ".h5": "fails"}
    assert found.classes == ("weights", "numerics", "cosmetic")
    applied(found)


def written_flat(graph: Graph) -> str:
    """A spec that writes a network layer by layer, each with its inputs, and its activations as `Activation`."""
    tensors: dict[Tensor, str] = {made: made.name for made in graph.inputs}
    lines = ["archc: 1", "name: Flat", f"input: {json.dumps(graph.inputs[0].shape)}", "layers:"]
    for number, node in enumerate(graph.nodes):
        arguments = {name: value_document(value) for name, value in node.op.arguments().items()}
        step = {node.op.op_name: arguments} if node.op.op_name != "ReLU" else {"Activation": "relu"}
        tensors[node] = f"layer_{number}"
        taken = [tensors[tensor] for tensor in node.inputs if not isinstance(tensor, Input)]
        lines.append(f"  - {json.dumps({**step, 'as': tensors[node], **({'from': taken} if taken else {})})}")
    return "\n".join(lines)


def test_resnet50_of_keras_written_layer_by_layer_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "flat.yaml"
    path.write_text(written_flat(side("resnet50_keras")), encoding="utf-8")
    keras, flat = archc.load("resnet50_keras"), archc.load(path)
    for found in (keras.diff(flat), flat.diff(keras)):
        assert not found.has_changes
        assert found.loading.is_right
        assert found.classes == ("cosmetic",)
        assert found.reason == "refactoring: the same network"
