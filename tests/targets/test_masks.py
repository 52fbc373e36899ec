"""Networks with masks in Keras, in generated Keras source, in PyTorch, and read from a file: all compute the same."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import archc
from archc.ir.graph import Node
from archc.ir.opaque import Opaque
from archc.targets.keras import model as keras_model
from tests.cases import generated_cases
from tests.keras_names import numbered_anew
from tests.targets.made import executed
from tests.targets.masked import MASKED
from tests.targets.pytorch import differences
from tests.weights.saved import difference

torch = pytest.importorskip("torch", reason="the PyTorch target is compared where PyTorch is installed")

CLOSE = 1e-5
pytestmark = pytest.mark.filterwarnings("ignore:Layer .* was passed an input with a mask")


def network(word: str) -> archc.Network:
    numbered_anew()
    return archc.loads(MASKED[word])


@pytest.mark.parametrize("word", MASKED)
def test_pytorch_computes_by_the_masks_of_keras(word: str) -> None:
    assert max(differences(network(word).graph, batch=5)) < CLOSE


@pytest.mark.parametrize("word", MASKED)
def test_a_model_with_masks_is_read_as_it_was(word: str) -> None:
    net = network(word)
    found = net.diff(archc.load(net.build()))
    assert not found.has_changes
    assert found.loading.is_right


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("word", MASKED)
def test_generated_source_makes_the_same_model(word: str, flat: bool) -> None:
    net = network(word)
    made, model = executed(net.source("python", flat=flat))(), net.build()
    made.set_weights(model.get_weights())
    random = np.random.default_rng(0)
    numbers = [random.integers(0, 3, (5, 6)) for _ in net.graph.inputs]
    assert difference(np.asarray(made(numbers)), np.asarray(model(numbers))) == 0


def test_a_masked_model_differs_from_one_without() -> None:
    net = network("pooled")
    model, other = net.build(), archc.loads(MASKED["pooled"].replace("mask_zero: true", "mask_zero: false")).build()
    other.set_weights(model.get_weights())
    numbers = [np.array([[1, 2, 0, 0, 0, 0]]), np.ones((1, 6))]
    assert not np.allclose(model(numbers), other(numbers))


REFUSED = {
    "LSTM: 3": "LSTM of a tensor with a mask",
    "Multiply: [[], []]": "Multiply of a tensor with a mask",
    "Maximum: [[], []]": "Maximum of a tensor with a mask",
}
TOKENS = "Embedding: {input_dim: 3, output_dim: 4, mask_zero: true}"


@pytest.mark.parametrize("step", REFUSED)
def test_what_has_no_translation_with_a_mask_is_refused(step: str) -> None:
    text = f"archc: 1\nname: M\ninput: {{shape: [6], dtype: int32}}\nlayers:\n  - {TOKENS}\n  - {step}\n"
    text = text.replace("input: {", "inputs: {x0: {").replace("int32}\n", "int32}}\n")
    with pytest.raises(archc.SpecError, match="has no translation here for") as caught:
        archc.loads(text).source("torch")
    assert caught.value.diagnostics[0].message.endswith(f"for: {REFUSED[step]}")


def test_a_shared_block_that_a_mask_enters_is_refused() -> None:
    text = f"""
archc: 1
name: M
inputs: {{a: {{shape: [6], dtype: int32}}, b: {{shape: [6], dtype: int32}}}}
blocks:
  twin: {{layers: [{{Dense: 3}}, GlobalAveragePooling1D]}}
layers:
  - {TOKENS}
  - twin:
    share: twin
    as: one
  - {TOKENS}
    from: b
  - twin:
    share: twin
  - Add: [[], one]
"""
    with pytest.raises(archc.SpecError, match="a shared block with a mask that enters or leaves it"):
        archc.loads(text).source("torch")


@pytest.mark.parametrize("word", ["one after another", "side by side with none"])
def test_the_operations_of_masks_have_names_that_no_layer_has(word: str) -> None:
    names = [operation.name for operation in keras_model.build(network(word).graph, "net").operations]
    assert len(names) == len(set(names))
    assert sum(name.startswith("mask_of_") for name in names) > 2


STACKED = """
archc: 1
name: Stacked
inputs: {ids: {shape: [6], dtype: int32}}
layers:
  - Embedding: {input_dim: 3, output_dim: 4, mask_zero: true}
  - for: i in range(2)
    do:
      - Add: [{MultiHeadAttention: {num_heads: 2, key_dim: 3}}, []]
"""


def test_keras_takes_the_mask_off_the_input_of_multi_head_attention() -> None:
    model = archc.loads(STACKED).build()
    numbers = np.array([[1, 2, 0, 0, 0, 0]])
    before = np.asarray(model(numbers))[:, :2]
    embedding = model.get_layer("embedding")
    embedding.set_weights([embedding.get_weights()[0] + np.array([[5], [0], [0]])])
    assert not np.allclose(before, np.asarray(model(numbers))[:, :2])  # the second layer attends to padding
    with pytest.raises(archc.SpecError, match="MultiHeadAttention takes off its input in Keras"):
        archc.loads(STACKED).source("torch")


def test_an_attention_mask_stays() -> None:
    row = "  - Reshape: [1, 6]\n    as: mask\n  - from: ids\n  - Embedding"
    text = STACKED.replace("  - Embedding", row).replace(", mask_zero: true", "")
    graph = archc.loads(text.replace("key_dim: 3", "key_dim: 3, attention_mask: $mask")).graph
    assert max(differences(graph, batch=5)) < CLOSE


@pytest.mark.parametrize("value", ["other", "same"])
def test_a_mask_that_a_call_is_given_is_read_where_keras_would_pass_it_on(value: str) -> None:
    numbered_anew()
    ids, others = keras.Input((6,), dtype="int32"), keras.Input((6,), dtype="bool")
    tokens = keras.layers.Embedding(3, 4, mask_zero=True)(ids)
    mask = others if value == "other" else keras.ops.not_equal(ids, 0)
    pooled = keras.layers.GlobalAveragePooling1D(name="pooled")(tokens, mask=mask)
    graph = archc.load(keras.Model([ids, others], [pooled, keras.layers.Flatten()(others)])).graph
    found = graph.named("pooled")
    assert isinstance(found, Node)
    assert isinstance(found.op, Opaque) == (value == "other")


STEPS = (
    "Dense: 4", "LayerNormalization", "Masking: 0.5", "ReLU", "Dropout: 0.5", "Conv1D: {filters: 4, kernel_size: 1}",
    "Add: [[], tokens]", "Add: [[], second]", "Average: [plain, []]", "Subtract: [[], second]",
    "Concatenate: {axis: 1, branches: [[], tokens]}", "Concatenate: {branches: [[], second]}",
    "Slice: {axis: 1, stop: 6}",
    "MultiHeadAttention: {num_heads: 2, key_dim: 3}", "Attention: [[], second]", "AdditiveAttention: [[], plain]",
    "GroupQueryAttention: {head_dim: 3, num_query_heads: 2, num_key_value_heads: 1}",
)  # fmt: skip


@generated_cases(few=5, many=200)
def test_generated_networks_compute_by_the_masks_of_keras(cases: int) -> None:
    @settings(max_examples=cases, deadline=None)
    @given(st.lists(st.sampled_from(STEPS), max_size=5))
    def agree(steps: list[str]) -> None:
        numbered_anew()
        head = MASKED["cross-attention"].partition("  - MultiHeadAttention")[0] + "  - from: tokens\n"
        ends = ["GlobalAveragePooling1D", "Dense: 4", "Add: [[], tokens, second, plain]"]
        try:
            net = archc.loads(head + "".join(f"  - {step}\n" for step in [*steps, *ends]))
        except archc.SpecError:
            assume(False)  # sizes that do not fit each other
        found = net.diff(archc.load(net.build()))
        assert not found.has_changes
        assert found.loading.is_right
        refused = refusal(net)
        assert "MultiHeadAttention takes off" in (refused or "MultiHeadAttention takes off")
        assert refused is not None or max(differences(net.graph, batch=5)) < CLOSE

    agree()


def refusal(net: archc.Network) -> str | None:
    try:
        net.source("torch")
    except archc.SpecError as error:
        return error.diagnostics[0].message
    return None
