"""What two models of Keras have in common, layer by layer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from archc.ir.graph import Graph


def layers_by_place(model: Any, around: str = "") -> Iterator[tuple[str, Any]]:
    """The layers of a model and of the models in it, by their names with those of the models around."""
    for layer in model.layers:
        yield f"{around}{layer.name}", layer
        if isinstance(layer, keras.Model):
            yield from layers_by_place(layer, f"{around}{layer.name}/")


def copy_weights(graph: Graph, source: Any, built: Any) -> None:
    """Gives the model that was built of a graph the weights of the model that the graph was read from."""
    held, taken = dict(layers_by_place(source)), set()
    ours = {layer.name: layer for _, layer in layers_by_place(built)}
    for node in graph.nodes:
        if node.first is None and node.weights:
            assert [tuple(weight.shape) for weight in held[node.at.layer].weights] == [
                one.shape for one in node.weights
            ]
            ours[node.name].set_weights(held[node.at.layer].get_weights())
            taken.add(node.at.layer)
    assert sum(weight.size for place in taken for weight in held[place].get_weights()) == source.count_params()


def assert_equal_outputs(one: Any, other: Any, *, tolerance: float = 1e-5) -> None:
    """Holds two models with equal weights to equal outputs for random inputs."""
    random = np.random.default_rng(0)
    given = [random.normal(size=(2, *tensor.shape[1:])).astype("float32") for tensor in one.inputs]
    outputs = [
        [
            keras.ops.convert_to_numpy(keras.ops.cast(output, "float32"))
            for output in keras.tree.flatten(model(given if len(given) > 1 else given[0], training=False))
        ]
        for model in (one, other)
    ]
    for ours, theirs in zip(*outputs, strict=True):
        assert np.isfinite(theirs).all()
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)
