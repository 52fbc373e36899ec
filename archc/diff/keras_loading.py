"""Which weights of a saved file of one network Keras loads into which layers of another.

A file is written by Keras from the model that archc builds of the left network, or that it was read from, and loaded by
`load_weights(FILE)` into that of the right one, without `by_name` or `skip_mismatch`. Tested with Keras 3.15; Keras
itself is not imported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from archc.diff.keras_order import original_layers
from archc.ir.graph import Graph, KerasLayer, Node, Tensor
from archc.ir.op import Weight

Outcome = Literal["right", "misplaced", "fails"]
FORMATS = (".weights.h5", ".keras", ".h5")


class Assigned(NamedTuple):
    """A layer that gets weights.

    Attributes:
        layer: of the right.
        source: the layer of the left whose weights they are.
        in_place: whether each array gets the values of the array of its name.
    """

    layer: Node
    source: Node
    in_place: bool


class Loading(NamedTuple):
    """How a file of the left network loads into the right one.

    Attributes:
        outcomes: by format.
        misplaced: the layers of the right with an array that gets the values of another array than its counterpart,
            with the layer that they come from; of the first format in which there are any. It is the counterpart
            itself where an array gets values of another name: `gamma` those of `beta`.
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
    saved, target = original_layers(left), original_layers(right)
    pairs = counterpart_layers(counterparts)
    by_class = _outcome(_by_class(saved, target), pairs)
    in_order = _outcome(_in_order(saved, target), pairs)
    found = {".weights.h5": by_class, ".keras": by_class, ".h5": in_order}
    outcomes = {name: outcome for name, (outcome, _) in found.items()}
    return Loading(outcomes, by_class[1] or in_order[1])


def _outcome(
    assigned: list[Assigned] | None, pairs: set[tuple[Tensor, Tensor]]
) -> tuple[Outcome, tuple[tuple[Node, Node], ...]]:
    """What becomes of a file, and the layers whose arrays get other values than those of their counterparts.

    Args:
        assigned: what gets which weights; None where Keras refuses the file.
        pairs: the layers of the left with their counterparts.
    """
    if assigned is None:
        return "fails", ()
    wrong = tuple(
        (layer, source) for layer, source, in_place in assigned if not in_place or (source, layer) not in pairs
    )
    return "misplaced" if wrong else "right", wrong


def _by_class(saved: Sequence[KerasLayer], target: Sequence[KerasLayer]) -> list[Assigned] | None:
    """The n-th layer of a class takes the n-th of the file; None where one finds other arrays than it has.

    Layers of the file without a counterpart are ignored.
    """
    there = dict(_numbered(saved))
    found: list[Assigned] = []
    for key, layer in _numbered(target):
        other = there.get(key)
        if layer.inner:
            inner = _by_class(() if other is None else other.inner, layer.inner)
            if inner is None:
                return None
            found += inner
        elif layer.weights or (other is not None and other.weights):
            if other is None or not (
                layer.weights == other.weights or _shapes(layer.weights) == _shapes(other.weights)
            ):
                return None
            found += _assigned(layer, other)
    return found


def _numbered(layers: Sequence[KerasLayer]) -> Iterator[tuple[tuple[str, int], KerasLayer]]:
    """The layers with their class and their number among those of the class."""
    counts: Counter[str] = Counter()
    for layer in layers:
        yield (layer.kind, counts[layer.kind]), layer
        counts[layer.kind] += 1


def _in_order(saved: Sequence[KerasLayer], target: Sequence[KerasLayer]) -> list[Assigned] | None:
    """The n-th layer with weights takes the n-th of the file; None where numbers or shapes differ."""
    there, here = ([layer for layer in layers if layer.has_weights] for layers in (saved, target))
    if len(there) != len(here):
        return None
    found: list[Assigned] = []
    for layer, other in zip(here, there, strict=True):
        if layer.weights != other.weights or layer.inner or other.inner:
            arrays, others = _trained_first(layer), _trained_first(other)
            if [array.weight.shape for array in arrays] != [array.weight.shape for array in others]:
                return None
            found += _matched(arrays, others)
        else:
            found += _assigned(layer, other)
    return found


def _assigned(layer: KerasLayer, other: KerasLayer) -> list[Assigned]:
    """What a layer without layers inside gets from another, array by array."""
    if layer.weights == other.weights and isinstance(layer.owner, Node) and isinstance(other.owner, Node):
        return [Assigned(layer.owner, other.owner, True)]
    return _matched(_arrays(layer), _arrays(other))


class _Array(NamedTuple):
    """A weight, and the first call of the layer that holds it."""

    layer: Node
    weight: Weight


def _arrays(layer: KerasLayer) -> list[_Array]:
    return [
        _Array(part.owner, weight) for part in layer.layers() if isinstance(part.owner, Node) for weight in part.weights
    ]


def _trained_first(layer: KerasLayer) -> list[_Array]:
    """All arrays of a layer or a model, as `.h5` files list them."""
    return sorted(_arrays(layer), key=lambda array: not array.weight.trainable)


def _shapes(weights: Sequence[Weight]) -> list[tuple[int, ...]]:
    return [weight.shape for weight in weights]


def _matched(arrays: Sequence[_Array], others: Sequence[_Array]) -> list[Assigned]:
    """The layers whose arrays get the values of others, one by one."""
    found: dict[tuple[Node, Node], bool] = {}
    for array, other in zip(arrays, others, strict=True):
        same = array.weight.name == other.weight.name or _own_name(array.weight) == _own_name(other.weight)
        pair = array.layer, other.layer
        found[pair] = found.get(pair, True) and same
    return [Assigned(*pair, in_place) for pair, in_place in found.items()]


def _own_name(weight: Weight) -> str:
    """The name without the layer inside a wrapper that holds it: a wrapped layer may be written alone."""
    return weight.name.rpartition("/")[2]


def counterpart_layers(counterparts: Mapping[Tensor, Tensor]) -> set[tuple[Tensor, Tensor]]:
    """The pairs of corresponding layers, each as the first call of the layer."""
    return {(_first(mine), _first(theirs)) for mine, theirs in counterparts.items()}


def _first(tensor: Tensor) -> Tensor:
    return tensor.first or tensor if isinstance(tensor, Node) else tensor
