"""The layers of a network as files have them, told from its graph, held to Keras's."""

from __future__ import annotations

import keras
import pytest

from archc.ir.naming import snake_case
from archc.weights.held_variables import held_variables
from archc.weights.model_layer import model_layers
from archc.weights.saved_layers import Layout
from tests.targets.networks import PYRAMID, SHARED_SCALE, SIAMESE
from tests.weights.networks import FROZEN, MIXED, SMALL, TRAINED_ALONE, UNNAMED, WORDS, model_of, network
from tests.weights.test_loading import WITH_WEIGHTS, first_with_weights

WRAPPED = """
archc: 1
name: Wrapped
input: [4, 6, 5]
layers:
  - TimeDistributed:
      layer:
        Bidirectional: {layer: {LSTM: 3}, backward_layer: {SimpleRNN: {units: 3, go_backwards: true}}}
  - TimeDistributed: {layer: Normalization}
"""
TEXTS = {
    "small": SMALL, "unnamed": UNNAMED, "siamese": SIAMESE, "frozen": FROZEN, "pyramid": PYRAMID, "mixed": MIXED,
    "shared scale": SHARED_SCALE, "words": WORDS, "trained alone": TRAINED_ALONE, "wrapped": WRAPPED,
}  # fmt: skip
TEXTS |= {name: first_with_weights(name) for name in WITH_WEIGHTS}


@pytest.mark.parametrize("layout", ["Keras 3", "legacy"])
@pytest.mark.parametrize("name", TEXTS)
def test_the_layers_of_a_graph_are_those_of_keras(name: str, layout: Layout) -> None:
    text = TEXTS[name]
    found = [
        (layer.name, layer.kind, {
            place: (held.name, held.weight.shape, held.is_float) for place, held in layer.variables.items()
        })
        for layer in model_layers(network(text).graph, layout, {layer.name for layer in model_of(text).layers})
    ]  # fmt: skip
    assert found == [
        (layer.name, snake_case(type(layer).__name__), {
            place: (variable.name, tuple(variable.shape), "float" in str(variable.dtype))
            for place, variable in held_variables(layer, layout).items()
        })
        for layer in model_of(text).layers if layer.weights
    ]  # fmt: skip


def _holders(layer: keras.layers.Layer) -> dict[int, str]:
    """The names of the innermost layers by the ids of their variables."""
    found = {id(variable): layer.name for variable in layer.weights}
    for inner in layer._flatten_layers(include_self=False):
        found |= _holders(inner)
    return found


@pytest.mark.parametrize("name", TEXTS)
def test_the_innermost_layers_are_those_of_keras(name: str) -> None:
    model = model_of(TEXTS[name])
    for layer in model_layers(network(TEXTS[name]).graph, "Keras 3", {layer.name for layer in model.layers}):
        held = held_variables(model.get_layer(layer.name), "Keras 3")
        names = _holders(model.get_layer(layer.name))
        assert {place: own.layer_name for place, own in layer.variables.items()} == {
            place: names[id(variable)] for place, variable in held.items()
        }
