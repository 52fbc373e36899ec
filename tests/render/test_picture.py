"""Pictures as data: their lines are the connections of the network, at each level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import yaml

from archc.network import load, loads
from archc.render.picture import Box, Line, Picture, pictures
from tests.render.rendering import data, library_data, shipped
from tests.render.test_shipped import CHARACTERS, EDGES, boxes

SKIPS = """archc: 1
name: Skips
input: [8, 8, 4]
blocks:
  unit:
    layers:
      - Add:
          - - Conv2D: {filters: 4, kernel_size: 3, padding: same}
            - Conv2D: {filters: 4, kernel_size: 1, padding: same}
          - []
layers:
  - Conv2D: {filters: 4, kernel_size: 5, padding: same}
    as: stem
  - for: i in range(3)
    do:
      - unit: {}
        name: unit$(i)
    name: stage
  - Add: [[], stem]
    name: sum
"""


def by_name(picture: Picture) -> dict[str, str]:
    """What the boxes are called, by their ids: a layer by its op, but for the last sum."""
    return {box.id: _called(box) for box in boxes(picture.boxes)}


def _called(box: Box) -> str:
    if box.kind == "output":
        return "output"
    return box.ops[0] if box.kind == "layer" and box.name != "sum" else box.name


def named_lines(picture: Picture) -> list[tuple[str, str]]:
    names = by_name(picture)
    return [(names[line.start], names[line.end]) for line in picture.lines]


def test_the_lines_of_a_network_with_skips() -> None:
    opened, units, closed = pictures(loads(yaml.safe_load(SKIPS)).graph)
    assert [one.level for one in (opened, units, closed)] == [2, 1, 0]
    (stage,) = [box for box in opened.boxes if box.kind == "part"]
    (unit,) = stage.boxes
    stem, first, second = "conv 5×5, 4", "conv 3×3, 4", "conv 1×1, 4"
    assert (unit.word, unit.times, [box.ops for box in unit.boxes]) == ("unit", 3, [(first,), (second,), ("add",)])
    inside = [(stem, first), (stem, "add"), (first, second), (second, "add")]
    around = [("input_layer", stem), (stem, "sum"), ("add", "sum"), ("sum", "output")]
    assert sorted(named_lines(opened)) == sorted(inside + around)
    for picture, name in ((units, unit.name), (closed, stage.name)):
        around = [("input_layer", stem), (stem, name), (stem, "sum"), (name, "sum"), ("sum", "output")]
        assert sorted(named_lines(picture)) == sorted(around)
    assert not any(line.frame for one in (opened, units, closed) for line in one.lines)


def ids(of: tuple[Box, ...]) -> Iterator[str]:
    return (box.id for box in boxes(of) if not box.boxes)


@pytest.mark.parametrize("name", ["vgg16", "googlenet", "nasnet_a_mobile", "densenet121", "inception_v3"])
def test_every_box_is_connected_at_every_level(name: str) -> None:
    network = load(name)
    found = pictures(network.graph)
    assert [one.level for one in found] == [*reversed(range(len(found)))]
    for picture in found:
        shown = {box.id: box for box in boxes(picture.boxes)}
        closed = set(ids(picture.boxes))
        starts, ends = ({getattr(line, side) for line in picture.lines} for side in ("start", "end"))
        assert starts | ends == closed
        assert starts == {one for one in closed if shown[one].kind != "output"}
        assert ends == {one for one in closed if shown[one].kind != "input"}
        assert {line.frame for line in picture.lines} - {""} <= set(shown) - closed


TAKEN = """archc: 1
name: Taken
input: [8, 8, 4]
layers:
  - for: i in range(3)
    do:
      - Conv2D: {filters: 4, kernel_size: $(2 * i + 1), padding: same}
        as: side$(i)
  - for: i in range(3)
    do:
      - Conv2D: {filters: 4, kernel_size: 3, padding: same}
      - Add: [[], side$(i)]
    name: stage
"""


def test_what_later_repeats_alone_take_ends_at_their_frame() -> None:
    of = data(loads(yaml.safe_load(TAKEN)))
    opened, *others = of.pictures
    (part,) = [box for box in boxes(opened.boxes) if box.times == 3]
    first, second, third = [box for box in opened.boxes if box.kind == "layer"]
    add = part.boxes[1].id
    ends = [(line.end, line.frame) for side in (first, second, third) for line in opened.lines if line.start == side.id]
    assert ends == [(second.id, ""), (add, ""), (third.id, ""), (part.boxes[0].id, part.id), (part.boxes[0].id, "")]
    assert not any(line.frame for one in others for line in one.lines)
    assert f"  {second.id} --> {part.id}\n" in shipped("mermaid", of)
    assert f'  {second.id} -> {part.boxes[0].id} [lhead="cluster_{part.id}"];\n' in shipped("dot", of)


@pytest.mark.parametrize(("lines", "characters", "level"), [(EDGES, 10, 1), (EDGES + 1, 10, 0), (1, CHARACTERS, 0)])
def test_mermaid_closes_parts_until_it_fits(lines: int, characters: int, level: int) -> None:
    def box(number: int, name: str) -> Box:
        return Box(f"b{number}", "part", name, "", (), (4,), 1, (), "#ffffff", "#000000")

    large = Picture(1, (box(1, "a" * characters), box(2, "open")), (Line("b1", "b2", ""),) * lines)
    small = Picture(0, (box(3, "closed"),), ())
    text = shipped("mermaid", replace(library_data("vgg16"), pictures=(large, small)))
    assert ("open" in text, "closed" in text) == (level == 1, level == 0)
