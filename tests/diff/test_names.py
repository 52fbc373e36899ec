"""Names decide between equally short diffs, and what is said of one part does not depend on another part."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from archc.diff.compare import Diff, diff
from tests.cases import every_or_few
from tests.diff.graphs import KEEPING, Layer, built, edited, generated, other, put_in, take_out

Edit = Callable[[list[Layer], random.Random, int, int], list[Layer]]


def length(found: Diff) -> int:
    return sum(change.classes != ("training",) for change in found.changes) + len(found.rewired)


@pytest.mark.parametrize("start", every_or_few(range(0, 500, 25), 3))
def test_no_layer_is_renamed_unless_that_makes_the_diff_shorter(start: int) -> None:
    for seed in range(start, start + 25):
        choose = random.Random(seed)
        layers, edits = generated(choose), choose.randint(1, 4)
        left, right = (built(each, numbered=False) for each in (layers, edited(layers, choose, edits)))
        found = diff(left, right)
        had, has = ({node.name for node in graph.nodes} for graph in (left, right))
        wrong = [pair for pair in found.renamed if pair[0].name in has or pair[1].name in had]
        assert not wrong or length(found) < edits, seed


def alone(layers: list[Layer], first: int, end: int) -> list[int]:
    """The layers with one input between two places."""
    return [place for place in range(max(first, 1), min(end, len(layers))) if len(layers[place].inputs) == 1]


def change(layers: list[Layer], choose: random.Random, first: int, end: int) -> list[Layer]:
    places = alone(layers, first, end)
    place = choose.choice(places) if places else 0
    return [layer._replace(op=other(layer.op, choose)) if n == place else layer for n, layer in enumerate(layers)]


def add(layers: list[Layer], choose: random.Random, first: int, _: int) -> list[Layer]:
    return put_in(layers, choose.randint(first, len(layers) - 1), choose.choice(KEEPING)(choose), "new")


def remove(layers: list[Layer], choose: random.Random, first: int, end: int) -> list[Layer]:
    places = alone(layers, first, end)
    return take_out(layers, choose.choice(places)) if places else layers


@pytest.mark.parametrize("edit", [change, add, remove])
@pytest.mark.parametrize("start", every_or_few(range(0, 500, 50), 2))
def test_what_is_said_of_one_half_does_not_depend_on_the_other(start: int, edit: Edit) -> None:
    """A layer is left between the two: changes of neighbours may be as short as one removed and one added."""
    for seed in range(start, start + 50):
        layers = generated(random.Random(seed))
        half = len(layers) // 2
        once = change(layers, random.Random(seed + 1), 0, half - 1)
        twice = edit(once, random.Random(seed + 2), half, len(layers))
        names = {layer.name for layer in layers[:half]}
        plain = built(layers, numbered=False)
        found = [said(diff(plain, built(each, numbered=False)), names) for each in (once, twice)]
        assert found[0] == found[1], seed


def said(found: Diff, names: set[str]) -> set[tuple[object, ...]]:
    """What a diff says of some layers."""
    changes = [
        (each.kind, each.left and each.left.name, each.right and each.right.name, str(each.fields))
        for each in found.changes
        if (each.left or each.node).name in names
    ]
    return {*changes, *[("rewired", each.left.name) for each in found.rewired if each.left and each.left.name in names]}
