"""The main path of a network as prisms: the sides by the logarithm of the sizes, the width by that of the channels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log2
from typing import NamedTuple

from archc.diagnostics import SpecError
from archc.ir.shape import UNKNOWN_SHAPE, Shape, Size
from archc.pictures.cards import DETAIL_SIZE, Card, shape_of
from archc.pictures.item import Item
from archc.pictures.picture import Drawing
from archc.pictures.text_width import fitted, text_width
from archc.pictures.wording import shape_words

_FEWEST_PRISMS, _MOST_PRISMS, _MOST_REPEATS = 3, 40, 6
GAP, LABEL_LINE, ARC_HEIGHT, ARC_MARGIN = 3, 13, 12, 14
_COLUMN_GAP, _LABEL_WIDTH = 14, 84
_UNKNOWN = 31
"""The size that one is drawn as that is known only at run time."""


class Prism(NamedTuple):
    """The front, in pixels, and how far it recedes, which is 0 for what is flat."""

    width: int
    height: int
    depth: int


@dataclass(frozen=True)
class Column:
    """What is drawn of an item, with its labels below.

    Attributes:
        items: the item, and a merge directly behind it.
        count: of prisms that touch one another.
    """

    items: tuple[Item, ...]
    card: Card
    prism: Prism
    count: int
    labels: tuple[str, ...]
    shape: str

    @property
    def body(self) -> int:
        """The width of the prisms."""
        return self.count * self.prism.width + (self.count - 1) * GAP + self.prism.depth

    @property
    def room(self) -> int:
        """The width of the prisms or the labels, whichever is wider."""
        wide = [text_width(self.shape, DETAIL_SIZE), *(text_width(one, DETAIL_SIZE, bold=True) for one in self.labels)]
        return max(self.body, *wide) + _COLUMN_GAP


class Arc(NamedTuple):
    """A tensor that runs past prisms, from one column to another, at a level counted from the lowest."""

    start: int
    end: int
    level: int


class Figure(NamedTuple):
    """Columns with their left edges, in pixels, and what runs past them."""

    columns: Sequence[Column]
    edges: Sequence[int]
    arcs: Sequence[Arc]

    @property
    def width(self) -> int:
        """Of the whole."""
        return self.edges[-1] + self.columns[-1].room

    @property
    def middle(self) -> int:
        """The height at which the arrows between prisms are."""
        top = ARC_MARGIN + ARC_HEIGHT * (1 + max((arc.level for arc in self.arcs), default=-1))
        return top + self.tallest // 2

    @property
    def tallest(self) -> int:
        """The height of the highest prism."""
        return max(column.prism.height + column.prism.depth for column in self.columns)


def figure(drawing: Drawing) -> Figure:
    """The prisms of a network, in a row.

    Raises:
        SpecError: they are too few or too many for a figure.
    """
    path = _main_path(drawing)
    columns = _columns(_with_merges(path, drawing), drawing)
    prisms = sum(column.count for column in columns)
    if not _FEWEST_PRISMS <= prisms <= _MOST_PRISMS:
        message = f"the main path has {prisms:,} prisms, and a figure from {_FEWEST_PRISMS} to {_MOST_PRISMS}"
        raise SpecError.of("usage", message, None, "the style `blocks` draws any network")
    edges = [0]
    for column in columns[:-1]:
        edges.append(edges[-1] + column.room)
    return Figure(columns, edges, _arcs(drawing.view.root, columns))


# --- what is drawn ---


def _main_path(drawing: Drawing) -> list[Item]:
    """The items that everything on the way to the main output passes, without outputs and layers of one line."""
    root = drawing.view.root
    items = [root.children[entry] for _, entry in drawing.plan(root).spine if entry >= 0]
    return [item for item in items if item.kind != "output" and not _is_slim(item, drawing)]


def _is_slim(item: Item, drawing: Drawing) -> bool:
    return item.kind == "layer" and drawing.card(item).kind in ("normalization", "plain") and _keeps_shape(item)


def _keeps_shape(item: Item) -> bool:
    assert item.layer is not None
    return any(net.source.shape == item.layer.shape for net in item.layer.inputs)


def _with_merges(path: Sequence[Item], drawing: Drawing) -> list[tuple[Item, ...]]:
    """The items, each with a merge that takes its output at the same resolution."""
    groups: list[tuple[Item, ...]] = []
    places = {child: place for place, child in enumerate(drawing.view.root.children)}
    follows = {(link.start, link.end) for link in drawing.view.root.links}
    for item in path:
        last = groups[-1][-1] if groups else None
        is_merge = item.kind == "layer" and drawing.card(item).kind == "merge"
        takes = last is not None and (places[last], places[item]) in follows
        if last is not None and is_merge and takes and last.kind != "input" and _same_resolution(last, item):
            groups[-1] = (*groups[-1], item)
        else:
            groups.append((item,))
    return groups


def _same_resolution(first: Item, second: Item) -> bool:
    return shape_of(first)[:-1] == shape_of(second)[:-1]


def _columns(groups: Sequence[tuple[Item, ...]], drawing: Drawing) -> list[Column]:
    shapes = [shape_of(items[-1]) for items in groups]
    images = [_image(shape) for shape in shapes]
    most = max((prism.height + prism.depth for prism in images if prism is not None), default=None)
    columns = []
    for items, shape, image in zip(groups, shapes, images, strict=True):
        prism = image or _flat(shape, most)
        made = drawing.card(items[0])
        count = min(items[0].times, _MOST_REPEATS)
        labels = tuple(_wrapped(_name(items, drawing)))
        columns.append(Column(items, made, prism, count, labels, shape_words(shape)))
    return columns


def _name(items: Sequence[Item], drawing: Drawing) -> str:
    """The op of a layer, the block of a part; with a merge behind it, both."""
    first, *merges = items
    made = drawing.card(first)
    name = "input" if first.kind == "input" else first.word or made.lines[0]
    parts = [f"{name} {made.badge}".rstrip(), *(drawing.card(merge).lines[0] for merge in merges)]
    return " + ".join(parts)


def _image(shape: Shape) -> Prism | None:
    """The prism of an output with height, width and channels; None where it has fewer axes."""
    if shape == UNKNOWN_SHAPE or len(shape) < 3:
        return None
    height, width, channels = shape[-3:]
    return Prism(_thickness(channels), _side(height), round(_side(width) * 0.38))


def _flat(shape: Shape, most: int | None) -> Prism:
    """What has no height and width; it is not taller than any image."""
    size = shape[0] if shape and shape != UNKNOWN_SHAPE else 1
    tall = max(6, round(7 * _bits(size)))
    thick = _thickness(shape[-1]) if len(shape) > 1 else 8
    return Prism(thick, tall if most is None else min(tall, most), 0)


def _side(size: Size) -> int:
    return max(6, round(13 * _bits(size)))


def _thickness(channels: Size) -> int:
    return max(4, round(3.2 * _bits(channels)))


def _bits(size: Size) -> float:
    return log2((_UNKNOWN if size is None else size) + 1)


def _wrapped(label: str) -> Iterator[str]:
    """Lines that are not wider than a label, as far as words allow; a longer word is cut in its middle."""
    line = ""
    for word in label.split(" "):
        longer = f"{line} {word}".strip()
        if line and text_width(longer, DETAIL_SIZE, bold=True) > _LABEL_WIDTH:
            yield line
            longer = word
        line = fitted(longer, DETAIL_SIZE, _LABEL_WIDTH, bold=True)
    yield line


def _arcs(root: Item, columns: Sequence[Column]) -> list[Arc]:
    """The tensors that run past a column at least, the shortest lowest."""
    places = {item: place for place, column in enumerate(columns) for item in column.items}
    numbered = [places.get(child) for child in root.children]
    pairs = {
        (start, end)
        for link in root.links
        if link.start >= 0 and link.end >= 0
        for start, end in [(numbered[link.start], numbered[link.end])]
        if start is not None and end is not None and end > start + 1
    }
    found: list[Arc] = []
    for start, end in sorted(pairs, key=lambda pair: (pair[1] - pair[0], pair)):
        taken = {arc.level for arc in found if arc.start < end and start < arc.end}
        found.append(Arc(start, end, next(level for level in range(len(pairs)) if level not in taken)))
    return found
