"""Two networks as one picture: what differs is marked, and nothing lies on another."""

from __future__ import annotations

import re
from functools import cache

import pytest

import archc
from archc.pictures.cards import Card, Notes, card
from archc.pictures.drawn import Mark
from archc.pictures.palette import LIGHT
from archc.pictures.picture import Drawing, opened
from archc.pictures.svg import card_svg, scene_svg, style
from archc.pictures.union import union
from archc.pictures.view import view
from tests.pictures.scenes import faults

PAIRS = (("vgg16", "vgg19"), ("resnet50", "se_resnet50"), ("googlenet", "inception_v2"), ("lenet5", "alexnet"))
MARKS: tuple[Mark, ...] = ("added", "removed", "changed", "moved", "rewired")


@cache
def drawing_of_both(left: str, right: str) -> Drawing:
    tree = view(union(archc.load(left).diff(archc.load(right))))
    return Drawing(tree, lambda item: card(item, Notes()))


@pytest.mark.parametrize("levels", [0, 1, 9])
@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_the_picture_of_two_networks_is_right(left: str, right: str, levels: int) -> None:
    drawing = drawing_of_both(left, right)
    assert faults(drawing.scene(opened(drawing.view, levels)), drawing.view) == []


def test_what_is_added_is_marked() -> None:
    drawing = drawing_of_both("vgg16", "vgg19")
    boxes = drawing.scene(frozenset()).boxes
    marked = [(box.card.mark, box.card.lines[0]) for box in boxes if box.card.mark]
    assert marked == [("added", "conv 3×3, 256 relu"), ("added", "conv 3×3, 512 relu"), ("added", "conv 3×3, 512 relu")]


def test_what_has_differences_inside_is_marked() -> None:
    drawing = drawing_of_both("resnet50", "se_resnet50")
    boxes = drawing.scene(opened(drawing.view, 1)).boxes
    inside = [box.item.name for box in boxes if box.card.mark == "inside"]
    assert [name for name in inside if "_" not in name] == ["conv2", "conv3", "conv4", "conv5"]
    assert len(inside) == 4 + 8
    assert {box.card.mark for box in boxes} == {"", "inside"}


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_is_told_by_its_shape_and_its_colour(mark: Mark) -> None:
    plain, marked = (card_svg(Card("dense", ("dense 3", "3"), 80, 36, mark=one)) for one in ("", mark))
    assert marked.startswith(plain)
    sign = marked.removeprefix(plain)
    others = [card_svg(Card("dense", ("dense 3", "3"), 80, 36, mark=one)).removeprefix(plain) for one in MARKS]
    shapes = [re.sub('class="[^"]*"', "", other) for other in others]
    assert len(set(shapes)) == len(MARKS)
    assert f'class="d d-{mark}"' in sign
    assert f".d-{mark}{{stroke:{LIGHT.marks[mark]}}}" in style("light")


def test_the_parts_of_two_networks_have_the_shape_of_both() -> None:
    """Not that of what one of them alone makes there, as the auxiliary classifiers of GoogLeNet do."""
    drawing = drawing_of_both("googlenet", "inception_v2")
    about = {box.item.name: box.card.lines[1] for box in drawing.scene(frozenset()).boxes if box.card.opens}
    assert about["inception_4a"] == "14×14×576"
    svg = scene_svg(drawing.scene(frozenset()), "both", "GoogLeNet and Inception v2")
    assert svg.count('stroke-dasharray="5 3"') > 3
