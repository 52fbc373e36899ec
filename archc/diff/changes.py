"""The layers of two networks in one sequence, and how each differs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from archc.diff.canonical import Canonical, Layer
from archc.diff.classes import Kind, class_of_change, classes_of_parts
from archc.diff.content import Pairs
from archc.diff.differences import Change
from archc.diff.spelling import Spelling
from archc.ir.graph import Node, Tensor
from archc.ir.masks import MaskUses

Layers = list[tuple[Node | None, Node | None]]
"""Layers of the left with their counterparts in the right; None where one of the networks has none."""


def in_sequence(left: Canonical, right: Canonical, pairs: Pairs, silent: frozenset[Node]) -> Layers:
    """All written layers in the order of the right; a removed layer comes after the layer that it came after.

    An activation that stands alone in the right network and inside a layer in the left one has its place too.
    """
    back = {theirs: mine for mine, theirs in pairs.items()}
    behind: defaultdict[Layer | None, Layers] = defaultdict(list)
    last: Layer | None = None
    for layer in left.layers:
        counterpart = pairs.get(layer)
        if isinstance(counterpart, Layer):
            last = counterpart
        elif not layer.is_inside and layer.written not in silent:
            behind[last].append((layer.written, None))
    found = list(behind[None])
    for layer in right.layers:
        if not layer.is_inside:
            owner = back.get(layer)
            mine = owner.written if isinstance(owner, Layer) and not owner.is_inside else None
            found.append((mine, layer.written))
        found += behind.get(layer, ())
    return found


def changes_of(
    sequence: Layers,
    spelled: Spelling,
    sharing: Mapping[Node, list[Any]],
    moved: set[Tensor],
    loads: bool,
    masking: tuple[MaskUses, MaskUses],
) -> list[Change]:
    """The layers that differ, with the classes of the difference.

    Args:
        sequence: all written layers.
        spelled: the arguments that differ.
        sharing: the sharing that differs.
        moved: the layers of the left that moved.
        loads: whether each format of a weight file of the left loads right, so that no change needs other weights.
        masking: what masks change in each network.
    """
    only = [left or right for left, right in sequence if (left is None) != (right is None)]
    apart = [node for node in only if node is not None and node not in spelled.silent]
    ours, theirs = masking
    classes = classes_of_parts(apart, ours.changing | theirs.changing)
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
            needs_other_weights = not loads and (not fits(left, right) or fields.get("share", (None, ""))[1] is None)
            uses = {str(use) for use in (ours.uses.get(left), theirs.uses.get(right)) if use is not None}
            found_class = class_of_change(left, right, fields, kind, needs_other_weights, (ours, uses))
            found.append(Change(kind, left, right, fields, (found_class,)))
    return found


def fits(left: Node, right: Node) -> bool:
    """Whether the weights of one layer can be loaded into the other."""
    return left.weights == right.weights or (
        [weight.shape for weight in left.weights] == [weight.shape for weight in right.weights]
    )
