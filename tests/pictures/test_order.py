"""The order of boxes in rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import pytest
from hypothesis import given, settings

from archc.pictures.item import FRAME, IN, OUT
from archc.pictures.order import order
from archc.pictures.plan import Plan
from tests.cases import generated_cases
from tests.pictures.generated import Case, Link
from tests.pictures.generated import cases as generated


def ordered(count: int, links: Sequence[Link], joins: Sequence[int] = (), main: int | None = None) -> Plan:
    return order(count, links, frozenset(joins), [1] * count, main)


def crossings(plan: Plan) -> int:
    """Counted pair by pair."""
    found = 0
    for row, links in enumerate(plan.links):
        ends = [(plan.rows[row].index(top), plan.rows[row + 1].index(bottom)) for _, top, bottom in links]
        found += sum((a - c) * (b - d) < 0 for (a, b), (c, d) in combinations(ends, 2))
    return found


def chain(count: int) -> list[Link]:
    return [(0, IN, 0), *((child + 1, child, child + 1) for child in range(count - 1)), (count, count - 1, OUT)]


def test_a_chain_is_one_axis() -> None:
    plan = ordered(3, chain(3), main=2)
    assert plan.rows == ((-1,), (0,), (1,), (2,), (-4,))
    assert plan.spine == tuple(enumerate((-1, 0, 1, 2, -4)))
    assert plan.straight == ({0: (-1, 0)}, {1: (0, 1)}, {2: (1, 2)}, {-4: (2, 3)})


def test_a_chain_of_20_000() -> None:
    plan = ordered(20_000, chain(20_000), main=19_999)
    assert len(plan.rows) == len(plan.spine) == 20_002


def test_a_skip_is_on_the_right() -> None:
    plan = ordered(3, [*chain(3), (1, 0, 2)], joins=[2], main=2)
    assert plan.rows[2] == (1, -2)
    assert plan.straight[2] == {2: (1, 2)}
    assert plan.crossings == 0


def test_side_outputs_are_on_the_right_of_the_main_one() -> None:
    plan = ordered(5, [(0, 0, 1), (0, 0, 2), (1, 2, 3), (2, 1, 4)], main=3)
    assert plan.rows[2:4] == ((2, 1), (3, 4))
    assert [entry for _, entry in plan.spine] == [0, 2, 3]


def test_the_axis_leads_to_the_last_that_makes_what_leaves() -> None:
    """As an encoder that hands on what it makes at each size."""
    links = [(0, IN, 0), (1, 0, 1), (2, 1, 2), (3, 2, OUT), (2, 1, OUT), (1, 0, OUT)]
    plan = ordered(3, links)
    assert plan.rows == ((-1,), (0,), (1, -2), (2, -3, -2), (-4, -3, -2))
    assert [entry for _, entry in plan.spine] == [-1, 0, 1, 2]


def test_nested_skips_do_not_cross() -> None:
    depth = 5
    down = [(level, level, level + 1) for level in range(depth)]
    up = [(depth + level, depth + level, depth + level + 1) for level in range(depth)]
    skips = [(level, level, 2 * depth - level) for level in range(depth)]
    plan = ordered(2 * depth + 1, [*down, *up, *skips], main=2 * depth)
    assert plan.crossings == 0
    assert [entry for _, entry in plan.spine] == list(range(2 * depth + 1))
    assert all(row[0] >= 0 for row in plan.rows[1:-1])


def test_a_tensor_that_passes_a_row_is_there_once() -> None:
    plan = ordered(4, [(0, 0, 1), (0, 0, 2), (0, 0, 3), (1, 1, 2), (2, 2, 3)])
    assert plan.rows[2:4] == ((1, -1), (2, -1))
    assert [link for link in plan.links[2] if link.net == 0] == [(0, -1, -1), (0, -1, 2)]


def test_what_takes_nothing_stands_above_its_taker() -> None:
    plan = ordered(4, [(0, 0, 1), (1, 1, 2), (2, 3, 2)])
    assert plan.rows[2] == (1, 3)


def test_a_tensor_that_ends_at_the_frame_enters_and_has_no_line() -> None:
    plan = ordered(1, [(0, IN, 0), (1, IN, FRAME)])
    assert plan.rows == ((-1, -2), (0,), ())
    assert plan.links == (((0, -1, 0),), ())


def test_what_is_passed_through_has_an_entry_in_each_row() -> None:
    plan = ordered(1, [(0, IN, 0), (1, IN, OUT)])
    assert plan.rows == ((-1, -2), (0, -2), (-2,))


def test_what_gathers_branches_is_not_below_one_of_them() -> None:
    """Three branches of one, two and three boxes: the last box of the longest is alone in its row."""
    branches = [(0, IN, 0), (0, IN, 1), (0, IN, 3), (2, 1, 2), (4, 3, 4), (5, 4, 5)]
    plan = ordered(7, [*branches, (1, 0, 6), (3, 2, 6), (6, 5, 6), (7, 6, OUT)], joins=[6], main=6)
    assert [entry for _, entry in plan.spine] == [-1, 6, -8]
    assert 6 not in plan.straight[3]


def test_a_circle_is_refused() -> None:
    with pytest.raises(ValueError, match="circle"):
        ordered(2, [(0, 0, 1), (1, 1, 0)])


def test_an_empty_item() -> None:
    assert ordered(0, []).rows == ((), ())


def passing(case: Case, plan: Plan) -> Iterator[tuple[int, int]]:
    """The rows that each tensor must pass, by numbers of rows: between its source and the last that takes it."""
    row_of = {entry: row for row, entries in enumerate(plan.rows) for entry in entries if entry >= 0}
    row_of[OUT] = len(plan.rows) - 1
    for net, start, end in case.links:
        first = 0 if start == IN else row_of[start] + 1
        if start == IN:
            yield net, 0
        if end == OUT:
            yield net, row_of[OUT]
        if end != FRAME:
            yield from ((net, row) for row in range(first, row_of[end]))


@generated_cases(few=100, many=5000)
def test_generated_items(cases: int) -> None:
    @settings(max_examples=cases)
    @given(generated())
    def check(case: Case) -> None:
        plan = case.plan()
        assert plan == case.plan()
        children = [entry for row in plan.rows for entry in row if entry >= 0]
        assert sorted(children) == list(range(len(case.boxes)))
        lanes = {(-1 - entry, row) for row, entries in enumerate(plan.rows) for entry in entries if entry < 0}
        assert lanes == set(passing(case, plan))
        assert plan.crossings == crossings(plan)
        for row, straight in enumerate(plan.straight):
            ends = [(plan.rows[row].index(top), plan.rows[row + 1].index(low)) for low, (top, _) in straight.items()]
            assert all((a - c) * (b - d) > 0 for (a, b), (c, d) in combinations(ends, 2))
            assert all((net, top, low) in plan.links[row] for low, (top, net) in straight.items())

    check()
