"""A layer of a Keras model, as a file of weights has it: the variables by position, or by path."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from archc.ir.naming import snake_case
from archc.weights.saved_layers import Layout


class HeldVariable(NamedTuple):
    """A variable, and the name of the innermost layer that holds it."""

    variable: Any
    layer_name: str


class ModelLayer:
    """A layer with weights of a Keras model.

    Attributes:
        name: of the layer.
        kind: the class in snake case, `conv2d`.
        layout: of the file that it is paired with.
        variables: all weights, under the keys that `SavedLayer.arrays` has.
    """

    def __init__(self, layer: Any, layout: Layout) -> None:
        self.name: str = layer.name
        self.kind = snake_case(type(layer).__name__)
        self.layout = layout
        self.variables = dict(_by_path(layer, "", set())) if layout == "Keras 3" else _by_position(layer)

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shapes of the variables, sorted."""
        return tuple(sorted(tuple(held.variable.shape) for held in self.variables.values()))

    @property
    def category(self) -> str:
        """As `SavedLayer.category`."""
        return self.kind if self.layout == "Keras 3" else str(len(self.variables["0"].variable.shape))

    def __str__(self) -> str:
        return f"`{self.name}`"


def model_layers(model: Any, layout: Layout) -> list[ModelLayer]:
    """The layers with weights, in the order of `model.layers`."""
    return [ModelLayer(layer, layout) for layer in model.layers if layer.weights]


def _by_position(layer: Any) -> dict[str, HeldVariable]:
    """The variables as the legacy layout lists them, those that are trained first."""
    variables = [*layer.trainable_weights, *layer.non_trainable_weights]
    return {str(position): HeldVariable(variable, layer.name) for position, variable in enumerate(variables)}


def _by_path(holder: Any, prefix: str, seen: set[int]) -> Iterator[tuple[str, HeldVariable]]:
    """The variables of a layer and of the layers inside it, by their paths in Keras 3's layout."""
    if id(holder) in seen:
        return
    seen.add(id(holder))
    own: dict[str, Any] = {}
    holder.save_own_variables(own)
    yield from ((f"{prefix}{index}", HeldVariable(variable, holder.name)) for index, variable in own.items())
    if len(own) < len(holder.weights):
        for key, inner in _inner_layers(holder):
            yield from _by_path(inner, f"{prefix}{key}/", seen)


def _inner_layers(holder: Any) -> Iterator[tuple[str, Any]]:
    """The layers that a layer holds, under the names and in the order in which Keras 3 saves them."""
    layer_class = next(parent for parent in type(holder).__mro__ if parent.__name__ == "Layer")
    is_model = any(parent.__name__ == "Functional" for parent in type(holder).__mro__)
    names = {"layers"} if is_model else set(dir(holder)) - set(dir(layer_class))
    for name in sorted(names, key=lambda name: (name.startswith("_"), name)):
        try:
            inner = getattr(holder, name)
        except Exception:  # a property may need what this layer does not have; Keras skips it as well
            continue
        if isinstance(inner, layer_class):
            yield name, inner
        elif isinstance(inner, list | tuple):
            seen: Counter[str] = Counter()
            for item in inner:
                if isinstance(item, layer_class):
                    kind = snake_case(type(item).__name__)
                    yield f"{name}/{kind}_{seen[kind]}" if seen[kind] else f"{name}/{kind}", item
                    seen[kind] += 1
