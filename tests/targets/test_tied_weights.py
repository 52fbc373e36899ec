"""An embedding whose transpose is the output of the network, as in GPT-2: against models that are built by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

import archc
from archc.folding.write import write
from tests.folding.equality import is_equal
from tests.keras_files.comparison import assert_equal_outputs
from tests.targets.networks import network
from tests.targets.pytorch import differences as torch_differences
from tests.targets.running import left
from tests.weights.saved import randomize

GPT = """
archc: 1
name: GPT
params: {vocabulary: 23, width: 8, depth: 2}
inputs: {ids: {shape: [5], dtype: int32}}
layers:
  - ReversibleEmbedding: {input_dim: $vocabulary, output_dim: $width, logit_soft_cap: 2.5}
    name: tokens
    share: tokens
  - for: i in range(depth)
    do:
      - Add:
          - []
          - - LayerNormalization:
              name: norm$(i)
            - MultiHeadAttention: {num_heads: 2, key_dim: 4, use_causal_mask: true}
              name: attention$(i)
        name: add$(i)
  - ReversibleEmbedding: {input_dim: $vocabulary, output_dim: $width, logit_soft_cap: 2.5, reverse: true}
    share: tokens
"""
NORMS = """
archc: 1
name: Language model
input: {shape: [5], dtype: int32}
layers:
  - ReversibleEmbedding: {input_dim: 23, output_dim: 8, logit_soft_cap: 2.5}
    name: tokens
    share: tokens
  - LayerNormalization
  - Dense: {units: 8, activation: relu}
  - ReversibleEmbedding: {input_dim: 23, output_dim: 8, logit_soft_cap: 2.5, reverse: true}
    share: tokens
"""


def by_hand() -> keras.Model:
    """The network `GPT` as Keras's documentation would write it."""
    ids = keras.Input((5,), dtype="int32", name="ids")
    tokens = layers.ReversibleEmbedding(23, 8, logit_soft_cap=2.5, name="tokens")
    x = tokens(ids)
    for i in range(2):
        y = layers.LayerNormalization(name=f"norm{i}")(x)
        y = layers.MultiHeadAttention(2, 4, name=f"attention{i}")(y, y, use_causal_mask=True)
        x = layers.Add(name=f"add{i}")([x, y])
    return keras.Model(ids, tokens(x, reverse=True), name="gpt")


def test_the_network_computes_what_the_model_by_hand_computes() -> None:
    net, wanted = network(GPT), randomize(by_hand())
    built = net.build()
    assert net.params == wanted.count_params() == built.count_params()
    built.set_weights(wanted.get_weights())
    assert_equal_outputs(wanted, built, tolerance=0)


def test_the_macs_are_those_of_the_product_alone() -> None:
    assert network(NORMS).macs == 5 * 8 * 8 + 5 * 8 * 23


def test_a_saved_model_needs_keras_alone(tmp_path: Path) -> None:
    built = randomize(network(GPT).build())
    built.save(tmp_path / "gpt.keras")
    loaded = keras.saving.load_model(tmp_path / "gpt.keras")
    assert all(np.array_equal(one, other) for one, other in zip(left(built), left(loaded), strict=True))


def test_a_model_by_hand_is_read_folded_and_loaded(tmp_path: Path) -> None:
    model = randomize(by_hand())
    model.save(tmp_path / "gpt.keras")
    read = archc.load(tmp_path / "gpt.keras")
    assert not read.diff(network(GPT)).has_changes
    for flat in (True, False):
        is_equal(read.graph, write(read.graph, "GPT", flat=flat).text)
    model.save_weights(tmp_path / "gpt.weights.h5")
    for saved in ("gpt.keras", "gpt.weights.h5"):
        built = network(GPT).build(weights=tmp_path / saved)
        assert_equal_outputs(model, built, tolerance=0)


@pytest.mark.parametrize(
    "text",
    [
        NORMS,
        NORMS.replace("logit_soft_cap: 2.5", "tie_weights: false"),
        NORMS.replace("    share: tokens\n", ""),
    ],
    ids=["tied", "weights of its own in reverse", "not shared"],
)
def test_pytorch_computes_what_keras_computes(text: str) -> None:
    pytest.importorskip("torch")
    assert max(torch_differences(network(text).graph)) < 1e-5


@pytest.mark.parametrize(
    ("other", "fields"),
    [
        (NORMS.replace("    share: tokens\n", ""), {"share": ["tokens", None]}),
        (NORMS.replace("2.5, reverse", "5, reverse").replace("2.5}", "5}"), {"logit_soft_cap": [2.5, 5.0]}),
        (
            NORMS.replace("    share: tokens\n", "").replace(
                "ReversibleEmbedding: {input_dim: 23, output_dim: 8, logit_soft_cap: 2.5, reverse: true}",
                "Dense: {units: 23, use_bias: false}",
            ),
            {"op": ["ReversibleEmbedding", "Dense"], "share": ["tokens", None]},
        ),
    ],
    ids=["untied", "soft cap", "untied and dense"],
)
def test_the_diff_names_what_is_tied(other: str, fields: dict[str, Any]) -> None:
    (change,) = network(NORMS).diff(network(other)).changes
    assert change.left is not None
    assert change.left.op.reverse  # type: ignore[attr-defined]
    assert change.fields == fields


def test_a_tied_embedding_is_an_embedding_where_it_is_not_reversed() -> None:
    text = "archc: 1\nname: a\ninput: {shape: [5], dtype: int32}\nlayers: [{%s: {input_dim: 9, output_dim: 4}}]\n"
    assert not network(text % "ReversibleEmbedding").diff(network(text % "Embedding")).has_changes
