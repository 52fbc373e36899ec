"""Two networks compared as architectures."""

from __future__ import annotations

from typing import Any

from archc.diff.canonical import Canonical, canonical
from archc.diff.changes import changes_of, fits, in_sequence
from archc.diff.content import Pairs
from archc.diff.correspondence import corresponding
from archc.diff.differences import Differences
from archc.diff.interchangeable import told_apart_by_names
from archc.diff.json_document import diff_document
from archc.diff.keras_loading import loading
from archc.diff.moved import moved_layers
from archc.diff.order import Ordered, ordered
from archc.diff.reason import reason
from archc.diff.sharing import changed_sharing
from archc.diff.signature import signature, signature_changes
from archc.diff.spelling import settle_activations, spelling
from archc.diff.wiring import rewired
from archc.ir.graph import Graph, Node
from archc.ir.masks import mask_uses
from archc.language.document import Preprocess


class Diff(Differences):
    """Two networks compared, with the words for it."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return self.has_changes or not self.loading.is_right

    @property
    def reason(self) -> str:
        """Why the networks differ, in one line."""
        return reason(self)

    def to_json(self) -> dict[str, Any]:
        """The document `archc-diff` (docs/json.md)."""
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
    sequence = in_sequence(one, other, sides, everywhere, spelled.silent)
    sharing = {one.written[node]: names for node, names in changed_sharing(everywhere).items()}
    masking = mask_uses(left), mask_uses(right)
    changes = changes_of(sequence, spelled, sharing, set(map(one.tensor, moved)), loaded.is_right, masking)
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
            found._replace(
                left=found.left and one.written[found.left],
                right=found.right and other.written[found.right],
                before=tuple(map(one.tensor, found.before)),
                after=tuple(map(other.tensor, found.after)),
            )
            for found in rewired(*sides, pairs)
        ),
        consequences=tuple(pair for pair in both if pair[0] not in changed and not fits(*pair)),
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
    return pairs, moved_layers(left, right, pairs)


def _key(ordered: Ordered) -> tuple[object, ...]:
    """A sort key of the network: its content first, then its names."""
    ends = [ordered.above[tensor] for tensor in ordered.graph.outputs.values()]
    shapes = [hash(made.shape) for made in ordered.graph.inputs]
    return len(ordered.nodes), ends, shapes, [node.name for node in ordered.nodes]
