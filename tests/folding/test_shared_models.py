"""Models inside a model that are called several times: read, built, folded and flat, expanded again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import pytest
from keras import layers

import archc
from archc.folding.write import write
from tests.folding.equality import is_equal
from tests.keras_files.comparison import assert_equal_outputs, layers_by_place
from tests.keras_names import numbered_anew
from tests.weights.saved import randomize


def _branches(x: Any) -> tuple[Any, Any]:
    """A layer, and an activation behind it."""
    y = layers.Dense(4)(x)
    return y, layers.ReLU()(y)


def _several_outputs(x: Any) -> Any:
    entered = keras.Input((4,))
    two = keras.Model(entered, [*_branches(entered)])
    a, b = two(x)
    c, d = two(b)
    return layers.Add()([a, c, d])


def _the_last_layer_first(x: Any) -> Any:
    entered = keras.Input((4,))
    two = keras.Model(entered, [*_branches(entered)][::-1])
    return layers.Add()([end for _ in range(2) for end in two(x)])


def _an_output_that_one_use_needs(x: Any) -> Any:
    entered = keras.Input((4,))
    two = keras.Model(entered, [layers.ELU()(entered), *_branches(entered)])
    e, a, b = two(x)
    return layers.Add()([e, a, two(b)[0]])


def _an_output_that_no_use_needs(x: Any) -> Any:
    entered = keras.Input((4,))
    two = keras.Model(entered, [layers.ELU()(entered), *_branches(entered)])
    return layers.Add()([two(two(x)[2])[2], two(x)[1]])


def _an_input_as_an_output(x: Any) -> Any:
    entered = keras.Input((4,))
    two = keras.Model(entered, [entered, layers.Dense(4)(entered)])
    a, b = two(x)
    return layers.Add()([a, b, *two(b)])


def _one_tensor_twice(x: Any) -> Any:
    entered = keras.Input((4,))
    y = layers.Dense(4)(entered)
    two = keras.Model(entered, [y, y])
    return layers.Add()([*two(x), *two(layers.ReLU()(x))])


def _no_layers(x: Any) -> Any:
    entered = keras.Input((4,))
    nothing = keras.Model(entered, entered)
    return layers.Add()([nothing(x), nothing(layers.Dense(4)(x))])


def _six_inputs(x: Any) -> Any:
    entered = [keras.Input((4,)) for _ in range(6)]
    many = keras.Model(entered, layers.Concatenate()([layers.Dense(3)(one) for one in entered]))
    given = [layers.LeakyReLU(0.1 * (number + 1))(x) for number in range(6)]
    return layers.Add()([many(given), many(given[::-1])])


def _an_input_that_nothing_reads(x: Any) -> Any:
    entered = [keras.Input((4,)), keras.Input((4,))]
    one = keras.Model(entered, layers.Dense(4)(entered[0]))
    return one([one([x, x]), x])


def _several_outputs_inside(x: Any) -> Any:
    entered = keras.Input((4,))
    two = keras.Model(entered, [layers.Dense(4)(entered), *_branches(entered)])
    entered = keras.Input((4,))
    a, b, c = two(entered)
    _, e, f = two(layers.Add()([a, b]))
    around = keras.Model(entered, [a, e, f, c])
    p, q = around(x), around(layers.ReLU()(x))
    return layers.Concatenate()([q[0], q[1], p[1], around(p[3])[0]])


def _a_layer_twice_two_models_deep(x: Any) -> Any:
    entered, layer = keras.Input((4,)), layers.Dense(4)
    inner = keras.Model(entered, layers.Add()([layer(entered), layer(layer(entered))]))
    entered = keras.Input((4,))
    around = keras.Model(entered, layers.Add()([inner(entered), inner(layers.ReLU()(entered))]))
    return layers.Add()([around(x), around(around(x))])


def _a_layer_that_two_merges_read(x: Any) -> Any:
    """The second merge reads what stands in the branches of the first."""
    entered = keras.Input((4,))
    doubled = entered * 2
    y = layers.Dense(4)(layers.Add()([entered, doubled]))
    one = keras.Model(entered, layers.Add()([y, layers.Multiply()([y, doubled])]))
    return layers.Add()([one(x), one(layers.ReLU()(x))])


MAKERS = [
    _several_outputs, _the_last_layer_first, _an_output_that_one_use_needs, _an_output_that_no_use_needs,
    _an_input_as_an_output, _one_tensor_twice, _no_layers, _six_inputs, _an_input_that_nothing_reads,
    _several_outputs_inside, _a_layer_twice_two_models_deep, _a_layer_that_two_merges_read,
]  # fmt: skip


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__.strip("_"))
def test_a_shared_model_is_read_built_and_written(make: Callable[[Any], Any]) -> None:
    numbered_anew()
    entered = keras.Input((4,))
    model = randomize(keras.Model(entered, make(entered)))
    network = archc.load(model)
    held, built = dict(layers_by_place(model)), network.build()
    ours = {layer.name: layer for _, layer in layers_by_place(built)}
    for node in network.graph.nodes:
        if node.first is None and node.weights:
            ours[node.name].set_weights(held[node.at.layer].get_weights())
    assert_equal_outputs(model, built, tolerance=0)
    for flat in (True, False):
        is_equal(network.graph, write(network.graph, "Shared", flat=flat).text)
