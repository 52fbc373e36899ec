"""Random models made with Keras: shared and nested models, several inputs and outputs, folded and expanded again."""

from __future__ import annotations

import keras
import pytest

import archc
from archc.diagnostics import SpecError
from archc.folding.write import write
from tests.folding.equality import is_equal
from tests.keras_files.random_models import random_model


def _holds(seed: int) -> None:
    graph = archc.load(random_model(seed)).graph
    for flat in (True, False):
        is_equal(graph, write(graph, "Random", flat=flat).text)


@pytest.mark.parametrize("seed", [*range(12), 47, 52, 90])
def test_a_random_model_is_written_equal(seed: int) -> None:
    _holds(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12, 300))
def test_many_random_models_are_written_equal(seed: int) -> None:
    _holds(seed)


def test_inputs_of_other_types_are_written() -> None:
    ids, image = keras.Input((5,), dtype="int32", name="ids"), keras.Input((4,), name="image")
    seen = keras.layers.GlobalAveragePooling1D(name="mean")(keras.layers.Embedding(9, 4, name="embedding")(ids))
    ends = {"a": keras.layers.Dense(2, name="first")(seen), "b": keras.layers.Add(name="second")([seen, image])}
    graph = archc.load(keras.Model([ids, image], ends)).graph
    text = write(graph, "Typed").text
    is_equal(graph, text)
    assert "ids: {shape: [5], dtype: int32}" in text


def test_all_layers_without_an_op_are_named_at_once() -> None:
    start = keras.Input((4,))
    x = keras.layers.Dense(4, name="dense")(keras.layers.Lambda(lambda x: x, name="one")(start))
    model = keras.Model(start, keras.layers.Dense(2, name="end")(keras.layers.Lambda(lambda x: x, name="two")(x)))
    with pytest.raises(SpecError, match="one") as raised:
        write(archc.load(model).graph, "Opaque")
    assert {found.code for found in raised.value.diagnostics} == {"opaque"}
    assert "two" in str(raised.value)
