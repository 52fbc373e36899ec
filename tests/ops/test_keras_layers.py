"""The layers that Keras has and archc does not."""

from __future__ import annotations

from archc.ops import registry
from archc.ops.keras_layers import NOT_IN_VOCABULARY


def test_they_are_all_layers_of_keras_that_have_one_name_and_are_no_op() -> None:
    import keras

    layers = {name: one for name, one in vars(keras.layers).items() if isinstance(one, type)}
    base = ("Layer", "Wrapper")
    own = {
        name
        for name, one in layers.items()
        if issubclass(one, keras.Layer) and (one.__name__ == name or one.__name__ not in layers)
    }
    assert set(NOT_IN_VOCABULARY) == own - set(registry()) - set(base)
