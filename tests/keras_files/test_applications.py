"""The networks of `keras.applications`, read from their configurations alone, are what Keras makes."""

from __future__ import annotations

import gzip
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import keras
import pytest

from archc.elaborate.expand import Settings
from archc.ir.opaque import opaque_nodes
from archc.keras_files.model_text import ModelText
from archc.network import Network, from_model, load_network
from tests.cases import every_or_few
from tests.keras_files.comparison import layers_by_place
from tests.specs.test_keras_applications import NETWORKS

CONFIGS = Path(__file__).parent / "configs"
SAVED = sorted(path.name.partition(".")[0] for path in CONFIGS.glob("*.json.gz"))
APPLICATIONS = [name for name in dir(keras.applications) if name[0].isupper()]
SHARED = {same.spec: same.application for same in NETWORKS}
"""The networks of the library that Keras has too."""


def _of_densenet(convolutions: int) -> dict[tuple[str, ...], int]:
    """Keras's code gives no initializer, and another epsilon than Caffe, from which the authors' numbers are."""
    return {
        ("changed", "Conv2D", "kernel_initializer", "he_normal", "glorot_uniform"): convolutions,
        ("changed", "BatchNormalization", "epsilon", "1e-05", "1.001e-05"): convolutions + 1,
    }


DIFFERENCES: dict[str, dict[tuple[str, ...], int]] = {
    "densenet121": _of_densenet(120),
    "densenet169": _of_densenet(168),
    "densenet201": _of_densenet(200),
    "vgg16": {("removed", "Dropout"): 2},  # Keras's have none
    "vgg19": {("removed", "Dropout"): 2},
}
"""All differences that there are, with the number of layers; names aside."""
OPEN = {"mobilenet_v3_large_keras", "mobilenet_v3_small_keras"}
"""Those whose input has open sizes in Keras, and the size of the paper here."""


def check_differences(spec: str, other: Network) -> None:
    """Holds the difference of a network of the library and Keras's to the known one."""
    found = load_network(spec, Settings()).diff(other)
    counted: Counter[tuple[str, ...]] = Counter()
    for change in found.changes:
        head = (change.kind, change.node.op.op_name)
        counted.update([(*head, name, *map(str, values)) for name, values in change.fields.items()] or [head])
    assert counted == DIFFERENCES.get(spec, {})
    assert not [*found.rewired, *found.consequences]
    assert [*found.signature] == (["inputs 224x224x3 -> ?x?x3"] if spec in OPEN else [])
    has_models_in_it = spec.startswith("convnext")  # whose layers Keras's own loading does not look for
    assert set(found.loading.outcomes.values()) == {"fails" if has_models_in_it else "right"}


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


def saved_text(name: str) -> tuple[ModelText, dict[str, Any]]:
    """The configuration of a network of Keras's, and what Keras says of it."""
    with gzip.open(CONFIGS / f"{name}.json.gz", "rt", encoding="utf-8") as file:
        saved = json.load(file)
    return ModelText(f"{name}.json", saved["config"], json.dumps(saved["config"])), saved["facts"]


@pytest.mark.parametrize("name", SAVED)
def test_a_configuration_is_read_as_keras_made_it(name: str) -> None:
    text, facts = saved_text(name)
    check_network(from_model(name, text, Settings()), facts)


@pytest.mark.slow
@pytest.mark.parametrize("name", APPLICATIONS)
def test_every_saved_configuration_is_that_of_keras(name: str) -> None:
    """`UPDATE_GOLDEN=1` writes the configurations anew."""
    keras.backend.clear_session()
    model = getattr(keras.applications, name)(weights=None)
    saved = {"config": json.loads(model.to_json()), "facts": facts_of(model)}
    path = CONFIGS / f"{name}.json.gz"
    if "UPDATE_GOLDEN" in os.environ:
        text = json.dumps(saved, separators=(",", ":"))
        path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    assert json.loads(gzip.decompress(path.read_bytes())) == saved


@pytest.mark.parametrize("spec", every_or_few(SHARED, 20))
def test_a_network_of_the_library_differs_from_keras_s_as_it_does(spec: str) -> None:
    text, _ = saved_text(SHARED[spec])
    check_differences(spec, from_model(SHARED[spec], text, Settings()))


@pytest.mark.slow
@pytest.mark.parametrize("spec", SHARED)
def test_every_shared_network_differs_from_keras_s_as_it_does(spec: str) -> None:
    keras.backend.clear_session()  # names are numbered in a process
    check_differences(spec, load_network(f"keras:{SHARED[spec]}", Settings()))
