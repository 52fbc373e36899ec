"""Networks that use what the examples of the language do not; their counts are from papers or made by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from archc.network import load

NETWORKS = sorted((Path(__file__).parent / "networks").glob("*.yaml"))


@pytest.mark.parametrize("path", NETWORKS, ids=lambda path: path.stem)
def test_every_documented_fact_agrees(path: Path) -> None:
    facts = load(path).check()
    assert facts
    assert [fact for fact in facts if fact.verdict != "agrees"] == []


def network(name: str) -> Path:
    return next(path for path in NETWORKS if path.stem == name)


def test_a_shared_head_counts_its_parameters_once_and_its_macs_at_each_level() -> None:
    loaded = load(network("retinanet_head"))
    kernels = 2 * 4 * 9 * 256 * 256 + 9 * 256 * (720 + 36)
    assert loaded.macs == (64 * 64 + 32 * 32 + 16 * 16) * kernels
    assert [call.name for call in loaded.graph.calls] == ["class_subnet", "box_subnet"] * 3
    assert [call.first is None for call in loaded.graph.calls] == [True, True, False, False, False, False]


def test_vit_has_the_multiply_adds_of_its_kernels_and_of_its_attention() -> None:
    tokens, hidden, mlp = 197, 768, 3072
    encoder = tokens * (4 * hidden * hidden + 2 * hidden * mlp)
    attention = 2 * tokens * tokens * hidden  # of queries and keys, and of scores and values
    assert load(network("vit_b16")).macs == 196 * 768 * hidden + 12 * (encoder + attention) + hidden * 1000


def test_an_unknown_length_leaves_macs_unknown() -> None:
    loaded = load(network("two_inputs"))
    assert loaded.macs is None
    assert [made.dtype for made in loaded.graph.inputs] == ["int32", "float32"]
    assert load(network("two_inputs"), inputs={"words": (7,)}).macs is not None
    # GRU with `reset_after`: 2 * 3 * 8 * (16 + 8 + 2)
    assert load(network("two_inputs"), recurrent="GRU").params == 17_949 - 1_600 + 1_248
