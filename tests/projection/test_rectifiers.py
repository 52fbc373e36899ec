"""Each rectifier in each method, with activations on both sides of its bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.projection.networks import made, network
from tests.projection.reference import MASKS, run
from tests.projection.test_projection import close, noise

SHAPE = (5, 6, 3)
CONVOLUTION = {"filters": 4, "kernel_size": [2, 2], "strides": [1, 1], "padding": "valid"}
RECTIFIERS: list[tuple[str, dict[str, Any]]] = [
    ("ReLU", {}),
    ("ReLU", {"max_value": 6}),
    ("ReLU", {"max_value": 2}),
    ("ReLU", {"negative_slope": 0.5}),
    ("ReLU", {"negative_slope": 0.5, "max_value": 3}),
    ("LeakyReLU", {"negative_slope": 0.25}),
    ("PReLU", {"shared_axes": [1, 2]}),
]


@pytest.mark.parametrize(("op", "arguments"), RECTIFIERS, ids=str)
def test_a_rectifier_has_its_rule(op: str, arguments: dict[str, Any]) -> None:
    steps = [
        ("Conv2D", {**CONVOLUTION, "name": "below"}),
        (op, {**arguments, "name": "rectifier"}),
        ("Conv2D", {**CONVOLUTION, "name": "above"}),
    ]
    net = network(steps, SHAPE)
    model, weights = made(net)
    image = 4 * noise(0, *SHAPE)
    hidden, _ = run(steps[:1], image.astype("float64"), weights, MASKS["gradient"])
    assert (hidden < 0).any()
    assert (hidden > 6).any()
    found = {}
    for method, masks in MASKS.items():
        output, back = run(steps, image.astype("float64"), weights, masks)
        view = net.view(model, image, layer="end", top=2, method=method)
        for unit, projection in zip(view.units, view.projections, strict=True):
            signal = np.zeros_like(output)
            signal[(*unit.position, unit.unit)] = unit.activation
            assert close(projection, back(signal))
        found[method] = view.projections
    assert not close(found["deconv"], found["gradient"])
    assert not close(found["deconv"], found["guided"])
