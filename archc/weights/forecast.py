"""What `archc build --weights` does with a file of another network, told from the two graphs: Keras is not needed.

The layers of the file are made up from the graph; what pairs and compares them is what loads files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archc.diff.keras_loading import Outcome, counterpart_layers
from archc.diff.keras_order import original_layers
from archc.ir.graph import Graph, KerasLayer, Tensor
from archc.ir.naming import snake_case
from archc.weights.comparison import compare_arrays
from archc.weights.model_layer import ModelLayer, expected_variables, weighted_layers
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
    written = original_layers(left)
    saved = [layer for layer in written if layer.has_weights]
    target = weighted_layers(right, {layer.name for layer in written})
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
    here = [ModelLayer(layer, layout) for layer in target]
    partners, differences = pair_layers(here, list(there), None)
    if differences or any(compare_arrays(here, partners)):
        return "fails"
    for layer in here:
        sources = expected_variables(there[partners[layer]], layout)
        for place, held in layer.variables.items():
            source = sources[place]
            if (source.layer, held.layer) not in pairs or source.name != held.name:
                return "misplaced"
    return "right"


@dataclass(frozen=True, slots=True, eq=False)
class _WrittenArray(SavedArray):
    """An array as Keras writes it, which can be read."""

    def _unreadable(self, is_float: bool) -> str | None:  # noqa: ARG002
        return None


def _saved_layer(layer: KerasLayer, layout: Layout, has_names: bool) -> SavedLayer:
    arrays: dict[str, SavedArray] = {
        place: _WrittenArray(held.name if has_names else None, held.layer_name, held.weight)
        for place, held in expected_variables(layer, layout).items()
    }
    return SavedLayer(layer.name, snake_case(layer.kind) if layout == "Keras 3" else None, arrays)
