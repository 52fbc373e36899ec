"""The differences of two networks: added, removed, changed and moved layers, connections, and their classes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

from archc.diff.canonical import Canonical, canonical
from archc.diff.classes import CLASSES, Class, Kind, class_of_change, classes_of_parts
from archc.diff.content import Pairs, remaining
from archc.diff.correspondence import corresponding
from archc.diff.interchangeable import told_apart_by_names
from archc.diff.loading import Loading, loading
from archc.diff.order import Ordered, ordered
from archc.diff.reason import reason
from archc.diff.sharing import changed_sharing
from archc.diff.signature import signature, signature_changes
from archc.diff.spelling import Respelled, Spelling, settle_activations, spelling
from archc.diff.wiring import Rewired, rewired
from archc.ir.graph import Graph, Node, Tensor
from archc.language.document import Preprocess


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
        respelled: layers that compute the same and are written in another way.
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
    respelled: tuple[Respelled, ...]
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
        found |= {each for rewired in self.rewired for each in rewired.classes}
        found |= {"cosmetic"} if self.renamed else set()
        return tuple(each for each in CLASSES if each in found)

    @property
    def reason(self) -> str:
        """Why the networks differ, in one line."""
        return reason(self)

    @property
    def counts(self) -> dict[str, int]:
        """The number of layers of each kind of change, and of unchanged layers."""
        kinds = Counter(change.kind for change in self.changes)
        same = sum(isinstance(node, Node) for node in self.counterparts) - kinds["changed"] - kinds["moved"]
        return {**{kind: kinds[kind] for kind in ("added", "removed", "changed", "moved")}, "unchanged": same}

    def to_json(self) -> dict[str, Any]:
        """The document `archc-diff` (docs/json.md)."""
        from archc.diff.document import diff_document

        return diff_document(self)

    def __repr__(self) -> str:
        return f"<Diff: {self.reason}; {', '.join(self.classes) or 'no class'}>"


def diff(left: Graph, right: Graph, *, preprocess: tuple[Preprocess | None, Preprocess | None] = (None, None)) -> Diff:
    """Compares two networks.

    The graphs are put in a fixed order first, so that `diff(b, a)` mirrors `diff(a, b)`.

    Args:
        left: the network before.
        right: the network after.
        preprocess: what the spec of each says of preprocessing.
    """
    one, other = canonical(left), canonical(right)
    sides = ordered(one.graph), ordered(other.graph)
    pairs, moved = _correspondence(one, other, *sides)
    everywhere = {**pairs, **moved}
    spelled = spelling(one, other, everywhere)
    counterparts = {
        one.tensor(mine): other.tensor(theirs)
        for mine, theirs in everywhere.items()
        if not one.is_inside(mine) and not other.is_inside(theirs)
    }
    loaded = loading(left, right, counterparts)
    sequence = _sequence(one, other, sides, everywhere, spelled.silent)
    sharing = {one.written[node]: names for node, names in changed_sharing(everywhere).items()}
    changes = _changes(sequence, spelled, sharing, set(map(one.tensor, moved)), loaded.is_right)
    both = [
        (mine, theirs) for mine, theirs in counterparts.items() if isinstance(mine, Node) and isinstance(theirs, Node)
    ]
    names = [
        (mine, theirs)
        for mine, theirs in everywhere.items()
        if isinstance(mine, Node) and isinstance(theirs, Node) and mine.name != theirs.name
    ]
    misplaced = [(other.bodies[layer], everywhere.get(one.bodies[source])) for layer, source in loaded.misplaced]
    changed = {change.left for change in changes}
    return Diff(
        left=left,
        right=right,
        counterparts=counterparts,
        sequence=tuple(sequence),
        changes=tuple(changes),
        rewired=tuple(
            Rewired(
                found.left and one.written[found.left],
                found.right and other.written[found.right],
                tuple(map(one.tensor, found.before)),
                tuple(map(other.tensor, found.after)),
                found.classes,
            )
            for found in rewired(*sides, pairs)
        ),
        consequences=tuple(pair for pair in both if pair[0] not in changed and not _fits(*pair)),
        renamed=tuple((mine, theirs) for mine, theirs in both if mine.name != theirs.name),
        respelled=spelled.respelled,
        signature=signature_changes(signature(left, preprocess[0]), signature(right, preprocess[1])),
        loading=loaded,
        by_names_only=told_apart_by_names(*sides, names, misplaced),
    )


def _correspondence(one: Canonical, other: Canonical, left: Ordered, right: Ordered) -> tuple[Pairs, Pairs]:
    """The corresponding tensors of two canonical graphs, and the layers that moved."""
    if _key(left) > _key(right):
        mirrored = _correspondence(other, one, right, left)
        pairs, moved = ({mine: theirs for theirs, mine in found.items()} for found in mirrored)
        return pairs, moved
    pairs = corresponding(left, right)
    settle_activations(one, other, pairs)
    return pairs, _moved(left, right, pairs)


def _key(ordered: Ordered) -> tuple[object, ...]:
    """A sort key of the network: its content first, then its names."""
    ends = [ordered.above[tensor] for tensor in ordered.graph.outputs.values()]
    shapes = [hash(made.shape) for made in ordered.graph.inputs]
    return len(ordered.nodes), ends, shapes, [node.name for node in ordered.nodes]


def _moved(left: Ordered, right: Ordered, pairs: Pairs) -> Pairs:
    """Layers that are removed at one place and added, with equal arguments, at one other place.

    A layer without weights is the same one where it has the same name.
    """
    gone, come = _unique(left, set(pairs)), _unique(right, set(pairs.values()))
    return {node: come[key] for key, node in gone.items() if key in come}


def _unique(side: Ordered, matched: set[Tensor]) -> dict[object, Node]:
    """The layers that are not matched, by what identifies them, where it identifies only one layer."""
    found: defaultdict[object, list[Node]] = defaultdict(list)
    for node in remaining(side.nodes, matched):
        found[side.signatures[node][1], node.weights or node.name].append(node)
    return {key: nodes[0] for key, nodes in found.items() if len(nodes) == 1}


Sequence = list[tuple[Node | None, Node | None]]


def _sequence(
    one: Canonical, other: Canonical, sides: tuple[Ordered, Ordered], pairs: Pairs, silent: frozenset[Node]
) -> Sequence:
    """All written layers in the order of the right; a removed layer comes after the layer that it came after.

    An activation that stands alone in the right network and inside a layer in the left one has its place too.
    """
    left, right = sides
    back = {theirs: mine for mine, theirs in pairs.items()}
    behind: defaultdict[Node | None, Sequence] = defaultdict(list)
    last: Node | None = None
    for node in left.nodes:
        counterpart = pairs.get(node)
        if isinstance(counterpart, Node):
            last = counterpart
        elif not one.is_inside(node) and one.written[node] not in silent:
            behind[last].append((one.written[node], None))
    found = list(behind[None])
    for node in right.nodes:
        owner = back.get(node)
        if not other.is_inside(node):
            mine = one.written[owner] if isinstance(owner, Node) and not one.is_inside(owner) else None
            found.append((mine, other.written[node]))
        found += behind[node]
    return found


def _changes(
    sequence: Sequence, spelled: Spelling, sharing: Mapping[Node, list[Any]], moved: set[Tensor], loads: bool
) -> list[Change]:
    """The layers that differ, with the classes of the difference.

    Args:
        sequence: all written layers.
        spelled: the arguments that differ.
        sharing: the sharing that differs.
        moved: the layers of the left that moved.
        loads: whether each format of a weight file of the left loads right, so that no change needs other weights.
    """
    only = [left or right for left, right in sequence if (left is None) != (right is None)]
    classes = classes_of_parts([node for node in only if node is not None and node not in spelled.silent])
    found = []
    for left, right in sequence:
        if left is None or right is None:
            node = left or right
            assert node is not None
            if node not in spelled.silent:
                found.append(Change("removed" if right is None else "added", left, right, {}, (classes[node],)))
            continue
        fields = dict(spelled.fields.get(left, {}))
        if left in sharing:
            fields["share"] = sharing[left]
        if fields or left in moved:
            kind: Kind = "moved" if left in moved else "changed"
            needs_other_weights = not loads and (not _fits(left, right) or fields.get("share", (None, ""))[1] is None)
            found.append(Change(kind, left, right, fields, (class_of_change(left, fields, kind, needs_other_weights),)))
    return found


def _fits(left: Node, right: Node) -> bool:
    """Whether the weights of one layer can be loaded into the other."""
    return [weight.shape for weight in left.weights] == [weight.shape for weight in right.weights]
