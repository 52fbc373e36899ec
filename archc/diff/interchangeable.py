"""Equal layers of a network that nothing but their names tells apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from archc.diff.canonical import Canonical, Layer, Value


def told_apart_by_names(
    right: Canonical,
    renamed: Iterable[tuple[Layer, Layer]],
    misplaced: Sequence[tuple[Value, Value | None]],
) -> bool:
    """Whether nothing but names says which of several equal layers a layer corresponds to.

    Then layers that compute the same of the same tensors have exchanged their names, or weights are loaded into layers
    that could be exchanged for the right ones: who goes by the names finds them at another place.

    Args:
        right: the network after.
        renamed: corresponding layers with different names.
        misplaced: pairs of layers of the right, of which the first gets the weights of the counterpart of the second.
    """
    exchangeable = [_have_one_role(right, layer, source) for layer, source in misplaced]
    return (bool(exchangeable) and all(exchangeable)) or _are_exchanged(renamed)


def _have_one_role(network: Canonical, layer: Value, other: Value | None) -> bool:
    """Whether another layer is computed from the same, and the same is computed from it."""
    if other in (layer, None) or not isinstance(layer, Layer) or not isinstance(other, Layer):
        return False
    return layer.above == other.above and network.below[layer] == network.below[other]


def _are_exchanged(renamed: Iterable[tuple[Layer, Layer]]) -> bool:
    """Whether layers with weights that compute the same of the same tensors have each other's names."""
    pairs = [pair for pair in renamed if pair[0].weights]
    if {mine.name for mine, _ in pairs}.isdisjoint(theirs.name for _, theirs in pairs):
        return False
    for side in (0, 1):
        alike: defaultdict[int, dict[str, str]] = defaultdict(dict)
        for mine, theirs in pairs:
            alike[(mine, theirs)[side].above][mine.name] = theirs.name
        if any(map(_is_exchanged, alike.values())):
            return True
    return False


def _is_exchanged(names: dict[str, str]) -> bool:
    """Whether some of the new names are the old names of the same layers, in another order."""
    while found := [old for old, new in names.items() if new not in names]:
        names = {old: new for old, new in names.items() if old not in found}
    return bool(names)
