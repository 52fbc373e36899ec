"""Layers that stand at another place."""

from __future__ import annotations

from collections import defaultdict

from archc.diff.canonical import Canonical, Layer, Value
from archc.diff.content import Pairs, remaining


def moved_layers(left: Canonical, right: Canonical, pairs: Pairs) -> Pairs:
    """Layers that are removed at one place and added, with equal arguments, at one other place.

    A layer without weights is the same one where it has the same name.
    """
    gone, come = _unique(left, set(pairs)), _unique(right, set(pairs.values()))
    return {layer: come[key] for key, layer in gone.items() if key in come}


def _unique(side: Canonical, matched: set[Value]) -> dict[object, Layer]:
    """The layers that are not matched, by what identifies them, where it identifies only one layer."""
    found: defaultdict[object, list[Layer]] = defaultdict(list)
    for layer in remaining(side.layers, matched):
        found[layer.canonical.content, layer.weights or layer.name].append(layer)
    return {key: layers[0] for key, layers in found.items() if len(layers) == 1}
