"""What changes training alone, held to Keras: the outputs in inference with equal weights."""

from __future__ import annotations

import numpy as np
import pytest

from archc.targets.keras.model import build
from tests.targets.networks import network

HEAD = "archc: 1\nname: Small\ninput: [8, 4]\nlayers: "
IMAGE = "Reshape: {target_shape: [8, 4, 1]}"
PAIRS = {
    "momentum": ("[BatchNormalization: {}]", "[BatchNormalization: {momentum: 0.5}]"),
    "epsilon": ("[BatchNormalization: {}]", "[BatchNormalization: {epsilon: 0.5}]"),
    "trainable": ("[Dense: 3]", "[Dense: {units: 3, trainable: false}]"),
    "initializer": ("[Dense: 3]", "[Dense: {units: 3, kernel_initializer: he_normal}]"),
    "activation": ("[Dense: 3]", "[Dense: {units: 3, activation: tanh}]"),
    "initializer and activation": ("[Dense: 3]", "[Dense: {units: 3, activation: tanh, bias_initializer: ones}]"),
    "dropout added": ("[Dense: 3]", "[Dense: 3, Dropout: 0.5]"),
    "rate": ("[Dense: 3, AlphaDropout: 0.5]", "[Dense: 3, AlphaDropout: 0.2]"),
    "noise added": ("[Dense: 3]", "[Dense: 3, GaussianNoise: 0.5]"),
    "augmentation added": (f"[{IMAGE}]", f"[{IMAGE}, RandomFlip: {{}}, RandomZoom: 0.5]"),
    "augmentation changed": (f"[{IMAGE}, RandomContrast: 0.5]", f"[{IMAGE}, RandomContrast: [0.1, 0.2]]"),
    "contrast changed": (f"[{IMAGE}, AutoContrast: {{}}]", f"[{IMAGE}, AutoContrast: {{value_range: [-1, 1]}}]"),
    "scaling added": ("[Dense: 3]", "[Dense: 3, Rescaling: 0.5]"),
    "recurrent dropout": ("[LSTM: 3]", "[LSTM: {units: 3, recurrent_dropout: 0.5}]"),
    "backwards": ("[LSTM: 3]", "[LSTM: {units: 3, go_backwards: true}]"),
    "attention's dropout": (
        "[MultiHeadAttention: {num_heads: 2, key_dim: 3}]",
        "[MultiHeadAttention: {num_heads: 2, key_dim: 3, dropout: 0.5}]",
    ),
    "first factor": ("[Scale: {}]", "[Scale: {initial: 0.5}]"),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_what_changes_training_alone_computes_the_same_in_inference(pair: str) -> None:
    left, right = (network(HEAD + layers) for layers in PAIRS[pair])
    models = [build(each.graph, "model") for each in (left, right)]
    values = np.random.default_rng(0)
    weights = [values.uniform(0.5, 1.5, size=weight.shape) for weight in models[0].weights if "seed" not in weight.path]
    for model in models:
        arrays = iter(weights)
        for weight in model.weights:
            if "seed" not in weight.path:
                weight.assign(next(arrays))
    x = values.normal(size=(2, 8, 4)).astype("float32")
    one, other = (np.asarray(model(x, training=False)) for model in models)
    found = left.diff(right)
    assert found.classes == (("training",) if np.allclose(one, other, atol=1e-5) else ("numerics",))
