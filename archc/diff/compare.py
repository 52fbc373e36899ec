"""Two networks compared as architectures."""

from __future__ import annotations

from typing import Any

from archc.diff.canonical import Canonical, Layer
from archc.diff.changes import changes_of, fits, in_sequence
from archc.diff.content import Pairs
from archc.diff.correspondence import corresponding
from archc.diff.differences import Differences
from archc.diff.interchangeable import told_apart_by_names
from archc.diff.json_document import diff_document
from archc.diff.keras_loading import loading
from archc.diff.moved import moved_layers
from archc.diff.reason import reason
from archc.diff.sharing import changed_sharing
from archc.diff.signature import signature, signature_changes
from archc.diff.spelling import settle_activations, spelling
from archc.diff.wiring import rewired
from archc.ir.graph import Graph, Node, Tensor
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
    one, other = Canonical(left), Canonical(right)
    pairs, moved = _correspondence(one, other)
    everywhere = {**pairs, **moved}
    spelled = spelling(one, other, everywhere)
    counterparts: dict[Tensor, Tensor] = {
        mine.written: theirs.written
        for mine, theirs in everywhere.items()
        if not mine.is_inside and not theirs.is_inside
    }
    loaded = loading(left, right, counterparts)
    sequence = in_sequence(one, other, everywhere, spelled.silent)
    masking = mask_uses(left), mask_uses(right)
    moving = {layer.written for layer in moved}
    changes = changes_of(sequence, spelled, changed_sharing(everywhere), moving, loaded.is_right, masking)
    both = [
        (mine, theirs) for mine, theirs in counterparts.items() if isinstance(mine, Node) and isinstance(theirs, Node)
    ]
    names = [
        (mine, theirs)
        for mine, theirs in everywhere.items()
        if mine.name != theirs.name and isinstance(mine, Layer) and isinstance(theirs, Layer)
    ]
    misplaced = [(other.bodies[layer], everywhere.get(one.bodies[source])) for layer, source in loaded.misplaced]
    changed = {change.left for change in changes}
    return Diff(
        left=left,
        right=right,
        counterparts=counterparts,
        sequence=tuple(sequence),
        changes=tuple(changes),
        rewired=tuple([found.written for found in rewired(one, other, pairs)]),
        consequences=tuple([pair for pair in both if pair[0] not in changed and not fits(*pair)]),
        renamed=tuple([(mine, theirs) for mine, theirs in both if mine.name != theirs.name]),
        respelled=spelled.respelled,
        signature=signature_changes(signature(left, preprocess[0]), signature(right, preprocess[1])),
        loading=loaded,
        by_names_only=told_apart_by_names(other, names, misplaced),
    )


def _correspondence(left: Canonical, right: Canonical) -> tuple[Pairs, Pairs]:
    """The corresponding tensors of two canonical graphs, and the layers that moved."""
    if _key(left) > _key(right):
        mirrored = _correspondence(right, left)
        pairs, moved = ({mine: theirs for theirs, mine in found.items()} for found in mirrored)
        return pairs, moved
    pairs = corresponding(left, right)
    settle_activations(left, right, pairs)
    return pairs, moved_layers(left, right, pairs)


def _key(network: Canonical) -> tuple[object, ...]:
    """A sort key of the network: its content first, then its names."""
    ends = [tensor.above for tensor in network.outputs]
    shapes = [hash(made.shape) for made in network.graph.inputs]
    return len(network.layers), ends, shapes, [layer.name for layer in network.layers]
