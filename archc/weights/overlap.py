"""How far a file of weights is that of a network: told from shapes and names; no values are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import prod
from typing import NamedTuple

from archc.ir.graph import Graph
from archc.weights.comparison import compare_arrays
from archc.weights.file_errors import reading
from archc.weights.model_layer import model_layers
from archc.weights.pairing import given_name, pair_layers
from archc.weights.saved_file import WeightFile

Shapes = tuple[tuple[int, ...], ...]


class Contents(NamedTuple):
    """What arrays a network or a file has.

    Attributes:
        arrays: their shapes, counted.
        layers: the layers that a person named, with the shapes of their arrays, sorted.
    """

    arrays: Counter[tuple[int, ...]]
    layers: Counter[tuple[str, Shapes]]


class Overlap(NamedTuple):
    """The weights that a network and a file may have in common, as shares from 0 to 1.

    Attributes:
        of_network: of the network's weights those in arrays that the file has in equal shapes.
        of_file: of the file's weights those in arrays that the network has in equal shapes.
        of_names: of the file's weights those in layers that the network has under the same names in equal shapes.
    """

    of_network: float
    of_file: float
    of_names: float

    @property
    def likeness(self) -> float:
        """The share of the weights of both in equal shapes, and that of equal names: from 0 to 2."""
        both = self.of_network + self.of_file
        return self.of_names + (2 * self.of_network * self.of_file / both if both else 0.0)


def file_contents(file: WeightFile) -> Contents:
    """What a file has.

    Raises:
        SpecError: the file is damaged.
    """
    with reading(file.path):
        return _contents((layer.name, layer.shapes) for layer in file.layers)


def overlap(graph: Graph, held: Contents) -> Overlap:
    """What a network and a file have in common; each array counts once."""
    layers = (node for node in graph.nodes if node.first is None and node.weights)
    own = _contents((node.name, tuple(sorted(weight.shape for weight in node.weights))) for node in layers)
    shared, ours, theirs = _numbers(own.arrays & held.arrays), _numbers(own.arrays), _numbers(held.arrays)
    named = Counter(shape for _, shapes in (own.layers & held.layers).elements() for shape in shapes)
    return Overlap(_share(shared, ours), _share(shared, theirs), _share(_numbers(named), theirs))


def fits(file: WeightFile, graph: Graph) -> bool:
    """Whether `archc build --weights` loads the file into the network: each layer is paired as it does.

    Raises:
        SpecError: the file is damaged.
    """
    layers = model_layers(graph, file.layout, file.names)
    partners, differences = pair_layers(layers, file.layers, None)
    with reading(file.path):
        return bool(layers) and not differences and not any(compare_arrays(layers, partners))


def _contents(layers: Iterable[tuple[str | None, Shapes]]) -> Contents:
    found = Contents(Counter(), Counter())
    for name, shapes in layers:
        found.arrays.update(shapes)
        if given := given_name(name):
            found.layers[given, shapes] += 1
    return found


def _numbers(shapes: Counter[tuple[int, ...]]) -> int:
    return sum(prod(shape) * count for shape, count in shapes.items())


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
