"""The activations of the language against the functions and layers of Keras."""

from __future__ import annotations

import inspect
from typing import Any

import keras
import pytest
from pydantic import ValidationError

from archc.ops import registry
from archc.ops.activation_arguments import (
    ActivationArgument,
    ActivationFunction,
    activation_functions,
    activation_words,
    canonical_activation,
)
from archc.ops.configured import configured_classes

LEFT_OUT = {"glu": "halves an axis, and no layer of Keras knows that"}
READER = ActivationArgument.__metadata__[0]  # type: ignore[attr-defined]
LAYERS = [name for name in activation_words() if name not in activation_functions()]


def test_every_function_of_keras_is_there() -> None:
    theirs = {name for name, found in vars(keras.activations).items() if inspect.isfunction(found)}
    assert theirs - {"get", "serialize", "deserialize"} == {*activation_functions(), *LEFT_OUT}


@pytest.mark.parametrize("name", activation_functions())
def test_its_arguments_are_those_of_keras(name: str) -> None:
    taken = dict(inspect.signature(getattr(keras.activations, name)).parameters)
    taken.pop("x")
    fields = configured_classes(ActivationFunction)[name].model_fields
    assert [*fields] == [*taken]
    for argument, field in fields.items():
        assert field.is_required() == (taken[argument].default is inspect.Parameter.empty)
        assert field.is_required() or field.default == taken[argument].default


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_has_the_arguments_and_defaults_of_its_op(name: str) -> None:
    op, class_ = registry()[name], READER.classes()[name]
    assert [*class_.model_fields] == op.own_arguments()
    assert {argument: field.default for argument, field in class_.model_fields.items()} == {
        argument: op.model_fields[argument].default for argument in op.own_arguments()
    }
    assert class_.first_argument() == op.first_argument()


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ("LeakyReLU", {"leaky_relu": 0.3}),
        ({"LeakyReLU": 0.2}, "leaky_relu"),
        ({"LeakyReLU": {"negative_slope": 0.1}}, {"leaky_relu": {"negative_slope": 0.1}}),
        ("ReLU", "relu"),
        ({"ReLU": 6}, {"relu": {"max_value": 6}}),
        ("ELU", "elu"),
        ({"elu": {"alpha": 1}}, "elu"),
        ({"gelu": {"approximate": False}}, "gelu"),
        ({"tanh": None}, "tanh"),
        ({"linear": {}}, None),
    ],
)
def test_two_spellings_are_one_value(written: Any, other: Any) -> None:
    assert READER.read(written) == READER.read(other)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ({"relu": {"max_value": 6}}, "relu6"),
        ({"relu": {"negative_slope": 0.2}}, "leaky_relu"),
        ({"relu": {"negative_slope": 0.1}}, {"leaky_relu": 0.1}),
        ({"leaky_relu": 0}, "relu"),
        ({"celu": 1}, "elu"),
        ({"softmax": 2}, "softmax"),
        ({"log_softmax": 1}, {"log_softmax": -2}),
        ("swish", "silu"),
        ({"gelu": True}, {"gelu": True}),
    ],
)
def test_the_spelling_that_stands_for_all(written: Any, canonical: Any) -> None:
    assert canonical_activation(READER.read(written), 2) == READER.read(canonical)


@pytest.mark.parametrize(
    ("written", "place", "message"),
    [
        ("threshold", ("threshold",), "Field required"),
        ({"threshold": {"threshold": 1}}, ("default_value",), "Field required"),
        ({"relu": 6}, (), "must be `relu` alone, or have its arguments by name"),
        ({"gelu": {"aproximate": True}}, ("aproximate",), "Extra inputs"),
        ({"gelu": "tanh"}, ("approximate",), "valid boolean"),
        ({"celu": 0}, ("alpha",), "greater than 0"),
        ({"relu": {"max_value": -1}}, ("max_value",), "greater than or equal to 0"),
        ({"relu": 1, "elu": 1}, (), "must have one key"),
        ("glu", (), "must be the name of an activation"),
    ],
)
def test_what_is_refused(written: Any, place: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        registry()["Dense"].model_validate({"units": 3, "activation": written})
    first = caught.value.errors()[0]
    assert first["loc"] == ("activation", *place)
    assert message in first["msg"]
