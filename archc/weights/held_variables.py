"""The variables of a layer of a Keras model, under the keys that a file of weights has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from archc.ir.naming import snake_case
from archc.weights.saved_layers import Layout, public

_LISTS = {"_layers"}  # of every layer inside, which Keras does not follow


def held_variables(layer: Any, layout: Layout) -> dict[str, Any]:
    """All variables of a layer: by position in the legacy layout, else by path."""
    if layout == "Keras 3":
        return dict(_by_path(layer, "", set()))
    # the legacy layout lists those first that are trained
    variables = [*layer.trainable_weights, *layer.non_trainable_weights]
    return {str(position): variable for position, variable in enumerate(variables)}


def _by_path(holder: Any, prefix: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
    """The variables of a layer and of the layers inside it, by their paths in Keras 3's layout."""
    if id(holder) in seen:
        return
    seen.add(id(holder))
    own: dict[str, Any] = {}
    holder.save_own_variables(own)
    yield from ((f"{prefix}{index}", variable) for index, variable in own.items())
    if len(own) < len(holder.weights):
        for key, inner in _inner_layers(holder):
            yield from _by_path(inner, f"{prefix}{key}/", seen)


def _inner_layers(holder: Any) -> Iterator[tuple[str, Any]]:
    """The layers that a layer holds, under the names and in the order in which Keras 3 saves them."""
    layer_class = next(parent for parent in type(holder).__mro__ if parent.__name__ == "Layer")
    is_model = any(parent.__name__ == "Functional" for parent in type(holder).__mro__)
    names = {"layers"} if is_model else set(dir(holder)) - set(dir(layer_class)) - _LISTS
    for name in sorted(names, key=lambda name: (name.startswith("_"), name)):
        try:
            inner = getattr(holder, name)
        except Exception:  # a property may need what this layer does not have; Keras skips it as well
            continue
        if isinstance(inner, layer_class):
            yield public(name), inner
        elif isinstance(inner, list | tuple):
            seen: Counter[str] = Counter()
            for item in inner:
                if isinstance(item, layer_class):
                    kind = snake_case(type(item).__name__)
                    yield f"{name}/{kind}_{seen[kind]}" if seen[kind] else f"{name}/{kind}", item
                    seen[kind] += 1
