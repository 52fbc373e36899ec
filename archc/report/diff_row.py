"""A row of a diff, and rows for several parts or layers in a row."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from archc.diff.outline import Item, OutlineLayer, OutlinePart
from archc.ir.shape import shape_text
from archc.report.diff_names import part_name, range_text
from archc.report.diff_text import Counterparts, growth_text, layers_text
from archc.report.values import op_in_words

SHORT = 4
"""The most layers of a part that are written out in one row, and of layers with one edit that have their own rows."""


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


def run_row(run: Sequence[Item], depth: int, counterparts: Counterparts) -> DiffRow:
    """One row for equal parts in a row, or for layers with one edit."""
    layers = [item for item in run if isinstance(item, OutlineLayer)]
    if not layers:
        return uniform_row(run, depth)
    names = range_text([layers[0].node.name, layers[-1].node.name])
    text = f"{layers_text(layers, counterparts)}  ×{len(layers):,}"
    return DiffRow(layers[0].mark, depth, names, text, "", in_all_parts(layers))


def uniform_row(items: Sequence[Item], depth: int) -> DiffRow:
    """One row for equal parts, each added, removed or unchanged as a whole."""
    layers = [layer for item in items for layer in item.layers()]
    kind = items[0].kind if isinstance(items[0], OutlinePart) else ""
    times = f"{len(items)} × {kind}" if len(items) > 1 else kind
    what = f"{times}, {count_text(len(layers) // len(items))}{' each' if len(items) > 1 else ''}"
    mark = layers[0].mark if len({layer.mark for layer in layers}) == 1 else ""
    if mark and len(items[0].layers()) <= SHORT:
        texts = [(text, len(list(group))) for text, group in groupby(op_in_words(n.node.op) for n in items[0].layers())]
        what += f": {'; '.join(text if count == 1 else f'{count} × {text}' for text, count in texts)}"
    ends = (items[0], items[-1]) if len(items) > 1 or _is_named(items[0]) else (layers[0], layers[-1])
    names = range_text([part_name(end) for end in ends])
    return DiffRow(mark, depth, names, what, shape_text(layers[-1].node.shape), growth_text(layers) if mark else "")


def in_all_parts(layers: Sequence[OutlineLayer]) -> str:
    """The learned weights that several layers add or remove together."""
    growth = growth_text(layers)
    return f"{growth} in all" if growth else ""


def count_text(layers: int) -> str:
    """The number of layers."""
    return f"{layers:,} layer" if layers == 1 else f"{layers:,} layers"


def _is_named(item: Item) -> bool:
    return isinstance(item, OutlinePart) and item.region is not None and bool(item.region.name)
