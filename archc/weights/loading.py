"""Builds a model with the weights of a file: all of them, or an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from archc.diagnostics import Diagnostic, SpecError, printable
from archc.diff.keras_order import keras_layers, layers_as_saved
from archc.ir.graph import Graph
from archc.targets.keras import model as keras_model
from archc.weights.comparison import compare_arrays
from archc.weights.file_errors import reading
from archc.weights.model_layer import ModelLayer, model_layers
from archc.weights.pairing import MOST_SHOWN, pair_layers
from archc.weights.saved_file import WeightFile, open_weights


class Loaded(NamedTuple):
    """How many layers were loaded: those that have the same name in the file, and the others."""

    by_name: int
    by_order: int


def build_with_weights(
    graph: Graph, name: str, path: Path, whole: Graph, progress: keras_model.Progress | None = None
) -> tuple[Any, Loaded]:
    """Builds a model and loads every weight from a file.

    Args:
        graph: the network, or a part of it.
        name: of the model.
        path: of the file.
        whole: the whole network; a file may have more layers than a part.
        progress: is called with the number of layers built.

    Raises:
        SpecError: the file cannot be read, Keras refuses a layer, or the weights do not fit.
    """
    with open_weights(path) as file:
        model = keras_model.build(graph, name, progress, initialized=False)
        return model, _load(model, file, graph, whole)


def _load(model: Any, file: WeightFile, graph: Graph, whole: Graph) -> Loaded:
    layers = _as_saved(model, file, graph)
    has_more = len(file.layers) > len(layers) and _weighted(graph) < _weighted(whole)

    def whole_layers() -> list[ModelLayer]:
        return _as_saved(keras_model.build(whole, "whole", initialized=False), file, whole)

    partners, differences = pair_layers(layers, file.layers, whole_layers if has_more else None)
    with reading(file.path):
        differences += compare_arrays(layers, partners)
    found = {id(held.variable) for layer in layers for held in layer.variables.values()}
    missed = [variable.path for variable in model.weights if id(variable) not in found]
    differences += [Diagnostic("weights-missing", f"no layer of the file is for `{path}`") for path in missed]
    if differences:
        raise _does_not_fit(file, layers, differences)
    with reading(file.path):
        for layer, saved in partners.items():
            for place, held in layer.variables.items():
                held.variable.assign(saved.arrays[place].read())
    by_name = sum(layer.name == saved.name for layer, saved in partners.items())
    return Loaded(by_name, len(partners) - by_name)


def _as_saved(model: Any, file: WeightFile, graph: Graph) -> list[ModelLayer]:
    """The layers of a model with weights, in the order that they have in the file."""
    built = [layer.owner for layer in keras_layers(graph) if layer.has_weights]
    by_owner = dict(zip(built, model_layers(model, file.layout), strict=True))
    return [by_owner[layer.owner] for layer in layers_as_saved(graph, file.names) if layer.has_weights]


def _weighted(graph: Graph) -> set[str]:
    return {node.name for node in graph.nodes if node.weights}


def _does_not_fit(file: WeightFile, layers: list[ModelLayer], differences: list[Diagnostic]) -> SpecError:
    """The error of all differences, in the order of the layers; the first ones where there are many."""
    positions: dict[str | None, int] = {layer.name: position for position, layer in enumerate(layers)}
    differences.sort(key=lambda found: positions.get(found.about, len(layers)))
    count, ours, theirs = len(differences), len(layers), len(file.layers)
    shown = f"; of {count:,} differences, the first {MOST_SHOWN}:" if count > MOST_SHOWN else ""
    message = f"`{printable(str(file.path))}` does not fit the network, and nothing was loaded{shown}"
    hint = f"the network has {ours:,} layers with weights and the file {theirs:,}: is it the file of another network?"
    summary = SpecError.of("weights", message, hint=hint if ours != theirs else None)
    return SpecError([summary.first, *differences[:MOST_SHOWN]])
