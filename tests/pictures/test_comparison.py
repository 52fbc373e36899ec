"""Two networks side by side: both panes have the same places, and each has all that its network has."""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import archc
from archc.diff.compare import Diff, diff
from archc.ir.graph import Node, layer_calls
from archc.pictures.cards import Card
from archc.pictures.comparison import PANES, Comparison, Pane, can_be_aligned, compared
from archc.pictures.drawn import DrawnLayer, Sides
from archc.pictures.picture import Scene, SceneBox
from archc.pictures.plot import comparison_picture
from tests.cases import every_or_few, generated_cases
from tests.diff.graphs import built, edited, generated, scrambled
from tests.hash_seeds import printed
from tests.pictures.scenes import faults, sets_of_open_items
from tests.targets.networks import NETWORKS, library, network, random_pairs

GOLDEN = Path(__file__).parent / "golden"
SVG = "{http://www.w3.org/2000/svg}"
MOST_BOXES = 300


def comparison_faults(both: Comparison, panes: tuple[Pane, Pane]) -> list[str]:
    """What is wrong with two panes; empty where nothing is."""
    left, right = panes
    wrong = [] if _places(left) == _places(right) else ["the panes have other places"]
    for side, pane in zip(PANES, panes, strict=True):
        found = faults(_with_gaps(pane), both.tree, side)
        found += [f"{net} is not of it" for line in pane.scene.lines for net in line.nets if side not in net.sides]
        wrong += [f"{side.name}: {fault}" for fault in found]
    return wrong


def _places(pane: Pane) -> set[tuple[int, ...]]:
    """The places of all boxes but those inside of what one network does not have."""
    return {_place(box) for box in (*pane.scene.boxes, *pane.gaps) if box.level == 0}


def _place(box: SceneBox) -> tuple[int, ...]:
    return box.item.number, box.x, box.y, box.width, box.height


def _with_gaps(pane: Pane) -> Scene:
    """A frame that is a gap is closed there."""
    gaps = tuple(replace(box, is_open=False) for box in pane.gaps)
    return replace(pane.scene, boxes=pane.scene.boxes + gaps)


def content_faults(found: Diff, both: Comparison) -> list[str]:
    """Where the boxes of a pane stand for other layers than its network has, or a stub is missing."""
    wrong = []
    for side, graph in zip(PANES, (found.left, found.right), strict=True):
        shown = {item: _nodes(item.layers, side) for item in both.tree.items}
        if Counter(node for item in both.tree.root.children for node in shown[item]) != Counter(
            layer_calls(graph.nodes)
        ):
            wrong.append(f"{side.name}: other layers")
        for item in both.tree.items[1:]:
            if item.children and Counter(_nodes(item.rounds[0], side)) != Counter(
                node for child in item.children for node in shown[child]
            ):
                wrong.append(f"{side.name}: other layers in {item.name}")
            if item.kind not in ("lane", "input", "output") and bool(shown[item]) != (item.number in both.cards[side]):
                wrong.append(f"{side.name}: no card, or one too many, of {item.name}")
    for net, taker in both.graph.cut:
        for item in both.tree.items[1:]:
            if item.kind != "lane" and taker in item.layers and net.source not in item.layers:
                above = both.cards[Sides.LEFT][item.number].above
                if "↘ from " not in above:
                    wrong.append(f"{item.name}: no stub from {net.source.name}")
    return wrong


def _nodes(layers: Sequence[DrawnLayer], side: Sides) -> list[Node | None]:
    return [layer.left if side is Sides.LEFT else layer.node for layer in layers if side in layer.sides]


def hold(found: Diff, choose: random.Random) -> Comparison:
    """Holds the panes of two networks to both, with what is open at first and with others."""
    both = compared(found)
    assert content_faults(found, both) == []
    for shown in (both.opened, *sets_of_open_items(both.tree, choose, 1)):
        panes = both.panes(shown)
        if len(panes[0].scene.boxes) + len(panes[0].gaps) <= MOST_BOXES:
            assert comparison_faults(both, panes) == [], sorted(shown)
    return both


@pytest.mark.parametrize(
    ("one", "other"), [*every_or_few(pairwise(NETWORKS), 12), *every_or_few(random_pairs(60, 2), 8)]
)
def test_panes_of_the_library(one: str, other: str) -> None:
    hold(library(one).diff(library(other)), random.Random(one + other))


@generated_cases(40, 1000)
def test_panes_of_edited_networks(cases: int) -> None:
    for seed in range(cases):
        choose = random.Random(seed)
        layers = generated(choose)
        changed = edited(layers, choose, choose.randint(1, 4))
        parts = [[layer._replace(part=choose.randint(-1, 3)) for layer in some] for some in (layers, changed)]
        hold(diff(built(parts[0]), built(parts[1])), choose)


@generated_cases(40, 1000)
def test_panes_of_unlike_networks(cases: int) -> None:
    stubs = 0
    for seed in range(cases):
        choose = random.Random(seed)
        one, other = built(generated(choose)), built(generated(choose))
        stubs += len(hold(diff(one, scrambled(other, seed)), choose).graph.cut)
    assert stubs


def test_faults_of_panes_are_found() -> None:
    found = library("resnet50").diff(library("se_resnet50"))
    both = compared(found)
    left, right = both.panes()
    choose = random.Random(0)
    for _ in range(10):
        place = choose.randrange(len(right.scene.lines))
        line = right.scene.lines[place]
        if (line.x1, line.y1) != (line.x2, line.y2):
            lines = (*right.scene.lines[:place], *right.scene.lines[place + 1 :])
            assert comparison_faults(both, (left, replace(right, scene=replace(right.scene, lines=lines)))), line
    top = next(place for place, box in enumerate(left.scene.boxes) if box.level == 0)
    moved = replace(left.scene.boxes[top], y=left.scene.boxes[top].y - 5)
    boxes = (*left.scene.boxes[:top], moved, *left.scene.boxes[top + 1 :])
    assert comparison_faults(both, (replace(left, scene=replace(left.scene, boxes=boxes)), right))
    assert comparison_faults(both, (right, left))
    without = {side: dict([*both.cards[side].items()][:-4]) for side in PANES}
    assert content_faults(found, replace(both, cards=without))
    crossed = library("resnet101_v2_keras").diff(library("resnet110_v2_cifar"))
    assert compared(crossed).graph.cut
    plain = replace(compared(crossed), cards={side: _without_strips(compared(crossed), side) for side in PANES})
    assert any("no stub" in fault for fault in content_faults(crossed, plain))


def _without_strips(both: Comparison, side: Sides) -> dict[int, Card]:
    return {number: replace(made, above="") for number, made in both.cards[side].items()}


# --- what is shown ---


def shown(pane: Pane) -> list[tuple[str, ...]]:
    """The boxes of a pane from top to bottom: what is written, times, the mark."""
    return [
        (box.card.lines[0], box.card.badge, box.card.mark)
        for box in sorted(pane.scene.boxes, key=lambda box: (box.y, box.x))
    ]


def test_what_is_added_is_a_gap_on_the_other_side() -> None:
    left, right = compared(library("vgg16").diff(library("vgg19"))).panes()
    added = [box for box in right.scene.boxes if box.card.mark == "added"]
    assert [box.card.lines[0] for box in added] == ["conv 3×3, 256 relu", "conv 3×3, 512 relu", "conv 3×3, 512 relu"]
    assert [_place(box) for box in left.gaps] == [_place(box) for box in added]
    assert right.gaps == ()
    assert all(box.card.mark == "" for box in left.scene.boxes)


def test_a_gap_is_drawn_on_the_frame_that_it_is_in() -> None:
    seen = 0
    for group in ET.fromstring(picture("vgg16", "vgg16_bn")).iter(f"{SVG}g"):
        looks = [{part.get("class") for part in child} for child in group]
        frames, gaps = ([place for place, look in enumerate(looks) if name in look] for name in ("bar", "g"))
        if frames and gaps:
            assert max(frames) < min(gaps)
            seen += 1
    assert seen == 1


def test_parts_that_differ_alike_are_opened_once() -> None:
    both = compared(library("resnet50").diff(library("se_resnet50")))
    names = [both.tree.items[number].name for number in sorted(both.opened)]
    assert names == ["conv2", "conv2_block1", "conv3", "conv4", "conv5"]
    marks = {box.item.name: box.card.mark for box in both.panes()[1].scene.boxes}
    assert marks["conv2_block1_se"] == "added"
    assert marks["conv5_block2…3"] == "inside"
    assert both.panes()[0].scene.height < 1500


def test_what_is_added_in_a_row_is_one_box() -> None:
    right = compared(library("densenet121").diff(library("densenet169"))).panes()[1]
    assert [one for one in shown(right) if one[2] == "added"] == [
        ("conv4_block25…32", "×8", "added"),
        ("conv5_block17…32", "×16", "added"),
    ]


def test_a_skip_that_begins_elsewhere_begins_at_another_box() -> None:
    text = (
        "archc: 1\nname: a\ninput: [8, 8, 4]\nlayers:\n"
        "- {{Conv2D: {{filters: 4, kernel_size: 3, padding: same}}, as: one}}\n"
        "- {{Conv2D: {{filters: 4, kernel_size: 3, padding: same}}, as: two}}\n"
        "- {{MaxPooling2D: {{pool_size: 3, strides: 1, padding: same}}, as: three}}\n"
        "- {{Add: [{}, $three]}}\n"
    )
    panes = compared(network(text.format("$one")).diff(network(text.format("$two")))).panes()
    assert [shown(pane)[1:3] for pane in panes] == [[("conv 3×3, 4", "", "")] * 2] * 2
    assert [shown(pane)[4] for pane in panes] == [("add", "", "rewired")] * 2
    assert panes[0].scene.lines != panes[1].scene.lines


def test_a_box_says_what_changed() -> None:
    head = "archc: 1\nname: a\ninput: [8, 8, 4]\nlayers: "
    convolution = (
        "[{{Conv2D: {{filters: {}, kernel_size: 3, use_bias: {}}}}}, {{BatchNormalization: {{epsilon: {}}}}}]\n"
    )
    one, other = (
        network(head + convolution.format(*values)) for values in (("4", "true", "0.001"), ("4", "false", "0.1"))
    )
    panes = compared(one.diff(other)).panes()
    lines = [next(box.card.lines for box in pane.scene.boxes if box.card.mark == "changed") for pane in panes]
    assert lines == [
        ("conv 3×3, 4", "6×6×4", "use_bias true", "BN epsilon 0.001"),
        ("conv 3×3, 4", "6×6×4", "use_bias false", "BN epsilon 0.1"),
    ]
    wider = network(head + convolution.format("5", "true", "0.001"))
    panes = compared(one.diff(wider)).panes()
    assert [shown(pane)[1] for pane in panes] == [("conv 3×3, 4", "", "changed"), ("conv 3×3, 5", "", "changed")]


@pytest.mark.parametrize(
    ("one", "other", "aligned"),
    [("vgg16", "vgg19", True), ("resnet50", "resnet152", True), ("resnet50", "nasnet_a_mobile", False)],
)
def test_networks_with_little_in_common_are_drawn_each_on_its_own(one: str, other: str, aligned: bool) -> None:
    found = library(one).diff(library(other))
    assert can_be_aligned(found) is aligned
    svg = comparison_picture((one, other), found, "light").svg
    assert ("too little corresponds" in svg) is not aligned
    assert ('class="k"' in svg) is aligned


def test_networks_of_one_name_are_told_apart() -> None:
    svg = library("lenet5").diff(archc.load("lenet5", classes=7)).plot().svg
    assert "LeNet-5, before</text>" in svg
    assert "LeNet-5, after</text>" in svg


# --- the file ---


def picture(one: str, other: str, theme: str = "auto") -> str:
    return comparison_picture((one, other), library(one).diff(library(other)), theme).svg  # type: ignore[arg-type]


def test_a_picture_that_a_person_has_looked_at() -> None:
    svg = picture("vgg16", "vgg19")
    path = GOLDEN / "vgg16_vgg19.svg"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(svg, encoding="utf-8")
    assert svg == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("one", "other"), [("vgg16", "vgg19"), ("lenet5", "resnet50"), ("resnet50", "resnet50_keras")])
def test_the_file_is_well_formed_and_explains_its_signs(one: str, other: str) -> None:
    svg = picture(one, other)
    root = ET.fromstring(svg)
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert title.text == f"{one} → {other}"
    assert library(one).diff(library(other)).reason in (description.text or "")
    written = [element.text for element in root.iter(f"{SVG}text")]
    assert written.count(one) == written.count(other) == 1
    for used in {word for words in re.findall(r'class="([^"]*)"', svg) for word in words.split()}:
        assert re.search(rf"\.{re.escape(used)}[{{,]", svg), used
    words = {"added": "added", "changed": "changed", "inside": "differs inside"}
    for mark, word in words.items():
        assert (word in written) is (f'"v-{mark}"' in svg)
    assert "rewired" not in written


def test_a_picture_is_the_same_each_time() -> None:
    program = (
        "import archc\n"
        "from archc.pictures.plot import comparison_picture\n"
        "for one, other in (('vgg16', 'vgg19'), ('resnet101_v2_keras', 'resnet110_v2_cifar')):\n"
        "    found = archc.load(one).diff(other)\n"
        "    print(comparison_picture((one, other), found, 'auto').svg)\n"
    )
    (text,) = printed(program)
    assert text.count("<svg") == 2
