"""What every op says that an output position sees, against Keras."""

# ruff: noqa: ARG005 - a faulty rule ignores what the right one reads

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings

from archc.ir.op import Example, Op, Window
from archc.ir.shape import Shape, ShapeError
from archc.ops import registry
from tests.cases import generated_cases
from tests.ops.generated import Case, generated
from tests.ops.oracle import Accepted, example_names, named_example, of_archc, of_keras
from tests.ops.visible import COARSE, WITHOUT_NAN, difference


def smaller(op: type[Op], example: Example) -> tuple[Shape, ...]:
    """The input shapes with spatial sizes of at most 24, where the op takes them."""
    inputs = tuple((*(min(size or 0, 24) for size in shape[:-1]), *shape[-1:]) for shape in example.inputs)
    try:
        op(**example.arguments).infer(*inputs)
    except ShapeError:
        return example.inputs
    return inputs


@pytest.mark.parametrize("name", example_names())
def test_output_positions_see_what_windows_say(name: str) -> None:
    op, example = named_example(name)
    assert difference(op, example.arguments, smaller(op, example)) is None


@generated_cases(few=2, many=100)
@pytest.mark.parametrize("name", registry())
def test_output_positions_see_what_windows_say_for_generated_arguments(name: str, cases: int) -> None:
    op = registry()[name]

    @settings(max_examples=cases)
    @given(generated(op))
    def agree(case: Case) -> None:
        arguments, run = case.arguments, case.run or ()
        assume(arguments.get("input_dim") != 1)  # a single whole number cannot change
        assume(not {"crop_to_aspect_ratio", "pad_to_aspect_ratio"} & set(arguments))  # which cut few pixels unevenly
        assume(case.run is not None)
        assume(isinstance(of_archc(op, case.arguments, run), Accepted))
        assume(isinstance(of_keras(op, case.arguments, run, run), Accepted))
        assert difference(op, case.arguments, run) is None

    agree()


@pytest.mark.parametrize("name", example_names())
def test_windows_where_spatial_sizes_are_unknown(name: str) -> None:
    op, example = named_example(name)
    made = op(**example.arguments)
    inputs = tuple((*(None for _ in shape[:-1]), *shape[-1:]) for shape in example.inputs)
    try:
        output = made.infer(*inputs)
    except ShapeError:
        return
    taken, _ = made.split_inputs(inputs)
    assert len(made.windows(inputs, output)) == max([1, *map(len, taken)]) - 1


def test_exceptions_are_ops() -> None:
    assert {name.partition(" ")[0] for name in (*COARSE, *WITHOUT_NAN)} <= set(registry())


def window(reach: int | None, stride: float = 1, axes: int = 2) -> Any:
    return lambda self, inputs, output: (Window(reach, stride),) * axes


FAULTS: list[tuple[str, Any]] = [
    ("Conv2D-1 too small", window(1)),
    ("Conv2D-1 too small by one", window(2)),
    ("Conv2D-1 too large by one", window(4)),
    ("Conv2D-1 too large", window(None)),
    ("Conv2D-1 another stride", window(3, 2)),
    ("Conv2D-4 without dilation", window(3)),
    ("Conv2D-0 without stride", window(7)),
    ("Conv1D-2 without dilation", window(3, axes=1)),
    ("MaxPooling2D-2 too small", window(2, 2)),
    ("MaxPooling2D-2 another stride", window(3, 3)),
    ("AdaptiveAveragePooling1D-1 too small", window(2, 12 / 5, axes=1)),
    ("AdaptiveAveragePooling1D-1 another stride", window(4, 3.2, axes=1)),
    ("Conv2DTranspose-1 too small", window(1, 1 / 2)),
    ("Conv2DTranspose-1 too large", window(4, 1 / 2)),
    ("Conv2DTranspose-1 another stride", window(2, 1)),
    ("UpSampling2D-2 too small", window(1, 1 / 2)),
    ("UpSampling2D-0 another stride", window(1, 2)),
    ("Resizing-0 another stride", window(2, 2)),
    ("ZeroPadding2D-1 too large", window(2)),
    ("Softmax-2 too small", window(1)),
    ("LayerNormalization-1 too small", window(1)),
    ("BatchNormalization-0 too large", window(None)),
    ("Dense-2 too large", window(None)),
    ("GlobalAveragePooling2D-1 too small", window(3)),
    ("Flatten-0 too small", window(1)),
    ("Permute-0 too small", window(1, axes=1)),
    ("LSTM-1 too small", window(3, axes=1)),
    ("MultiHeadAttention-0 too small", window(9, axes=1)),
    ("MultiHeadAttention-5 too large", window(None, axes=1)),
    ("EinsumDense-5 too small", window(1, axes=1)),
    ("Embedding-1 too large", window(None, axes=1)),
    ("Concatenate-0 too large", window(None)),
    ("Add-2 too large", window(None)),
    ("Conv2D-1 too few", window(3, axes=1)),
    ("Conv2D-0 missing", Op.windows),
    ("MaxPooling2D-0 missing", Op.windows),
    ("Slice-1 missing", Op.windows),
    ("Pad-1 missing", Op.windows),
    ("ZeroPadding2D-0 missing", Op.windows),
    ("UpSampling2D-0 missing", Op.windows),
    ("Flatten-0 missing", Op.windows),
    ("Concatenate-2 missing", Op.windows),
    ("Permute-2 missing", Op.windows),
    ("TimeDistributed-1 missing", Op.windows),
    ("Softmax-1 missing", Op.windows),
    ("Bidirectional-1 missing", Op.windows),
]


@pytest.mark.parametrize(("fault", "windows"), FAULTS, ids=[fault for fault, _ in FAULTS])
def test_planted_windows_are_caught(fault: str, windows: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    op, example = named_example(fault.partition(" ")[0])
    monkeypatch.setattr(op, "windows", windows)
    assert difference(op, example.arguments, smaller(op, example)) is not None


@pytest.mark.parametrize("name", ["Conv2D-0", "Slice-1", "Flatten-0", "UpSampling1D-0", "GlobalMaxPooling1D-1"])
def test_an_op_that_changes_spatial_sizes_must_define_windows(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    op, example = named_example(name)
    monkeypatch.setattr(op, "windows", Op.windows)
    made = op(**example.arguments)
    with pytest.raises(TypeError, match="changes spatial sizes and does not define `windows`"):
        made.windows(example.inputs, made.infer(*example.inputs))


def test_an_axis_that_becomes_channels_is_not_the_same_axis() -> None:
    class Squeeze(Op):
        """The input without its channels."""

    with pytest.raises(TypeError, match="Squeeze changes spatial sizes"):
        Squeeze().windows(((3, 8, 1),), (3, 8))
    assert Squeeze().windows(((3, 8, 1),), (3, 8, 5)) == (Window(), Window())
    assert Squeeze().windows(((3, 5),), (3, 5, 4)) == (Window(),)
