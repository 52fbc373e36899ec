"""Arguments that are tensors: the mask of attention."""

from __future__ import annotations

import numpy as np
import pytest

from archc.ir.graph import Graph
from archc.targets.keras import model as keras_model
from tests.elaborate.specs import compile_text, spec, wrong

MASKED = "MultiHeadAttention: {num_heads: 2, key_dim: 4, attention_mask: $mask}"
INPUTS = "{tokens: [6, 8], mask: {shape: [6, 6], dtype: bool}}"


def graph_of(steps: str, inputs: str = INPUTS, **sections: str) -> Graph:
    return compile_text(spec(steps, input="", inputs=inputs, **sections)).graph


def taken(graph: Graph) -> list[list[str]]:
    return [[tensor.name for tensor in node.inputs] for node in graph.nodes]


def test_a_mask_is_the_last_input_of_the_call() -> None:
    graph = graph_of(f"- {MASKED}")
    assert taken(graph) == [["tokens", "tokens", "mask"]]
    assert graph.nodes[0].op.arguments()["attention_mask"] == "tensor"


def test_a_mask_stands_beside_query_value_and_key() -> None:
    inputs = "{q: [6, 8], v: [9, 8], k: [9, 4], mask: [6, 9]}"
    graph = graph_of(f"- {MASKED}\n  from: [q, v, k]", inputs)
    assert taken(graph) == [["q", "v", "k", "mask"]]


def test_the_mask_of_a_block_may_be_absent() -> None:
    blocks = f"{{attend: {{params: {{mask: {{type: any, default: null}}}}, layers: [{{{MASKED}}}]}}}}"
    graph = graph_of("- attend\n- attend: {mask: $mask}", blocks=blocks)
    assert taken(graph) == [["tokens"] * 2, ["multi_head_attention"] * 2 + ["mask"]]


def test_calls_of_a_shared_layer_have_masks_of_their_own() -> None:
    inputs = "{tokens: [6, 8], mask: [6, 6], other: [6, 6]}"
    second = MASKED.replace("$mask", "$other")
    graph = graph_of(f"- {MASKED}\n  share: a\n- {second}\n  share: a", inputs)
    assert [made[-1] for made in taken(graph)] == ["mask", "other"]
    assert graph.nodes[1].first is graph.nodes[0]


def test_a_layer_that_only_makes_a_mask_is_needed() -> None:
    steps = f"- side: [{{from: mask}}, {{Reshape: [1, 6], as: row}}]\n- {MASKED.replace('$mask', '$row')}"
    assert len(graph_of(steps, INPUTS.replace("[6, 6]", "[6]")).nodes) == 2


@pytest.mark.parametrize("dtype", ["bool", "int32", "float32", "uint8"])
def test_keras_leaves_out_what_the_mask_does_in_each_type(dtype: str) -> None:
    graph = graph_of(f"- {MASKED}", INPUTS.replace("bool", dtype))
    model = keras_model.build(graph, "net")
    random = np.random.default_rng(0)
    tokens, mask = random.normal(size=(2, 6, 8)).astype("float32"), np.tri(6, dtype=dtype)[None].repeat(2, 0)
    causal = keras_model.build(graph_of(f"- {MASKED.replace('attention_mask: $mask', 'use_causal_mask: true')}",
                                        "{tokens: [6, 8]}"), "net")  # fmt: skip
    causal.set_weights(model.get_weights())
    assert np.allclose(model([tokens, mask]), causal(tokens), atol=1e-6)


@pytest.mark.parametrize("shape", ["[6, 6]", "[1, 6]", "[6, 1]", "[2, 6, 6]", "[1, 1, 6]", "[null, 6]", "[2, 1, null]"])
def test_a_size_of_1_stretches(shape: str) -> None:
    graph = graph_of(f"- {MASKED}", f"{{tokens: [6, 8], mask: {shape}}}")
    keras_model.build(graph, "net")


@pytest.mark.parametrize("shape", ["[6]", "[6, 5]", "[3, 6, 6]", "[1, 2, 6, 6]", "[]"])
def test_a_mask_of_another_shape_is_refused_as_keras_does(shape: str) -> None:
    found = wrong(spec(f"- {MASKED}", input="", inputs=f"{{tokens: [6, 8], mask: {shape}}}"))
    assert [(one.code, one.position and one.position.column) for one in found] == [("shape", 68)]
