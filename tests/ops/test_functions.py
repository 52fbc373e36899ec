"""The ops that Keras has no layer for: their values, their names, and saved models that load without archc."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from archc.targets.keras import functions

RANDOM = np.random.default_rng(7)


def values(function: str, shape: tuple[int, ...], known: bool, **arguments: Any) -> tuple[Any, Any, keras.Model]:
    """A random batch, and what the function makes of it; with `known` false all but the channels is left open."""
    x = RANDOM.normal(size=(3, *shape)).astype("float32")
    tensor = keras.Input(shape if known else (*(None for _ in shape[:-1]), shape[-1]))
    model = keras.Model(tensor, getattr(functions, function)(tensor, **arguments, name="made"))
    for weight in model.weights:
        weight.assign(RANDOM.normal(size=weight.shape))
    return x, np.asarray(model(x)), model


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(
    ("arguments", "shape"),
    [
        ({}, (5, 4, 16)),
        ({"size": 3, "bias": 1.0, "alpha": 0.5, "beta": 0.5}, (5, 4, 16)),
        ({"size": 9, "alpha": 0.1}, (5, 2)),
        ({"size": 1, "alpha": 0.1}, (4,)),
    ],
)
def test_local_response_normalization(arguments: dict[str, Any], shape: tuple[int, ...], known: bool) -> None:
    x, y, _ = values("local_response_normalization", shape, known, **arguments)
    size, bias = arguments.get("size", 5), arguments.get("bias", 2.0)
    alpha, beta = arguments.get("alpha", 1e-4), arguments.get("beta", 0.75)
    expected = np.empty_like(x, dtype="float64")
    for channel in range(shape[-1]):
        around = x[..., max(channel - size // 2, 0) : channel + size // 2 + 1].astype("float64")
        expected[..., channel] = x[..., channel] / (bias + alpha * (around**2).sum(axis=-1)) ** beta
    np.testing.assert_allclose(y, expected, rtol=2e-6, atol=1e-7)


@pytest.mark.parametrize("known", [True, False])
def test_channel_shuffle(known: bool) -> None:
    x, y, _ = values("channel_shuffle", (5, 4, 12), known, groups=3)
    np.testing.assert_array_equal(y, x.reshape(3, 5, 4, 3, 4).swapaxes(-1, -2).reshape(3, 5, 4, 12))


@pytest.mark.parametrize("known", [True, False])
def test_slice(known: bool) -> None:
    x, y, _ = values("slice_axis", (5, 4, 12), known, axis=-1, start=2, stop=7)
    np.testing.assert_array_equal(y, x[..., 2:7])
    x, y, _ = values("slice_axis", (5, 4, 12), known, axis=1, start=-3, stop=-1)
    np.testing.assert_array_equal(y, x[:, -3:-1])


@pytest.mark.parametrize("known", [True, False])
def test_pad(known: bool) -> None:
    x, y, _ = values("pad_axis", (5, 4, 12), known, axis=-1, before=1, after=3)
    np.testing.assert_array_equal(y, np.pad(x, ((0, 0), (0, 0), (0, 0), (1, 3))))
    x, y, _ = values("pad_axis", (5, 4, 12), known, axis=2, after=1)
    np.testing.assert_array_equal(y, np.pad(x, ((0, 0), (0, 0), (0, 1), (0, 0))))


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("shape", [(12,), (5, 12), (5, 4, 12)])
def test_scale(shape: tuple[int, ...], known: bool) -> None:
    x, y, model = values("scale", shape, known, center=True)
    factor, bias = (np.asarray(weight) for weight in model.weights)
    np.testing.assert_allclose(y, x * factor + bias, rtol=1e-6, atol=1e-6)
    x, y, model = values("scale", shape, known, trainable=False)
    np.testing.assert_allclose(y, x * np.asarray(model.weights[0]), rtol=1e-6, atol=1e-6)
    assert not model.trainable_weights


def test_scale_begins_with_its_initial_value() -> None:
    tensor = keras.Input((2, 3))
    model = keras.Model(tensor, functions.scale(tensor, center=True, initial=0.25, name="scale"))
    np.testing.assert_array_equal(model(np.ones((1, 2, 3))), np.full((1, 2, 3), 0.25))


@pytest.mark.parametrize("dtype", ["float32", "int32", "uint8"])
@pytest.mark.parametrize("shape", [(1, 8), (8,), (2, 3, 4)])
def test_learned(shape: tuple[int, ...], dtype: str) -> None:
    tensor = keras.Input((5, 6), dtype=dtype)
    model = keras.Model(tensor, functions.learned(tensor, shape=shape, initializer="random_normal", name="learned"))
    held = np.asarray(model.weights[0])
    assert held.shape == shape
    assert held.any()
    batch = RANDOM.integers(0, 9, size=(3, 5, 6)).astype(dtype)
    np.testing.assert_array_equal(model(batch), np.broadcast_to(held, (3, *shape)))


def every_function(shape: tuple[int | None, ...]) -> keras.Model:
    tensor = keras.Input(shape, name="image")
    x = functions.local_response_normalization(tensor, name="lrn")
    x = functions.channel_shuffle(x, groups=3, name="shuffle")
    x = functions.slice_axis(x, axis=1, start=1, name="slice")
    x = functions.pad_axis(x, axis=-1, after=2, name="pad")
    x = functions.scale(x, center=True, initial=0.5, name="scale")
    token = functions.learned(tensor, shape=(1, 14), initializer="ones", name="token")
    given = functions.constant(tensor, value=((1, 2, 3),), shape=(4, 3), name="given")
    first, second = functions.split(token, indices_or_sections=[3], name="parts")
    drawn = functions.sampling(first, first, name="drawn")
    gelu = functions.activation_with("gelu", approximate=True)
    smooth = keras.layers.Dense(4, activation=gelu, name="smooth")(second)
    return keras.Model(tensor, [x, given, drawn, smooth])


def test_equal_networks_have_equal_names() -> None:
    first, second = every_function((8, 8, 12)), every_function((8, 8, 12))
    names = [operation.name for operation in first.operations]
    assert names == [operation.name for operation in second.operations]
    assert len(set(names)) == len(names)
    stems = {"image", "lrn", "shuffle", "slice", "pad", "scale", "token", "given", "parts", "drawn", "smooth"}
    assert {name.partition("_")[0] for name in names} == stems <= {*names, "parts"}
    assert json.dumps(first.get_config()["layers"]) == json.dumps(second.get_config()["layers"])


LOADED = """
import sys
sys.modules["archc"] = None  # as if it were not installed
import keras, numpy
x = numpy.load("x.npy")
for sizes in ("known", "unknown"):
    model = keras.models.load_model(f"{sizes}.keras")
    for index, output in enumerate(model(x)):
        numpy.testing.assert_array_equal(output, numpy.load(f"{sizes}{index}.npy"))
    print(sizes)
"""


def test_a_saved_model_needs_no_archc(tmp_path: Path) -> None:
    x = RANDOM.normal(size=(2, 8, 8, 12)).astype("float32")
    np.save(tmp_path / "x.npy", x)
    shapes: dict[str, tuple[int | None, ...]] = {"known": (8, 8, 12), "unknown": (None, None, 12)}
    for sizes, shape in shapes.items():
        model = every_function(shape)
        for index, output in enumerate(model(x)):
            np.save(tmp_path / f"{sizes}{index}.npy", output)
        model.save(tmp_path / f"{sizes}.keras")
    run = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout == "known\nunknown\n", run.stderr
