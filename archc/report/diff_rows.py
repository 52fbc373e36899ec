"""The layers of a diff as rows: what repeats is told once, and what is unchanged is folded."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from archc.analysis import cost
from archc.diff.changes import Diff
from archc.diff.outline import Line, Section, outline
from archc.ir.graph import Node
from archc.report import diff_patterns as patterns
from archc.report import figures
from archc.report.diff_patterns import Signature
from archc.report.diff_words import described, fields, takes


class Row(NamedTuple):
    """A row of the diff.

    Attributes:
        mark: `+`, `-`, `~`, `>`, `!`; empty where nothing differs.
        depth: of the part that it stands in.
        name: of the layer or part; of the first and the last where several are folded.
        what: the op with its arguments, what changed, or what is folded.
        shape: of what it leaves; empty where it does not matter.
        params: the learned weights that it adds or takes; empty where there are none.
    """

    mark: str
    depth: int
    name: str
    what: str
    shape: str = ""
    params: str = ""


class Outline:
    """The rows of one diff.

    Attributes:
        context: how many unchanged layers or parts are shown around what differs.
        told: for each block, how often each pattern of changes is in it, and how many uses it has.
    """

    def __init__(self, diff: Diff, context: int, full: bool) -> None:
        self.diff, self.context, self.full = diff, context, full
        self.whole = outline(diff)
        self.uses: Counter[str] = Counter()
        self.patterns: defaultdict[tuple[str, Signature], list[Section]] = defaultdict(list)
        if not full:
            self.count(self.whole)

    def count(self, section: Section) -> None:
        """Counts the uses of blocks, and the patterns of changes in them."""
        for item in section.items:
            if isinstance(item, Section):
                if word := _repeats(item):
                    self.uses[word] += 1
                    if item.marks() not in _WHOLE:
                        self.patterns[word, patterns.signature(item)].append(item)
                self.count(item)

    def rows(self) -> list[Row]:
        """All rows."""
        return list(self.section(self.whole, 0, set()))

    def section(self, section: Section, depth: int, told: set[tuple[str, Signature]]) -> Iterator[Row]:
        """The rows of what is in a part; what is unchanged only near what differs."""
        items = list(self.visible(section))
        differs = [bool(_marks(item) - {""}) for item in items]
        hidden: list[Line | Section] = []
        place = 0
        while place < len(items):
            item = items[place]
            near = any(differs[max(0, place - self.context) : place + self.context + 1])
            if not differs[place] and not (near or self.full):
                hidden.append(item)
                place += 1
                continue
            yield from _folded(hidden, depth)
            hidden = []
            run = self.run(items, place)
            if len(run) > 1:
                yield _several(run, depth)
            else:
                yield from self.item(item, depth, told)
            place += len(run)
        yield from _folded(hidden, depth)

    def run(self, items: Sequence[Line | Section], place: int) -> list[Line | Section]:
        """Equal parts, one after the other, that are all added or all removed."""
        first = items[place]
        if self.full or isinstance(first, Line) or _marks(first) not in ({"+"}, {"-"}):
            return [first]
        found: list[Line | Section] = [first]
        for item in items[place + 1 :]:
            if isinstance(item, Line) or _marks(item) != _marks(first) or _ops(item) != _ops(first):
                break
            found.append(item)
        return found

    def item(self, item: Line | Section, depth: int, told: set[tuple[str, Signature]]) -> Iterator[Row]:
        """The rows of a layer or a part."""
        if isinstance(item, Line):
            yield _layer(item, depth)
            return
        marks = _marks(item)
        if marks in _WHOLE and not self.full:
            yield _several([item], depth)
            return
        key = self.pattern(item)
        if key is not None:
            if key not in told:
                told.add(key)
                same, word = self.patterns[key], key[0]
                what = f"in {len(same)} of {self.uses[word]} {word}{'s' if word == 'round' else ' blocks'}"
                ends = f"{same[0].first.name} … {same[-1].first.name}"
                yield Row("", depth, _name(item) or ends, what)
                for told_once in patterns.told(same):
                    yield Row(told_once.mark, depth + 1, told_once.name, told_once.what, "", told_once.params)
            return
        inner = list(self.section(item, depth + 1, told))
        if any(row.mark for row in inner):
            yield Row("", depth, _name(item), _kind(item))
            yield from inner
        else:
            layers = _layers(len(item.lines()))
            yield Row("", depth, _name(item), f"{_kind(item)}, {layers}, the same there", figures.size(item.last.shape))

    def pattern(self, section: Section) -> tuple[str, Signature] | None:
        """The key of a pattern of changes that several parts have."""
        word = _repeats(section)
        key = (word, patterns.signature(section))
        return key if word and len(self.patterns.get(key, ())) > 1 else None

    def visible(self, section: Section) -> Iterator[Line | Section]:
        """What a reader sees in a part: parts without a title are seen through, but for patterns."""
        for item in section.items:
            through = isinstance(item, Section) and _untitled(item) and (self.full or self.pattern(item) is None)
            if isinstance(item, Section) and through:
                yield from self.visible(item)
            else:
                yield item


def rows(diff: Diff, context: int = 1, *, full: bool = False) -> list[Row]:
    """The rows of a diff.

    Args:
        diff: two networks compared.
        context: how many unchanged layers or parts are shown around what differs.
        full: whether nothing is folded.
    """
    return Outline(diff, context, full).rows()


_WHOLE = ({"+"}, {"-"}, {""})


def _untitled(section: Section) -> bool:
    region = section.region
    return region is None or not region.title or region.kind == "branch"


def _repeats(section: Section) -> str:
    """What repeated parts are called: the block's name, or `round`; empty for others."""
    region = section.region
    if region is not None and region.kind == "block":
        return region.word
    plain = all(isinstance(item, Line) or (_kind(item) != "loop" and item.marks() == {""}) for item in section.items)
    return "round" if region is not None and region.kind == "round" and plain else ""


def _marks(item: Line | Section) -> set[str]:
    return {item.mark} if isinstance(item, Line) else item.marks()


def _ops(section: Section) -> list[str]:
    return [line.node.op.op_name for line in section.lines()]


def _name(item: Line | Section) -> str:
    if isinstance(item, Line):
        return item.node.name
    region = item.region
    return "" if region is None else region.name or region.title


def _kind(section: Section) -> str:
    region = section.region
    return "" if region is None else region.word if region.kind == "block" else region.kind


def _nodes(items: Sequence[Line | Section]) -> list[Node]:
    return [line.node for item in items for line in ([item] if isinstance(item, Line) else item.lines())]


def _several(items: list[Line | Section], depth: int) -> Row:
    """One row for parts that are alike, each added, removed or unchanged as a whole."""
    first, last = items[0], items[-1]
    mark = next(iter(_marks(first)))
    nodes = _nodes(items)
    name = _name(first) if len(items) == 1 else f"{_name(first)} … {_name(last)}"
    kind = _kind(first) if isinstance(first, Section) else ""
    times = f"{len(items)} × {kind}" if len(items) > 1 else kind
    layers = len(nodes) // len(items)
    each = " each" if len(items) > 1 else ""
    what = f"{times}, {_layers(layers)}{each}"
    return Row(mark, depth, name, what, figures.size(nodes[-1].shape), _delta(mark, nodes))


def _folded(items: list[Line | Section], depth: int) -> Iterator[Row]:
    """One row for what is unchanged and far from what differs."""
    if items:
        nodes = _nodes(items)
        ends = _name(items[0]) if len(items) == 1 else f"{_name(items[0])} … {_name(items[-1])}"
        yield Row("", depth, ends, f"{_layers(len(nodes))} unchanged")


def _layers(count: int) -> str:
    return f"{count:,} layer" if count == 1 else f"{count:,} layers"


def _layer(line: Line, depth: int) -> Row:
    """The row of a layer."""
    node, shape = line.node, figures.size(line.node.shape)
    if line.mark in ("~", ">") and line.change is not None:
        what = f"{node.op.op_name}  {fields(line.change.fields)}" if line.change.fields else f"{node.op.op_name}  moved"
        return Row(line.mark, depth, node.name, what, shape, _difference(line))
    if line.mark == "!" and line.rewired is not None:
        return Row("!", depth, node.name, takes(line.rewired.before, line.rewired.after), shape)
    what = described(node.op) if line.mark else node.op.op_name
    return Row(line.mark, depth, node.name, what, shape, _delta(line.mark, [node]))


def _delta(mark: str, nodes: Sequence[Node]) -> str:
    params = cost.params(nodes)
    return f"{mark}{params:,}" if params and mark in ("+", "-") else ""


def _difference(line: Line) -> str:
    change = line.change
    if change is None or change.left is None or change.right is None:
        return ""
    grown = cost.node_params(change.right) - cost.node_params(change.left)
    return f"{grown:+,}" if grown else ""
