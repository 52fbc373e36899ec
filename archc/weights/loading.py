"""Builds a model with the weights of a file: all of them, or an error."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from archc.diagnostics import Diagnostic, SpecError, printable
from archc.garbage_collection import without_collection
from archc.ir.graph import Graph, Node
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
Flatten = Callable[[WeightFile], WeightFile | None]


class Loaded(NamedTuple):
    """What was loaded.

    Attributes:
        by_name: the number of layers that have the same name in the file.
        by_order: the number of the others.
        warnings: of values that are not finite, and of functions that were others when the file was written.
        new: the names of the layers that were to begin new.
    """

    by_name: int
    by_order: int
    warnings: tuple[Diagnostic, ...]
    new: tuple[str, ...] = ()


@without_collection()
def build_with_weights(
    graph: Graph,
    name: str,
    path: Path,
    whole: Graph,
    progress: keras_model.Progress | None = None,
    flatten: Flatten = lambda _: None,
    new: Collection[Node] = frozenset(),
    trained: Graph | None = None,
) -> tuple[Any, Loaded]:
    """Builds a model and loads its weights from a file: all of them, but those of layers that begin new.

    The file is compared with the graph first, so that one that does not fit is refused before Keras is imported.

    Args:
        graph: the network, or a part of it.
        name: of the model.
        path: of the file.
        whole: the whole network; a file may have more layers than a part.
        progress: is called with the number of layers built.
        flatten: as for `partners_in`.
        new: the first calls of the layers that begin new, whatever the file has for them.
        trained: the same layers as `graph`, where a user froze some of these; the file may be of either.

    Raises:
        SpecError: the file cannot be read, Keras refuses a layer, or the weights do not fit.
    """
    with open_weights(path, len(whole.nodes)) as opened:
        file, partners = partners_in(opened, graph, whole, flatten, new, trained)
        model = keras_model.build(graph, name, progress, loaded=frozenset(graph.nodes) - frozenset(new))
        held = model.layers if file is opened else innermost_layers(model)
        layers = {layer.name: layer for layer in held if layer.weights}
        found = assign_arrays(model, layers, file, partners)
        by_name = sum(layer.name == saved.name for layer, saved in partners.items())
        warnings = loading_warnings(graph, file, found)
        return model, Loaded(by_name, len(partners) - by_name, warnings, names_of(graph, new))


def partners_in(
    opened: WeightFile,
    graph: Graph,
    whole: Graph,
    flatten: Flatten,
    new: Collection[Node] = frozenset(),
    trained: Graph | None = None,
) -> tuple[WeightFile, Partners]:
    """The layers of a file by those of a network, all of which fit; with the file as it was read for that.

    Args:
        opened: the file.
        graph: the network, or a part of it.
        whole: the whole network.
        flatten: gives a file that does not fit with the layers of the models in its model instead of these; None where
            there are none, or no network can tell them.
        new: the first calls of the layers that are not taken from the file.
        trained: as for `build_with_weights`.

    Raises:
        SpecError: the file does not fit the network.
    """
    fitting = trained or graph
    try:
        return opened, _partners(opened, graph, fitting, whole, new, flat=False)
    except SpecError:
        if (flat := flatten(opened)) is not None:
            return flat, _partners(flat, graph, fitting, whole, new, flat=True)
        if (apart := _taken_apart(opened, whole)) is not None:
            with suppress(SpecError):  # the first error tells of the file as it is
                return apart, _partners(apart, graph, fitting, whole, new, flat=True)
        raise


def innermost_layers(model: Any) -> Iterator[Any]:
    """The layers of a model of Keras that are no models, those of the models in it too."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from innermost_layers(layer)
        else:
            yield layer


def _partners(
    file: WeightFile, graph: Graph, trained: Graph, whole: Graph, new: Collection[Node], *, flat: bool
) -> Partners:
    """The layers of the file by those of the network that take something from it, all of which fit.

    Raises:
        SpecError: the file does not fit the network.
    """
    if trained is not graph and file.layout == "legacy":  # which lists the arrays first that were trained
        with suppress(SpecError):
            fitting = _fitting(file, trained, whole, same_layers(new, trained), flat=flat)
            return rearranged(fitting, model_layers(graph, file.layout, file.names, flat=flat, new=new))
    return _fitting(file, graph, whole, new, flat=flat)


def same_layers(layers: Collection[Node], graph: Graph) -> frozenset[Node]:
    """The first calls of layers in another graph of the same layers."""
    names = {node.name for node in layers}
    return frozenset(node for node in graph.nodes if node.first is None and node.name in names)


def rearranged(partners: Partners, layers: Iterable[ModelLayer]) -> Partners:
    """The arrays of a file by the keys of layers that train another part of their variables.

    Args:
        partners: of the layers as the file has them.
        layers: the same layers, by their names; those that begin new are left out.
    """
    found = {layer.name: (layer, saved) for layer, saved in partners.items()}
    made: Partners = {}
    for layer in layers:
        if layer.name not in found:
            continue
        other, saved = found[layer.name]
        places = {(held.layer.name, held.weight.name): place for place, held in other.variables.items()}
        arrays = {
            place: saved.arrays[places[held.layer.name, held.weight.name]] for place, held in layer.variables.items()
        }
        made[layer] = replace(saved, arrays=arrays)
    return made


def _fitting(file: WeightFile, graph: Graph, whole: Graph, new: Collection[Node], *, flat: bool) -> Partners:
    layers = model_layers(graph, file.layout, file.names, flat=flat, new=new)
    has_more = len(file.layers) > len(layers) and _weighted(graph) < _weighted(whole)
    whole_layers = model_layers(whole, file.layout, file.names, flat=flat) if has_more else None
    partners, differences = pair_layers(layers, file.layers, whole_layers)
    with reading(file.path):
        differences += compare_arrays(layers, partners)
    if differences:
        raise _does_not_fit(file, layers, differences)
    return {layer: saved for layer, saved in partners.items() if not layer.is_new}


def _taken_apart(file: WeightFile, whole: Graph) -> WeightFile | None:
    """The file with the layers inside what the network does not have; None where a person named not all of them."""
    own = {call.name for call in whole.calls}
    apart = {saved: layers_inside(saved) for saved in file.layers if saved.name not in own}
    inside = [layer.name for layers in apart.values() for layer in layers]
    if not inside or not all(map(given_name, inside)):
        return None
    layers = [layer for saved in file.layers for layer in apart.get(saved, [saved])]
    return replace(file, layers=layers, names=file.names.union(name for name in inside if name))


def assign_arrays(
    model: Any, layers: Mapping[str, Any], file: WeightFile, partners: Partners
) -> Mapping[str, Mapping[str, None]]:
    """Gives the variables of a model their values, but those that begin new.

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
    for layer in partners:
        if set(held.get(layer.name, ())) != set(layer.variables):
            message = f"Keras holds the weights of `{layer.name}` at other places than inferred"
            raise SpecError.of("keras-differs", message)
    found: dict[str, dict[str, None]] = defaultdict(dict)
    with reading(file.path):
        for layer, saved in partners.items():
            for place in layer.taken:
                if wrong := assign(held[layer.name][place], saved.arrays[place].read(), given_away=True):
                    found[wrong][layer.name] = None
    finalize(model)
    return found


def finalize(model: Any) -> None:
    """Lets layers compute with the weights that they have now: a Normalization computes with copies of them."""
    for layer in model._flatten_layers():
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()


def names_of(graph: Graph, layers: Collection[Node]) -> tuple[str, ...]:
    """The names of layers, in the order of the network."""
    return tuple(node.name for node in graph.nodes if node in layers)


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
    counts = f"the network has {ours:,} layers with weights and the file {theirs:,}: is it the file of another network?"
    hint = _nesting(file, layers) or (f"{counts} {_BEGIN_NEW}" if ours != theirs else _BEGIN_NEW)
    summary = SpecError.of("weights", message, hint=hint)
    return SpecError([summary.first, *differences[:MOST_SHOWN]])


_BEGIN_NEW = "`--reinitialize NAME` lets a layer begin new; `archc transplant` takes what has a counterpart"


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
