"""The order of rows, the first of them, and the Pareto front."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archc.diagnostics import SpecError
from archc.sweeps.selection import Selection, in_order, pareto_front, read_keys, read_selection
from archc.sweeps.variants import Row

COLUMNS = ("a", "b", "c")
NUMBER = st.one_of(st.integers(0, 6), st.none(), st.just("x"))
ROWS = st.lists(st.tuples(NUMBER, NUMBER, NUMBER), max_size=25).map(
    lambda values: [Row(number, row) for number, row in enumerate(values)]
)


@given(ROWS)
def test_the_pareto_front_is_what_no_row_dominates(rows: list[Row]) -> None:
    keys = read_keys("--pareto", "a,b:max,c:min", COLUMNS)
    numbers = {row.number: row.values for row in rows if all(type(value) is int for value in row.values)}

    def dominates(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
        pairs = [(one[0], other[0]), (-one[1], -other[1]), (one[2], other[2])]
        return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)

    front = [n for n, values in numbers.items() if not any(dominates(other, values) for other in numbers.values())]
    assert [row.number for row in pareto_front(rows, keys)] == front


@given(ROWS)
def test_rows_are_ordered_by_columns_and_unknown_figures_are_last(rows: list[Row]) -> None:
    ordered = in_order(rows, read_keys("--sort", "a:max,b", COLUMNS))
    assert sorted(row.number for row in ordered) == [*range(len(rows))]
    numbers = [row.values[0] for row in ordered]
    known = [value for value in numbers if type(value) is int]
    assert numbers[: len(known)] == sorted(known, reverse=True)
    assert not numbers or None not in numbers[: len(numbers) - numbers.count(None)]
    for one, other in pairwise(ordered):
        if one.values[0] == other.values[0] and one.values[1] == other.values[1]:
            assert one.number < other.number


def test_the_front_comes_first_then_the_order_then_the_number() -> None:
    rows = [Row(0, (3, 1, 0)), Row(1, (1, 3, 0)), Row(2, (2, 2, 0)), Row(3, (3, 3, 0))]
    selection = read_selection("a", "a,b", 2, COLUMNS)
    assert [row.number for row in selection.of(rows)] == [1, 2]
    assert Selection().of(rows) == rows


@pytest.mark.parametrize("text", ["d", "a,", "a:least", "-a", ""])
def test_a_column_that_is_none(text: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_keys("--sort", text, COLUMNS)
    assert caught.value.first.code == "usage"
