"""The differences of two networks: layers added, removed, changed and moved, connections, and what they mean."""

from __future__ import annotations

from collections import Counter, defaultdict
from math import prod
from typing import Any, Literal, NamedTuple

from archc.diff.alignment import fields
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
        kind: what happened to it.
        left: the layer in the left network; None where it is added.
        right: the layer in the right network; None where it is removed.
        fields: the arguments that differ, with both values; `op` where it is another kind of layer.
        classes: what the change means.
    """

    kind: Kind
    left: Node | None
    right: Node | None
    fields: dict[str, list[Any]]
    classes: tuple[Class, ...]


class Diff(NamedTuple):
    """Two networks compared.

    Attributes:
        left: the one.
        right: the other.
        counterparts: of the tensors of the left.
        sequence: all layers, in the order of the right network, what is removed where it was.
        changes: in the order of the right network, what is removed where it was.
        rewired: connections that additions and removals do not explain.
        consequences: layers whose weights have other shapes, though they are written alike.
        renamed: layers that correspond under other names.
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
        """What the differences mean, apart from the cost, which hangs on a budget."""
        found: set[Class] = {each for change in self.changes for each in change.classes}
        found |= {"io"} if self.signature else set()
        found |= {"weights"} if self.consequences else set()
        found |= {"numerics"} if self.rewired else set()
        found |= {"cosmetic"} if self.renamed else set()
        return tuple(each for each in CLASSES if each in found)

    @property
    def counts(self) -> dict[str, int]:
        """The layers of each kind of change, and those that are unchanged."""
        kinds = Counter(change.kind for change in self.changes)
        same = sum(isinstance(node, Node) for node in self.counterparts) - kinds["changed"] - kinds["moved"]
        return {**{kind: kinds[kind] for kind in ("added", "removed", "changed", "moved")}, "unchanged": same}

    def carried(self) -> tuple[int, int]:
        """The learned and other weights of the left that fit into the right, and all of them."""
        fitting = sum(
            _elements(node)
            for node, other in self.counterparts.items()
            if isinstance(node, Node) and isinstance(other, Node) and node.first is None and _fits(node, other)
        )
        return fitting, sum(_elements(node) for node in self.left.nodes if node.first is None)


def diff(left: Graph, right: Graph) -> Diff:
    """Compares two networks.

    The comparison is made in one direction, whichever comes first, so that `diff(b, a)` mirrors `diff(a, b)`.
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
    """Layers with weights that are removed in one place, and equally there in one other."""
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
    """All layers in the order of the right; what is removed stands behind what it stood behind."""
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
    """How a layer differs from its counterpart, if it does."""
    if left is None or right is None:
        only = left or right
        assert only is not None
        return [Change("removed" if right is None else "added", left, right, {}, _meaning(only))]
    same = type(left.op) is type(right.op)
    differing = fields(left, right) if same else {"op": [left.op.op_name, right.op.op_name]}
    if not differing and not moved:
        return []
    fits: Class = "numerics" if _fits(left, right) and not moved else "weights"  # files count layers in their order
    return [Change("moved" if moved else "changed", left, right, differing, (fits,))]


def _meaning(node: Node) -> tuple[Class, ...]:
    """What it means that a layer is added or removed."""
    return ("weights",) if node.weights else ("numerics",)


def _fits(left: Node, right: Node) -> bool:
    """Whether weights of the one can be loaded into the other."""
    return [weight.shape for weight in left.weights] == [weight.shape for weight in right.weights]


def _elements(node: Node) -> int:
    return sum(prod(weight.shape) for weight in node.weights)


def _signature(left: Graph, right: Graph) -> list[str]:
    """How what enters and leaves differs; names do not count."""
    told = []
    inputs = [[(made.shape, made.dtype) for made in graph.inputs] for graph in (left, right)]
    outputs = [[(tensor.shape, "float32") for tensor in graph.outputs.values()] for graph in (left, right)]
    for what, (had, has) in (("input", inputs), ("output", outputs)):
        if had != has:
            told.append(f"{what}s {_listed(had)} -> {_listed(has)}")
    return told


def _listed(tensors: list[tuple[Shape, str]]) -> str:
    return ", ".join(
        shape_text(shape) if dtype == "float32" else f"{shape_text(shape)} {dtype}" for shape, dtype in tensors
    )
