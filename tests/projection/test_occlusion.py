"""Occlusion maps: each value is the response to an image with one square of another colour."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import archc
from archc.diagnostics import SpecError
from archc.network import Network
from tests.projection.test_projection import noise
from tests.targets.running import seeded

LAYERS = [
    {"Conv2D": {"filters": 4, "kernel_size": 3, "activation": "relu"}, "name": "conv"},
    {"GlobalAveragePooling2D": None, "name": "pool"},
    {"Dense": {"units": 3, "activation": "softmax"}, "name": "classes"},
]


@pytest.fixture(scope="module")
def net() -> Network:
    return archc.loads({"archc": 1, "name": "Small", "input": [9, 11, 3], "layers": LAYERS})


@pytest.fixture(scope="module")
def model(net: Network) -> Any:
    return seeded(net.build())


@pytest.mark.parametrize("layer", ["conv", "classes"])
def test_each_value_is_the_response_to_a_covered_image(net: Network, model: Any, layer: str) -> None:
    image = noise(0, 9, 11, 3)
    ended = net.build([layer])
    ended.set_weights(model.get_weights()[: len(ended.weights)])
    found = net.occlude(model, image, layer=layer, top=2, square=3, stride=2, fill=[1, 2, 3])
    assert (found.tops, found.lefts) == ((0, 2, 4, 6), (0, 2, 4, 6, 8))
    assert found.maps.shape == (2, 4, 5)

    def responses(entered: Any) -> Any:
        output = ended(entered[None]).numpy()[0]
        return output.reshape(-1, output.shape[-1]).sum(axis=0)

    whole = responses(image)
    assert [*found.units] == [*np.argsort(-whole)[:2]]
    assert np.allclose(found.responses, whole[[*found.units]], rtol=1e-5)
    for row, top in enumerate(found.tops):
        for column, left in enumerate(found.lefts):
            covered = image.copy()
            covered[top : top + 3, left : left + 3] = [1, 2, 3]
            assert np.allclose(found.maps[:, row, column], responses(covered)[[*found.units]], rtol=1e-5)


def test_the_square_is_an_eighth_of_the_image_and_moves_by_half(net: Network, model: Any) -> None:
    image = noise(1, 9, 11, 3)
    done: list[int] = []
    found = net.occlude(model, image, layer="classes", unit=1, progress=done.append)
    assert (found.units, found.square) == ((1,), 1)
    assert done[-1] == 9 * 11
    alike = net.occlude(model, image, layer="classes", unit=1, fill=image.mean(axis=(0, 1)))
    assert (alike.maps == found.maps).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"square": 10}, "a square of 10 pixels does not fit"),
        ({"unit": 3}, "has no unit 3: it has 3"),
        ({"image": np.zeros((2, 9, 11, 3))}, "of one image"),
    ],
)
def test_what_is_refused(net: Network, model: Any, arguments: dict[str, Any], message: str) -> None:
    given = {"layer": "classes", "image": np.zeros((9, 11, 3)), **arguments}
    with pytest.raises(SpecError, match=message):
        net.occlude(model, given.pop("image"), **given)
