"""The rows of a sweep: what each network has and costs, each network once, and the condition."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archc
from archc.analysis import cost
from archc.diagnostics import SpecError
from archc.sweeps.condition import read_condition
from archc.sweeps.outcome import Outcome, outcome_lines
from archc.sweeps.variants import FIGURES, Variants
from tests.sweeps.families import small, work


def test_a_row_is_what_a_loaded_network_has() -> None:
    grid = [[1, 1, 1, 1], [1, 2, 1, 1]], [1, 2]
    rows = list(archc.sweep("wide_resnet", {"depths": grid[0], "widen": grid[1]}, classes=10))
    assert len(rows) == 4
    for row, (depths, widen) in zip(rows, product(*grid), strict=True):
        network = archc.load("wide_resnet", depths=depths, widen=widen, classes=10)
        graph = network.graph
        assert (row["set.depths"], row["set.widen"]) == (depths, widen)
        assert [row[name] for name in ("params", "total_params", "macs", "depth")] == [
            network.params, network.total_params, network.macs, network.depth,
        ]  # fmt: skip
        assert row["activation_bytes"] == cost.activation_bytes([*graph.inputs, *graph.nodes])
        assert row["receptive_field"] is None


def test_a_receptive_field_is_a_number_in_pixels() -> None:
    widths = [64, 128, 256, 512, 512, 512]
    rows = list(archc.sweep("pix2pix_discriminator", {"widths": [widths[:2], widths[:4], widths]}))
    assert [row["receptive_field"] for row in rows] == [16, 70, 286]  # Section 6.1.2 of the paper


def test_equal_networks_are_one_row_and_what_cannot_be_built_is_counted() -> None:
    outcome = Outcome()
    outcome.add(Variants(work()).chunk(0, 30))
    sizes = {(width, depth, bias) for width in range(1, 5) for depth in (1, 2) for bias in (True, False)}
    assert {tuple(row.values[:3]) for row in outcome.rows} == {*sizes, (0, 0, True)}  # of depth 0 the first
    assert [(refusal.code, refusal.variants) for refusal in outcome.refusals] == [("argument", 4)]
    assert outcome.equal == 30 - 4 - len(outcome.rows)
    lines = outcome_lines(outcome, 30)
    assert lines[0] == f"30 variants: 17 networks, {outcome.equal} equal to an earlier one, 4 cannot be built"
    assert "width 0, depth 1, bias true" in lines[2]


# --- the condition ---

NAMES = {"params": 5_000_000, "macs": 300, "depth": 0, "set": {"width": 64}}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("params <= 5M", True),
        ("params < 5M", False),
        ("params < 0.005G and macs == 0.3K", False),
        ("params == 5000K and params == .005B and params == 0.000005T", True),
        ("set.width % 32 == 0", True),
        ("set.width in [65M, 64]", True),
        ("5M-1 < params", True),
        ("max(params, 6M) == 6M", True),
    ],
)
def test_a_condition(text: str, holds: bool) -> None:
    from archc.language.value import Scope, StepLimit

    assert read_condition(text, FIGURES, ["width"]).holds(Scope(NAMES, StepLimit())) is holds


@given(st.decimals("0.001", 999, places=3), st.sampled_from([("K", 3), ("M", 6), ("G", 9), ("B", 9), ("T", 12)]))
def test_a_unit_is_a_power_of_ten(number: Any, unit: tuple[str, int]) -> None:
    from archc.language.parser import parse
    from archc.language.value import Scope, StepLimit

    value = parse(f"{number:.3f}{unit[0]}", units=True).evaluate(Scope({}, StepLimit()))
    assert value == int(number * 10 ** unit[1])
    assert type(value) is int


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("params < 5X", "expression", 11),
        ("params <", "expression", 9),
        ("parms < 5M", "unknown-name", 1),
        ("1 < 2 and width > 3", "unknown-name", 11),
        ("set.with > 3", "unknown-name", 5),
        ("params < 'a'", "type", 8),
        ("params / 0 > 1", "division", 8),
        ("1e5M < 2", "expression", 4),
    ],
)
def test_a_wrong_condition_has_its_position(text: str, code: str, column: int) -> None:
    with pytest.raises(SpecError) as caught:
        list(archc.sweep(small(), {"width": [1]}, where=text))
    found = caught.value.first
    assert (found.code, found.position and found.position.column) == (code, column)


def test_a_spec_has_no_units() -> None:
    with pytest.raises(SpecError):
        archc.loads("archc: 1\nname: a\ninput: [8]\nlayers: [{Dense: $(1K)}]\n")


def test_a_condition_on_the_values_alone_leaves_out_what_cannot_be_built() -> None:
    chunk = Variants(work(where="set.width > 0 and params > 0")).chunk(0, 30)
    assert not chunk.refusals
    assert chunk.left_out == 6 + 8  # of no width, of no layer with weights
