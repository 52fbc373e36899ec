"""C3 of the LeNet-5 of 1998 is joined to S2 by Table I: its 1,516 parameters follow from the table."""

from __future__ import annotations

from collections import Counter
from typing import Any

import keras
import numpy as np
import yaml

from archc.library.paths import LIBRARY
from archc.network import load

SPEC = yaml.safe_load((LIBRARY / "lenet" / "lenet5_1998.yaml").read_text())
TABLE: list[list[int]] = SPEC["params"]["c3_maps"]
EVERY = [list(range(6))] * 16


def test_c3_has_the_parameters_of_its_table() -> None:
    assert sum(25 * len(maps) + 1 for maps in TABLE) == 1516
    assert load("lenet5_1998").layers["C3"].params == 1516


def test_with_every_map_c3_is_a_whole_convolution() -> None:
    assert load("lenet5_1998", c3_maps=EVERY).layers["C3"].params == load("lenet5").layers["C3"].params == 2416


def test_table_is_as_the_paper_describes_it() -> None:
    """Six maps take three in a row, six take four in a row, three take four apart, and the last takes all."""
    assert [len(maps) for maps in TABLE] == [3] * 6 + [4] * 9 + [6]
    assert all(in_a_row(maps) for maps in TABLE[:12])
    assert not any(in_a_row(maps) for maps in TABLE[12:15])
    assert {*map(tuple, TABLE)} == {*map(tuple, map(sorted, TABLE))}
    assert len({*map(tuple, TABLE)}) == 16
    assert Counter(m for maps in TABLE for m in maps) == dict.fromkeys(range(6), 10)


def in_a_row(maps: list[int]) -> bool:
    """Map 0 comes after map 5."""
    return any(sorted((start + i) % 6 for i in range(len(maps))) == maps for start in range(6))


def test_c3_is_a_convolution_whose_other_weights_are_zero() -> None:
    model = load("lenet5_1998").build(outputs=["S2", "C3"])
    random = np.random.default_rng(0)
    model.set_weights([random.normal(0, 0.2, weight.shape) for weight in model.weights])
    kernel, bias = whole_kernel(model)
    s2, c3 = (np.array(tensor) for tensor in model(random.normal(size=(2, 32, 32, 1)).astype("float32")))
    wanted = 1.7159 * np.tanh(2 / 3 * (np.array(keras.ops.conv(s2, kernel)) + bias))
    assert wanted.std() > 0.1
    assert abs(c3 - wanted).max() < 1e-5


def whole_kernel(model: keras.Model) -> tuple[Any, Any]:
    """The sixteen kernels as one of 5x5x6x16, with zeros where the table has no connection."""
    kernel, bias = np.zeros((5, 5, 6, 16), "float32"), np.zeros(16, "float32")
    small = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D) and layer.filters == 1]
    small.sort(key=lambda layer: int(layer.name.rpartition("_")[2]))
    for place, (layer, maps) in enumerate(zip(small, TABLE, strict=True)):
        kernel[:, :, maps, place : place + 1], bias[place : place + 1] = layer.get_weights()
    return kernel, bias
