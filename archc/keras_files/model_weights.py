"""The weights in a model file: which arrays are those of which layer, by the places of the layers in its models."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from archc.diagnostics import SpecError, printable
from archc.diff.keras_order import layers_as_saved
from archc.ir.graph import Graph, KerasLayer, Node
from archc.ir.naming import snake_case
from archc.ir.op import Weight
from archc.keras_files.layer_config import LayerConfig, ModelConfig, model_config
from archc.keras_files.model_text import ModelText
from archc.keras_files.opaque_layers import WeightsHeld
from archc.targets.keras import model as keras_model
from archc.weights.comparison import compare_arrays
from archc.weights.file_errors import reading
from archc.weights.loading import Loaded, Partners, assign_arrays, innermost_layers, loading_warnings, names_of
from archc.weights.model_layer import ModelLayer
from archc.weights.pairing import MOST_SHOWN
from archc.weights.saved_file import WeightFile, open_weights
from archc.weights.saved_layers import SavedArray, SavedLayer


class _Leaf(NamedTuple):
    """A layer in the file that is no model.

    Attributes:
        top: the name of the layer of the outermost model that it is, or is in.
        path: of its group below the group of that layer, in Keras 3's layout.
    """

    layer: LayerConfig
    top: str
    path: str


def build_model(
    text: ModelText,
    graph: Graph,
    name: str,
    whole: Graph,
    progress: keras_model.Progress | None = None,
    new: Collection[Node] = frozenset(),
) -> tuple[Any, Loaded]:
    """Builds the network of a model file, with the weights in the file.

    The weights are compared with the graph first, so that those that do not fit are refused before Keras is imported.

    Args:
        text: what was read from the file.
        graph: its network, or a part of it.
        name: of the model.
        whole: the whole network.
        progress: is called with the number of layers built.
        new: the first calls of the layers that begin new.

    Raises:
        SpecError: the weights are damaged, or are not those of the layers.
    """
    assert text.path is not None
    taking = frozenset(graph.nodes) - frozenset(new)
    with open_weights(text.path, len(whole.nodes)) as file:
        partners = partners_in_model(text, file, [node for node in graph.nodes if node in taking], whole)
        model = keras_model.build(graph, name, progress, loaded=taking, typed=True)
        layers = {layer.name: layer for layer in innermost_layers(model) if layer.weights}
        found = assign_arrays(model, layers, file, partners)
        return model, Loaded(len(partners), 0, loading_warnings(graph, file, found), names_of(graph, new))


def partners_in_model(text: ModelText, file: WeightFile, nodes: Iterable[Node], whole: Graph) -> Partners:
    """The arrays of layers of a model file.

    Args:
        text: what was read from the file.
        file: the open file.
        nodes: the layers.
        whole: the whole network of the file.

    Raises:
        SpecError: they are not those of the layers.
    """
    saved = _saved_by_place(file, _leaves_in(text), whole)
    partners: Partners = {}
    for node in [node for node in nodes if node.first is None and node.weights]:
        if node.at.layer not in saved:
            raise _does_not_fit(file.path, f"it has no weights for `{printable(node.at.layer)}`")
        layer = KerasLayer(node, node.op.keras_layer or "", node.weights)
        partners[ModelLayer(layer, file.layout)] = saved[node.at.layer]
    with reading(file.path):
        differences = list(compare_arrays([*partners], partners))
    if differences:
        summary = _does_not_fit(file.path, "its arrays are not those of its layers")
        raise SpecError([summary.first, *differences[:MOST_SHOWN]])
    return partners


def weights_held(text: ModelText, layers: int) -> WeightsHeld:
    """The weights in a model file, by the places of their layers; a layer without weights has none.

    Which are trained is not in the file: moving statistics are told by their names. Of models inside the model, a
    `.h5` file does not tell which layer has which.

    Args:
        text: what was read from the file.
        layers: of the network, which bounds how much of the file is read.

    Raises:
        SpecError: the weights cannot be read.
    """
    assert text.path is not None
    with open_weights(text.path, layers) as file:
        inside = _leaves_in(text)
        tops = {layer.name: layer for layer in file.layers}
        counted = Counter(leaf.top for leaf in inside)
        known = [leaf for leaf in inside if file.layout == "Keras 3" or counted[leaf.top] == 1]
        found = {leaf.layer.place: _below(tops[leaf.top], leaf) for leaf in known if leaf.top in tops}
        with reading(file.path):
            return {leaf.layer.place: tuple(_weights(found.get(leaf.layer.place))) for leaf in known}


def models_inside(text: ModelText) -> set[str]:
    """The names of the models in a model."""
    return {leaf.top for leaf in _leaves_in(text) if leaf.path}


def flattened(file: WeightFile, text: ModelText, own: Graph) -> WeightFile:
    """A model file with the layers of the models in its model in the place of these.

    Args:
        file: the open file.
        text: what was read from it.
        own: its network.
    """
    saved = _saved_by_place(file, _leaves_in(text), own)
    names = {node.name for node in own.nodes}
    layers = [leaf for layer in layers_as_saved(own, names) for leaf in layer.layers() if leaf.weights]
    held = [
        SavedLayer(leaf.name, snake_case(leaf.kind) if file.layout == "Keras 3" else None, found.arrays)
        for leaf in layers
        if isinstance(leaf.owner, Node) and (found := saved.get(leaf.owner.at.layer)) is not None
    ]
    return replace(file, layers=held, names=frozenset(names))


def _weights(saved: SavedLayer | None) -> Iterator[Weight]:
    for place, array in saved.arrays.items() if saved is not None else ():
        name = (array.name or place).partition(":")[0].rpartition("/")[2]
        yield Weight(name, array.shape, not name.startswith("moving_"))


def _does_not_fit(path: Path, reason: str) -> SpecError:
    return SpecError.of("weights", f"the weights in `{printable(str(path))}` do not fit its configuration: {reason}")


def _leaves_in(text: ModelText) -> list[_Leaf]:
    return list(_leaves(model_config(text.config, text.file), "", ""))


def _leaves(model: ModelConfig, top: str, path: str) -> Iterator[_Leaf]:
    """The layers of a model, with the names that Keras 3 gives to groups: by class, in the order of the list."""
    kinds: Counter[str] = Counter()
    for layer in model.layers:
        if layer.is_operation:
            continue
        kind = snake_case(re.sub(r"\W", "", layer.class_name))
        group = f"{kind}_{kinds[kind]}" if kinds[kind] else kind
        kinds[kind] += 1
        inside = f"{path}layers/{group}/" if top else ""
        if layer.is_model:
            yield from _leaves(model_config(layer.entry, layer.file, layer.place), top or layer.name, inside)
        else:
            yield _Leaf(layer, top or layer.name, inside)


def _saved_by_place(file: WeightFile, leaves: list[_Leaf], whole: Graph) -> Mapping[str, SavedLayer]:
    """The arrays of each layer, by the layer's place."""
    tops = {layer.name: layer for layer in file.layers}
    if file.layout == "Keras 3":
        found = {leaf.layer.place: _below(tops[leaf.top], leaf) for leaf in leaves if leaf.top in tops}
        return {place: layer for place, layer in found.items() if layer.arrays}
    nodes = {node.at.layer: node for node in whole.nodes if node.weights}
    within: dict[str, list[_Leaf]] = {}
    for leaf in leaves:
        within.setdefault(leaf.top, []).append(leaf)
    saved: dict[str, SavedLayer] = {}
    for name, inner in within.items():
        if name in tops and len(inner) == 1:
            saved[inner[0].layer.place] = tops[name]
        elif name in tops:
            saved |= _apart(tops[name], [nodes[leaf.layer.place] for leaf in inner if leaf.layer.place in nodes])
    return saved


def _below(top: SavedLayer, leaf: _Leaf) -> SavedLayer:
    """The arrays of a layer among those of the model that it is in. Its place tells which it is, not its class."""
    others = "layers/" if not leaf.path else "\0"
    arrays = {
        key.removeprefix(leaf.path): SavedArray(array.name, None, array.dataset)
        for key, array in top.arrays.items()
        if key.startswith(leaf.path) and not key.startswith(others)
    }
    return SavedLayer(leaf.layer.place, None, arrays)


def _apart(top: SavedLayer, nodes: list[Node]) -> dict[str, SavedLayer]:
    """The arrays of each layer of a model in a `.h5` file, which lists those that are trained first."""
    order = [(node, weight.trainable) for node in nodes for weight in node.weights]
    order = [one for one in order if one[1]] + [one for one in order if not one[1]]
    arrays: dict[Node, dict[str, SavedArray]] = {node: {} for node in nodes}
    if len(order) != len(top.arrays):
        return {}
    for (node, _), array in zip(order, top.arrays.values(), strict=True):
        arrays[node][str(len(arrays[node]))] = array
    return {node.at.layer: SavedLayer(node.at.layer, None, held) for node, held in arrays.items()}
