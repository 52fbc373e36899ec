"""Projections through the networks of the library."""

from __future__ import annotations

import numpy as np
import pytest

from archc.ir.graph import layer_calls
from archc.network import Network
from tests.projection.test_projection import noise
from tests.targets.networks import NETWORKS, library, marked
from tests.targets.running import seeded

CHOSEN = ("lenet5_1998", "squeezenet1_1")


def middle(net: Network) -> str | None:
    """The layer half way through a network of one image, of those with positions and channels."""
    if len(net.graph.inputs) != 1 or len(net.graph.inputs[0].shape) != 3:
        return None
    layers = [node.name for node in layer_calls(net.graph.nodes) if len(node.shape) == 3]
    return layers[len(layers) // 2] if layers else None


@pytest.mark.parametrize("name", marked(NETWORKS, CHOSEN))
def test_nothing_is_projected_outside_of_the_box(name: str) -> None:
    net = library(name)
    layer = middle(net)
    if layer is None:
        pytest.skip("the network takes no image")
    shape = tuple(64 if size is None else size for size in net.graph.inputs[0].shape)
    model = seeded(net.build([layer]))
    found = net.view(model, noise(0, *shape), layer=layer, top=2)
    assert np.isfinite(found.projections).all()
    for projection, box in zip(found.projections, found.boxes, strict=True):
        inside = projection[tuple(slice(*span) for span in box)]
        assert np.count_nonzero(inside) == np.count_nonzero(projection) > 0
