"""Models of Keras whose recurrent layers give and take states."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from tests.keras_names import numbered_anew


def translator(kind: str = "LSTM", *, with_states: bool = False) -> Any:
    """An encoder whose states a decoder begins with, as Keras's guide to sequences writes it."""
    numbered_anew()
    source, target = keras.Input((7, 5), name="source"), keras.Input((6, 4), name="target")
    recurrent = getattr(layers, kind)
    _, *states = recurrent(8, return_state=True, name="encoder")(source)
    outputs, *left = recurrent(8, return_sequences=True, return_state=True)(target, initial_state=states)
    words = layers.Dense(3, activation="softmax")(outputs)
    return keras.Model([source, target], [words, *left] if with_states else words)


def both_ways() -> Any:
    """A decoder that begins with the joined states of an encoder that reads both ways, and attends to its outputs."""
    numbered_anew()
    source, target = keras.Input((7, 5), name="source"), keras.Input((6, 4), name="target")
    reader = layers.Bidirectional(layers.LSTM(4, return_sequences=True, return_state=True))
    outputs, *states = reader(source)
    joined = [layers.Concatenate()([states[place], states[place + 2]]) for place in (0, 1)]
    decoded = layers.LSTM(8, return_sequences=True)(target, initial_state=joined)
    attended = layers.Attention()([decoded, outputs])
    again, *_ = reader(layers.Dense(5)(attended), initial_state=states)
    return keras.Model([source, target], layers.Dense(3)(layers.Concatenate()([again, attended])))


def shared_encoder() -> Any:
    """A model that leaves states, and is called twice."""
    numbered_anew()
    entered = keras.Input((None, 5))
    steps, state = layers.GRU(6, return_sequences=True, return_state=True)(entered)
    encoder = keras.Model(entered, [layers.Dense(4)(state), steps, state], name="encoder")
    left, right = keras.Input((4, 5), name="left"), keras.Input((6, 5), name="right")
    (one, steps, _), (other, _, state) = encoder(left), encoder(right)
    last = layers.GRU(6)(steps, initial_state=state)
    return keras.Model([left, right], layers.Concatenate()([one, other, last]))


def cells() -> Any:
    """Cells, stacked cells, convolutional recurrence, spectral normalization."""
    numbered_anew()
    entered = keras.Input((4, 5))
    stacked = [layers.LSTMCell(6), layers.GRUCell(4), layers.LSTMCell(3, activation="relu")]
    x = layers.RNN(stacked, return_sequences=True)(entered)
    x, *states = layers.RNN(layers.LSTMCell(6), return_state=True, return_sequences=True)(x)
    x = layers.RNN(layers.LSTMCell(6), return_sequences=True)(x, initial_state=states[::-1])
    x = layers.SpectralNormalization(layers.Dense(16))(x)
    x, *states = layers.ConvLSTM2D(3, 2, padding="same", return_sequences=True, return_state=True)(
        layers.Reshape((2, 2, 4, 4))(x)
    )
    x = layers.ConvLSTM2D(3, 2, padding="same")(x, initial_state=states)
    return keras.Model(entered, layers.SpectralNormalization(layers.Dense(3), power_iterations=2)(layers.Flatten()(x)))


MODELS = {
    "LSTM": translator,
    "GRU": lambda: translator("GRU"),
    "SimpleRNN": lambda: translator("SimpleRNN"),
    "states are outputs": lambda: translator(with_states=True),
    "both ways": both_ways,
    "shared encoder": shared_encoder,
    "cells": cells,
}
