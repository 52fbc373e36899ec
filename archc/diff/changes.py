"""The differences of two networks: added, removed, changed and moved layers, connections, and their classes."""

from __future__ import annotations

from collections import Counter, defaultdict
from math import prod
from typing import Any, Literal, NamedTuple

from archc.diff.alignment import changed_arguments
from archc.diff.correspondence import Pairs, corresponding
from archc.diff.order import Ordered, ordered
from archc.diff.parts import tree
from archc.diff.wiring import Rewired, rewired
from archc.ir.graph import Graph, Node, Tensor
from archc.ir.shape import Shape, shape_text

Kind = Literal["added", "removed", "changed", "moved"]
Class = Literal["io", "weights", "numerics", "cost", "cosmetic"]
CLASSES: tuple[Class, ...] = ("io", "weights", "numerics", "cost", "cosmetic")


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

    def __bool__(self) -> bool:
        return bool(self.changes or self.rewired or self.consequences or self.signature)

    @property
    def classes(self) -> tuple[Class, ...]:
        """The classes of all differences, without `cost`, which depends on a budget."""
        found: set[Class] = {each for change in self.changes for each in change.classes}
        found |= {"io"} if self.signature else set()
        found |= {"weights"} if self.consequences else set()
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


def diff(left: Graph, right: Graph) -> Diff:
    """Compares two networks.

    The graphs are put in a fixed order first, so that `diff(b, a)` mirrors `diff(a, b)`.
    """
    one, other = ordered(left), ordered(right)
    if _key(one) <= _key(other):
        pairs = corresponding(one, other)
        moved = _moved(one, other, pairs)
    else:
        back = corresponding(other, one)
        moves = _moved(other, one, back)
        pairs = {mine: theirs for theirs, mine in back.items()}
        moved = {mine: theirs for theirs, mine in moves.items()}
    sequence = _sequence(one, other, pairs, moved)
    found = [change for mine, theirs in sequence for change in _change(mine, theirs, mine in moved)]
    both = [(mine, theirs) for mine, theirs in pairs.items() if isinstance(mine, Node) and isinstance(theirs, Node)]
    return Diff(
        left=left,
        right=right,
        counterparts={**pairs, **moved},
        sequence=tuple(sequence),
        changes=tuple(found),
        rewired=tuple(rewired(one, other, pairs)),
        consequences=tuple((mine, theirs) for mine, theirs in both if mine.op == theirs.op and not _fits(mine, theirs)),
        renamed=tuple((mine, theirs) for mine, theirs in both if mine.name != theirs.name),
        signature=tuple(_signature(left, right)),
    )


def _key(graph: Ordered) -> tuple[int, int, int]:
    whole = tree(graph)
    return whole.size, whole.digest, hash(tuple(made.shape for made in graph.graph.inputs))


def _moved(left: Ordered, right: Ordered, pairs: Pairs) -> Pairs:
    """Layers with weights that are removed at one place and added, with equal arguments, at one other place."""
    counterparts = set(pairs.values())
    gone: defaultdict[object, list[Node]] = defaultdict(list)
    come: defaultdict[object, list[Node]] = defaultdict(list)
    for node in left.nodes:
        if node not in pairs and node.weights:
            gone[left.signatures[node][1], node.weights].append(node)
    for node in right.nodes:
        if node not in counterparts and node.weights:
            come[right.signatures[node][1], node.weights].append(node)
    return {nodes[0]: come[key][0] for key, nodes in gone.items() if len(nodes) == 1 and len(come.get(key, ())) == 1}


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
        return [Change("removed" if right is None else "added", left, right, {}, _class_of_layer(only))]
    same = type(left.op) is type(right.op)
    differing = changed_arguments(left, right) if same else {"op": [left.op.op_name, right.op.op_name]}
    if not differing and not moved:
        return []
    fits: Class = "numerics" if _fits(left, right) and not moved else "weights"  # files keep the order of layers
    return [Change("moved" if moved else "changed", left, right, differing, (fits,))]


def _class_of_layer(node: Node) -> tuple[Class, ...]:
    """The class of adding or removing a layer."""
    return ("weights",) if node.weights else ("numerics",)


def _fits(left: Node, right: Node) -> bool:
    """Whether the weights of one layer can be loaded into the other."""
    return [weight.shape for weight in left.weights] == [weight.shape for weight in right.weights]


def _elements(node: Node) -> int:
    return sum(prod(weight.shape) for weight in node.weights)


def _signature(left: Graph, right: Graph) -> list[str]:
    """How the inputs and outputs differ; names are not compared."""
    differing = []
    inputs = [[(made.shape, made.dtype) for made in graph.inputs] for graph in (left, right)]
    outputs = [[(tensor.shape, "float32") for tensor in graph.outputs.values()] for graph in (left, right)]
    for what, (had, has) in (("input", inputs), ("output", outputs)):
        if had != has:
            differing.append(f"{what}s {_listed(had)} -> {_listed(has)}")
    return differing


def _listed(tensors: list[tuple[Shape, str]]) -> str:
    return ", ".join(
        shape_text(shape) if dtype == "float32" else f"{shape_text(shape)} {dtype}" for shape, dtype in tensors
    )
