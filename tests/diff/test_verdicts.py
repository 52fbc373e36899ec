"""Verdicts on small pairs, one for each kind of edit, held to what Keras does with them (`pairs/truth.json`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import archc
from archc.diff.compare import Diff
from archc.ir.graph import Graph
from tests.diff.keras_truth import KerasPair

PAIRS = Path(__file__).parent / "pairs"
TRUTH: dict[str, dict[str, Any]] = json.loads((PAIRS / "truth.json").read_text(encoding="utf-8"))

REWRITTEN = (
    "block_inlined", "block_refactor", "blocks_in_units", "groups_1122", "groups_123", "groups_132_vs_33",
    "groups_21111", "groups_222", "groups_222_vs_33", "groups_33", "name_of_model_only", "nested_loop_vs_written_out",
    "output_taken_earlier",
)  # fmt: skip
"""The same network with other blocks, groups, loops or names."""
RESPELLED = (
    "add_commuted", "bn_axis_explicit_3", "concat_axis_explicit", "dtype_explicit_f32", "multihead_sq",
    "lstm_unroll", "pool_strides_explicit", "reshape_explicit", "slice_stop_explicit", "softmax_axis_default",
)  # fmt: skip
"""The same network with an argument written as its default, or with other inputs of a commutative merge first."""
BY_ARITHMETIC = {
    "bn_moved_after_pool",  # an increasing function may stand before or after a maximum
    "concat_axis",  # the mean over both axes follows
    "td_to_plain",  # a dense layer at each step is a dense layer
}
"""Pairs that compute the same by a law of arithmetic that the diff need not know."""
IO = (
    "aux_head_added", "bidir_inner_units", "bidir_merge", "classes", "depthmult", "input_dtype", "input_name",
    "input_names_swapped_same_order", "input_order", "input_size", "lstm_return_seq", "output_dtype", "output_order",
    "output_order_sizes", "shared_to_unshared_and_classes", "ta_output_swapped_names", "time_open_vs_fixed",
)  # fmt: skip
"""Pairs whose inputs or outputs differ in shape, type, number, order, or in names that the author wrote."""
SHARING = {
    "share_pattern_AABB_ABAB": "numerics",
    "share_pattern_ABAB_ABBA": "numerics",
    "shared_block_to_unshared": "weights",
    "shared_rounds_to_own": "weights",
    "shared_to_unshared": "weights",
    "shared_to_unshared_loop": "weights",
    "unshared_to_shared": "numerics",
}
"""Pairs that differ in sharing, with the class that they have at least."""


def side(pair: str, letter: str) -> Graph:
    return archc.load(PAIRS / f"{pair}_{letter}.yaml").graph


def compared(pair: str) -> Diff:
    return archc.load(PAIRS / f"{pair}_a.yaml").diff(archc.load(PAIRS / f"{pair}_b.yaml"))


def test_each_pair_has_its_truth() -> None:
    assert {path.stem.rpartition("_")[0] for path in PAIRS.glob("*.yaml")} == set(TRUTH)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("pair", TRUTH)
def test_the_truth_is_keras_s(pair: str, tmp_path: Path) -> None:
    truth, found = TRUTH[pair], compared(pair)
    ours = {theirs.name: [mine.name] for mine, theirs in found.counterparts.items()}
    models = KerasPair(side(pair, "a"), side(pair, "b"), truth.get("named", {}) if truth["loading"] else ours)
    assert models.outcomes(tmp_path) == (truth["loading"] or found.loading.outcomes)
    assert models.same_function() == truth["same_function"]


@pytest.mark.parametrize("pair", TRUTH)
def test_the_verdict_on_loading_is_keras_s(pair: str) -> None:
    found, truth = compared(pair), TRUTH[pair]
    if truth["loading"] is not None:  # None where names do not say which layers correspond
        assert found.loading.outcomes == truth["loading"] or (found.by_names_only and truth["by_names_only"])
    assert bool(found.loading.misplaced) == ("misplaced" in found.loading.outcomes.values())
    assert ("weights" in found.classes) == (not found.loading.is_right)


@pytest.mark.parametrize("pair", [pair for pair, truth in TRUTH.items() if truth["by_names_only"]])
def test_names_that_alone_tell_equal_layers_apart_are_reported(pair: str) -> None:
    found = compared(pair)
    assert found.by_names_only or found.loading.outcomes == TRUTH[pair]["loading"]


@pytest.mark.parametrize("pair", [pair for pair, truth in TRUTH.items() if truth["training_only"]])
def test_what_acts_in_training_alone_is_a_class_of_its_own(pair: str) -> None:
    found = compared(pair)
    assert "training" in found.classes
    assert set(found.classes) <= {"training", "weights", "cosmetic"}


@pytest.mark.parametrize(
    "pair", [pair for pair, truth in TRUTH.items() if truth["same_function"] and pair not in BY_ARITHMETIC]
)
def test_what_computes_the_same_is_no_matter_of_numerics(pair: str) -> None:
    assert "numerics" not in compared(pair).classes


@pytest.mark.parametrize("pair", sorted(BY_ARITHMETIC))
def test_what_computes_the_same_by_arithmetic_is_told_as_a_change(pair: str) -> None:
    assert TRUTH[pair]["same_function"]
    assert "numerics" in compared(pair).classes


@pytest.mark.parametrize("pair", [pair for pair, truth in TRUTH.items() if truth["same_function"] is False])
def test_what_computes_something_else_is_no_refactoring(pair: str) -> None:
    found = compared(pair)
    assert found.has_changes
    assert set(found.classes) & {"io", "weights", "numerics"}
    assert "numerics" in found.classes or not found.loading.is_right or "io" in found.classes


@pytest.mark.parametrize("pair", [*REWRITTEN, *RESPELLED])
def test_the_same_network_has_no_difference(pair: str) -> None:
    found = compared(pair)
    assert not found.has_changes or found.signature
    assert not found.changes
    assert set(found.classes) <= {"cosmetic", *(() if found.loading.is_right else ("weights",)), "io"}


@pytest.mark.parametrize("pair", TRUTH)
def test_inputs_and_outputs_that_differ_are_io(pair: str) -> None:
    assert ("io" in compared(pair).classes) == (pair in IO)


@pytest.mark.parametrize("pair", SHARING)
def test_sharing_is_architecture(pair: str) -> None:
    found = compared(pair)
    assert SHARING[pair] in found.classes
    assert [change for change in found.changes if "share" in change.fields]
    assert min(found.counts.values()) >= 0
    assert not {change.kind for change in found.changes} & {"added", "removed", "moved"}


def test_an_identity_is_no_change_of_the_function() -> None:
    for pair in ("identity_added_to_second_branch", "ta_identity_in_branch"):
        changes = compared(pair).changes
        assert [(change.kind, change.node.op.op_name) for change in changes] == [("added", "Identity")]
        assert changes[0].classes == ("cosmetic",)


@pytest.mark.parametrize("pair", ["bn_center_vs_scale", "ln_center_vs_scale"])
def test_values_of_an_array_with_another_name_are_misplaced(pair: str) -> None:
    found = compared(pair).loading
    assert found.formats("misplaced") == [".weights.h5", ".keras", ".h5"]
    assert [(layer.name, source.name) for layer, source in found.misplaced] == [("b", "b")]
