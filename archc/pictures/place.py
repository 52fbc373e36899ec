"""The places of the boxes and lines of one item, from its plan and the sizes of the boxes.

`page/place.js` does the same, to the last integer: what changes here changes there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from archc.pictures.columns import LANE, Sizes, across, widest
from archc.pictures.plan import Box, Placed, PlacedLine, Plan, Segment
from archc.pictures.ports import wires
from archc.pictures.tracks import Route, routes

CHANNEL = 20
"""The height between two rows with one track."""
STRAIGHT_CHANNEL = 14
"""The height between two rows where all lines are straight."""
EMPTY_EDGE = 6
"""The height beside a row of ports where no line is."""
BELOW_TITLE = 6
"""Additional height below the tensors that enter."""
TRACK = 8
"""The distance of tracks."""
FIRST_TRACK = 6


def place(plan: Plan, boxes: Sequence[Box], least_width: int = 0) -> Placed:
    """Places the boxes and lines of an item.

    Args:
        plan: the order of the boxes.
        boxes: the size of each child, and where tensors enter and leave it.
        least_width: of the item; what is narrower stands in its middle.
    """
    sizes = Sizes(boxes)
    rows = across(plan, boxes)
    left, right = widest(rows, sizes)
    width = max(right - left, least_width)
    shift = (width - (right - left)) // 2 - left
    rows = [{entry: x + shift for entry, x in row.items()} for row in rows]
    channels = [
        routes(wires(links, rows[row], rows[row + 1], sizes, plan.joins), width) for row, links in enumerate(plan.links)
    ]
    heights = [max((sizes.height(entry) for entry in row), default=0) for row in plan.rows]
    tops = _tops(heights, channels)
    corners = {
        entry: (x, tops[row] + (heights[row] - sizes.height(entry)) // 2)
        for row, entries in enumerate(rows)
        for entry, x in entries.items()
        if entry >= 0
    }
    lines = [
        line for row in range(len(channels)) for line in _lines(row, plan, channels[row], tops, heights, corners, sizes)
    ]
    lines += _passing(rows, tops, heights)
    return Placed(
        width,
        tops[-1] + heights[-1],
        tuple(corners[child] for child in range(len(boxes))),
        {-1 - entry: x + LANE // 2 for entry, x in rows[0].items()},
        {-1 - entry: x + LANE // 2 for entry, x in rows[-1].items()},
        tuple(lines),
    )


def _tops(heights: Sequence[int], channels: Sequence[Sequence[Route]]) -> list[int]:
    """The upper edge of each row."""
    tops = [0]
    for row, channel in enumerate(channels):
        tracks = 1 + max((route.level for route in channel), default=-1)
        between = CHANNEL + (tracks - 1) * TRACK if tracks else STRAIGHT_CHANNEL
        if not channel and row in (0, len(channels) - 1):
            between = EMPTY_EDGE
        if row == 0 and len(channels) > 1:
            between += BELOW_TITLE
        tops.append(tops[row] + heights[row] + between)
    return tops


def _lines(
    row: int,
    plan: Plan,
    channel: Sequence[Route],
    tops: Sequence[int],
    heights: Sequence[int],
    corners: Mapping[int, tuple[int, int]],
    sizes: Sizes,
) -> Iterator[PlacedLine]:
    """The pieces between a row and the next."""
    sources = {net: top for net, top, _ in plan.links[row]}
    below = tops[row] + heights[row]

    def start(net: int) -> int:
        entry = sources[net]
        return below if entry < 0 else corners[entry][1] + sizes.height(entry)

    def end(entry: int) -> int:
        return tops[row + 1] if entry < 0 else corners[entry][1]

    def track(level: int) -> int:
        return below + FIRST_TRACK + level * TRACK

    for route in channel:
        if route.level < 0:
            x, entry = route.bottoms[0]
            yield PlacedLine(route.nets, (Segment(x, start(route.nets[0]), x, end(entry), entry >= 0),))
            continue
        y = track(route.level)
        pieces = []
        for x, net in route.tops:
            down = Segment(x, start(net), x, y, False)
            if len(route.nets) > 1:
                yield PlacedLine((net,), (down,))
            else:
                pieces.append(down)
        if route.joint is not None:
            x, level = route.joint
            pieces.append(Segment(x, track(level), x, y, False))
        if route.low < route.high:
            pieces.append(Segment(route.low, y, route.high, y, False))
        pieces += [Segment(x, y, x, end(entry), entry >= 0) for x, entry in route.bottoms]
        yield PlacedLine(route.nets, tuple(pieces))


def _passing(rows: Sequence[Mapping[int, int]], tops: Sequence[int], heights: Sequence[int]) -> Iterator[PlacedLine]:
    """The lines beside the boxes of each row."""
    for row, entries in enumerate(rows):
        if heights[row]:
            for entry, left in entries.items():
                if entry < 0:
                    x = left + LANE // 2
                    yield PlacedLine((-1 - entry,), (Segment(x, tops[row], x, tops[row] + heights[row], False),))
