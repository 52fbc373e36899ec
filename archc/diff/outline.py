"""Two networks as one outline: the parts of the right one, with what is removed where it was."""

from __future__ import annotations

from dataclasses import dataclass, field

from archc.diff.changes import Change, Diff
from archc.diff.wiring import Rewired
from archc.ir.graph import Node, Region


@dataclass(slots=True)
class Line:
    """A layer in the outline.

    Attributes:
        node: the layer of the right, or the removed one of the left.
        change: how it differs; None where it does not.
        rewired: what it takes instead; None where its connections are as they were.
    """

    node: Node
    change: Change | None
    rewired: Rewired | None

    @property
    def mark(self) -> str:
        """`+` added, `-` removed, `~` changed, `>` moved, `!` rewired; empty where nothing differs."""
        if self.change is not None:
            return {"added": "+", "removed": "-", "changed": "~", "moved": ">"}[self.change.kind]
        return "!" if self.rewired is not None else ""


@dataclass(slots=True)
class Section:
    """A part in the outline; the whole has no region."""

    region: Region | None
    items: list[Line | Section] = field(default_factory=list)

    def lines(self) -> list[Line]:
        """The layers in it."""
        return [line for item in self.items for line in ([item] if isinstance(item, Line) else item.lines())]

    @property
    def first(self) -> Node:
        """The first layer in it."""
        return self.lines()[0].node

    @property
    def last(self) -> Node:
        """The last layer in it."""
        return self.lines()[-1].node

    def marks(self) -> set[str]:
        """What happened in it; empty marks included."""
        return {line.mark for line in self.lines()}


def outline(diff: Diff) -> Section:
    """All layers of a diff, in the parts of the right network."""
    changes = {id(change.right or change.left): change for change in diff.changes}
    rewired = {id(found.right): found for found in diff.rewired if found.right is not None}
    regions = _regions(diff)
    whole = Section(None)
    sections: dict[Region, Section] = {}
    for left, right in diff.sequence:
        node = right or left
        assert node is not None
        owner = whole
        for region in reversed(list(node.region.chain())):
            here = region if right is not None else regions.get(region, region)
            if here not in sections:
                sections[here] = Section(here)
                owner.items.append(sections[here])
            owner = sections[here]
        owner.items.append(Line(node, changes.get(id(node)), rewired.get(id(node))))
    return whole


def _regions(diff: Diff) -> dict[Region, Region]:
    """The parts of the right that correspond to those of the left, by the layers in them."""
    found: dict[Region, Region] = {}
    for left, right in diff.sequence:
        if left is not None and right is not None:
            chains = (list(left.region.chain())[::-1], list(right.region.chain())[::-1])
            for mine, theirs in zip(*chains, strict=False):
                found.setdefault(mine, theirs)
    return found
