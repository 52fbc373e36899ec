"""The box of the image that a unit sees is where its gradient is not zero, but for the borders that strides skip."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings

from tests.projection.networks import SHAPE, made, network, networks


def without_choice(steps: list[Any]) -> list[Any]:
    """The steps with means in the place of maxima, which see all of their windows."""
    return [
        (op, [*map(without_choice, given)]) if isinstance(given, list) else (op.replace("Max", "Average"), given)
        for op, given in steps
    ]


@settings(max_examples=10)
@given(networks(only_relu=True))
def test_the_box_is_around_all_that_a_positive_network_sees(steps: list[Any]) -> None:
    mixed = ("Conv2D", {"filters": 2, "kernel_size": [1, 1], "strides": [1, 1], "padding": "valid", "name": "mixed"})
    net = network(without_choice(steps if steps[-1][0] == "Dense" else [*steps, mixed]))  # each unit sees all channels
    model, _ = made(net)
    for variable in model.weights:
        variable.assign(np.zeros(variable.shape) if variable.name == "moving_mean" else np.abs(variable.numpy()))
    image = np.random.default_rng(0).uniform(0.5, 1, SHAPE).astype("float32")
    found = net.view(model, image, layer="end", top=3)
    for projection, box in zip(found.projections, found.boxes, strict=True):
        assert projection.max() > 0
        for axis, span in enumerate(box):
            seen = np.flatnonzero(projection.any(axis=(1 - axis, 2)))
            assert span.start == seen[0] or span.start == 0 <= seen[0]
            assert span.stop in (seen[-1] + 1, SHAPE[axis])
            assert span.stop > seen[-1]
