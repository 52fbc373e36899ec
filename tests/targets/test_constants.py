"""`Constant`: given numbers in every target, which are no weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import archc
from archc.diagnostics import SpecError
from tests.targets.made import config, executed
from tests.targets.networks import network
from tests.targets.pytorch import differences

HEAD = "archc: 1\nname: Net\ninput: [6, 5, 3]\nlayers:\n"
VALUES: dict[str, Any] = {
    "{value: [[1, 2, 3], [4, 5, 6]]}": np.array([[1, 2, 3], [4, 5, 6]]),
    "{value: 0.5, shape: [7, 2, 1]}": np.full((7, 2, 1), 0.5),
    "{value: [[[1]], [[2]]], shape: [2, 3, 4]}": np.broadcast_to([[[1]], [[2]]], (2, 3, 4)),
    "{value: [1, -2.5], shape: [3, 2]}": np.broadcast_to([1, -2.5], (3, 2)),
    "[1, 2, 4]": np.array([1, 2, 4]),
    "{value: [[[[[1, 2]]]]]}": np.array([[[[[1, 2]]]]]),
}


@pytest.mark.parametrize("written", VALUES)
@pytest.mark.parametrize("entered", ["[6, 5, 3]", "{shape: [4], dtype: int32}", "{shape: [null, 2], dtype: uint8}"])
def test_the_numbers_are_those_that_are_given(written: str, entered: str, tmp_path: Path) -> None:
    made = network(f"unused: warn\n{HEAD.replace('[6, 5, 3]', entered)}  - Constant: {written}\n")
    model = made.build()
    model.save(tmp_path / "net.keras")
    shape = tuple(3 if size is None else size for size in model.inputs[0].shape[1:])
    x = np.ones((2, *shape), model.inputs[0].dtype)
    for each in (model, keras.saving.load_model(tmp_path / "net.keras")):
        output = np.asarray(each(x))
        assert output.dtype == "float32"
        np.testing.assert_array_equal(output, np.broadcast_to(VALUES[written], (2, *VALUES[written].shape)))
        assert not each.weights


WHOLE = """archc: 1
name: Net
input: [6, 5, 3]
params: {number: 0.5}
blocks:
  shifted:
    layers:
      - Add: [[], {Constant: [1, 2, 3]}]
layers:
  - Multiply: [[], {Constant: {value: [[1, 2, 4]], shape: [6, 5, 3]}}]
  - shifted:
    share: s
  - Dense: 3
  - shifted:
    share: s
  - Concatenate: [[], {Constant: {value: $number, shape: [6, 5, 1]}}]
    as: concatenated
  - Constant: {value: [[0.25]], shape: [6, 5, 4]}
    name: again
    share: c
    as: c
  - Add: [concatenated, c]
"""


def test_it_is_built_saved_and_read_again(tmp_path: Path) -> None:
    made = network(WHOLE)
    model = made.build()
    model.save(tmp_path / "net.keras")
    assert not made.diff(archc.load(str(tmp_path / "net.keras")))
    assert [weight.path for weight in model.weights] == ["dense/kernel", "dense/bias"]


@pytest.mark.parametrize("flat", [False, True])
def test_the_source_makes_the_model_that_is_built(flat: bool) -> None:
    net = network(WHOLE)
    assert config(executed(net.source(flat=flat))()) == config(net.build())


def test_pytorch_computes_the_same() -> None:
    torch = pytest.importorskip("torch")
    assert max(differences(network(WHOLE).graph)) < 1e-5
    names: dict[str, Any] = {}
    exec(compile(network(WHOLE).source("torch"), "net.py", "exec"), names)
    module = names["Net"]()
    assert not list(module.buffers())
    assert module(torch.zeros(2, 3, 6, 5)).shape == (2, 4, 6, 5)


def test_full_like_of_keras_is_read_as_a_constant() -> None:
    entered = keras.Input((4, 3), name="input_layer")
    model = keras.Model(entered, keras.layers.Add(name="add")([entered, keras.ops.full_like(entered, 0.5)]))
    spec = HEAD.replace("[6, 5, 3]", "[4, 3]") + "  - Add: [[], {Constant: {value: 0.5, shape: [4, 3]}}]\n"
    assert not network(spec).diff(archc.load(model))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("{value: 2, shape: [2, 2]}", "[[2, 2], [2, 2]]", True),
        ("{value: [[1], [2]], shape: [2, 2]}", "[[1, 1], [2, 2]]", True),
        ("{value: [1, 2], shape: [2, 2]}", "[[1, 2], [1, 2]]", True),
        ("{value: [1, 2], shape: [2, 2]}", "[[1, 1], [2, 2]]", False),
        ("{value: 2, shape: [2, 2]}", "{value: 2, shape: [2, 1]}", False),
    ],
)
def test_equal_numbers_are_one_constant(one: str, other: str, same: bool) -> None:
    left, right = (
        network(f"{HEAD.replace('[6, 5, 3]', '[2, 2]')}  - Add: [[], {{Constant: {written}}}]\n")
        for written in (one, other)
    )
    found = left.diff(right)
    assert (not found) == same
    assert same or "numerics" in found.classes


@pytest.mark.parametrize(
    ("arguments", "codes"),
    [
        ("0.5", ["argument"]),
        ("{}", ["missing-argument"]),
        ("{value: []}", ["argument"]),
        ("{value: [[1, 2], [3]]}", ["argument"]),
        ("{value: [[1, 2], 3]}", ["argument"]),
        ("{value: [1, a]}", ["argument"]),
        ("{value: true, shape: [3]}", ["argument"]),
        ("{value: .inf, shape: [3]}", ["not-finite"]),
        ("{value: [1, 2], shape: [3]}", ["argument"]),
        ("{value: [[1, 2]], shape: [2]}", ["argument"]),
        ("{value: 1, shape: [0]}", ["argument"]),
        ("{value: 1, shape: []}", ["argument"]),
        ("{value: 1, shape: 3}", ["argument"]),
        ("{value: [1, 2, 3], trainable: false}", ["argument"]),
        ("{value: [1, 2, 3], dtype: int32}", ["argument"]),
        ("{value: [1, 2, 3], initializer: zeros}", ["unknown-argument"]),
        ("{vlaue: [1, 2, 3]}", ["unknown-argument"]),
    ],
)
def test_wrong_uses_have_one_error(arguments: str, codes: list[str]) -> None:
    with pytest.raises(SpecError) as caught:
        network(f"{HEAD}  - Multiply: [[], {{Constant: {arguments}}}]\n")
    assert sorted(found.code for found in caught.value.diagnostics) == codes
