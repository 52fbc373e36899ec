"""Which weights of a saved file of one network Keras loads into which layers of another.

A file is written by Keras from the model that archc builds of the left network, and loaded by `load_weights(FILE)` into
that of the right one, without `by_name` or `skip_mismatch`. Tested with Keras 3.15; Keras itself is not imported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from archc.diff.keras_order import KerasLayer, keras_layers
from archc.ir.graph import Graph, Node, Tensor
from archc.ir.op import Weight

Outcome = Literal["right", "misplaced", "fails"]
FORMATS = (".weights.h5", ".keras", ".h5")
Sources = dict[Node, Node]
"""For each layer of the right with weights, the layer of the left whose weights it gets."""


class Loading(NamedTuple):
    """How a file of the left network loads into the right one.

    Attributes:
        outcomes: by format.
        misplaced: the layers of the right that get the weights of a layer that is not their counterpart, with that
            layer; of the first format in which there are any.
    """

    outcomes: Mapping[str, Outcome]
    misplaced: tuple[tuple[Node, Node], ...]

    @property
    def is_right(self) -> bool:
        """Whether each variable gets the value of its counterpart, in all formats."""
        return set(self.outcomes.values()) == {"right"}

    def formats(self, outcome: Outcome) -> list[str]:
        """The formats with this outcome."""
        return [name for name in FORMATS if self.outcomes[name] == outcome]


def loading(left: Graph, right: Graph, counterparts: Mapping[Tensor, Tensor]) -> Loading:
    """How Keras loads a file of the left network into the right one, in each format.

    Args:
        left: the network that was saved.
        right: the network that loads.
        counterparts: the tensors of the right by the tensors of the left.
    """
    saved, target = keras_layers(left), keras_layers(right)
    by_class, in_order = _by_class(saved, target), _in_order(saved, target)
    found = {".weights.h5": by_class, ".keras": by_class, ".h5": in_order}
    wrong = {name: _misplaced(sources, counterparts) for name, sources in found.items() if sources is not None}
    outcomes: dict[str, Outcome] = {
        name: "fails" if name not in wrong else "misplaced" if wrong[name] else "right" for name in FORMATS
    }
    return Loading(outcomes, next((pairs for pairs in wrong.values() if pairs), ()))


def _by_class(saved: Sequence[KerasLayer], target: Sequence[KerasLayer]) -> Sources | None:
    """The n-th layer of a class takes the n-th of the file; None where one that has weights finds others.

    What the file has too much is ignored.
    """
    there = dict(_numbered(saved))
    sources: Sources = {}
    for key, layer in _numbered(target):
        other = there.get(key)
        if layer.inner:
            inner = None if other is None else _by_class(other.inner, layer.inner)
            if inner is None and any(part.weights for part in layer.layers()):
                return None
            sources |= inner or {}
        elif layer.weights:
            if other is None or _shapes(other.weights) != _shapes(layer.weights):
                return None
            _add(sources, layer, other)
    return sources


def _numbered(layers: Sequence[KerasLayer]) -> Iterator[tuple[tuple[str, int], KerasLayer]]:
    """The layers with their class and their number among those of the class."""
    counts: Counter[str] = Counter()
    for layer in layers:
        yield (layer.kind, counts[layer.kind]), layer
        counts[layer.kind] += 1


def _in_order(saved: Sequence[KerasLayer], target: Sequence[KerasLayer]) -> Sources | None:
    """The n-th layer with weights takes the n-th of the file; None where numbers or shapes differ."""
    there, here = ([layer for layer in layers if _arrays(layer)] for layers in (saved, target))
    if [_shapes(_arrays(layer)) for layer in there] != [_shapes(_arrays(layer)) for layer in here]:
        return None
    sources: Sources = {}
    for layer, other in zip(here, there, strict=True):
        parts = ([part for part in one.layers() if part.weights] for one in (layer, other))
        for mine, theirs in zip(*parts, strict=False):
            _add(sources, mine, theirs)
    return sources


def _arrays(layer: KerasLayer) -> list[Weight]:
    """All arrays of a layer or a model, those that are trained first."""
    arrays = [weight for part in layer.layers() for weight in part.weights]
    return sorted(arrays, key=lambda weight: not weight.trainable)


def _shapes(weights: Sequence[Weight]) -> list[tuple[int, ...]]:
    return [weight.shape for weight in weights]


def _add(sources: Sources, layer: KerasLayer, other: KerasLayer) -> None:
    if isinstance(layer.owner, Node) and isinstance(other.owner, Node):
        sources[layer.owner] = other.owner


def _misplaced(sources: Sources, counterparts: Mapping[Tensor, Tensor]) -> tuple[tuple[Node, Node], ...]:
    """The layers whose weights come from another layer than a counterpart of one of their calls."""
    right_sources: dict[Tensor, set[Tensor]] = {}
    for mine, theirs in counterparts.items():
        right_sources.setdefault(_first(theirs), set()).add(_first(mine))
    return tuple((layer, source) for layer, source in sources.items() if source not in right_sources.get(layer, ()))


def _first(tensor: Tensor) -> Tensor:
    return tensor.first or tensor if isinstance(tensor, Node) else tensor
