"""One network written in many ways: no difference, and Keras computes the same."""

from __future__ import annotations

import pytest

from archc.diff.compare import Diff
from tests.cases import every_or_few
from tests.diff.keras_truth import KerasPair
from tests.diff.networks_generator import generated, written
from tests.targets.networks import network


def rewritten(seed: int, most: int = 60) -> Diff:
    """A network in two of its spellings."""
    content = generated(seed, most)
    return network(written(content, 2 * seed)).diff(network(written(content, 2 * seed + 1)))


def is_refactoring(found: Diff) -> bool:
    """Whether the diff says what it should of the same network: at most that a layer passes its input on."""
    allowed = {"cosmetic"} | (set() if found.loading.is_right else {"weights"})
    passing = all((change.node.op.op_name, change.classes) == ("Permute", ("cosmetic",)) for change in found.changes)
    return passing and not found.consequences and set(found.classes) <= allowed


@pytest.mark.parametrize("start", every_or_few(range(0, 500, 25), 1))
def test_a_refactoring_is_no_difference(start: int) -> None:
    assert [seed for seed in range(start, start + 25) if not is_refactoring(rewritten(seed))] == []


@pytest.mark.parametrize("start", every_or_few(range(0, 500, 25), 1))
def test_a_plain_spec_is_no_difference(start: int) -> None:
    differing = []
    for seed in range(start, start + 25):
        content = generated(seed)
        if not is_refactoring(network(written(content, seed)).diff(network(written(content)))):
            differing.append(seed)
    assert differing == []


@pytest.mark.parametrize("seed", every_or_few(range(500, 600), 3))
def test_the_generated_spellings_compute_the_same_in_keras(seed: int) -> None:
    content = generated(seed, 25)
    left, right = (network(written(content, each, commuted=False)).graph for each in (2 * seed, 2 * seed + 1))
    weighted = ([node.name for node in graph.nodes if node.weights and not node.first] for graph in (left, right))
    named = {theirs: [mine] for mine, theirs in zip(*weighted, strict=True)}
    assert KerasPair(left, right, named).same_function()
