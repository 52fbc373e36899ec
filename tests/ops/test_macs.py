"""Multiply-adds against the program that TensorFlow traces."""

from __future__ import annotations

import pytest

import archc
from archc.ir.shape import ShapeError
from archc.ops import registry
from tests.ops.oracle import example_names, named_example
from tests.ops.traced import counted

# The vocabulary's own: which layers have kernels that count, in depth and in MACs.
WEIGHTED = {
    *(f"Conv{rank}D{kind}" for rank in (1, 2, 3) for kind in ("", "Transpose")),
    *(f"{kind}Conv{rank}D" for kind in ("Depthwise", "Separable") for rank in (1, 2)),
    *(f"ConvLSTM{rank}D" for rank in (1, 2, 3)),
    *("Dense", "EinsumDense", "GroupQueryAttention", "MultiHeadAttention", "LSTM", "GRU", "SimpleRNN", "Bidirectional"),
    "RNN",
    "STFTSpectrogram",
}

# Ops without kernels that multiply tensors.
PRODUCTS = {"AdditiveAttention", "Attention", "Dot", "Einsum", "Matmul", "MelSpectrogram"}


VIT_B16 = """
archc: 1
name: ViT-B/16
input: [224, 224, 3]
layers:
  - Conv2D: {filters: 768, kernel_size: 16, strides: 16}
  - Reshape: [196, 768]
  - Concatenate:
      branches: [{Learned: {shape: [1, 768]}}, []]
      axis: 1
  - Add: [[], {Learned: {shape: [197, 768]}}]
  - for: i in range(12)
    do:
      - Add:
          - []
          - [LayerNormalization, {MultiHeadAttention: {num_heads: 12, key_dim: 64}}]
      - Add:
          - []
          - [LayerNormalization, {Dense: {units: 3072, activation: gelu}}, {Dense: 768}]
  - LayerNormalization
  - Slice: {axis: 1, stop: 1}
  - Flatten
  - Dense: 1000
"""


@pytest.mark.parametrize("name", example_names(layers=True))
def test_macs_are_those_of_the_traced_program(name: str) -> None:
    op, example = named_example(name)
    made = op(**example.arguments)
    macs = made.macs(example.inputs, made.infer(*example.inputs))
    assert macs == counted(op, example)
    assert (macs != 0) == (made.weighted or op.__name__ in PRODUCTS)


@pytest.mark.parametrize("name", example_names())
def test_a_layer_with_products_counts(name: str) -> None:
    op, example = named_example(name)
    made = op(**example.arguments)
    inside = getattr(made, "layer", made)
    in_reverse = getattr(made, "reverse", False)  # a product with the embeddings
    assert made.weighted == (op.__name__ in WEIGHTED or inside.op_name in WEIGHTED or in_reverse)
    multiplies = made.weighted or op.__name__ in PRODUCTS
    assert multiplies or made.macs(example.inputs, made.infer(*example.inputs)) == 0


@pytest.mark.parametrize("name", example_names())
def test_macs_are_unknown_where_a_size_is(name: str) -> None:
    op, example = named_example(name)
    inputs = tuple((None, *shape[1:]) if len(shape) > 1 else shape for shape in example.inputs)
    made = op(**example.arguments)
    if inputs == example.inputs or not made.weighted:
        return
    try:
        output = made.infer(*inputs)
    except ShapeError:
        return
    assert made.macs(inputs, output) is None


def test_every_op_with_kernels_is_known() -> None:
    assert set(registry()) >= WEIGHTED | PRODUCTS


def test_the_products_of_attention_are_those_of_the_document() -> None:
    network = archc.loads(VIT_B16)
    assert network.params == 86_567_656
    assert network.macs is not None
    assert f"{network.macs / 1e9:.2f}" == "17.56"  # as torchvision documents it
