"""Two networks as one page: what corresponds stands in the same row of both pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archc.diff.compare import Diff
from archc.diff.reason import common_share
from archc.library.specs import Spec
from archc.pictures.drawn import Sides
from archc.pictures.item import View
from archc.pictures.page.both_cards import BothCards, side_content
from archc.pictures.page.data import Content, page_data
from archc.pictures.page.page import Page, make_page, network_content, spec_lines, static_svg
from archc.pictures.page.told import ToldDifferences
from archc.pictures.picture import Drawing, opened
from archc.pictures.svg import scene_content
from archc.pictures.union import union
from archc.pictures.view import view
from archc.report.diff import DiffSide, class_verdicts, classes_of, diff_heading, diff_table, diff_totals

LEAST_COMMON = 1 / 3
"""The share of layers with counterparts below which two networks are not drawn in the same rows."""
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
    unaligned = common_share(diff) < LEAST_COMMON
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
    network = union(diff)
    cards = BothCards(network, view(network), diff)
    drawing = Drawing(cards.tree, cards.whole)
    shown = differing_parts(cards.tree)
    content = Content(
        drawing=drawing,
        cards=(cards.left, cards.right),
        layers=network.layers,
        fields={},
        facts=(),
        main=network.main.name,
        lines=spec_lines([left.spec, right.spec]),
        opened=shown,
        levels=levels,
        has_sides=True,
        told=ToldDifferences(diff, network.cut).of,
    )
    limit = opened(cards.tree, len(cards.tree.items) if levels is None else levels)
    scene = drawing.scene(shown & limit)
    panes = []
    for place, (one, side) in enumerate(((left, Sides.LEFT), (right, Sides.RIGHT))):
        inside = side_content(scene, cards.tree, side, content.cards[place], place)
        panes.append((one.side.name, static_svg(inside, scene.width, scene.height, one.side.name)))
    return [content], panes


def differing_parts(tree: View) -> frozenset[int]:
    """The parts that are open at first: those that differ inside, but of blocks that differ alike only the first."""
    found: set[int] = set()
    told: set[tuple[object, ...]] = set()
    for item in tree.items:
        marks = {layer.mark for layer in item.layers}
        if item.kind != "part" or not item.children or len(marks) == 1:
            continue
        differing = tuple((layer.node.op.op_name, layer.mark) for layer in item.rounds[0] if layer.mark)
        if item.word and (item.word, differing) in told:
            continue
        told.add((item.word, differing))
        found.add(item.number)
    return frozenset(found)
