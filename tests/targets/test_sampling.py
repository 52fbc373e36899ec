"""`Sampling`: random while training, and the mean in inference, in both frameworks and in a saved file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import archc
from tests.targets.networks import network
from tests.targets.pytorch import module_of

SPEC = """archc: 1
name: Net
inputs: {mean: [3], log_variance: [3]}
layers:
  - Sampling:
    from: [mean, log_variance]
    name: z
"""
MANY = 100_000
MEAN, LOG_VARIANCE = np.array([1.0, -2.0, 3.0]), np.array([0.0, 1.0, -1.0])
ENTERED = [np.tile(values, (MANY, 1)).astype("float32") for values in (MEAN, LOG_VARIANCE)]


def has_the_distribution(drawn: Any) -> bool:
    """Whether mean and variance are those that were asked for, within five standard errors."""
    variance = np.exp(LOG_VARIANCE)
    near = abs(drawn.mean(0) - MEAN) < 5 * (variance / MANY) ** 0.5
    return bool(near.all() and (abs(drawn.var(0) - variance) < 5 * variance * (2 / MANY) ** 0.5).all())


def test_keras_draws_while_training_alone(tmp_path: Path) -> None:
    network(SPEC).build().save(tmp_path / "net.keras")
    for model in (network(SPEC).build(), keras.saving.load_model(tmp_path / "net.keras")):
        np.testing.assert_array_equal(model(ENTERED), ENTERED[0])
        np.testing.assert_array_equal(model.predict(ENTERED, batch_size=MANY, verbose=0), ENTERED[0])
        first, second = (np.asarray(model(ENTERED, training=True)) for _ in range(2))
        assert has_the_distribution(first)
        assert (first != second).all(axis=1).mean() > 0.99


def test_a_seed_draws_the_same() -> None:
    seeded = SPEC.replace("Sampling:", "Sampling: {seed: 5}")
    first, second = (np.asarray(network(seeded).build()(ENTERED, training=True)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_the_variance_learns() -> None:
    import tensorflow as tf

    model = network(SPEC).build()
    mean, log_variance = (tf.constant(values) for values in ENTERED)
    with tf.GradientTape() as tape:
        tape.watch([mean, log_variance])
        loss = tf.reduce_sum(model([mean, log_variance], training=True) ** 2) / MANY
    of_mean, of_log_variance = (np.asarray(slope).sum(axis=0) for slope in tape.gradient(loss, [mean, log_variance]))
    np.testing.assert_allclose(of_mean, 2 * MEAN, rtol=0.05)
    np.testing.assert_allclose(of_log_variance, np.exp(LOG_VARIANCE), rtol=0.05)


def test_pytorch_draws_while_training_alone() -> None:
    torch = pytest.importorskip("torch")
    module = module_of(network(SPEC).graph)
    entered = [torch.tensor(values) for values in ENTERED]
    assert torch.equal(module(*entered), entered[0])
    assert has_the_distribution(module.train()(*entered).numpy())


def test_it_is_read_again_and_matters_in_training_alone() -> None:
    made = network(SPEC)
    assert not made.diff(archc.load(made.build()))
    seeded = network(SPEC.replace("Sampling:", "Sampling: {seed: 5}"))
    assert made.diff(seeded).classes == ("training",)


def test_a_written_out_sampling_is_read_as_the_op() -> None:
    mean, log_variance = keras.Input((3,), name="mean"), keras.Input((3,), name="log_variance")
    noise = keras.layers.GaussianNoise(1.0)(keras.ops.zeros_like(mean))
    model = keras.Model([mean, log_variance], mean + keras.ops.exp(log_variance * 0.5) * noise)
    read = archc.load(model).graph
    assert [(node.op.op_name, [one.name for one in node.inputs]) for node in read.nodes] == [
        ("Sampling", ["mean", "log_variance"])
    ]


def test_the_encoder_of_an_autoencoder() -> None:
    spec = """archc: 1
name: VAE
input: [28, 28, 1]
layers:
  - Flatten
  - Dense: {units: 16, activation: relu}
    as: features
  - Dense: 2
    as: mean
    output: mean
  - Dense: 2
    from: features
    as: log_variance
    output: log_variance
  - Sampling:
    from: [mean, log_variance]
    output: z
"""
    model = network(spec).build()
    mean, _, z = model(np.random.default_rng(0).normal(size=(3, 28, 28, 1)))
    np.testing.assert_array_equal(mean, z)
