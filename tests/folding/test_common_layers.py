"""Layers that several parts of a model call: the parts become uses of one block that share them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import pytest
from keras import layers

import archc
from archc.folding.write import write
from tests.folding.equality import is_equal, lines_of
from tests.keras_names import numbered_anew

Layer = Callable[[Any], Any]


def heads(kinds: tuple[str, ...], levels: int, *, named: bool = True, norm: bool = True) -> keras.Model:
    """Heads of a detector over levels: convolutions in common, a normalization at each level."""

    def name(text: str) -> str | None:
        return text if named else None

    numbered_anew()
    entered = [keras.Input((2 ** (levels - k), 2 ** (levels - k), 8), name=f"p{k}") for k in range(levels)]
    outputs = []
    for kind in kinds:
        convs = [layers.SeparableConv2D(8, 3, padding="same", name=name(f"{kind}_conv{i}")) for i in range(3)]
        predict = layers.Conv2D(len(kind), 1, name=name(f"{kind}_predict"))
        for k, x in enumerate(entered):
            for i, conv in enumerate(convs):
                x = conv(x)
                x = layers.BatchNormalization(name=name(f"{kind}_norm{i}_{k}"))(x) if norm else x
                x = layers.Activation("swish")(x)
            outputs.append(layers.Flatten()(predict(x)))
    return keras.Model(entered, outputs, name="heads")


@pytest.mark.parametrize(
    ("kinds", "levels", "options"),
    [
        (("box",), 3, {}),
        (("class", "box"), 3, {}),
        (("class", "box", "mask"), 4, {}),
        (("class", "box"), 3, {"named": False}),
        (("class", "box"), 3, {"norm": False}),
    ],
    ids=["one head", "two heads", "three heads", "names of Keras", "nothing of their own"],
)
def test_heads_are_uses_of_a_block(kinds: tuple[str, ...], levels: int, options: dict[str, bool]) -> None:
    graph = archc.load(heads(kinds, levels, **options)).graph
    written, flat = write(graph, "Heads"), write(graph, "Heads", flat=True)
    is_equal(graph, written.text)
    assert written.folded
    assert written.refused == ()
    assert written.text.count("share_inside: ") == len(kinds) * levels
    assert lines_of(written.text) < lines_of(flat.text) / 1.5


def test_a_layer_that_is_called_elsewhere_too_is_shared_by_the_file() -> None:
    numbered_anew()
    first, second = keras.Input((4,), name="first"), keras.Input((4,), name="second")
    common, other = layers.Dense(4, name="common"), layers.Dense(4, name="other")
    ends = []
    for k, x in enumerate((first, second)):
        x = layers.LayerNormalization(name=f"norm{k}")(common(x))
        ends.append(other(layers.ReLU()(x)))
    model = keras.Model([first, second], [*ends, common(ends[0])])
    graph = archc.load(model).graph
    text = write(graph, "Calls").text
    is_equal(graph, text)
    assert text.count("share: common\n") == 3


def test_a_layer_that_runs_call_in_other_places_is_shared_by_the_file() -> None:
    numbered_anew()
    entered = keras.Input((4,), name="entered")
    one, other = layers.Dense(4, name="one"), layers.Dense(4, name="other")
    x = entered
    for first, second in ((one, other), (other, one), (one, other)):
        x = layers.LayerNormalization()(second(layers.ReLU()(first(x))))
    graph = archc.load(keras.Model(entered, x)).graph
    is_equal(graph, write(graph, "Calls").text)
