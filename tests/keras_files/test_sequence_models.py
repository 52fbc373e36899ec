"""Models with states are read as they are, written as specs, and built again with their weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import archc
from archc.diff.compare import diff
from archc.diff.keras_order import keras_layers
from archc.folding.write import write
from tests.keras_files.comparison import assert_equal_outputs
from tests.keras_files.sequence_models import MODELS
from tests.targets.networks import network
from tests.weights.saved import randomize


@pytest.fixture(params=MODELS)
def model(request: Any) -> Any:
    return randomize(MODELS[request.param]())


@pytest.mark.filterwarnings("ignore:.*HDF5")
@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_the_model_of_a_file_is_built_again_with_its_weights(model: Any, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"mine.{ending}"
    model.save(path)
    read = archc.load(path)
    assert read.total_params == model.count_params()
    built = read.build()
    assert built.output_names == model.output_names
    assert_equal_outputs(model, built, tolerance=0)


def test_the_spec_of_a_file_is_the_model(model: Any, tmp_path: Path) -> None:
    path = tmp_path / "mine.keras"
    model.save(path)
    read = archc.load(path)
    written = write(read.graph, "Mine")
    assert written.refused == ()
    again = network(written.text)
    assert not diff(read.graph, again.graph).has_changes
    assert_equal_outputs(model, again.build(weights=path), tolerance=0)


def test_layers_have_the_order_of_keras(model: Any, tmp_path: Path) -> None:
    path = tmp_path / "mine.keras"
    model.save(path)
    read = archc.load(path)
    assert [layer.name for layer in keras_layers(read.graph)] == [layer.name for layer in read.build().layers]
