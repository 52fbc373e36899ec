"""What `archc build --weights` does with a file of another network, told from the two graphs: Keras is not needed.

The layers of the file and of the model are made up from the graphs; what pairs and compares them is what loads files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from archc.diff.keras_loading import Outcome, counterpart_layers
from archc.diff.keras_order import KerasLayer, keras_layers, layers_as_saved
from archc.ir.graph import Graph, Node, Tensor
from archc.ir.naming import snake_case
from archc.ir.op import Weight
from archc.weights.comparison import compare_arrays
from archc.weights.model_layer import HeldVariable, ModelLayer
from archc.weights.pairing import pair_layers
from archc.weights.saved_layers import Layout, SavedArray, SavedLayer

_FORMATS: Mapping[str, tuple[Layout, bool]] = {
    ".weights.h5": ("Keras 3", False),
    ".keras": ("Keras 3", True),
    ".h5": ("legacy", True),
}
"""The layout of each format, and whether it has the names of arrays."""


def build_outcomes(left: Graph, right: Graph, counterparts: Mapping[Tensor, Tensor]) -> dict[str, Outcome]:
    """What becomes of a file of the left network in `archc build RIGHT --weights FILE`, by format.

    Args:
        left: the network that Keras saved.
        right: the network that is built.
        counterparts: the tensors of the right by the tensors of the left.
    """
    written = keras_layers(left)
    saved = [layer for layer in written if layer.has_weights]
    built = layers_as_saved(right, {layer.owner.name for layer in written})
    target = [layer for layer in built if layer.has_weights]
    pairs = counterpart_layers(counterparts)
    return {name: _outcome(saved, target, *how, pairs) for name, how in _FORMATS.items()}


def _outcome(
    saved: list[KerasLayer],
    target: list[KerasLayer],
    layout: Layout,
    has_names: bool,
    pairs: set[tuple[Tensor, Tensor]],
) -> Outcome:
    there = {_saved_layer(layer, layout, has_names): layer for layer in saved}
    here: dict[ModelLayer, KerasLayer] = {_BuiltLayer(layer, layout): layer for layer in target}
    partners, differences = pair_layers(list(here), list(there), None)
    if differences or any(compare_arrays(list(here), partners)):
        return "fails"
    for built, layer in here.items():
        sources = _arrays(there[partners[built]], layout)
        for place, array in _arrays(layer, layout).items():
            source = sources[place]
            if (source.layer, array.layer) not in pairs or source.name != array.name:
                return "misplaced"
    return "right"


class _Array(NamedTuple):
    """A weight, and the first call of the layer that holds it."""

    layer: Node
    weight: Weight

    @property
    def name(self) -> str:
        """The name of the variable, without that of the layer inside a wrapper."""
        return self.weight.name.rpartition("/")[2]


class _Variable(NamedTuple):
    """What a comparison asks of a variable."""

    name: str
    shape: tuple[int, ...]
    dtype: str = "float32"


class _BuiltLayer(ModelLayer):
    """A layer with weights of the model that is built."""

    def __init__(self, layer: KerasLayer, layout: Layout) -> None:
        self.name = layer.owner.name
        self.kind = snake_case(layer.kind)
        self.layout = layout
        self.variables = {
            place: HeldVariable(_Variable(array.name, array.weight.shape), array.layer.name)
            for place, array in _arrays(layer, layout).items()
        }


@dataclass(frozen=True, slots=True, eq=False)
class _WrittenArray(SavedArray):
    """An array as Keras writes it, which can be read."""

    def _unreadable(self, is_float: bool) -> str | None:  # noqa: ARG002
        return None


def _saved_layer(layer: KerasLayer, layout: Layout, has_names: bool) -> SavedLayer:
    arrays: dict[str, SavedArray] = {
        place: _WrittenArray(array.name if has_names else None, array.layer.name, array.weight)
        for place, array in _arrays(layer, layout).items()
    }
    return SavedLayer(layer.owner.name, snake_case(layer.kind) if layout == "Keras 3" else None, arrays)


def _arrays(layer: KerasLayer, layout: Layout) -> dict[str, _Array]:
    """The arrays of a layer, under keys that are equal where those of `SavedLayer.arrays` are."""
    arrays = dict(_by_path(layer, ""))
    if layout == "Keras 3":
        return arrays
    trained_first = sorted(arrays.values(), key=lambda array: not array.weight.trainable)
    return {str(number): array for number, array in enumerate(trained_first)}


def _by_path(layer: KerasLayer, path: str) -> Iterator[tuple[str, _Array]]:
    numbers: Counter[str] = Counter()
    if isinstance(layer.owner, Node):
        for weight in layer.weights:
            inside = weight.name.rpartition("/")[0]
            holder = f"{path}{inside}/" if inside else path
            yield f"{holder}{numbers[inside]}", _Array(layer.owner, weight)
            numbers[inside] += 1
    for part in layer.inner:
        yield from _by_path(part, f"{path}layers/{part.kind}_{numbers[part.kind]}/")
        numbers[part.kind] += 1
