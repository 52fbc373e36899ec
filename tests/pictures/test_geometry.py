"""The checks of a picture's geometry find what is planted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archc.pictures.item import IN, OUT
from archc.pictures.order import order
from archc.pictures.place import place
from archc.pictures.plan import Box, Placed, PlacedLine, Segment
from tests.pictures.generated import Case, faults
from tests.pictures.geometry import Piece, Rectangle, lines_in_boxes, outside, overlapping_boxes, overlapping_lines

LINKS = (
    *((0, IN, child) for child in range(4)),
    *((1 + child, child, 4 + child) for child in range(4)),
    (0, IN, 7),
    *((5 + child, 4 + child, 8) for child in range(4)),
    (9, 8, OUT),
)
BOXES = tuple(Box(90 + 3 * child, 30 + child, {child + 1: 45}) for child in range(9))
CASE = Case(LINKS, BOXES, frozenset([8]), (1,) * 9, 8, tuple(range(10)), 0)


@pytest.fixture
def placed() -> Placed:
    return place(order(9, LINKS, CASE.joins, CASE.weights, 8), BOXES)


def segments(placed: Placed) -> list[tuple[int, int]]:
    return [(row, column) for row, line in enumerate(placed.lines) for column in range(len(line.segments))]


def moved(point: tuple[int, int], by: tuple[int, int]) -> tuple[int, int]:
    return point[0] + by[0], point[1] + by[1]


def changed(placed: Placed, row: int, column: int, by: tuple[int, int] | None) -> Placed:
    """With a piece that is moved, or is not there."""
    line = placed.lines[row]
    piece = line.segments[column]
    kept = [] if by is None else [Segment(*moved(piece[:2], by), *moved(piece[2:4], by), piece.arrow)]
    mended = (*line.segments[:column], *kept, *line.segments[column + 1 :])
    return replace(placed, lines=(*placed.lines[:row], PlacedLine(line.nets, mended), *placed.lines[row + 1 :]))


def test_nothing_is_wrong_as_it_was_placed(placed: Placed) -> None:
    assert not faults(CASE, placed)


def test_each_deleted_piece_is_missed(placed: Placed) -> None:
    found = [faults(CASE, changed(placed, row, column, None)) for row, column in segments(placed)]
    assert found
    assert all(any("missing" in fault for fault in one) for one in found)


@pytest.mark.parametrize("by", [(7, 0), (0, 3)], ids=["aside", "down"])
def test_each_moved_piece_is_found(placed: Placed, by: tuple[int, int]) -> None:
    """But an arrow that is moved along the edge of its box is as right as it was."""
    for row, column in segments(placed):
        along = by[1] == 0 and placed.lines[row].segments[column].arrow
        assert along or faults(CASE, changed(placed, row, column, by))


@pytest.mark.parametrize("child", range(9))
def test_each_moved_box_is_found(placed: Placed, child: int) -> None:
    corners = list(placed.corners)
    corners[child] = corners[child][0] + 60, corners[child][1] + 20
    assert faults(CASE, replace(placed, corners=tuple(corners)))


OUTER = Rectangle("outer", 0, 0, 200, 100, bar=18)
INNER = Rectangle("inner", 20, 30, 60, 40, frame="outer")


def test_a_child_is_inside_its_frame_below_the_title() -> None:
    assert not overlapping_boxes([OUTER, INNER])
    assert overlapping_boxes([OUTER, INNER._replace(top=10)])
    assert overlapping_boxes([OUTER, INNER._replace(left=150)])
    assert overlapping_boxes([OUTER, INNER._replace(frame=None)])


def test_a_line_may_be_in_its_frame_alone() -> None:
    line = Piece(("a",), 100, 18, 100, 100, frame="outer")
    assert not lines_in_boxes([OUTER, INNER], [line])
    assert lines_in_boxes([OUTER, INNER], [line._replace(frame=None)])
    assert lines_in_boxes([OUTER, INNER], [line._replace(y1=10)])
    assert lines_in_boxes([OUTER, INNER], [line._replace(x1=50, x2=50)])
    assert not lines_in_boxes([OUTER, INNER], [line._replace(x1=20, x2=20)])


def test_lines_of_one_tensor_may_lie_on_one_another() -> None:
    one, other = Piece(("a",), 5, 0, 5, 20), Piece(("b",), 5, 19, 5, 30)
    assert overlapping_lines([one, other])
    assert not overlapping_lines([one, other], lambda _: "tensor")
    assert not overlapping_lines([one, other._replace(y1=20)])
    assert not overlapping_lines([one, other._replace(nets=("a", "b"))])


def test_what_leaves_the_picture_is_found() -> None:
    assert not outside([OUTER], [], 200, 100)
    assert outside([OUTER], [], 199, 100)
    assert outside([], [Piece(("a",), -1, 0, 5, 0)], 200, 100)
