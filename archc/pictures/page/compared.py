"""Two networks as one page: what corresponds stands in the same row of both pictures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from archc.diff.compare import Diff
from archc.library.specs import Spec
from archc.pictures.comparison import PANES, can_be_aligned, compared
from archc.pictures.comparison_svg import pane_content
from archc.pictures.page.data import Content, page_data
from archc.pictures.page.page import Page, make_page, network_content, spec_lines, static_svg
from archc.pictures.page.told import ToldDifferences
from archc.pictures.picture import opened
from archc.pictures.svg import scene_content
from archc.report.diff import DiffSide, class_verdicts, classes_of, diff_heading, diff_table, diff_totals

_MOST_ROWS = 200
_SIGNED = 3
"""The columns of a row that are shown: the sign, the name, the text."""
_ABOUT = "about_compared.html.j2"


class Compared(NamedTuple):
    """One of the two networks."""

    side: DiffSide
    spec: Spec


class AboutCompared(NamedTuple):
    """What a page tells of two networks.

    Attributes:
        heading: why they differ, and how, in lines.
        verdicts: each class of differences, and what they mean for it.
        totals: what is counted, in both networks.
        rows: the sign, the name and the text of what differs; none of networks with little in common.
        more: how many rows are left out.
        unaligned: whether they are drawn each on its own.
    """

    heading: Sequence[str]
    verdicts: Sequence[Sequence[str]]
    totals: Sequence[Sequence[str]]
    rows: Sequence[Sequence[str]]
    more: int
    unaligned: bool


def compared_page(left: Compared, right: Compared, diff: Diff, levels: int | None = None) -> Page:
    """The page of two networks.

    Args:
        left: the network before.
        right: the network after.
        diff: what differs.
        levels: how many parts inside one another can be opened; all if None.

    Raises:
        SpecError: the page would be too large.
    """
    title = f"{left.side.name} → {right.side.name}"
    unaligned = not can_be_aligned(diff)
    contents, panes = _unaligned(left, right, diff, levels) if unaligned else _aligned(left, right, diff, levels)
    classes = ", ".join(classes_of(diff, ()))
    subtitle = f"{diff.reason} · {f'differs in {classes}' if classes else 'nothing differs'}"
    if unaligned:
        subtitle += " · too little corresponds to draw them in the same rows"
    return make_page(title, subtitle, page_data(*contents), panes, _ABOUT, _about(left, right, diff, unaligned))


def _about(left: Compared, right: Compared, diff: Diff, unaligned: bool) -> AboutCompared:
    table = diff_table(diff, 0, full=False)
    has_signs = diff.has_changes and not table.columns[0].title  # else it is one of both networks by their stages
    rows = [[cell.strip() for cell in row[:_SIGNED]] for row in table.rows] if has_signs else []
    return AboutCompared(
        heading=diff_heading(left.side, right.side, diff)[1:],
        verdicts=[[name, text.replace("`", "")] for name, text in class_verdicts(diff, ()).rows],
        totals=diff_totals(diff).rows,
        rows=rows[:_MOST_ROWS],
        more=max(0, len(rows) - _MOST_ROWS),
        unaligned=unaligned,
    )


# --- networks that do not correspond ---


def _unaligned(
    left: Compared, right: Compared, diff: Diff, levels: int | None
) -> tuple[list[Content], list[tuple[str, str]]]:
    contents, panes = [], []
    for one, graph in ((left, diff.left), (right, diff.right)):
        content, scene = network_content(graph, [one.spec], (), levels)
        svg = static_svg(scene_content(scene), scene.width, scene.height, one.side.name)
        contents.append(content)
        panes.append((one.side.name, svg))
    return contents, panes


# --- one layout of both ---


def _aligned(
    left: Compared, right: Compared, diff: Diff, levels: int | None
) -> tuple[list[Content], list[tuple[str, str]]]:
    both = compared(diff)
    content = Content(
        drawing=both.drawing,
        cards=[partial(both.card, side=side) for side in PANES],
        layers=both.graph.layers,
        fields={},
        facts=(),
        main=both.graph.main.name,
        lines=spec_lines([left.spec, right.spec]),
        opened=both.opened,
        levels=levels,
        has_sides=True,
        told=ToldDifferences(diff, both.graph.cut).of,
    )
    limit = opened(both.tree, len(both.tree.items) if levels is None else levels)
    panes = both.panes(both.opened & limit)
    shown = [
        (one.side.name, static_svg(pane_content(pane), pane.scene.width, pane.scene.height, one.side.name))
        for one, pane in zip((left, right), panes, strict=True)
    ]
    return [content], shown
