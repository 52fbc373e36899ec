"""What holds of every diff: nothing differs from itself, the reverse mirrors it, and it is complete."""

from __future__ import annotations

import random
from collections import defaultdict
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest

import archc
from archc.diff.compare import Diff, diff
from archc.ir.graph import Graph
from archc.library.paths import library_paths
from tests.cases import every_or_few
from tests.diff.graphs import applied, built, edited, generated, scrambled


@cache
def graph(name: str) -> Graph:
    """A network of the library, expanded once in each worker."""
    return archc.load(name).graph


def family_pairs() -> list[tuple[str, str]]:
    """The pairs of networks within each family."""
    families: defaultdict[Path, list[str]] = defaultdict(list)
    for name, path in library_paths().items():
        families[path.parent].append(name)
    return [pair for names in families.values() for pair in combinations(names, 2)]


@pytest.mark.parametrize("name", every_or_few(library_paths(), 10))
def test_nothing_differs_from_itself(name: str) -> None:
    found = diff(graph(name), graph(name))
    assert not found
    assert found.classes == ()
    assert found.counts["unchanged"] == len(graph(name).nodes)


@pytest.mark.parametrize(("one", "other"), every_or_few(family_pairs(), 15))
def test_a_diff_within_a_family_is_complete_both_ways(one: str, other: str) -> None:
    there, back = diff(graph(one), graph(other)), diff(graph(other), graph(one))
    applied(there)
    applied(back)
    assert there.counts["added"] == back.counts["removed"]
    assert there.counts["removed"] == back.counts["added"]
    assert there.counts["changed"] == back.counts["changed"]
    assert len(there.rewired) == len(back.rewired)


@pytest.mark.parametrize("start", every_or_few(range(0, 500, 25), 4))
def test_a_diff_is_never_longer_than_the_edits(start: int) -> None:
    for seed in range(start, start + 25):
        choose = random.Random(seed)
        layers = generated(choose)
        edits = choose.randint(0, 4)
        left, right = built(layers), built(edited(layers, choose, edits))
        found = diff(left, right)
        applied(found)
        applied(diff(right, left))
        assert _length(found) <= edits, seed
        assert _length(diff(left, scrambled(right, seed))) <= edits, seed


def _length(found: Diff) -> int:
    """The number of differences in inference: what matters in training alone decides no alignment."""
    return sum(change.classes != ("training",) for change in found.changes) + len(found.rewired)


def test_an_activation_does_not_move_into_a_layer_of_its_name() -> None:
    text = "archc: 1\nname: N\ninput: [8, 8, 3]\nlayers: [GlobalAveragePooling2D, {}]"
    apart = "Reshape: [1, 1, 3]}, {Conv2D: {filters: 5, kernel_size: 1}}, {Activation: softmax, name: p"
    left, right = (
        archc.loads(text.format(f"{{{layers}}}")).graph
        for layers in (apart, "Dense: {units: 5, activation: softmax}, name: p")
    )
    there, back = diff(left, right), diff(right, left)
    applied(there)
    applied(back)
    assert (there.counts["removed"], there.counts["added"]) == (back.counts["added"], back.counts["removed"]) == (3, 1)
