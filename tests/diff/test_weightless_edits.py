"""The verdict on loading after edits that leave the weights, held to Keras."""

from __future__ import annotations

from pathlib import Path

import pytest

from archc.diff.compare import Diff
from archc.ir.graph import Node
from tests.cases import every_or_few
from tests.diff.keras_truth import KerasPair, Loaded, judged
from tests.diff.networks_generator import generated, written
from tests.diff.weightless_edits import edited, owners
from tests.targets.networks import network

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # Keras warns of what it skips and of its old format


@pytest.mark.parametrize("seed", every_or_few(range(500), 15))
def test_weights_load_as_the_diff_says(seed: int, tmp_path: Path) -> None:
    content = generated(seed, 20)
    other = edited(content, seed).content
    left, right = network(written(content)), network(written(other))
    found = left.diff(right)
    sources = KerasPair(left.graph, right.graph).sources(tmp_path)

    ours = {ending: judged(each, counterparts(found)) for ending, each in sources.items()}
    assert _verdict(found) == {ending: each.outcome for ending, each in ours.items()}
    assert {layer.name for layer, _ in found.loading.misplaced} == _first_misplaced(ours)

    before, after = owners(content), owners(other)
    named: dict[str, set[str]] = {}
    for number, name in after.items():
        named.setdefault(name, set()).add(before.get(number, name))
    meant = {ending: judged(each, named) for ending, each in sources.items()}
    assert found.by_names_only or _verdict(found) == {ending: each.outcome for ending, each in meant.items()}
    assert found.by_names_only or {layer.name for layer, _ in found.loading.misplaced} == _first_misplaced(meant)


def _verdict(found: Diff) -> dict[str, str]:
    return dict(found.loading.outcomes)


def counterparts(found: Diff) -> dict[str, set[str]]:
    """The layers of the left that correspond to each layer of the right, by their names."""
    named: dict[str, set[str]] = {node.name: set() for node in found.right.nodes}
    for mine, theirs in found.counterparts.items():
        if isinstance(theirs, Node):
            named[theirs.name].add(mine.name)
    return named


def _first_misplaced(found: dict[str, Loaded]) -> set[str]:
    """The misplaced layers of the first format that has some."""
    return set(next((each.misplaced for each in found.values() if each.misplaced), ()))
