"""Random functional models made with Keras itself: nested and shared models, shared layers, operators, several ends."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import keras
from keras import layers, ops

from tests.keras_names import numbered_anew

Maker = Callable[[Random, Any], Any]


def _convolution(random: Random, x: Any) -> Any:
    arguments: dict[str, Any] = {
        "filters": random.choice([2, 4, 6]),
        "kernel_size": random.choice([1, 3, (3, 1)]),
        "strides": random.choice([1, 1, 2]),
        "padding": random.choice(["same", "valid", "same"]),
        "activation": random.choice([None, "relu", "gelu", layers.LeakyReLU(0.1)]),
        "use_bias": random.random() < 0.7,
        "kernel_initializer": random.choice(
            ["glorot_uniform", "he_normal", keras.initializers.RandomNormal(stddev=0.02)]
        ),
        "kernel_regularizer": random.choice([None, keras.regularizers.L2(1e-4)]),
    }
    if min(x.shape[1:3]) < 3:
        arguments["padding"] = "same"
    return layers.Conv2D(**arguments)(x)


def _pooling(random: Random, x: Any) -> Any:
    return random.choice([layers.MaxPooling2D, layers.AveragePooling2D])(
        2, strides=random.choice([None, 1]), padding="same"
    )(x)


def _residual(random: Random, x: Any) -> Any:
    y = layers.Conv2D(x.shape[-1], 3, padding="same")(x)
    y = layers.BatchNormalization(epsilon=1e-5)(y)
    merged = random.choice([layers.Add()([x, y]), x + y, layers.Multiply()([y, x]), ops.maximum(x, y), x - y])
    return layers.ReLU(random.choice([None, 6.0]))(merged)


def _branches(random: Random, x: Any) -> Any:
    made = [layers.Conv2D(random.choice([2, 3]), size, padding="same")(x) for size in (1, 3)]
    return random.choice([layers.Concatenate()(made), ops.concatenate(made, axis=-1)])


def _arithmetic(random: Random, x: Any) -> Any:
    choices: list[Callable[[], Any]] = [
        lambda: x * 2,
        lambda: 3 - x,
        lambda: x / 4,
        lambda: -x + 0.5,
        lambda: ops.relu(x),
        lambda: ops.sigmoid(x) * x,
        lambda: x[..., 1:],
        lambda: x[:, :2],
        lambda: ops.concatenate(ops.split(x, x.shape[-1], axis=-1)[::-1], axis=-1),
        lambda: ops.transpose(x, (0, 2, 1, 3)),
        lambda: ops.pad(x, [(0, 0), (1, 0), (0, 0), (0, 0)]),
        lambda: ops.square(x),
        lambda: ops.cast(ops.relu6(x), "float32"),
        lambda: ops.reshape(x, (-1, x.shape[2], x.shape[1], x.shape[3])),
        lambda: ops.squeeze(ops.expand_dims(x, -1), -1),
        lambda: ops.softmax(x, axis=-1) - ops.tanh(x),
        lambda: ops.minimum(x, ops.gelu(x, approximate=False)),
        lambda: ops.leaky_relu(x, 0.1) / 2,
        lambda: ops.silu(ops.expand_dims(ops.mean(x, axis=[1, 2]), 1)[:, 0]) + ops.max(x, axis=(1, 2)),
    ]
    return random.choice(choices)()


def _normalization(random: Random, x: Any) -> Any:
    made = [
        layers.LayerNormalization(),
        layers.BatchNormalization(scale=False),
        layers.Dropout(0.3),
        layers.GroupNormalization(1),
    ]
    return random.choice(made)(x)


def _inner_model(random: Random, shape: tuple[int, ...], depth: int) -> Any:
    if random.random() < 0.4:
        inner = [layers.Conv2D(2, 3, padding="same"), layers.BatchNormalization(), layers.Activation("relu")]
        return keras.Sequential([keras.Input(shape), *inner[: random.randint(1, 3)]])
    entered = keras.Input(shape)
    x = _step(random, _step(random, entered, depth - 1), 0)
    return keras.Model(entered, x)


def _several_ends(random: Random, x: Any) -> Any:
    """A model of two inputs and two outputs, both of which are used."""
    shape = tuple(x.shape[1:])
    one, other = keras.Input(shape), keras.Input(shape)
    y = layers.Conv2D(shape[-1], 3, padding="same")(one + other)
    inner = keras.Model([one, other], [y, layers.Multiply()([y, other])])
    first, second = inner([x, x * 2] if random.random() < 0.5 else [x, x])
    return layers.Add()([first, second])


def _nested(random: Random, x: Any, depth: int) -> Any:
    if random.random() < 0.2:
        return _several_ends(random, x)
    inner = _inner_model(random, tuple(x.shape[1:]), depth)
    times = random.choice([1, 1, 2])
    calls = [inner(random.choice([x, x * 2])) for _ in range(times)]
    return layers.Add()(calls) if times > 1 else calls[0]


def _shared_layer(_: Random, x: Any) -> Any:
    layer = layers.Conv2D(x.shape[-1], 3, padding="same")
    return layers.Add()([layer(x), layer(layer(x))])


_STEPS: tuple[Maker, ...] = (
    _convolution, _convolution, _pooling, _residual, _branches, _arithmetic, _arithmetic, _normalization, _shared_layer,
)  # fmt: skip


def _step(random: Random, x: Any, depth: int = 2) -> Any:
    if len(x.shape) != 4:
        return layers.Dense(random.choice([3, 5]), activation=random.choice([None, "tanh"]))(x)
    if depth and random.random() < 0.25:
        return _nested(random, x, depth)
    return random.choice(_STEPS)(random, x)


def random_model(seed: int) -> Any:
    """A model that follows from a seed."""
    numbered_anew()
    random = Random(seed)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(random.choice(["float32"] * 8 + ["mixed_float16", "mixed_bfloat16"]))
    try:
        return _random_model(random, seed)
    finally:
        keras.config.set_dtype_policy(before)


def _random_model(random: Random, seed: int) -> Any:
    inputs = [
        keras.Input((8, 8, random.choice([3, 4])), name=f"image_{number}") for number in range(random.randint(1, 2))
    ]
    ends = list(inputs)
    for _ in range(random.randint(2, 8)):
        place = random.randrange(len(ends))
        ends[place] = _step(random, ends[place])
    flat = [x if len(x.shape) == 2 else layers.GlobalAveragePooling2D()(x) for x in ends]
    x = layers.Concatenate()(flat) if len(flat) > 1 else flat[0]
    x = layers.Dense(3, activation=random.choice([None, "softmax"]), name="ends", dtype="float32")(x)
    outputs = random.choice([x, [x, flat[0]], {"class": x, "embedding": flat[-1]}])
    return keras.Model(inputs if len(inputs) > 1 else inputs[0], outputs, name=f"random_{seed}")
