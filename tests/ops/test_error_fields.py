"""The errors of ops: what they are about stands in their fields, and their messages name it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from archc.ir.op import ArgumentError, Op
from archc.ir.shape import Shape, ShapeError
from archc.ops import registry
from tests.cases import generated_cases
from tests.ops.generated import Case, generated


def errors_of(op: type[Op], case: Case) -> Iterator[ShapeError | ArgumentError]:
    """The errors of the op itself; not those of a layer, an initializer or the like in it."""
    try:
        made = op(**case.arguments)
        shapes = case.inputs
        if not hasattr(made, "layer"):
            made.infer(*shapes)
            made.weights(*shapes)
    except ShapeError as error:
        yield error
    except ValidationError as error:
        for found in error.errors():
            cause = found.get("ctx", {}).get("error")
            if isinstance(cause, ArgumentError) and len(found["loc"]) <= 1:
                yield cause
            assert cause is None or isinstance(cause, ArgumentError), cause


def named(op: type[Op], message: str) -> tuple[str, ...]:
    """The arguments that a message names; the width of a window for one that does not fit."""
    if message.startswith("a window of"):
        return tuple(name for name in ("kernel_size", "pool_size", "frame_length") if name in op.model_fields)
    return tuple(name for name in re.findall(r"`(\w+)`", message) if name in op.model_fields)


@generated_cases(few=15, many=1000)
@pytest.mark.parametrize("name", registry())
def test_the_arguments_of_an_error_are_those_that_its_message_names(name: str, cases: int) -> None:
    op = registry()[name]

    @settings(max_examples=cases)
    @given(generated(op))
    def agree(case: Case) -> None:
        for error in errors_of(op, case):
            assert error.arguments == named(op, str(error))
            assert not str(error).startswith(name)
            if isinstance(error, ArgumentError) and not error.arguments:
                assert str(error).startswith("must ")

    agree()


WRONG: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "groups": ("Conv2D", {"filters": 8, "kernel_size": 3, "groups": 3}, ("groups", "filters")),
    "strides": (
        "Conv1D",
        {"filters": 8, "kernel_size": 3, "strides": 2, "dilation_rate": 2},
        ("strides", "dilation_rate"),
    ),
    "size": ("LocalResponseNormalization", {"size": 4}, ("size",)),
    "trainable": ("ChannelShuffle", {"groups": 4, "trainable": False}, ("trainable",)),
    "dtype": ("Slice", {"dtype": "float16"}, ("dtype",)),
    "dims": ("Permute", {"dims": [1, 1]}, ("dims",)),
    "mean": ("Normalization", {"mean": 1}, ("mean", "variance")),
    "layers": ("Bidirectional", {"layer": {"LSTM": 3}, "backward_layer": {"LSTM": 3}}, ("layer", "backward_layer")),
    "aspect ratio": (
        "Resizing",
        {"height": 2, "width": 2, "crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True},
        ("crop_to_aspect_ratio", "pad_to_aspect_ratio"),
    ),
    "bias_axes": ("EinsumDense", {"equation": "ab,bc->ac", "output_shape": 3, "bias_axes": "x"}, ("bias_axes",)),
    "output_padding": (
        "Conv2DTranspose",
        {"filters": 2, "kernel_size": 3, "strides": 2, "output_padding": 2},
        ("output_padding", "strides"),
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_arguments_that_do_not_fit_each_other(name: str) -> None:
    op_name, arguments, expected = WRONG[name]
    with pytest.raises(ValidationError) as caught:
        registry()[op_name](**arguments)
    (found,) = caught.value.errors()
    assert found["loc"] == ()
    assert found["ctx"]["error"].arguments == expected


UNFIT: dict[str, tuple[str, dict[str, Any], tuple[Shape, ...], tuple[str, ...]]] = {
    "a window": ("Conv2D", {"filters": 8, "kernel_size": 9}, ((8, 8, 3),), ("kernel_size",)),
    "a pooling window": ("MaxPooling2D", {"pool_size": 9}, ((8, 8, 3),), ("pool_size",)),
    "a rank": ("Conv2D", {"filters": 8, "kernel_size": 9}, ((8, 3),), ()),
    "groups": ("Conv2D", {"filters": 8, "kernel_size": 3, "groups": 2}, ((8, 8, 3),), ("groups",)),
    "an axis": ("Softmax", {"axis": 4}, ((8, 8, 3),), ("axis",)),
    "an attended axis": (
        "MultiHeadAttention",
        {"num_heads": 2, "key_dim": 3, "attention_axes": 5},
        ((8, 3), (8, 3)),
        ("attention_axes",),
    ),
    "an unknown size": ("BatchNormalization", {}, ((8, None),), ("axis",)),
    "no known channels": ("Dense", {"units": 3}, ((8, None),), ()),
    "a slice": ("Slice", {"axis": 1, "start": 4, "stop": 4}, ((8, 3),), ("start", "stop", "axis")),
    "a broadcast": ("Add", {}, ((8, 3), (7, 3)), ()),
    "a concatenation": ("Concatenate", {}, ((8, 3), (7, 3)), ("axis",)),
    "output shape": (
        "EinsumDense",
        {"equation": "abc,cd->abd", "output_shape": 6},
        ((5, 4),),
        ("output_shape", "equation"),
    ),
}


@pytest.mark.parametrize("name", UNFIT)
def test_shapes_that_do_not_fit(name: str) -> None:
    op_name, arguments, inputs, expected = UNFIT[name]
    with pytest.raises(ShapeError) as caught:
        registry()[op_name](**arguments).infer(*inputs)
    assert caught.value.arguments == expected


def test_a_word_that_is_not_known_comes_with_those_that_are() -> None:
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"units": 3, "activation": "relo"}, "relo", "relu"),
        ({"units": 3, "kernel_initializer": {"HeNorml": {}}}, "HeNorml", "HeNormal"),
        ({"units": 3, "kernel_regularizer": "l3"}, "l3", "l2"),
    ]
    for arguments, word, choice in cases:
        with pytest.raises(ValidationError) as caught:
            registry()["Dense"](**arguments)
        error = caught.value.errors()[0]["ctx"]["error"]
        assert error.word == word
        assert choice in error.choices


def test_an_error_in_a_nested_object_has_its_own_location() -> None:
    cases: list[tuple[str, dict[str, Any], list[str]]] = [
        (
            "Dense",
            {"units": 3, "kernel_regularizer": {"L1L2": {"l1": -1, "l2": "a"}}},
            ["kernel_regularizer.l1", "kernel_regularizer.l2"],
        ),
        ("Dense", {"units": 3, "kernel_initializer": {"HeNormal": {"sed": 3}}}, ["kernel_initializer.sed"]),
        ("Bidirectional", {"layer": "LSTM"}, ["layer.units"]),
        ("TimeDistributed", {"layer": {"Dense": {"units": 0, "activation": "x"}}}, ["layer.units", "layer.activation"]),
    ]
    for name, arguments, locations in cases:
        with pytest.raises(ValidationError) as caught:
            registry()[name](**arguments)
        assert [".".join(map(str, found["loc"])) for found in caught.value.errors()] == locations
