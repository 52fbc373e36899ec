"""Networks that differ have summaries that differ."""

from __future__ import annotations

import pytest

from archc.report.summary import summary_table
from tests.targets.networks import network

TEXT = """
archc: 1
name: a
input: [8]
layers:
"""
ROUNDS = "  - {for: i in range(2), do: [{Dense: 8}, ReLU]}\n"
ROWS = "  - {for: i in range(2), do: {Dense: 8}}\n  - {for: i in range(2), do: ReLU}\n"
LONG = "  - {for: i in range(2), do: [{Dense: 8}, {Dense: 8}, ReLU]}\n"
UNEVEN = "  - {for: i in range(2), do: {Dense: 8}}\n  - {for: i in range(2), do: [{Dense: 8}, ReLU]}\n"


@pytest.mark.parametrize(("one", "other"), [(ROUNDS, ROWS), (LONG, ROWS * 2), (LONG, UNEVEN), (ROUNDS, UNEVEN)])
def test_networks_that_differ_have_other_rows(one: str, other: str) -> None:
    tables = [summary_table(network(TEXT + layers).graph, full=False) for layers in (one, other)]
    assert [row[:2] for row in tables[0].rows] != [row[:2] for row in tables[1].rows]


def test_what_is_folded_is_a_whole_round() -> None:
    rows = summary_table(network(TEXT + "  - ReLU\n" + ROUNDS).graph, full=False)
    assert [(row[0][0], row[1]) for row in rows.rows[2:]] == [("┌", "Dense"), ("└", "ReLU")]
