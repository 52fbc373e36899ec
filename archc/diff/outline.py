"""Two networks as one outline: the parts of the right network, with the removed layers at their old places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from archc.analysis import cost
from archc.diff.compare import Diff
from archc.diff.differences import Change
from archc.diff.wiring import Rewired
from archc.ir.graph import Node, Region, Tensor

FOLLOWS = "="
"""The mark of a layer whose number of parameters only follows from a change."""
MARKS = {"added": "+", "removed": "-", "changed": "~", "moved": ">"}


@dataclass(slots=True)
class OutlineLayer:
    """A layer in the outline.

    Attributes:
        node: the layer of the right network, or the removed layer of the left.
        left: the layer in the left network; None where it is added.
        right: the layer in the right network; None where it is removed.
        change: how it differs; None where it is unchanged.
        rewired: its other inputs; None where its connections are unchanged.
        follows: whether its weights have other shapes as a consequence of changes elsewhere.
    """

    left: Node | None
    right: Node | None
    change: Change | None = None
    rewired: Rewired | None = None
    follows: bool = False

    @property
    def node(self) -> Node:
        """The layer of the right network, or the removed layer of the left."""
        node = self.right or self.left
        assert node is not None
        return node

    @property
    def mark(self) -> str:
        """`+` added, `-` removed, `~` changed, `>` moved, `!` rewired, `=` follows; empty where nothing differs."""
        if self.change is not None:
            return MARKS[self.change.kind]
        if self.rewired is not None:
            return "!"
        return FOLLOWS if self.follows and self.growth else ""

    @property
    def growth(self) -> int:
        """The learned weights that it adds; negative where it has fewer."""
        had, has = (0 if node is None else cost.node_params(node) for node in (self.left, self.right))
        return has - had

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

    @property
    def title(self) -> str:
        """Its name, else its title in a report; empty for the whole network and for branches and loops without one."""
        return "" if self.region is None else self.region.name or self.region.title

    @property
    def has_title(self) -> bool:
        """Whether it is shown as a part of its own."""
        return self.region is not None and bool(self.region.title) and self.region.kind != "branch"

    @property
    def kind(self) -> str:
        """The block's name, else what the part is."""
        if self.region is None:
            return ""
        return self.region.word if self.region.kind == "block" else self.region.kind

    @property
    def prefix(self) -> str:
        """The beginning of the names inside it."""
        return "" if self.region is None else self.region.prefix

    def layers(self) -> list[OutlineLayer]:
        """The layers in it."""
        return [layer for item in self.items for layer in item.layers()]

    def marks(self) -> set[str]:
        """The marks of its layers; the empty mark of unchanged layers included."""
        return {layer.mark for layer in self.layers()}


Item = OutlineLayer | OutlinePart


def outline(diff: Diff) -> OutlinePart:
    """All layers of a diff, in the parts of the right network."""
    changes = {id(change.node): change for change in diff.changes}
    rewired = {id(found.right): found for found in diff.rewired if found.right is not None}
    follows = {id(right) for _, right in diff.consequences}
    regions = region_counterparts(diff)
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
        layer = OutlineLayer(left, right, changes.get(id(node)), rewired.get(id(node)), id(node) in follows)
        owner.items.append(layer)
    return whole


def is_reordered(found: Rewired, counterparts: Mapping[Tensor, Tensor]) -> bool:
    """Whether a layer, or the network, has the same inputs or outputs in another order."""
    return bool(found.before) and Counter(map(counterparts.get, found.before)) == Counter(found.after)


def _path(region: Region, regions: dict[Region, Region]) -> list[Region]:
    """The parts around a layer, the outermost first; from the innermost with a counterpart on, those around that."""
    inner: list[Region] = []
    for part in region.chain():
        if part in regions:
            inner += regions[part].chain()
            break
        inner.append(part)
    return inner[::-1]


def region_counterparts(diff: Diff) -> dict[Region, Region]:
    """The parts of the right network by the corresponding parts of the left, found by their layers."""
    found: dict[Region, Region] = {}
    for left, right in diff.sequence:
        if left is not None and right is not None:
            chains = (list(left.region.chain())[::-1], list(right.region.chain())[::-1])
            for mine, theirs in zip(*chains, strict=False):
                found.setdefault(mine, theirs)
    return found
