"""Multiply-adds against the program that TensorFlow traces."""

from __future__ import annotations

import pytest

from archc.ir.op import Example, Op
from archc.ops import registry
from tests.ops.oracle import case_name, cases
from tests.ops.traced import counted

LAYERS = [(op, example) for op, example in cases() if op.function is None]

# The vocabulary's own: which layers have kernels that count, in depth and in MACs.
WEIGHTED = {
    *(f"Conv{rank}D{kind}" for rank in (1, 2, 3) for kind in ("", "Transpose")),
    *(f"{kind}Conv{rank}D" for kind in ("Depthwise", "Separable") for rank in (1, 2)),
    *("Dense", "EinsumDense", "MultiHeadAttention", "LSTM", "GRU", "SimpleRNN", "Bidirectional"),
}


@pytest.mark.parametrize(("op", "example"), LAYERS, ids=case_name)
def test_macs_are_those_of_the_traced_program(op: type[Op], example: Example) -> None:
    made = op(**example.arguments)
    macs = made.macs(example.inputs, made.infer(*example.inputs))
    assert macs == counted(op, example)
    assert (macs != 0) == made.weighted


@pytest.mark.parametrize(("op", "example"), cases(), ids=case_name)
def test_a_layer_with_kernels_counts(op: type[Op], example: Example) -> None:
    made = op(**example.arguments)
    inside = getattr(made, "layer", made)
    assert made.weighted == (op.__name__ in WEIGHTED or inside.op_name in WEIGHTED)
    assert made.weighted or made.macs(example.inputs, made.infer(*example.inputs)) == 0


@pytest.mark.parametrize(("op", "example"), cases(), ids=case_name)
def test_macs_are_unknown_where_a_size_is(op: type[Op], example: Example) -> None:
    inputs = tuple((None, *shape[1:]) if len(shape) > 1 else shape for shape in example.inputs)
    made = op(**example.arguments)
    if inputs == example.inputs or not made.weighted:
        return
    try:
        left = made.infer(*inputs)
    except ValueError:
        return
    assert made.macs(inputs, left) is None


@pytest.mark.parametrize(("op", "example"), cases(), ids=case_name)
def test_windows_are_one_a_spatial_axis(op: type[Op], example: Example) -> None:
    made = op(**example.arguments)
    windows = made.windows(example.inputs, made.infer(*example.inputs))
    assert len(windows) in (0, max((len(shape) for shape in example.inputs), default=1) - 1)
    assert all(window.stride > 0 and (window.reach is None or window.reach > 0) for window in windows)


def test_every_op_with_kernels_is_known() -> None:
    assert set(registry()) >= WEIGHTED
