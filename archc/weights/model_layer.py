"""A layer of a network, as a file of weights has it: the variables by position, or by path. Keras is not needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import NamedTuple

from archc.diff.keras_order import layers_as_saved
from archc.ir.graph import Graph, KerasLayer, Node
from archc.ir.naming import snake_case
from archc.ir.op import Weight
from archc.weights.saved_layers import Layout


class ExpectedVariable(NamedTuple):
    """A weight, and the first call of the layer that has it."""

    layer: Node
    weight: Weight

    @property
    def name(self) -> str:
        """The name of the variable, without that of the layer inside a wrapper."""
        return self.weight.name.rpartition("/")[2]

    @property
    def layer_name(self) -> str:
        """The name of the innermost layer that holds the variable."""
        return self.weight.name.rpartition("/")[0].rpartition("/")[2] or self.layer.name

    @property
    def is_float(self) -> bool:
        """Whether the variable has floats; else integers."""
        return self.name not in self.layer.op.integer_weights


class ModelLayer:
    """A layer with weights of the Keras model of a network.

    Attributes:
        kind: the class in snake case, `conv2d`.
        layout: of the file that it is paired with.
        variables: all weights, under the keys that `SavedLayer.arrays` has.
        new: the keys of those that begin new, and are not taken from the file.
    """

    def __init__(self, layer: KerasLayer, layout: Layout, new: Collection[Node] = frozenset()) -> None:
        self.name = layer.name
        self.kind = snake_case(layer.kind)
        self.layout = layout
        self.variables = expected_variables(layer, layout)
        self.new = frozenset(place for place, held in self.variables.items() if held.layer in new)

    @property
    def is_new(self) -> bool:
        """Whether nothing is taken from the file."""
        return len(self.new) == len(self.variables)

    @property
    def taken(self) -> dict[str, ExpectedVariable]:
        """The weights that are taken from the file, under their keys."""
        return {place: held for place, held in self.variables.items() if place not in self.new}

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shapes of the variables, sorted."""
        return tuple(sorted(held.weight.shape for held in self.variables.values()))

    @property
    def category(self) -> str:
        """As `SavedLayer.category`."""
        return self.kind if self.layout == "Keras 3" else str(len(self.variables["0"].weight.shape))

    def __str__(self) -> str:
        return f"`{self.name}`"


def weighted_layers(graph: Graph, names: Collection[str]) -> list[KerasLayer]:
    """The layers with weights of the Keras model of a graph, in their order in a file with layers of these names."""
    return [layer for layer in layers_as_saved(graph, names) if layer.has_weights]


def model_layers(
    graph: Graph, layout: Layout, names: Collection[str], *, flat: bool = False, new: Collection[Node] = frozenset()
) -> list[ModelLayer]:
    """The layers with weights, in their order in a file with layers of these names.

    Args:
        graph: the network.
        layout: of the file.
        names: of the layers in the file.
        flat: whether the layers of a model in the model stand for it.
        new: the first calls of the layers that begin new.
    """
    layers = weighted_layers(graph, names)
    if flat:
        layers = [leaf for layer in layers for leaf in layer.layers() if leaf.weights]
    return [ModelLayer(layer, layout, new) for layer in layers]


def expected_variables(layer: KerasLayer, layout: Layout) -> dict[str, ExpectedVariable]:
    """The variables of a layer, under the keys that `SavedLayer.arrays` has."""
    variables = dict(_by_path(layer, ""))
    if layout == "Keras 3":
        return variables
    trained_first = sorted(dict.fromkeys(variables.values()), key=lambda held: not held.weight.trainable)
    return {str(number): held for number, held in enumerate(trained_first)}


def _by_path(layer: KerasLayer, path: str) -> Iterator[tuple[str, ExpectedVariable]]:
    """The variables by their paths in Keras 3's layout."""
    numbers: Counter[str] = Counter()
    if isinstance(layer.owner, Node):
        attributes = layer.owner.op.inner_layers
        for weight in layer.weights:
            names = weight.name.split("/")[:-1]
            holder = path + "".join(f"{attributes.get(name, name)}/" for name in names)
            for place in (holder, path) if weight.name in layer.owner.op.saved_twice else (holder,):
                yield f"{place}{numbers[place]}", ExpectedVariable(layer.owner, weight)
                numbers[place] += 1
    classes: Counter[str] = Counter()
    for part in layer.inner:
        kind = snake_case(part.kind)
        yield from _by_path(part, f"{path}layers/{kind}_{classes[kind]}/" if classes[kind] else f"{path}layers/{kind}/")
        classes[kind] += 1
