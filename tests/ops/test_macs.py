"""Multiply-adds against the program that TensorFlow traces."""

from __future__ import annotations

import pytest

from archc.ir.shape import ShapeError
from archc.ops import registry
from tests.ops.oracle import example_names, named_example
from tests.ops.traced import counted

# The vocabulary's own: which layers have kernels that count, in depth and in MACs.
WEIGHTED = {
    *(f"Conv{rank}D{kind}" for rank in (1, 2, 3) for kind in ("", "Transpose")),
    *(f"{kind}Conv{rank}D" for kind in ("Depthwise", "Separable") for rank in (1, 2)),
    *("Dense", "EinsumDense", "MultiHeadAttention", "LSTM", "GRU", "SimpleRNN", "Bidirectional"),
}


@pytest.mark.parametrize("name", example_names(layers=True))
def test_macs_are_those_of_the_traced_program(name: str) -> None:
    op, example = named_example(name)
    made = op(**example.arguments)
    macs = made.macs(example.inputs, made.infer(*example.inputs))
    assert macs == counted(op, example)
    assert (macs != 0) == made.weighted


@pytest.mark.parametrize("name", example_names())
def test_a_layer_with_kernels_counts(name: str) -> None:
    op, example = named_example(name)
    made = op(**example.arguments)
    inside = getattr(made, "layer", made)
    assert made.weighted == (op.__name__ in WEIGHTED or inside.op_name in WEIGHTED)
    assert made.weighted or made.macs(example.inputs, made.infer(*example.inputs)) == 0


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
    assert set(registry()) >= WEIGHTED
