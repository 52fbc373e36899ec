"""Activations with arguments in every target: what is computed is the function of Keras, and files need no archc."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import archc
from archc.network import Network
from tests.ops.oracle import Activated
from tests.targets import running
from tests.targets.made import config, executed
from tests.targets.networks import network
from tests.targets.pytorch import differences

WITH_ARGUMENTS: dict[str, dict[str, Any]] = {
    "celu": {"alpha": 0.5},
    "elu": {"alpha": 0.5},
    "gelu": {"approximate": True},
    "hard_shrink": {"threshold": 0.25},
    "leaky_relu": {"negative_slope": 0.125},
    "log_softmax": {"axis": 3},
    "relu": {"negative_slope": 0.125, "max_value": 0.75, "threshold": 0.25},
    "soft_shrink": {"threshold": 0.25},
    "softmax": {"axis": 3},
    "sparsemax": {"axis": 3},
    "squareplus": {"b": 2},
    "threshold": {"threshold": 0.25, "default_value": -1},
}
SPEC = """archc: 1
name: Net
input: [6, 5, 2]
params: {{number: {number}}}
layers:
  - Conv2D: {{filters: 3, kernel_size: 2, activation: {{{name}: {written}}}}}
    name: inside
  - Activation: {{{name}: {arguments}}}
    name: alone
"""


def net(name: str) -> Network:
    """A network with the activation inside a layer, with a number of it as a parameter, and as a step."""
    arguments = WITH_ARGUMENTS[name]
    pairs = [f"{key}: {str(value).lower()}" for key, value in arguments.items()]
    first = pairs[0].partition(": ")
    written = [f"{first[0]}: $number", *pairs[1:]]
    return network(
        SPEC.format(
            name=name, number=first[2], written=f"{{{', '.join(written)}}}", arguments=f"{{{', '.join(pairs)}}}"
        )
    )


@pytest.mark.parametrize("name", WITH_ARGUMENTS)
def test_what_is_built_computes_the_function(name: str, tmp_path: Path) -> None:
    made = net(name)
    model = running.seeded(made.build())
    model.save(tmp_path / "net.keras")
    again = keras.saving.load_model(tmp_path / "net.keras")
    x = np.random.default_rng(1).normal(size=(2, 6, 5, 2)).astype("float32")
    plain = keras.layers.Conv2D(3, 2)
    plain.build((None, 6, 5, 2))
    plain.set_weights(model.get_layer("inside").get_weights())
    function = getattr(keras.activations, name)
    wanted = function(function(plain(x), **WITH_ARGUMENTS[name]), **WITH_ARGUMENTS[name])
    for each in (model, again):
        np.testing.assert_allclose(each(x), wanted, atol=1e-6)
    read = archc.load(str(tmp_path / "net.keras"))
    assert not made.diff(read)
    assert [node.op for node in read.graph.nodes] == [node.op for node in made.graph.nodes]


@pytest.mark.parametrize("name", WITH_ARGUMENTS)
@pytest.mark.parametrize("flat", [False, True])
def test_the_source_makes_the_model_that_is_built(name: str, flat: bool) -> None:
    made = net(name)
    assert config(executed(made.source(flat=flat))()) == config(made.build())


@pytest.mark.parametrize("name", [name for name in WITH_ARGUMENTS if name != "sparsemax"])
def test_pytorch_computes_the_same(name: str) -> None:
    pytest.importorskip("torch")
    (apart,) = differences(net(name).graph)
    assert apart < 1e-5


def test_recurrent_layers_are_built_saved_and_read(tmp_path: Path) -> None:
    made = network(
        "archc: 1\nname: Net\ninput: [5, 2]\nlayers:\n"
        "  - Bidirectional: {layer: {LSTM: {units: 3, activation: {gelu: true}, return_sequences: true}}}\n"
        "  - GRU: {units: 3, activation: {LeakyReLU: 0.125}, recurrent_activation: {ReLU: 1}, return_sequences: true}\n"
        "  - SimpleRNN: {units: 3, activation: {soft_shrink: 0.25}}\n"
    )
    model = running.seeded(made.build())
    model.save(tmp_path / "net.keras")
    again = keras.saving.load_model(tmp_path / "net.keras")
    x = np.random.default_rng(1).normal(size=(2, 5, 2)).astype("float32")
    np.testing.assert_array_equal(model(x), again(x))
    direct = keras.Sequential(
        [
            keras.layers.Bidirectional(
                keras.layers.LSTM(3, activation=Activated("gelu", {"approximate": True}), return_sequences=True)
            ),
            keras.layers.GRU(
                3,
                activation=keras.layers.LeakyReLU(0.125),
                recurrent_activation=keras.layers.ReLU(1.0),
                return_sequences=True,
            ),
            keras.layers.SimpleRNN(3, activation=Activated("soft_shrink", {"threshold": 0.25})),
        ]
    )
    direct.build((None, 5, 2))
    direct.set_weights(model.get_weights())
    np.testing.assert_allclose(direct(x), model(x), atol=1e-6)
    assert not made.diff(archc.load(str(tmp_path / "net.keras")))


def test_a_layer_as_an_activation_is_read_as_one() -> None:
    entered = keras.Input((6, 5, 2))
    x = keras.layers.Conv2D(3, 2, activation=keras.layers.LeakyReLU(0.125), name="leaky")(entered)
    x = keras.layers.Dense(3, activation=keras.layers.ReLU(max_value=2.0), name="bounded")(x)
    x = keras.layers.Dense(3, activation=keras.layers.Softmax(axis=1), name="apart")(x)
    x = keras.layers.Dense(3, activation=keras.layers.LeakyReLU(0.125, dtype="float16"), name="typed")(x)
    read = archc.load(keras.Model(entered, x)).graph
    written = [(node.name, node.op.arguments().get("activation")) for node in read.nodes]
    assert [(name, str(held)) for name, held in written if held is not None] == [
        ("leaky", "negative_slope=0.125"),
        ("bounded", "negative_slope=0.0 max_value=2.0 threshold=0.0"),
    ]
    assert [name for name, held in written if held is None] == ["apart", "apart_softmax", "typed", "typed_leaky_re_lu"]
