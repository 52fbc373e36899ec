"""How the layers of an item differ between two networks, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from archc.diagnostics import one_line
from archc.diff.compare import Diff
from archc.diff.outline import region_counterparts
from archc.pictures.drawn import DrawnLayer, Net
from archc.pictures.item import Item
from archc.pictures.page.data import Told
from archc.report.diff_text import changed_text, rewired_text, share_text

_MARKS = ("added", "removed", "changed", "moved", "rewired")


class ToldDifferences:
    """The differences of two networks by their layers."""

    def __init__(self, diff: Diff, cut: Sequence[tuple[Net, DrawnLayer]]) -> None:
        self.counterparts = diff.counterparts
        self.changes = {change.node: change for change in diff.changes}
        self.rewired = {found.right: found for found in diff.rewired if found.right is not None}
        self.follows = {theirs for _, theirs in diff.consequences}
        self.names_before = {
            theirs.name: mine.name for mine, theirs in region_counterparts(diff).items() if mine.name != theirs.name
        }
        self.cut: dict[DrawnLayer, list[str]] = {}
        for net, taker in cut:
            self.cut.setdefault(taker, []).append(net.source.name)

    def of(self, item: Item) -> Sequence[Told]:
        """What is told of an item: of a part how many layers differ, of a layer what differs."""
        if item.kind != "layer":
            marks: Counter[str] = Counter(layer.mark for layer in item.layers if layer.mark)
            counted = ", ".join(f"{marks[mark]:,} {mark}" for mark in _MARKS if marks[mark])
            told = [("differs", counted)] if counted else []
            before = self.names_before.get(item.name)
            return [*told, ("name before", one_line(before))] if before else told
        return [told for layer in item.rounds[0] for told in self._layer(layer)]

    def _layer(self, layer: DrawnLayer) -> Iterator[Told]:
        change = self.changes.get(layer.node)
        if layer.mark:
            yield layer.mark, one_line(layer.name)
        if change is not None:
            fields = {name: pair for name, pair in change.fields.items() if name != "share"}
            if fields:
                yield "before, after", one_line(changed_text(fields))
            if "share" in change.fields:
                yield "weights", one_line(share_text(change.fields["share"]))
            if change.classes:
                yield "means", ", ".join(change.classes)
        if (found := self.rewired.get(layer.node)) is not None:
            yield "inputs", one_line(rewired_text(found, self.counterparts))
        if layer.node in self.follows:
            yield "weights", "of other shapes, as a consequence"
        if layer.left is not None and layer.left.name != layer.name:
            yield "name before", one_line(layer.left.name)
        for name in self.cut.get(layer, ()):
            yield "takes before", f"{one_line(name)}; the line would close a circle"
