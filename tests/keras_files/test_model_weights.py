"""A model that is built again from its file has the weights of the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from click.testing import CliRunner
from keras import layers

import archc
from archc.cli import main
from tests.keras_files.comparison import assert_equal_outputs
from tests.keras_files.random_models import random_model
from tests.keras_files.test_files import siamese
from tests.keras_names import numbered_anew
from tests.weights.saved import randomize


def nested() -> Any:
    """Models in models with frozen and with moving weights, a recurrent layer, a shared layer."""
    numbered_anew()
    inner = keras.Sequential([keras.Input((8, 8, 4)), layers.Conv2D(4, 3, padding="same"), layers.BatchNormalization()])
    entered = keras.Input((8, 8, 4))
    x = inner(layers.Conv2D(4, 1)(entered))
    middle = keras.Model(entered, layers.BatchNormalization(trainable=False)(layers.Conv2D(4, 1)(x)))
    outer = keras.Input((8, 8, 4))
    x = layers.Reshape((8, 32))(middle(middle(outer)))
    x = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(x)
    x = layers.TimeDistributed(layers.Dense(4))(layers.MultiHeadAttention(2, 3)(x, x))
    dense = layers.Dense(4)
    return keras.Model(outer, dense(dense(layers.Flatten()(x)[:, :4])))


@pytest.mark.filterwarnings("ignore:.*HDF5")
@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.parametrize("make", [siamese, nested])
def test_weights_are_kept(tmp_path: Path, make: Any, ending: str) -> None:
    model = randomize(make())
    path = tmp_path / f"mine.{ending}"
    model.save(path)
    assert_equal_outputs(model, archc.load(path).build(), tolerance=0)
    result = CliRunner().invoke(main, ["build", str(path), "-o", str(tmp_path / "other.keras")])
    assert "kept the weights of" in result.output
    assert_equal_outputs(model, keras.models.load_model(tmp_path / "other.keras"), tolerance=0)


@pytest.mark.parametrize("seed", range(4))
def test_weights_of_random_models_are_kept(tmp_path: Path, seed: int) -> None:
    model = randomize(random_model(seed))
    model.save(tmp_path / "mine.keras")
    assert_equal_outputs(model, archc.load(tmp_path / "mine.keras").build())


def test_a_part_of_a_model_has_its_weights(tmp_path: Path) -> None:
    model = randomize(siamese())
    model.save(tmp_path / "mine.keras")
    part = archc.load(tmp_path / "mine.keras").build(["pool"])
    encoder = model.get_layer("encoder")
    given = np.ones((1, 8, 8, 3), "float32")
    np.testing.assert_array_equal(part(given), encoder(given))


@pytest.mark.filterwarnings("ignore:.*HDF5")
def test_weights_that_are_not_those_of_the_layers_are_refused(tmp_path: Path) -> None:
    siamese().save(tmp_path / "mine.h5")
    with h5py.File(tmp_path / "mine.h5", "a") as file:
        del file["model_weights"]["scores"].attrs["weight_names"]
    with pytest.raises(archc.SpecError) as caught:
        archc.load(tmp_path / "mine.h5").build()
    assert caught.value.first.code == "weights"
    assert "`scores`" in caught.value.first.message


def test_a_model_without_weights_says_so(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text(siamese().to_json(), encoding="utf-8")
    result = CliRunner().invoke(main, ["build", str(tmp_path / "mine.json"), "-o", str(tmp_path / "other.keras")])
    assert "those of the model are new" in result.output
