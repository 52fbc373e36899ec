"""The layers of a diff as rows: a change that many parts have is one row, and unchanged layers are folded."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from archc.diff.changes import Diff
from archc.diff.outline import OutlineLayer, OutlinePart, outline
from archc.ir.shape import shape_text
from archc.report.diff_text import layer_text, layers_text, params_text

Item = OutlineLayer | OutlinePart
Pattern = tuple[tuple[str, str, str, tuple[str, ...]], ...]
"""The changes of a part without names and values: of each layer the mark, op, name in the part, and arguments."""


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


def diff_rows(diff: Diff, context: int = 1, *, full: bool = False) -> list[DiffRow]:
    """The rows of a diff.

    Args:
        diff: two networks compared.
        context: the number of unchanged layers or parts shown around a change.
        full: whether nothing is folded.
    """
    whole = outline(diff)
    return list(_Folding(whole, context, full).part(whole, 0, set()))


class _Folding:
    """How the rows of one diff are folded.

    Attributes:
        uses: how often each block is used.
        patterns: the parts that have each pattern of changes, by the block's name and the pattern.
    """

    def __init__(self, whole: OutlinePart, context: int, full: bool) -> None:
        self.context, self.full = context, full
        self.uses: Counter[str] = Counter()
        self.patterns: defaultdict[tuple[str, Pattern], list[OutlinePart]] = defaultdict(list)
        if not full:
            self.count(whole)

    def count(self, part: OutlinePart) -> None:
        """Counts the uses of blocks, and collects the parts of each pattern."""
        for item in part.items:
            if isinstance(item, OutlinePart):
                if word := _repeated_word(item):
                    self.uses[word] += 1
                    if item.marks() not in _UNIFORM:
                        self.patterns[word, _pattern(item)].append(item)
                self.count(item)

    def part(self, part: OutlinePart, depth: int, shown: set[tuple[str, Pattern]]) -> Iterator[DiffRow]:
        """The rows of a part's items; unchanged ones only near a change."""
        items = list(self.visible(part))
        differs = [bool(item.marks() - {""}) for item in items]
        hidden: list[Item] = []
        place = 0
        while place < len(items):
            item = items[place]
            near = any(differs[max(0, place - self.context) : place + self.context + 1])
            if not differs[place] and not (near or self.full):
                hidden.append(item)
                place += 1
                continue
            yield from _unchanged_row(hidden, depth)
            hidden = []
            run = self.run(items, place)
            if len(run) > 1:
                yield _uniform_row(run, depth)
            else:
                yield from self.item(item, depth, shown)
            place += len(run)
        yield from _unchanged_row(hidden, depth)

    def run(self, items: Sequence[Item], place: int) -> list[Item]:
        """Equal parts, one after the other, that are all added or all removed."""
        first = items[place]
        found = [first]
        if self.full or isinstance(first, OutlineLayer) or first.marks() not in ({"+"}, {"-"}):
            return found
        for item in items[place + 1 :]:
            if isinstance(item, OutlineLayer) or item.marks() != first.marks() or _ops(item) != _ops(first):
                break
            found.append(item)
        return found

    def item(self, item: Item, depth: int, shown: set[tuple[str, Pattern]]) -> Iterator[DiffRow]:
        """The rows of a layer or a part."""
        if isinstance(item, OutlineLayer):
            params = params_text([item])
            yield DiffRow(item.mark, depth, item.node.name, layer_text(item), shape_text(item.node.shape), params)
            return
        if item.marks() in _UNIFORM and not self.full:
            yield _uniform_row([item], depth)
            return
        key = self.pattern(item)
        if key is not None:
            if key not in shown:
                shown.add(key)
                yield from self.pattern_rows(item, key, depth)
            return
        inner = list(self.part(item, depth + 1, shown))
        if any(row.mark for row in inner):
            yield DiffRow("", depth, _name(item), _kind(item))
            yield from inner
        else:
            what = f"{_kind(item)}, {_count_text(len(item.layers()))}, the same there"
            yield DiffRow("", depth, _name(item), what, shape_text(item.last.shape))

    def pattern(self, part: OutlinePart) -> tuple[str, Pattern] | None:
        """The key of a pattern of changes that several parts have."""
        word = _repeated_word(part)
        key = (word, _pattern(part))
        return key if word and len(self.patterns.get(key, ())) > 1 else None

    def pattern_rows(self, part: OutlinePart, key: tuple[str, Pattern], depth: int) -> Iterator[DiffRow]:
        """The rows of a pattern: how many parts have it, then each change with the range of its values."""
        parts, word = self.patterns[key], key[0]
        what = f"in {len(parts)} of {self.uses[word]} {word}{'s' if word == 'round' else ' blocks'}"
        yield DiffRow("", depth, _name(part) or f"{parts[0].first.name} … {parts[-1].first.name}", what)
        for layers in zip(*([layer for layer in one.layers() if layer.mark] for one in parts), strict=True):
            name = _name_inside(layers[0], parts[0]) or layers[0].node.name
            params = params_text(layers)
            yield DiffRow(
                layers[0].mark, depth + 1, name, layers_text(layers), "", f"{params} in all" if params else ""
            )

    def visible(self, part: OutlinePart) -> Iterator[Item]:
        """The items that have rows: a part without a title is replaced by its items, except for a pattern."""
        for item in part.items:
            if isinstance(item, OutlinePart) and _is_untitled(item) and (self.full or self.pattern(item) is None):
                yield from self.visible(item)
            else:
                yield item


_UNIFORM = ({"+"}, {"-"}, {""})
"""The marks of a part that is added, removed or unchanged as a whole."""


def _pattern(part: OutlinePart) -> Pattern:
    return tuple(
        (
            layer.mark,
            layer.node.op.op_name,
            _name_inside(layer, part),
            tuple(layer.change.fields if layer.change else ()),
        )
        for layer in part.layers()
        if layer.mark
    )


def _name_inside(layer: OutlineLayer, part: OutlinePart) -> str:
    """The name of a layer without the prefix of its part; empty where the part has none."""
    prefix = part.region.prefix if part.region is not None else ""
    return layer.node.name.removeprefix(prefix) if prefix else ""


def _is_untitled(part: OutlinePart) -> bool:
    region = part.region
    return region is None or not region.title or region.kind == "branch"


def _repeated_word(part: OutlinePart) -> str:
    """The word for parts that repeat: the block's name, or `round`; empty for other parts."""
    region = part.region
    if region is None or region.kind not in ("block", "round"):
        return ""
    if region.kind == "block":
        return region.word
    plain = all(
        isinstance(item, OutlineLayer) or (_kind(item) != "loop" and item.marks() == {""}) for item in part.items
    )
    return "round" if plain else ""


def _ops(part: OutlinePart) -> list[str]:
    return [layer.node.op.op_name for layer in part.layers()]


def _name(item: Item) -> str:
    if isinstance(item, OutlineLayer):
        return item.node.name
    return "" if item.region is None else item.region.name or item.region.title


def _kind(item: Item) -> str:
    if isinstance(item, OutlineLayer) or item.region is None:
        return ""
    return item.region.word if item.region.kind == "block" else item.region.kind


def _range_of_names(items: Sequence[Item]) -> str:
    return _name(items[0]) if len(items) == 1 else f"{_name(items[0])} … {_name(items[-1])}"


def _uniform_row(items: Sequence[Item], depth: int) -> DiffRow:
    """One row for equal parts, each added, removed or unchanged as a whole."""
    layers = [layer for item in items for layer in item.layers()]
    times = f"{len(items)} × {_kind(items[0])}" if len(items) > 1 else _kind(items[0])
    what = f"{times}, {_count_text(len(layers) // len(items))}{' each' if len(items) > 1 else ''}"
    shape = shape_text(layers[-1].node.shape)
    return DiffRow(layers[0].mark, depth, _range_of_names(items), what, shape, params_text(layers))


def _unchanged_row(items: Sequence[Item], depth: int) -> Iterator[DiffRow]:
    """One row for unchanged items far from any change; none for no items."""
    if items:
        layers = sum(len(item.layers()) for item in items)
        yield DiffRow("", depth, _range_of_names(items), f"{_count_text(layers)} unchanged")


def _count_text(layers: int) -> str:
    return f"{layers:,} layer" if layers == 1 else f"{layers:,} layers"
