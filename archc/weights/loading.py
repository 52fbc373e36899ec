"""Builds a model with the weights of a file: all of them, or an error."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from archc.diagnostics import Diagnostic, SpecError, printable
from archc.ir.graph import Graph
from archc.targets.keras import model as keras_model
from archc.weights.comparison import compare_arrays
from archc.weights.file_errors import reading
from archc.weights.held_variables import held_variables
from archc.weights.keras_2 import changed_functions
from archc.weights.model_layer import ModelLayer, model_layers
from archc.weights.pairing import MOST_SHOWN, given_name, pair_layers
from archc.weights.saved_file import WeightFile, open_weights
from archc.weights.saved_layers import SavedLayer, layers_inside
from archc.weights.values import assign, value_warnings

Partners = dict[ModelLayer, SavedLayer]


class Loaded(NamedTuple):
    """What was loaded.

    Attributes:
        by_name: the number of layers that have the same name in the file.
        by_order: the number of the others.
        warnings: of values that are not finite, and of functions that were others when the file was written.
    """

    by_name: int
    by_order: int
    warnings: tuple[Diagnostic, ...]


def build_with_weights(
    graph: Graph,
    name: str,
    path: Path,
    whole: Graph,
    progress: keras_model.Progress | None = None,
    flatten: Callable[[WeightFile], WeightFile | None] = lambda _: None,
) -> tuple[Any, Loaded]:
    """Builds a model and loads every weight from a file.

    The file is compared with the graph first, so that one that does not fit is refused before Keras is imported.

    Args:
        graph: the network, or a part of it.
        name: of the model.
        path: of the file.
        whole: the whole network; a file may have more layers than a part.
        progress: is called with the number of layers built.
        flatten: gives a file that does not fit with the layers of the models in its model instead of these; None where
            there are none, or no network can tell them.

    Raises:
        SpecError: the file cannot be read, Keras refuses a layer, or the weights do not fit.
    """
    with open_weights(path, len(whole.nodes)) as opened:
        try:
            file, partners = opened, _partners(opened, graph, whole, flat=False)
        except SpecError as error:
            if (flat := flatten(opened)) is not None:
                file, partners = flat, _partners(flat, graph, whole, flat=True)
            else:
                file, partners = _taken_apart(opened, graph, whole, error)
        model = keras_model.build(graph, name, progress, initialized=False)
        held = model.layers if file is opened else innermost_layers(model)
        layers = {layer.name: layer for layer in held if layer.weights}
        found = assign_arrays(model, layers, file, partners)
        by_name = sum(layer.name == saved.name for layer, saved in partners.items())
        return model, Loaded(by_name, len(partners) - by_name, loading_warnings(graph, file, found))


def innermost_layers(model: Any) -> Iterator[Any]:
    """The layers of a model of Keras that are no models, those of the models in it too."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from innermost_layers(layer)
        else:
            yield layer


def _partners(file: WeightFile, graph: Graph, whole: Graph, *, flat: bool) -> Partners:
    """The layers of the file by those of the network, all of which fit.

    Raises:
        SpecError: the file does not fit the network.
    """
    layers = model_layers(graph, file.layout, file.names, flat=flat)
    has_more = len(file.layers) > len(layers) and _weighted(graph) < _weighted(whole)
    whole_layers = model_layers(whole, file.layout, file.names, flat=flat) if has_more else None
    partners, differences = pair_layers(layers, file.layers, whole_layers)
    with reading(file.path):
        differences += compare_arrays(layers, partners)
    if differences:
        raise _does_not_fit(file, layers, differences)
    return partners


def _taken_apart(file: WeightFile, graph: Graph, whole: Graph, error: SpecError) -> tuple[WeightFile, Partners]:
    """The file with the layers inside what the network does not have, which a person named, and their partners.

    Raises:
        SpecError: the one given, as the file does not fit so either.
    """
    own = {call.name for call in whole.calls}
    apart = {saved: layers_inside(saved) for saved in file.layers if saved.name not in own}
    inside = [layer.name for layers in apart.values() for layer in layers]
    if not inside or not all(map(given_name, inside)):
        raise error
    layers = [layer for saved in file.layers for layer in apart.get(saved, [saved])]
    flat = replace(file, layers=layers, names=file.names.union(name for name in inside if name))
    try:
        return flat, _partners(flat, graph, whole, flat=True)
    except SpecError:
        raise error from None


def assign_arrays(
    model: Any, layers: Mapping[str, Any], file: WeightFile, partners: Partners
) -> Mapping[str, Mapping[str, None]]:
    """Gives every variable of a model its values.

    Args:
        model: what is built.
        layers: those that hold its variables, by the names of `partners`.
        file: the open file.
        partners: the arrays of each layer, all of which fit.

    Returns:
        The names of layers by what is wrong with their values.

    Raises:
        SpecError: the file is damaged, or Keras holds the variables of a layer under other keys than were inferred.
    """
    held = {name: held_variables(layer, file.layout) for name, layer in layers.items()}
    inferred = {layer.name: layer.variables for layer in partners}
    for name in [name for name in {**held, **inferred} if set(held.get(name, ())) != set(inferred.get(name, ()))]:
        raise SpecError.of("keras-differs", f"Keras holds the weights of `{name}` at other places than inferred")
    found: dict[str, dict[str, None]] = defaultdict(dict)
    with reading(file.path):
        for layer, saved in partners.items():
            for place, variable in held[layer.name].items():
                if wrong := assign(variable, saved.arrays[place].read()):
                    found[wrong][layer.name] = None
    for layer in model._flatten_layers():
        if hasattr(layer, "finalize_state"):  # a Normalization computes with copies of its weights
            layer.finalize_state()
    return found


def loading_warnings(graph: Graph, file: WeightFile, found: Mapping[str, Mapping[str, None]]) -> tuple[Diagnostic, ...]:
    """Warnings of functions that were others when the file was written, and of what `assign_arrays` found."""
    return (*changed_functions(graph, file.keras_version), *value_warnings(found))


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
    summary = SpecError.of("weights", message, hint=_nesting(file, layers) or (hint if ours != theirs else None))
    return SpecError([summary.first, *differences[:MOST_SHOWN]])


def _nesting(file: WeightFile, layers: list[ModelLayer]) -> str | None:
    """What to do where the file has a model in the model, and the network has its layers in a row."""
    kept = {layer.name for layer in layers if layer.kind == "functional"}
    nested = [saved.label for saved in file.layers if saved.is_model and saved.name not in kept]
    if not nested:
        return None
    names = ", ".join(f"`{name}`" for name in nested[:3])
    return (
        f"the file has layers inside {names}, a model in the model: give the whole model, `.keras` or `.h5`, or write "
        f"them in the spec as a block that is used with `share: {nested[0]}`"
    )
