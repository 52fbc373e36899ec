"""Random models made with Keras are read equal: layers, shapes, weights, and what they compute."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import archc
from archc.ir.opaque import opaque_nodes
from tests.keras_files.comparison import assert_equal_outputs, copy_weights, layers_by_place
from tests.keras_files.random_models import random_model


def _holds(seed: int) -> None:
    model = random_model(seed)
    network = archc.load(model)
    assert not opaque_nodes(network.graph.nodes)
    assert network.total_params == model.count_params()
    assert [node.shape for node in network.graph.outputs.values()] == [tuple(made.shape[1:]) for made in model.outputs]
    places = dict(layers_by_place(model))
    for node in network.graph.nodes:
        if node.at.layer in places and len(places[node.at.layer]._inbound_nodes) == 1:
            assert node.shape in {tuple(made.shape[1:]) for made in keras.tree.flatten(places[node.at.layer].output)}
    built = network.build()
    random = np.random.default_rng(seed)
    model.set_weights([random.uniform(0.1, 1, one.shape).astype("float32") for one in model.weights])
    copy_weights(network.graph, model, built)
    assert_equal_outputs(model, built)


@pytest.mark.parametrize("seed", range(12))
def test_a_random_model_is_read_equal(seed: int) -> None:
    _holds(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12, 1000))
def test_many_random_models_are_read_equal(seed: int) -> None:
    _holds(seed)
