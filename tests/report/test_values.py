"""Values in a report: with their class, and tables by their rows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from archc.diff.json_document import value_document
from archc.report.diff import diff_table
from archc.report.values import argument_text, op_in_words, parameter_changes
from tests.targets.networks import network

ROWS = [{"t": 1, "c": 16}, {"t": 6, "c": 24}, {"t": 6, "c": 64}]
DENSE = "archc: 1\nname: a\ninput: [8]\nlayers:\n  - Dense: {units: 3, kernel_initializer: %s}\n"


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": True}, ["a 1 -> true"]),
        ({"a": 1}, {}, []),
        ({}, {"rows": ROWS}, []),
        ({"a": 1, "b": 2}, {"b": 2}, ["a 1 -> absent"]),
        ({"b": 2}, {"rows": ROWS, "b": 2}, ["rows absent -> a table of 3"]),
        ({"depths": [3, 4]}, {"depths": [3, 6]}, ["depths [3, 4] -> [3, 6]"]),
        ({"rows": ROWS}, {"rows": [*ROWS[:2], {"t": 6, "c": 96}]}, ["rows[2].c 64 -> 96"]),
        ({"rows": ROWS}, {"rows": [*ROWS, {"t": 1, "c": 8}]}, ["rows[3] {t: 1, c: 8} added"]),
        ({"rows": ROWS}, {"rows": ROWS[1:]}, ["rows[0] {t: 1, c: 16} removed"]),
        ({"rows": ROWS[:1]}, {"rows": [{"t": 1, "s": 2}]}, ["rows[0].c 16 removed", "rows[0].s 2 added"]),
        ({"pairs": [[64, 1], [8, 2]]}, {"pairs": [[64, 1], [8, 1]]}, ["pairs[1] [8, 2] -> [8, 1]"]),
    ],
)
def test_parameters_that_differ(left: dict[str, Any], right: dict[str, Any], expected: list[str]) -> None:
    assert parameter_changes(left, right) == expected


def test_many_rows_are_counted() -> None:
    tables = [{"rows": [{"c": width, "s": stride} for width in range(30)]} for stride in (1, 2)]
    lines = parameter_changes(*tables)
    assert lines[0] == "rows[0].s 1 -> 2"
    assert lines[8:] == ["rows: 22 more differences"]


def test_a_value_is_printed_with_its_class() -> None:
    one, other = (network(DENSE % each) for each in ("{TruncatedNormal: {stddev: 0.02}}", "{RandomNormal: 0.02}"))
    found = diff_table(one.diff(other), 1, full=False)
    assert found.rows[0][2] == "Dense  kernel_initializer TruncatedNormal stddev 0.02 -> RandomNormal mean 0.02"


def test_a_value_as_data_is_what_a_spec_says() -> None:
    op: Any = network(DENSE % "{TruncatedNormal: {stddev: 0.02}}").graph.nodes[0].op
    assert value_document(op.kernel_initializer) == {"TruncatedNormal": {"stddev": 0.02}}
    assert value_document(op) == {"Dense": {"units": 3, "kernel_initializer": {"TruncatedNormal": {"stddev": 0.02}}}}
    assert json.loads(json.dumps(value_document(((1, None), "same")))) == [[1, None], "same"]


@pytest.mark.parametrize(
    ("value", "expected"), [((3, 3), "3x3"), (None, "none"), (1e-5, "1e-5"), (0.5, "0.5"), (True, "true")]
)
def test_an_argument_is_short(value: object, expected: str) -> None:
    assert argument_text(value) == expected


def test_an_argument_with_the_name_of_its_op_has_no_name() -> None:
    layers = "  - Activation: silu\n  - Dropout: 0.5\n"
    nodes = network(f"archc: 1\nname: a\ninput: [8]\nlayers:\n{layers}").graph.nodes
    assert [op_in_words(node.op) for node in nodes] == ["Activation silu", "Dropout rate 0.5"]
