"""What holds of every diff: nothing differs from itself, the reverse mirrors it, and it is complete."""

from __future__ import annotations

import random
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from archc.collector import Collector
from archc.diff.changes import diff
from archc.elaborate.expand import Settings
from archc.ir.graph import Graph
from archc.library.paths import library_paths
from archc.library.specs import load_spec
from archc.network import from_spec
from tests.diff.graphs import applied, built, edited, generated, scrambled

LARGE = 450  # layers; pairs of larger networks are compared by hand


def library() -> dict[str, Graph]:
    """All networks, by name."""
    found = {}
    for label in library_paths():
        spec = load_spec(label, Collector())
        if spec is not None and spec.layers:
            found[label] = from_spec(spec, Settings()).graph
    return found


LIBRARY = library()
FAMILIES: dict[Path, list[str]] = {}
for name, path in library_paths().items():
    if name in LIBRARY:
        FAMILIES.setdefault(path.parent, []).append(name)


@pytest.mark.parametrize("label", LIBRARY)
def test_nothing_differs_from_itself(label: str) -> None:
    found = diff(LIBRARY[label], LIBRARY[label])
    assert not found
    assert found.classes == ()
    assert found.counts["unchanged"] == len(LIBRARY[label].nodes)


def pairs() -> list[Any]:
    """The pairs of networks within each family."""
    found = []
    for family, names in FAMILIES.items():
        for one, other in combinations(names, 2):
            large = max(len(LIBRARY[one].nodes), len(LIBRARY[other].nodes)) > LARGE
            marks = [pytest.mark.slow] if large else []
            found.append(pytest.param(one, other, id=f"{family.name}-{one}-{other}", marks=marks))
    return found


@pytest.mark.parametrize(("one", "other"), pairs())
def test_a_diff_within_a_family_is_complete_both_ways(one: str, other: str) -> None:
    there, back = diff(LIBRARY[one], LIBRARY[other]), diff(LIBRARY[other], LIBRARY[one])
    applied(there)
    applied(back)
    assert there.counts["added"] == back.counts["removed"]
    assert there.counts["removed"] == back.counts["added"]
    assert there.counts["changed"] == back.counts["changed"]
    assert len(there.rewired) == len(back.rewired)


@pytest.mark.parametrize("start", range(0, 500, 50))
def test_a_diff_is_never_longer_than_the_edits(start: int) -> None:
    for seed in range(start, start + 50):
        choose = random.Random(seed)
        layers = generated(choose)
        edits = choose.randint(0, 4)
        left, right = built(layers), built(edited(layers, choose, edits))
        found = diff(left, right)
        applied(found)
        applied(diff(right, left))
        assert len(found.changes) + len(found.rewired) <= edits, seed
        other = diff(left, scrambled(right, seed))
        assert len(other.changes) + len(other.rewired) <= edits, seed
