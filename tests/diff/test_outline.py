"""The outline of a diff: every layer once, each part once, and no part without layers."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archc
from archc.diff.compare import diff
from archc.diff.outline import OutlineLayer, OutlinePart, outline
from archc.ir.graph import Graph
from archc.report.diff_full import every_row
from archc.report.diff_rows import diff_rows

BLOCKS = "blocks:\n  norm: {layers: [BatchNormalization]}\n  outer: {layers: [{norm: {}}]}\n"
MERGE = "{Add: [[{norm: {}}, {norm: {}}], {outer: {}}]}"
LAYERS = {
    "a short branch": "[{Add: [{norm: {}}, {outer: {}}]}]",
    "a long branch": f"[{MERGE}]",
    "loops": f"[{{for: i in range(1), do: [{{for: j in range(2), do: [{MERGE}]}}]}}]",
    "a loop of blocks": "[{for: i in range(3), do: [{outer: {}}, {Add: [[], {outer: {}}]}]}]",
    "no block": "[BatchNormalization, BatchNormalization]",
}


def graph(folder: Path, layers: str) -> Graph:
    path = folder / "net.yaml"
    path.write_text(f"archc: 1\nname: a\ninput: [8, 8, 4]\n{BLOCKS}layers: {layers}\n", encoding="utf-8")
    return archc.load(str(path)).graph


def hold(left: Graph, right: Graph) -> None:
    """Holds the outline of two networks, and the rows made of it, to the layers of both."""
    found = diff(left, right)
    whole = outline(found)
    assert len(whole.layers()) == len(found.sequence)
    parts: list[OutlinePart] = []
    pending = [whole]
    while pending:
        part = pending.pop()
        assert part.items
        parts.append(part)
        pending += [item for item in part.items if not isinstance(item, OutlineLayer)]
    assert len({part.region for part in parts}) == len(parts)
    for rows in (diff_rows(found), every_row(found)):
        marks = [row.mark for row in rows]
        assert bool(set(marks) - {""}) == bool(found.changes or found.rewired)


@pytest.mark.parametrize(("one", "other"), [*permutations(LAYERS, 2)], ids=lambda pair: pair)
def test_parts_without_a_counterpart_keep_their_layers(tmp_path: Path, one: str, other: str) -> None:
    hold(graph(tmp_path, LAYERS[one]), graph(tmp_path, LAYERS[other]))


def steps() -> st.SearchStrategy[str]:
    """Steps in flow style: layers and blocks in loops, groups and branches."""
    step = st.sampled_from(["{norm: {}}", "{outer: {}}", "ReLU", "BatchNormalization"])
    forms = st.sampled_from(
        ["{for: i in range(2), do: [%s, %s]}", "{do: [%s, %s]}", "{Add: [[%s], [%s]]}", "{Add: [[%s, %s], []]}"]
    )
    return st.recursive(
        step, lambda inner: st.tuples(forms, inner, inner).map(lambda one: one[0] % one[1:]), max_leaves=6
    )


LISTS = st.lists(steps(), min_size=1, max_size=3).map(lambda found: f"[{', '.join(found)}]")


@given(LISTS, LISTS)
def test_no_part_is_empty(tmp_path_factory: pytest.TempPathFactory, one: str, other: str) -> None:
    folder = tmp_path_factory.mktemp("specs")
    hold(graph(folder, one), graph(folder, other))
