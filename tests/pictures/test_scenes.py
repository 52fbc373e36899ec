"""Nothing in a picture lies on another, and every connection is drawn, whatever is open."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from archc.pictures.picture import Drawing, opened
from tests.cases import every_or_few
from tests.pictures.scenes import drawing_of, faults, network_names, sets_of_open_items

MOST_BOXES = 400


@pytest.mark.parametrize("name", every_or_few(network_names(), 60))
def test_a_picture_is_right_whatever_is_open(name: str) -> None:
    drawing = drawing_of(name)
    for shown in sets_of_open_items(drawing.view, Random(name), 1):
        scene = drawing.scene(shown)
        if len(scene.boxes) <= MOST_BOXES:
            assert faults(scene, drawing.view) == [], sorted(shown)
    sideways = Drawing(drawing.view, drawing.make_card, "lr")
    assert faults(sideways.scene(opened(drawing.view, 1)), drawing.view) == []


@pytest.mark.slow
@pytest.mark.parametrize("repeats", [True, False])
@pytest.mark.parametrize("direction", ["tb", "lr"])
@pytest.mark.parametrize("name", network_names())
def test_more_pictures_are_right(name: str, direction: str, repeats: bool) -> None:
    drawing = drawing_of(name, "tb" if direction == "tb" else "lr", repeats=repeats)
    for shown in sets_of_open_items(drawing.view, Random(f"more {name}"), 3):
        assert faults(drawing.scene(shown), drawing.view) == [], sorted(shown)


def test_what_is_wrong_is_found() -> None:
    drawing = drawing_of("googlenet")
    scene = drawing.scene(opened(drawing.view, 1))
    random = Random(0)
    for _ in range(20):
        place = random.randrange(len(scene.lines))
        without = replace(scene, lines=scene.lines[:place] + scene.lines[place + 1 :])
        line = scene.lines[place]
        if (line.x1, line.y1) != (line.x2, line.y2):
            assert faults(without, drawing.view), line
        place = random.randrange(len(scene.boxes))
        box = scene.boxes[place]
        moved = replace(box, y=box.y - 30)
        assert faults(replace(scene, boxes=(*scene.boxes[:place], moved, *scene.boxes[place + 1 :])), drawing.view), box


def test_what_is_inside_is_inside_and_levels_are_counted() -> None:
    drawing = drawing_of("resnet50")
    assert opened(drawing.view, 0) == frozenset()
    closed, two = (drawing.scene(opened(drawing.view, levels)) for levels in (0, 2))
    assert {box.level for box in closed.boxes} == {0}
    assert {box.level for box in two.boxes} == {0, 1, 2}
    assert all(not box.is_open for box in two.boxes if box.level == 2)


def test_what_a_merge_takes_from_two_rounds_are_two_lines() -> None:
    """SqueezeNet adds what two parts make that are alike."""
    drawing = drawing_of("squeezenet1_0_bypass")
    (part,) = (item for item in drawing.view.items if item.name == "fire2…3")
    for shown in (frozenset[int](), frozenset([part.number])):
        scene = drawing.scene(shown)
        (box,) = (box for box in scene.boxes if box.item is part)
        behind = [line for line in scene.lines if line.y1 == box.y + box.height < line.y2]
        assert len({line.x1 for line in behind}) == 2
