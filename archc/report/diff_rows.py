"""The layers of a diff as rows: a change that many layers have is said once, and unchanged layers are folded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from archc.diff.changes import Diff
from archc.diff.outline import FOLLOWS, Item, OutlineLayer, OutlinePart, outline
from archc.ir.shape import shape_text
from archc.report.diff_everywhere import edits_everywhere
from archc.report.diff_names import common_name, name_inside, named_runs, part_name, range_text
from archc.report.diff_patterns import Pattern, patterns
from archc.report.diff_sharing import share_edits
from archc.report.diff_text import growth_text, layer_text, layers_text
from archc.report.values import op_text

_SHORT = 4  # layers of a part that are written out in one row


class DiffRow(NamedTuple):
    """A row of the diff.

    Attributes:
        mark: `+`, `-`, `~`, `>`, `!`; empty where nothing differs.
        depth: of the part that it is in.
        name: of the layer or part; the first and the last name of several.
        what: the op with its arguments, what changed, or what is folded.
        shape: of the output; empty where it does not matter.
        params: the learned weights that are added or removed; empty where there are none.
    """

    mark: str
    depth: int
    name: str
    what: str
    shape: str = ""
    params: str = ""


def diff_rows(diff: Diff, context: int = 1) -> list[DiffRow]:
    """The rows of a diff, with `context` unchanged layers or parts around a change."""
    return list(_Folding(diff, context).rows())


class _Folding:
    """How the rows of one diff are folded.

    Attributes:
        said: the layers that a row for the whole network reports, by `id`.
        covered: these, and all layers of parts that have a pattern.
        patterns: what several parts have in common, and has no row yet.
        patterned: the parts that have a pattern, by `id`.
    """

    def __init__(self, diff: Diff, context: int) -> None:
        self.diff, self.context = diff, context
        self.whole = outline(diff)
        self.everywhere = edits_everywhere(self.whole)
        self.shared = share_edits(self.whole)
        reported = [*(edit.layers for edit in self.everywhere), *(edit.layers for edit in self.shared)]
        self.covered = {id(layer) for layers in reported for layer in layers}
        self.patterns = patterns(self.whole, self.covered)
        self.patterned = {id(part) for pattern in self.patterns for part in pattern.parts}
        self.said = frozenset(self.covered)
        for pattern in self.patterns:
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
            yield from self.item(item, depth, part) if len(run) == 1 else [_uniform_row(run, depth)]
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
        inside = {id(part) for part in _parts(item)}
        found = [
            pattern
            for pattern in self.patterns
            if id(pattern.parts[0]) in inside
            and (pattern.parts[0] is item or not all(id(part) in inside for part in pattern.parts))
        ]
        self.patterns = [pattern for pattern in self.patterns if pattern not in found]
        return found

    def run(self, items: Sequence[Item], place: int) -> list[Item]:
        """Equal parts, one after the other, that are all added or all removed."""
        first = items[place]
        found = [first]
        if isinstance(first, OutlineLayer) or first.marks() not in ({"+"}, {"-"}):
            return found
        for item in items[place + 1 :]:
            if isinstance(item, OutlineLayer) or item.marks() != first.marks() or _ops(item) != _ops(first):
                break
            found.append(item)
        return found

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
            yield _uniform_row([item], depth)

    # --- rows for many layers ---

    def pattern_rows(self, pattern: Pattern, depth: int) -> Iterator[DiffRow]:
        """The rows of a pattern: which parts have it, then each change with the range of its values."""
        parts, uses = pattern
        first = parts[0]
        region = first.region
        assert region is not None
        words = "rounds" if region.kind == "round" else f"{region.word} blocks"
        runs = named_runs(parts, uses)
        if len(parts) == len(uses):
            yield DiffRow("", depth, range_text([runs[0], runs[-1]]), f"in all {len(uses)} {words}")
        else:
            yield DiffRow("", depth, part_name(first), f"in {len(parts)} of {len(uses)} {words}: {', '.join(runs)}")
        changed = [[layer for layer in part.layers() if layer.mark not in ("", FOLLOWS)] for part in parts]
        changed = [[layer for layer in layers if id(layer) not in self.said] for layers in changed]
        for layers in zip(*changed, strict=True):
            name = name_inside(layers[0], first) or layers[0].node.name
            text = layers_text(layers, self.diff.counterparts, first.prefix)
            yield DiffRow(layers[0].mark, depth + 1, name, text, "", _in_all(layers))
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
        yield DiffRow("", depth, names, f"{times}  {text if len(ops) == 1 else '(follows)'}", "", _in_all(found))

    def quiet(self, items: Sequence[Item], depth: int, *, fold: bool) -> Iterator[DiffRow]:
        """The rows of items without a change of their own: what follows from a change, else one row if `fold`."""
        layers = [layer for item in items for layer in item.layers() if id(layer) not in self.covered]
        follows = [layer for layer in layers if layer.mark == FOLLOWS]
        if follows:
            yield from self.follow_rows(follows, depth)
        elif layers and fold:
            names = range_text([part_name(items[0]), part_name(items[-1])])
            yield DiffRow("", depth, names, f"{_count_text(len(layers))} unchanged")


def _without(name: str, prefixes: Sequence[str]) -> str:
    """The name without the first of these prefixes that it has."""
    return name.removeprefix(next((prefix for prefix in prefixes if prefix and name.startswith(prefix)), ""))


def _parts(item: Item) -> Iterator[OutlinePart]:
    """The part itself and all parts in it."""
    if isinstance(item, OutlinePart):
        yield item
        for inner in item.items:
            yield from _parts(inner)


def _ops(part: OutlinePart) -> list[str]:
    return [layer.node.op.op_name for layer in part.layers()]


def _is_named(item: Item) -> bool:
    return isinstance(item, OutlinePart) and item.region is not None and bool(item.region.name)


def _in_all(layers: Sequence[OutlineLayer]) -> str:
    growth = growth_text(layers)
    return f"{growth} in all" if growth else ""


def _uniform_row(items: Sequence[Item], depth: int) -> DiffRow:
    """One row for equal parts, each added, removed or unchanged as a whole."""
    layers = [layer for item in items for layer in item.layers()]
    kind = items[0].kind if isinstance(items[0], OutlinePart) else ""
    times = f"{len(items)} × {kind}" if len(items) > 1 else kind
    what = f"{times}, {_count_text(len(layers) // len(items))}{' each' if len(items) > 1 else ''}"
    mark = layers[0].mark if len({layer.mark for layer in layers}) == 1 else ""
    if mark and len(items[0].layers()) <= _SHORT:
        texts = [(text, len(list(group))) for text, group in groupby(op_text(n.node.op) for n in items[0].layers())]
        what += f": {'; '.join(text if count == 1 else f'{count} × {text}' for text, count in texts)}"
    ends = (items[0], items[-1]) if len(items) > 1 or _is_named(items[0]) else (layers[0], layers[-1])
    names = range_text([part_name(end) for end in ends])
    return DiffRow(mark, depth, names, what, shape_text(layers[-1].node.shape), growth_text(layers) if mark else "")


def _count_text(layers: int) -> str:
    return f"{layers:,} layer" if layers == 1 else f"{layers:,} layers"
