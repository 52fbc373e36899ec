"""Every example of every op against the Keras layer."""

from __future__ import annotations

import inspect
from typing import Any

import keras
import pytest

from archc.ir.op import Op
from tests.ops.oracle import Accepted, disagreement, example_names, first_examples, keras_layer, named_example, of_archc


@pytest.mark.parametrize("name", example_names())
def test_shape_and_weights_are_those_of_keras(name: str) -> None:
    op, example = named_example(name)
    assert isinstance(of_archc(op, example.arguments, example.inputs), Accepted)
    assert disagreement(op, example.arguments, example.inputs) is None


# Where archc refuses on purpose an open size that Keras accepts, and why.
_CHANGES_ARE_DRAWN = "Keras finds out while it trains, of some of the changes that it draws"
STRICTER = {
    "CenterCrop": "Keras crops an image of an open size that it would enlarge, so that less is left",
    "AugMix": _CHANGES_ARE_DRAWN,
    "RandAugment": _CHANGES_ARE_DRAWN,
}


@pytest.mark.parametrize(
    "name", first_examples([name for name in example_names() if name.partition("-")[0] not in STRICTER])
)
def test_sizes_known_only_at_run_time(name: str) -> None:
    """Each axis alone, then all but the channels."""
    op, example = named_example(name)
    unknown = [
        tuple(tuple(None if axis == hidden else size for axis, size in enumerate(shape)) for shape in example.inputs)
        for hidden in range(max((len(shape) for shape in example.inputs), default=0))
    ]
    unknown.append(tuple((*(None for _ in shape[:-1]), *shape[-1:]) for shape in example.inputs))
    faults = [disagreement(op, example.arguments, inputs, example.inputs) for inputs in unknown]
    assert not [fault for fault in faults if fault is not None]


@pytest.mark.parametrize("name", example_names(layers=True))
def test_arguments_left_to_defaults_do_not_change_the_layer(name: str) -> None:
    op, example = named_example(name)
    made = op(**example.arguments)
    written = keras_layer(op.__name__, {**made.arguments(), "name": "case"})
    fields = {name: getattr(made, name) for name in op.model_fields if accepted_by_constructor(op, name)}
    meant = keras_layer(op.__name__, {**fields, "name": "case"})
    assert config_of(written) == config_of(meant)


def accepted_by_constructor(op: type[Op], name: str) -> bool:
    """Whether Keras's constructor takes the argument: that of `SpatialDropout*` takes no `trainable`."""
    parameters = inspect.signature(getattr(keras.layers, op.__name__).__init__).parameters
    return name in parameters or "kwargs" in parameters


def config_of(layer: keras.Layer) -> dict[str, Any]:
    """A layer's configuration without its name."""
    return {name: value for name, value in layer.get_config().items() if name != "name"}
