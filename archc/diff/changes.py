"""The differences of two networks: added, removed, changed and moved layers, connections, and their classes."""

from __future__ import annotations

from collections import Counter, defaultdict
from math import prod
from typing import Any, Literal, NamedTuple, get_args

from archc.diff.alignment import changed_arguments
from archc.diff.correspondence import Pairs, corresponding
from archc.diff.interchangeable import told_apart_by_names
from archc.diff.loading import Loading, loading
from archc.diff.order import Ordered, ordered
from archc.diff.parts import tree
from archc.diff.signature import signature, signature_changes
from archc.diff.wiring import Rewired, rewired
from archc.ir.graph import Graph, Node, Tensor
from archc.language.document import Preprocess

Kind = Literal["added", "removed", "changed", "moved"]
Class = Literal["io", "weights", "numerics", "training", "cost", "cosmetic"]
CLASSES: tuple[Class, ...] = get_args(Class)


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


class Diff(NamedTuple):
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
        signature: how inputs and outputs differ, in words.
        loading: how Keras loads a weight file of the left into the right.
        by_names_only: whether names alone tell equal layers apart, and these names are exchanged.
    """

    left: Graph
    right: Graph
    counterparts: Pairs
    sequence: tuple[tuple[Node | None, Node | None], ...]
    changes: tuple[Change, ...]
    rewired: tuple[Rewired, ...]
    consequences: tuple[tuple[Node, Node], ...]
    renamed: tuple[tuple[Node, Node], ...]
    signature: tuple[str, ...]
    loading: Loading
    by_names_only: bool

    def __bool__(self) -> bool:
        return self.has_changes or not self.loading.is_right

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
        found |= {"numerics"} if self.rewired else set()
        found |= {"cosmetic"} if self.renamed else set()
        return tuple(each for each in CLASSES if each in found)

    @property
    def counts(self) -> dict[str, int]:
        """The number of layers of each kind of change, and of unchanged layers."""
        kinds = Counter(change.kind for change in self.changes)
        same = sum(isinstance(node, Node) for node in self.counterparts) - kinds["changed"] - kinds["moved"]
        return {**{kind: kinds[kind] for kind in ("added", "removed", "changed", "moved")}, "unchanged": same}

    def carried(self) -> tuple[int, int]:
        """The number of weights of the left that fit into the right, and of all weights of the left."""
        fitting = sum(
            _elements(node)
            for node, other in self.counterparts.items()
            if isinstance(node, Node) and isinstance(other, Node) and node.first is None and _fits(node, other)
        )
        return fitting, sum(_elements(node) for node in self.left.nodes if node.first is None)


def diff(left: Graph, right: Graph, *, preprocess: tuple[Preprocess | None, Preprocess | None] = (None, None)) -> Diff:
    """Compares two networks.

    The graphs are put in a fixed order first, so that `diff(b, a)` mirrors `diff(a, b)`.

    Args:
        left: the network before.
        right: the network after.
        preprocess: what the spec of each says of preprocessing.
    """
    one, other = ordered(left), ordered(right)
    first, second = sorted((one, other), key=_key)
    pairs = corresponding(first, second)
    moved = _moved(first, second, pairs)
    if first is not one:
        pairs, moved = ({mine: theirs for theirs, mine in found.items()} for found in (pairs, moved))
    sequence = _sequence(one, other, pairs, moved)
    changes = [change for mine, theirs in sequence for change in _change(mine, theirs, mine in moved)]
    counterparts = {**pairs, **moved}
    loaded = loading(left, right, counterparts)
    if loaded.is_right:  # what is changed needs no other file
        changes = [
            change._replace(classes=("numerics",)) if "weights" in change.classes else change for change in changes
        ]
    both = [(mine, theirs) for mine, theirs in pairs.items() if isinstance(mine, Node) and isinstance(theirs, Node)]
    renamed = tuple((mine, theirs) for mine, theirs in both if mine.name != theirs.name)
    return Diff(
        left=left,
        right=right,
        counterparts=counterparts,
        sequence=tuple(sequence),
        changes=tuple(changes),
        rewired=tuple(rewired(one, other, pairs)),
        consequences=tuple((mine, theirs) for mine, theirs in both if mine.op == theirs.op and not _fits(mine, theirs)),
        renamed=renamed,
        signature=signature_changes(signature(left, preprocess[0]), signature(right, preprocess[1])),
        loading=loaded,
        by_names_only=told_apart_by_names(one, other, renamed),
    )


def _key(graph: Ordered) -> tuple[int, int, int]:
    whole = tree(graph)
    return whole.size, whole.digest, hash(tuple(made.shape for made in graph.graph.inputs))


def _moved(left: Ordered, right: Ordered, pairs: Pairs) -> Pairs:
    """Layers with weights that are removed at one place and added, with equal arguments, at one other place."""
    gone, come = _unique(left, set(pairs)), _unique(right, set(pairs.values()))
    return {node: come[key] for key, node in gone.items() if key in come}


def _unique(ordered: Ordered, matched: set[Tensor]) -> dict[object, Node]:
    """The layers with weights that are not matched, by their arguments, where only one layer has these."""
    found: defaultdict[object, list[Node]] = defaultdict(list)
    for node in ordered.nodes:
        if node not in matched and node.weights:
            found[ordered.signatures[node][1], node.weights].append(node)
    return {key: nodes[0] for key, nodes in found.items() if len(nodes) == 1}


def _sequence(left: Ordered, right: Ordered, pairs: Pairs, moved: Pairs) -> list[tuple[Node | None, Node | None]]:
    """All layers in the order of the right; a removed layer comes after the layer that it came after."""
    back = {other: tensor for tensor, other in {**pairs, **moved}.items()}
    behind: defaultdict[Tensor | None, list[tuple[Node | None, Node | None]]] = defaultdict(list)
    last: Tensor | None = None
    for node in left.nodes:
        if node in pairs:
            last = pairs[node]
        elif node not in moved:
            behind[last].append((node, None))
    found = list(behind[None])
    for node in right.nodes:
        owner = back.get(node)
        found += [(owner if isinstance(owner, Node) else None, node), *behind[node]]
    return found


def _change(left: Node | None, right: Node | None, moved: bool) -> list[Change]:
    """The change from a layer to its counterpart; none where they are equal."""
    if left is None or right is None:
        only = left or right
        assert only is not None
        affected: Class = "weights" if only.weights else "training" if only.op.acts_in_training else "numerics"
        return [Change("removed" if right is None else "added", left, right, {}, (affected,))]
    same = type(left.op) is type(right.op)
    differing = changed_arguments(left, right) if same else {"op": [left.op.op_name, right.op.op_name]}
    if not differing and not moved:
        return []
    affected = "weights" if moved or not _fits(left, right) else "numerics"
    if affected == "numerics" and set(differing) <= set(left.op.training_arguments()):
        affected = "training"
    return [Change("moved" if moved else "changed", left, right, differing, (affected,))]


def _fits(left: Node, right: Node) -> bool:
    """Whether the weights of one layer can be loaded into the other."""
    return [weight.shape for weight in left.weights] == [weight.shape for weight in right.weights]


def _elements(node: Node) -> int:
    return sum(prod(weight.shape) for weight in node.weights)
