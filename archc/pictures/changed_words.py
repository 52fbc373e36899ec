"""What boxes say of arguments that differ between two networks and are not in the words for the op."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archc.diff.compare import Diff
from archc.diff.differences import Change
from archc.ir.graph import Node
from archc.pictures.drawn import DrawnLayer, Sides
from archc.pictures.item import Item, View
from archc.pictures.wording import op_name, op_words
from archc.report.values import argument_text

_MOST = 3
"""The lines of a box."""


def changed_words(tree: View, diff: Diff, side: Sides) -> Mapping[int, tuple[str, ...]]:
    """The lines of the layers that changed, with the values of one network, by the numbers of the items."""
    changes = {change.right: change for change in diff.changes if change.kind == "changed"}
    found = {}
    for item in tree.items:
        if item.layer is not None and item.layer.mark == "changed":
            lines = [line for layer in item.rounds[0] for line in _lines(item, layer, changes[layer.node], side)]
            more = [f"and {len(lines) - _MOST + 1} more"] if len(lines) > _MOST else []
            found[item.number] = tuple(lines[: _MOST - len(more)] + more)
    return found


def _lines(item: Item, layer: DrawnLayer, change: Change, side: Sides) -> Iterator[str]:
    """A line for each argument; those of a layer that is a strip begin with what it is."""
    left, right = layer.left, layer.node
    if left is None or "op" in change.fields:
        return
    node = left if side is Sides.LEFT else right
    start = "" if layer is item.layer else f"{op_name(node.op)} "
    for name, values in change.fields.items():
        if name == "share":
            owner = values[0 if side is Sides.LEFT else 1]
            yield f"{start}own weights" if owner is None else f"{start}weights of {owner}"
        elif not _is_in_words(name, left, right):
            yield f"{start}{name} {argument_text(getattr(node.op, name))}"


def _is_in_words(name: str, left: Node, right: Node) -> bool:
    """Whether the words for the op tell an argument."""
    replaced = left.op.model_copy(update={name: getattr(right.op, name)})
    return op_words(replaced) != op_words(left.op)
