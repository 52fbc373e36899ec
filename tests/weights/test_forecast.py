"""What `build --weights` is said to do with files of other networks, held to what it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import archc
from archc.diff.keras_loading import FORMATS
from archc.network import Network
from archc.weights.forecast import build_outcomes
from tests.cases import every_or_few
from tests.cli.test_start import loaded
from tests.diff.keras_truth import judged, numbered, origins_of_values
from tests.diff.networks_generator import generated, written
from tests.diff.test_verdicts import PAIRS, TRUTH
from tests.diff.test_weightless_edits import counterparts
from tests.diff.weightless_edits import edited
from tests.targets.networks import network

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # Keras warns of its old format
QUICK = ("bn_center_vs_scale", "shared_block_to_unshared", "add_commuted", "td_to_plain", "bn_moved_after_pool")


@pytest.mark.parametrize("pair", [pytest.param(p, marks=() if p in QUICK else pytest.mark.slow) for p in TRUTH])
def test_a_file_of_a_pair_loads_as_it_is_told(pair: str, tmp_path: Path) -> None:
    left, right = (archc.load(PAIRS / f"{pair}_{letter}.yaml") for letter in "ab")
    assert_told(left, right, tmp_path)


@pytest.mark.parametrize("seed", every_or_few(range(1000, 1300), 5))
def test_a_file_of_a_generated_network_loads_as_it_is_told(seed: int, tmp_path: Path) -> None:
    content = generated(seed, 20)
    left, right = network(written(content)), network(written(edited(content, seed).content))
    assert_told(left, right, tmp_path)


def assert_told(left: Network, right: Network, folder: Path) -> None:
    found = left.diff(right)
    model = left.build()
    places = numbered(model)
    outcomes = {}
    for ending in FORMATS:
        path = folder / f"saved{ending}"
        model.save_weights(path) if ending == ".weights.h5" else model.save(path)
        outcomes[ending] = judged(_loaded(right, path, places), counterparts(found)).outcome
    assert build_outcomes(left.graph, right.graph, found.counterparts) == outcomes


def _loaded(right: Network, path: Path, places: Any) -> Any:
    try:
        return origins_of_values(right.build(weights=path), places)
    except archc.SpecError:
        return None


def test_keras_is_not_needed() -> None:
    assert loaded("from archc.weights.forecast import build_outcomes", ("keras", "tensorflow", "numpy", "h5py")) == []
