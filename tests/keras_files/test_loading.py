"""What `archc diff` says of the weights of a model file is what Keras does with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

import archc
from archc.diff.keras_loading import FORMATS
from archc.ir.graph import Graph, Node
from tests.keras_files.comparison import layers_by_place
from tests.keras_files.test_files import siamese
from tests.keras_files.test_model_weights import nested
from tests.keras_names import numbered_anew


def in_a_row() -> Any:
    """Layers without a model in the model; all have names of their own."""
    numbered_anew()
    entered = keras.Input((8, 8, 4))
    x = layers.BatchNormalization(name="norm")(layers.Conv2D(4, 3, name="conv")(entered))
    return keras.Model(entered, layers.Dense(3, name="ends")(layers.Flatten()(x) * 2))


def one_inside() -> Any:
    """A model of one layer with weights, which `.h5` files list as a layer is listed."""
    numbered_anew()
    entered = keras.Input((8, 8, 4))
    inner = keras.Sequential([keras.Input((8, 8, 4)), layers.Conv2D(4, 3, name="conv")], name="inner")
    return keras.Model(entered, layers.Dense(3, name="ends")(layers.Flatten()(inner(entered))))


def _variables(graph: Graph, model: Any) -> dict[tuple[str, int], Any]:
    """The variables of a model by the names of the graph's layers and their numbers in the layer."""
    places = dict(layers_by_place(model))
    names = {layer.name: layer for layer in places.values()}
    found: dict[tuple[str, int], Any] = {}
    for node in graph.nodes:
        if node.first is None and node.weights:
            layer: Any = places.get(node.at.layer, names.get(node.name))
            found |= {(node.name, number): variable for number, variable in enumerate(layer.weights)}
    return found


def _outcome(saved: dict[Any, Any], path: Path, model: Any, target: dict[Any, Any]) -> str:
    for number, variable in enumerate(saved.values(), start=1):
        variable.assign(np.full(variable.shape, float(number)))
    for variable in target.values():
        variable.assign(np.zeros(variable.shape))
    try:
        model.load_weights(path)
    except ValueError:
        return "fails"
    return "right" if all(np.ravel(target[key])[0] == np.ravel(saved[key])[0] for key in saved) else "misplaced"


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("make", [siamese, nested, in_a_row, one_inside])
def test_weights_of_a_model_and_of_what_archc_builds_of_it(make: Any, tmp_path: Path) -> None:
    model = make()
    network = archc.load(model)
    built = network.build()
    again = archc.load(built)
    sides = [(network, model), (again, built)]
    for (one, source), (other, target) in (sides, sides[::-1]):
        found = one.diff(other)
        assert not found.changes
        saved, taken = _variables(one.graph, source), _variables(other.graph, target)
        counterparts = {
            mine.name: theirs.name
            for mine, theirs in found.counterparts.items()
            if isinstance(mine, Node) and isinstance(theirs, Node)
        }
        taken = {key: taken[counterparts[key[0]], key[1]] for key in saved}
        for ending in FORMATS:
            for number, variable in enumerate(saved.values(), start=1):
                variable.assign(np.full(variable.shape, float(number)))
            path = tmp_path / f"saved{ending}"
            source.save_weights(path) if ending == ".weights.h5" else source.save(path)
            assert found.loading.outcomes[ending] == _outcome(saved, path, target, taken), (ending, source.name)
