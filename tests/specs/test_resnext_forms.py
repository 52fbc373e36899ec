"""ResNeXt's three forms (Figure 3 of the paper), given the same weights, compute the same function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pytest

from archc.network import load
from tests.keras_names import numbered_anew

CARDINALITY = 3
SMALL: dict[str, Any] = {"depths": [1, 2, 1, 1], "cardinality": CARDINALITY, "width": 2, "classes": 10}
SIZE = (64, 64, 3)

Weights = list[np.ndarray]


def of_form(form: str) -> keras.Model:
    numbered_anew()
    return load("resnext", form=form, inputs=SIZE, **SMALL).build()


def weights_of(model: keras.Model) -> dict[str, Weights]:
    return {layer.name: layer.get_weights() for layer in model.layers if layer.weights}


def drawn(weight: Any, random: np.random.Generator) -> Any:
    """Values that hide no fault: no fresh zeros and ones."""
    if len(weight.shape) == 1:
        return random.uniform(0.3, 2, weight.shape)
    return random.normal(0, (2 / np.prod(weight.shape[:-1])) ** 0.5, weight.shape)


def split(layer: str, weights: Weights) -> Iterator[tuple[str, Weights]]:
    """The paths' shares in a layer of the grouped form, each with the name of its layer in a path."""
    unit, part, kind = layer.rsplit("_", 2)
    axis = -2 if part == "3" else -1  # the last 1x1 takes what the paths give; the others give it
    shares = zip(*(np.split(weight, CARDINALITY, axis) for weight in weights), strict=True)
    for path, share in enumerate(shares, 1):
        yield f"{unit}_path{path}_{part}_{kind}", list(share)


def copy_weights(grouped: keras.Model, form: str, model: keras.Model) -> None:
    """Gives a model of form (a) or (b) the weights of one of form (c)."""
    splits = ("_1_conv", "_1_bn", "_2_conv", "_2_bn", *(("_3_conv",) if form == "a" else ()))
    copied = set()
    for layer, weights in weights_of(grouped).items():
        in_paths = "_block" in layer and layer.endswith(splits)
        for name, share in split(layer, weights) if in_paths else [(layer, weights)]:
            model.get_layer(name).set_weights(share)
            copied.add(name)
    assert copied == set(weights_of(model))


@pytest.mark.parametrize("form", ["a", "b"])
def test_the_forms_compute_the_same(form: str) -> None:
    random = np.random.default_rng(0)
    grouped, paths = of_form("c"), of_form(form)
    grouped.set_weights([drawn(weight, random) for weight in grouped.weights])
    copy_weights(grouped, form, paths)
    images = random.normal(size=(2, *SIZE)).astype("float32")
    for layer in ("conv2_block1_3_bn", "conv3_block1_out", "conv5_block1_out", "predictions"):
        ends = [keras.Model(model.input, model.get_layer(layer).output) for model in (grouped, paths)]
        wanted, found = (np.array(end(images)) for end in ends)
        assert wanted.std() > 1e-3
        assert abs(found - wanted).max() <= 1e-5 * np.ptp(wanted)


def test_the_forms_have_equal_counts() -> None:
    networks = [load("resnext50_32x4d", form=form) for form in "abc"]
    assert len({(net.params, net.total_params, net.macs, net.depth) for net in networks}) == 1
