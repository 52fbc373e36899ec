"""The networks of `keras.applications`, read from their configurations alone, are what Keras makes."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import keras
import pytest

from archc.elaborate.expand import Settings
from archc.ir.opaque import opaque_nodes
from archc.keras_files.model_text import ModelText
from archc.network import Network, from_model, load_network
from tests.keras_files.comparison import layers_by_place

CONFIGS = sorted((Path(__file__).parent / "configs").glob("*.json.gz"))
APPLICATIONS = [name for name in dir(keras.applications) if name[0].isupper()]
# Each network of the library that has Keras's layers, with its class in Keras.
SHARED = {
    "resnet50_keras": "ResNet50",
    "xception": "Xception",
    "vgg16": "VGG16",
    "mobilenet_v2": "MobileNetV2",
}


def facts_of(model: Any) -> dict[str, Any]:
    """What Keras says of a model."""
    found = {place: layer for place, layer in layers_by_place(model) if not isinstance(layer, keras.Model)}
    return {
        "params": sum(weight.size for layer in found.values() for weight in map(_array, layer.trainable_weights)),
        "total": model.count_params(),
        "shapes": {place: list(layer.output.shape[1:]) for place, layer in found.items()},
        "weights": {place: [list(weight.shape) for weight in layer.weights] for place, layer in found.items()},
    }


def _array(weight: Any) -> Any:
    return keras.ops.convert_to_numpy(weight)


def check_network(network: Network, facts: dict[str, Any]) -> None:
    """Holds a network that was read to what Keras says."""
    assert not opaque_nodes(network.graph.nodes)
    assert (network.params, network.total_params) == (facts["params"], facts["total"])
    read = {node.at.layer: node for node in network.graph.nodes}
    inputs = {made.name for made in network.graph.inputs}
    for place, shape in facts["shapes"].items():
        if place not in inputs and not place.rpartition("/")[2].startswith("input_layer"):
            assert list(read[place].shape) == shape
            assert [list(weight.shape) for weight in read[place].weights] == facts["weights"][place]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name.partition(".")[0])
def test_a_configuration_is_read_as_keras_made_it(path: Path) -> None:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        saved = json.load(file)
    text = ModelText(path.name, saved["config"], json.dumps(saved["config"]))
    check_network(from_model(path.name, text, Settings()), saved["facts"])


@pytest.mark.slow
@pytest.mark.parametrize("name", APPLICATIONS)
def test_every_network_of_keras_is_read(name: str) -> None:
    keras.backend.clear_session()
    model = getattr(keras.applications, name)(weights=None)
    text = model.to_json()
    check_network(from_model(name, ModelText(name, json.loads(text), text), Settings()), facts_of(model))


@pytest.mark.slow
@pytest.mark.parametrize(("spec", "name"), SHARED.items())
def test_the_library_has_the_networks_of_keras(spec: str, name: str) -> None:
    found = load_network(spec, Settings()).diff(load_network(f"keras:{name}", Settings()))
    assert not found.has_changes
