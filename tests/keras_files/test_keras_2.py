"""Models that Keras 2 saved (tf-keras 2.21): read as it made them, and built again to compute what it computed."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import archc
from archc.ir.opaque import opaque_nodes

FOLDER = Path(__file__).parent / "keras_2"
NAMES = ("operators", "sequence", "sequential")


def _saved(name: str) -> dict[str, Any]:
    with gzip.open(FOLDER / f"{name}.json.gz", "rt", encoding="utf-8") as file:
        saved: dict[str, Any] = json.load(file)
    return saved


def _path(name: str, ending: str, folder: Path) -> Path:
    if ending != "json":
        return FOLDER / f"{name}.{ending}"
    path = folder / f"{name}.json"
    path.write_text(json.dumps(_saved(name)["config"]), encoding="utf-8")
    return path


@pytest.mark.parametrize("ending", ["json", "h5", "keras"])
@pytest.mark.parametrize("name", NAMES)
def test_a_model_of_keras_2_is_read(tmp_path: Path, name: str, ending: str) -> None:
    facts = _saved(name)["facts"]
    network = archc.load(_path(name, ending, tmp_path))
    assert not opaque_nodes(network.graph.nodes)
    assert (network.params, network.total_params) == (facts["params"], facts["total"])
    weights = [list(weight.shape) for node in network.graph.nodes if node.first is None for weight in node.weights]
    assert sorted(weights) == facts["weights"]


@pytest.mark.parametrize("ending", ["h5", "keras"])
@pytest.mark.parametrize("name", NAMES)
def test_a_model_of_keras_2_computes_what_it_computed(tmp_path: Path, name: str, ending: str) -> None:
    facts = _saved(name)["facts"]
    built = archc.load(_path(name, ending, tmp_path)).build()
    outputs = keras.tree.flatten(built(np.array(facts["input"], "float32"), training=False))
    for given, expected in zip(outputs, facts["outputs"], strict=True):
        np.testing.assert_allclose(np.array(given), np.array(expected), rtol=1e-4, atol=1e-5)
