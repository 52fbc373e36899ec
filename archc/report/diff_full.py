"""Every layer of a diff as a row, with other names and other spellings."""

from __future__ import annotations

from collections.abc import Iterator

from archc.diff.compare import Diff
from archc.diff.outline import FOLLOWS, OutlineLayer, OutlinePart, outline
from archc.ir.shape import shape_text
from archc.report.diff_row import DiffRow
from archc.report.diff_text import growth_text, layer_text
from archc.report.values import op_in_words


def every_row(diff: Diff) -> list[DiffRow]:
    """The rows of all layers of a diff; nothing is folded."""
    notes = {id(right): f"was called {left.name}" for left, right in diff.renamed}
    for left, right in diff.respelled:
        written = ", ".join(f"{node.name} ({op_in_words(node.op)})" for node in left)
        last = id(right[-1])
        notes[last] = "; ".join([*([notes[last]] if last in notes else []), f"was written as {written}"])
    return list(_part_rows(diff, outline(diff), 0, notes))


def _part_rows(diff: Diff, part: OutlinePart, depth: int, notes: dict[int, str]) -> Iterator[DiffRow]:
    for item in part.items:
        if isinstance(item, OutlineLayer):
            yield _layer_row(diff, item, depth, part.prefix, notes.get(id(item.node), ""))
        elif not item.has_title:
            yield from _part_rows(diff, item, depth, notes)
        else:
            yield DiffRow("", depth, item.title, item.kind if item.kind != item.title else "")
            yield from _part_rows(diff, item, depth + 1, notes)


def _layer_row(diff: Diff, layer: OutlineLayer, depth: int, prefix: str, note: str) -> DiffRow:
    text = "; ".join([layer_text(layer, diff.counterparts, prefix), *([note] if note else [])])
    mark, shape = layer.mark.replace(FOLLOWS, ""), shape_text(layer.node.shape)
    return DiffRow(mark, depth, layer.node.name, text, shape, growth_text([layer]))
