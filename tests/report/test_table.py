"""Tables fitted to a width."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from archc.report.table import Column, Table, display_width, fitted_text, table_text, wrapped

TEXTS = st.text(alphabet="ab …界 ", max_size=60)


@given(TEXTS, st.integers(6, 40))
def test_no_line_is_wider_and_no_word_is_lost(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert all(display_width(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(st.lists(st.tuples(TEXTS, TEXTS, st.integers(0, 10**6)), min_size=1, max_size=4), st.integers(36, 100))
def test_a_table_is_not_wider(rows: list[tuple[str, str, int]], width: int) -> None:
    table = Table((Column("one"), Column("other"), Column("number", right=True)), [[*map(str, row)] for row in rows])
    assert all(display_width(line) <= width for line in fitted_text(table, width).split("\n"))


def test_a_table_that_fits_is_whole() -> None:
    table = Table(
        (Column("one"), Column("two", drop_order=1), Column("n", right=True)), [["a", "b", "10"], ["c", "", "9"]]
    )
    assert fitted_text(table, 12) == table_text(table) == "one  two   n\na    b    10\nc          9"
    assert fitted_text(table, 11) == "one   n\na    10\nc     9"


def test_a_cell_goes_on_in_the_next_line() -> None:
    table = Table((Column(), Column()), [["+", "  Conv2D  filters 64, kernel_size 3x3"]])
    assert fitted_text(table, 26) == "+    Conv2D  filters 64,\n       kernel_size 3x3"
