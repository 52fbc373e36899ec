"""Two networks as one outline: the parts of the right network, with the removed layers at their old places."""

from __future__ import annotations

from dataclasses import dataclass, field

from archc.diff.changes import Change, Diff
from archc.diff.wiring import Rewired
from archc.ir.graph import Node, Region

_MARKS = {"added": "+", "removed": "-", "changed": "~", "moved": ">"}


@dataclass(slots=True)
class OutlineLayer:
    """A layer in the outline.

    Attributes:
        node: the layer of the right network, or the removed layer of the left.
        change: how it differs; None where it is unchanged.
        rewired: its other inputs; None where its connections are unchanged.
    """

    node: Node
    change: Change | None
    rewired: Rewired | None

    @property
    def mark(self) -> str:
        """`+` added, `-` removed, `~` changed, `>` moved, `!` rewired; empty where nothing differs."""
        if self.change is not None:
            return _MARKS[self.change.kind]
        return "!" if self.rewired is not None else ""

    def layers(self) -> list[OutlineLayer]:
        """The layer itself."""
        return [self]

    def marks(self) -> set[str]:
        """Its mark."""
        return {self.mark}


@dataclass(slots=True)
class OutlinePart:
    """A part in the outline; the whole network has no region."""

    region: Region | None
    items: list[OutlineLayer | OutlinePart] = field(default_factory=list)

    def layers(self) -> list[OutlineLayer]:
        """The layers in it."""
        return [layer for item in self.items for layer in item.layers()]

    def marks(self) -> set[str]:
        """The marks of its layers; the empty mark of unchanged layers included."""
        return {layer.mark for layer in self.layers()}


def outline(diff: Diff) -> OutlinePart:
    """All layers of a diff, in the parts of the right network."""
    changes = {id(change.node): change for change in diff.changes}
    rewired = {id(found.right): found for found in diff.rewired if found.right is not None}
    regions = _regions(diff)
    whole = OutlinePart(None)
    parts: dict[Region, OutlinePart] = {}
    for left, right in diff.sequence:
        node = right or left
        assert node is not None
        owner = whole
        for region in _path(node.region, {} if right is not None else regions):
            if region not in parts:
                parts[region] = OutlinePart(region)
                owner.items.append(parts[region])
            owner = parts[region]
        owner.items.append(OutlineLayer(node, changes.get(id(node)), rewired.get(id(node))))
    return whole


def _path(region: Region, regions: dict[Region, Region]) -> list[Region]:
    """The parts around a layer, the outermost first; from the innermost with a counterpart on, those around that."""
    inner: list[Region] = []
    for part in region.chain():
        if part in regions:
            inner += regions[part].chain()
            break
        inner.append(part)
    return inner[::-1]


def _regions(diff: Diff) -> dict[Region, Region]:
    """The parts of the right network by the corresponding parts of the left, found by their layers."""
    found: dict[Region, Region] = {}
    for left, right in diff.sequence:
        if left is not None and right is not None:
            chains = (list(left.region.chain())[::-1], list(right.region.chain())[::-1])
            for mine, theirs in zip(*chains, strict=False):
                found.setdefault(mine, theirs)
    return found
