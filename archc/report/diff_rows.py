"""The layers of a diff as rows: a change that many layers have is said once, and unchanged layers are folded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from archc.diff.compare import Diff
from archc.diff.outline import FOLLOWS, Item, OutlineLayer, OutlinePart, outline
from archc.ir.shape import shape_text
from archc.report.diff_everywhere import edits_everywhere
from archc.report.diff_names import common_name, name_inside, named_runs, part_name, range_text
from archc.report.diff_patterns import Pattern, edit_of, patterns
from archc.report.diff_row import SHORT, DiffRow, count_text, in_all_parts, run_row, uniform_row
from archc.report.diff_sharing import share_edits
from archc.report.diff_text import growth_text, layer_text, layers_text


def diff_rows(diff: Diff, context: int = 1) -> list[DiffRow]:
    """The rows of a diff, with `context` unchanged layers or parts around a change."""
    return list(_Folding(diff, context).rows())


class _Folding:
    """How the rows of one diff are folded.

    Attributes:
        said: the layers that a row for the whole network reports, by `id`.
        covered: these, and all layers of parts that have a pattern.
        patterns: what several parts have in common, and has no row yet, by the `id` of the first part.
        patterned: the parts that have a pattern, by `id`.
    """

    def __init__(self, diff: Diff, context: int) -> None:
        self.diff, self.context = diff, context
        self.whole = outline(diff)
        self.everywhere = edits_everywhere(self.whole)
        self.shared = share_edits(self.whole)
        reported = [*(edit.layers for edit in self.everywhere), *(edit.layers for edit in self.shared)]
        self.covered = {id(layer) for layers in reported for layer in layers}
        found = patterns(self.whole, self.covered)
        self.patterns = {id(pattern.parts[0]): pattern for pattern in found}
        self.patterned = {id(part) for pattern in found for part in pattern.parts}
        self.said = frozenset(self.covered)
        for pattern in found:
            self.covered |= {id(layer) for part in pattern.parts for layer in part.layers()}

    def rows(self) -> Iterator[DiffRow]:
        """All rows: first what concerns the whole network."""
        for edit in self.everywhere:
            text = f"{layers_text(edit.layers, self.diff.counterparts)}  {edit.times}"
            name = common_name(edit.layers) or ("everywhere" if edit.is_complete else "nearly everywhere")
            yield DiffRow("~", 0, name, text, "", growth_text(edit.layers))
        for each in self.shared:
            yield DiffRow("~", 0, each.names, each.text, "", growth_text(each.layers))
        yield from self.part(self.whole, 0)

    # --- parts ---

    def part(self, part: OutlinePart, depth: int) -> Iterator[DiffRow]:
        """The rows of a part's items; unchanged ones only near a change."""
        items = list(self.visible(part))
        differs = [self.differs(item) for item in items]
        hidden: list[Item] = []
        place = 0
        while place < len(items):
            item = items[place]
            due = self.due(item)
            near = not self.is_reported(item) and any(differs[max(0, place - self.context) : place + self.context + 1])
            if not differs[place] and (not near or self.follows(item)):
                if due:
                    yield from self.quiet(hidden, depth, fold=any(differs))
                    hidden = []
                    for pattern in due:
                        yield from self.pattern_rows(pattern, depth)
                hidden += [] if self.is_reported(item) else [item]
                place += 1
                continue
            yield from self.quiet(hidden, depth, fold=any(differs))
            hidden = []
            for pattern in due:
                yield from self.pattern_rows(pattern, depth)
            run = self.run(items, place)
            yield from self.item(item, depth, part) if len(run) == 1 else [run_row(run, depth, self.diff.counterparts)]
            place += len(run)
        yield from self.quiet(hidden, depth, fold=any(differs))

    def visible(self, part: OutlinePart) -> Iterator[Item]:
        """The items that have rows: a part without a title is replaced by its items, except for a pattern."""
        for item in part.items:
            if isinstance(item, OutlinePart) and not item.has_title and id(item) not in self.patterned:
                yield from self.visible(item)
            else:
                yield item

    def differs(self, item: Item) -> bool:
        """Whether a layer in it has a change of its own."""
        return any(layer.mark not in ("", FOLLOWS) and id(layer) not in self.covered for layer in item.layers())

    def follows(self, item: Item) -> bool:
        """Whether only the weights of its layers differ, as a consequence."""
        return any(layer.mark == FOLLOWS and id(layer) not in self.covered for layer in item.layers())

    def is_reported(self, item: Item) -> bool:
        """Whether other rows report all its layers."""
        return all(id(layer) in self.covered for layer in item.layers())

    def due(self, item: Item) -> list[Pattern]:
        """The patterns whose first part is in this item, and that no deeper row can report for all their parts."""
        inside = {id(part): None for part in _parts(item)}  # in order
        begun = [self.patterns[each] for each in inside if each in self.patterns]
        found = [
            pattern
            for pattern in begun
            if pattern.parts[0] is item or not all(id(part) in inside for part in pattern.parts)
        ]
        for pattern in found:
            del self.patterns[id(pattern.parts[0])]
        return found

    def run(self, items: Sequence[Item], place: int) -> list[Item]:
        """What one row tells together: equal parts in a row that are added or removed, or layers with one edit."""
        key = self.run_key(items[place])
        last = place + 1
        while key is not None and last < len(items) and self.run_key(items[last]) == key:
            last += 1
        is_short = isinstance(items[place], OutlineLayer) and last - place <= SHORT
        return list(items[place : place + 1 if is_short else last])

    def run_key(self, item: Item) -> object:
        """What items that one row tells together have in common; None for an item that has a row of its own."""
        if isinstance(item, OutlineLayer):
            alone = item.mark in ("", "!", FOLLOWS) or item.rewired is not None or id(item) in self.covered
            return None if alone else (item.mark, item.node.op.op_name, edit_of(item))
        if item.marks() in ({"+"}, {"-"}):
            return tuple((layer.mark, layer.node.op.op_name) for layer in item.layers())
        return None

    def item(self, item: Item, depth: int, around: OutlinePart) -> Iterator[DiffRow]:
        """The rows of a layer or a part."""
        layers = item.layers()
        if len(layers) == 1:
            layer = layers[0]
            mark = "" if id(layer) in self.covered else layer.mark
            text = layer_text(layer, self.diff.counterparts, around.prefix) if mark else layer.node.op.op_name
            shape, growth = shape_text(layer.node.shape), growth_text(layers) if mark else ""
            yield DiffRow(mark, depth, layer.node.name, text, shape, growth)
        elif isinstance(item, OutlinePart) and self.differs(item) and item.marks() not in ({"+"}, {"-"}):
            yield DiffRow("", depth, item.title, item.kind if item.kind != item.title else "")
            yield from self.part(item, depth + 1)
        else:
            yield uniform_row([item], depth)

    # --- rows for many layers ---

    def pattern_rows(self, pattern: Pattern, depth: int) -> Iterator[DiffRow]:
        """The rows of a pattern: which parts have it, then each change with the range of its values."""
        parts, uses = pattern
        first = parts[0]
        region = first.region
        assert region is not None
        words = "rounds" if region.kind == "round" else f"{region.word} blocks"
        runs = named_runs(parts, uses)
        what = f"in {len(parts)} of {len(uses)} {words}"
        if len(runs) == 1:
            yield DiffRow("", depth, runs[0], what)
        else:
            yield DiffRow("", depth, part_name(first), f"{what}: {', '.join(runs)}")
        changed = [[layer for layer in part.layers() if layer.mark not in ("", FOLLOWS)] for part in parts]
        changed = [[layer for layer in layers if id(layer) not in self.said] for layers in changed]
        for layers in zip(*changed, strict=True):
            name = name_inside(layers[0], first) or layers[0].node.name
            text = layers_text(layers, self.diff.counterparts, first.prefix)
            yield DiffRow(layers[0].mark, depth + 1, name, text, "", in_all_parts(layers))
        yield from self.follow_rows([layer for part in parts for layer in part.layers()], depth + 1, parts)

    def follow_rows(
        self, layers: Sequence[OutlineLayer], depth: int, parts: Sequence[OutlinePart] = ()
    ) -> Iterator[DiffRow]:
        """One row for layers whose weights differ as a consequence, if there are any."""
        found = [layer for layer in layers if layer.mark == FOLLOWS]
        if not found:
            return
        prefixes = [part.prefix for part in parts]
        names = range_text(list(dict.fromkeys(_without(layer.node.name, prefixes) for layer in found)))
        ops = Counter(layer.node.op.op_name for layer in found)
        text = layers_text(found, self.diff.counterparts)
        if len(found) == 1:
            yield DiffRow("", depth, names, text, shape_text(found[0].node.shape), growth_text(found))
            return
        times = ", ".join(f"{op} ×{count:,}" if count > 1 else op for op, count in ops.items())
        yield DiffRow("", depth, names, f"{times}  {text if len(ops) == 1 else '(follows)'}", "", in_all_parts(found))

    def quiet(self, items: Sequence[Item], depth: int, *, fold: bool) -> Iterator[DiffRow]:
        """The rows of items without a change of their own: what follows from a change, else one row if `fold`."""
        layers = [layer for item in items for layer in item.layers() if id(layer) not in self.covered]
        follows = [layer for layer in layers if layer.mark == FOLLOWS]
        if follows:
            yield from self.follow_rows(follows, depth)
        elif layers and fold:
            names = range_text([part_name(items[0]), part_name(items[-1])])
            yield DiffRow("", depth, names, f"{count_text(len(layers))} unchanged")


def _without(name: str, prefixes: Sequence[str]) -> str:
    """The name without the first of these prefixes that it has."""
    return name.removeprefix(next((prefix for prefix in prefixes if prefix and name.startswith(prefix)), ""))


def _parts(item: Item) -> Iterator[OutlinePart]:
    """The part itself and all parts in it."""
    if isinstance(item, OutlinePart):
        yield item
        for inner in item.items:
            yield from _parts(inner)
