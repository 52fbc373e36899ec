"""Random models made with Keras are read equal: layers, shapes, weights, and what they compute."""

from __future__ import annotations

import keras
import pytest

import archc
from archc.ir.opaque import opaque_nodes
from tests.keras_files.comparison import assert_equal_outputs, copy_weights, layers_by_place
from tests.keras_files.random_models import random_model
from tests.keras_names import numbered_anew
from tests.weights.saved import randomize

pytestmark = pytest.mark.filterwarnings("ignore:You are using a softmax over axis")


def _holds(seed: int) -> None:
    model = random_model(seed)
    network = archc.load(model)
    assert not opaque_nodes(network.graph.nodes)
    assert network.total_params == model.count_params()
    ends = [(node.shape, node.dtype) for node in network.graph.outputs.values()]
    assert ends == [(tuple(made.shape[1:]), made.dtype) for made in model.outputs]
    places = dict(layers_by_place(model))
    for node in network.graph.nodes:
        if node.at.layer in places and len(places[node.at.layer]._inbound_nodes) == 1:
            outputs = keras.tree.flatten(places[node.at.layer].output)
            assert (node.shape, node.dtype) in {(tuple(made.shape[1:]), made.dtype) for made in outputs}
    built = network.build()
    assert [made.dtype for made in built.outputs] == [made.dtype for made in model.outputs]
    randomize(model, seed)
    copy_weights(network.graph, model, built)
    assert_equal_outputs(model, built, tolerance=0)


@pytest.mark.parametrize("ends", [(0,), (1,), (0, 1), (1, 0)])
@pytest.mark.parametrize("sequential", [True, False])
def test_the_calls_of_a_model_that_are_outputs(ends: tuple[int, ...], sequential: bool) -> None:
    """Keras numbers the calls of a functional model otherwise among the outputs."""
    numbered_anew()
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])
    inner = inner if sequential else keras.Model(inner.inputs[0], inner.outputs[0])
    entered = keras.Input((4,))
    calls = [inner(entered), inner(entered * 2)]
    model = keras.Model(entered, [*[calls[end] for end in ends], keras.layers.Add()(calls)])
    network = archc.load(model)
    built = network.build()
    copy_weights(network.graph, randomize(model), built)
    assert_equal_outputs(model, built, tolerance=0)


@pytest.mark.parametrize("seed", range(30))
def test_a_random_model_is_read_equal(seed: int) -> None:
    _holds(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(30, 1000))
def test_many_random_models_are_read_equal(seed: int) -> None:
    _holds(seed)
