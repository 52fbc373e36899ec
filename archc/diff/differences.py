"""What a comparison of two networks finds: changes of layers, connections, other names, and what they mean."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from archc.diff.classes import CLASSES, Class, Kind
from archc.diff.keras_loading import Loading
from archc.diff.spelling import Respelled
from archc.diff.wiring import Rewired
from archc.ir.graph import Graph, Node, Tensor, layer_calls


class Change(NamedTuple):
    """One layer that differs.

    Attributes:
        kind: how it differs.
        left: the layer in the left network; None where it is added.
        right: the layer in the right network; None where it is removed.
        fields: the arguments that differ, with both values; `op` where it is another kind of layer.
        classes: what the change means for a user.
    """

    kind: Kind
    left: Node | None
    right: Node | None
    fields: dict[str, list[Any]]
    classes: tuple[Class, ...]

    @property
    def node(self) -> Node:
        """The layer of the right network, or the removed layer of the left."""
        node = self.right or self.left
        assert node is not None
        return node


class Differences(NamedTuple):
    """Two networks compared.

    Attributes:
        left: the network before.
        right: the network after.
        counterparts: the tensors of the right, by the tensors of the left that they correspond to.
        sequence: all layers in the order of the right network; a removed one at its old place.
        changes: in the order of `sequence`.
        rewired: connections that added and removed layers do not explain.
        consequences: layers with equal arguments whose weights have different shapes.
        renamed: corresponding layers with different names.
        respelled: layers that compute the same and are written in another way.
        signature: how inputs and outputs differ, in words.
        loading: how Keras loads a weight file of the left into the right.
        by_names_only: whether names alone tell equal layers apart, and these names are exchanged.
    """

    left: Graph
    right: Graph
    counterparts: dict[Tensor, Tensor]
    sequence: tuple[tuple[Node | None, Node | None], ...]
    changes: tuple[Change, ...]
    rewired: tuple[Rewired, ...]
    consequences: tuple[tuple[Node, Node], ...]
    renamed: tuple[tuple[Node, Node], ...]
    respelled: tuple[Respelled, ...]
    signature: tuple[str, ...]
    loading: Loading
    by_names_only: bool

    @property
    def has_changes(self) -> bool:
        """Whether the networks differ in more than the order in which Keras stores the weights."""
        return bool(self.changes or self.rewired or self.consequences or self.signature)

    @property
    def classes(self) -> tuple[Class, ...]:
        """The classes of all differences, without `cost`, which depends on a budget."""
        found: set[Class] = {each for change in self.changes for each in change.classes}
        found |= {"io"} if self.signature else set()
        found |= set() if self.loading.is_right else {"weights"}
        found |= {each for rewired in self.rewired for each in rewired.classes}
        found |= {"cosmetic"} if self.renamed else set()
        return tuple(each for each in CLASSES if each in found)

    @property
    def counts(self) -> dict[str, int]:
        """The number of layers of each kind of change, and of unchanged layers."""
        kinds = Counter(change.kind for change in self.changes)
        pairs = layer_calls(node for node in self.counterparts if isinstance(node, Node))
        same = len(pairs) - kinds["changed"] - kinds["moved"]
        return {**{kind: kinds[kind] for kind in ("added", "removed", "changed", "moved")}, "unchanged": same}
