"""Files of weights, as Keras writes them and as it wrote them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np


def randomize(model: keras.Model, seed: int = 0) -> keras.Model:
    """Gives a model weights that hide no fault: no fresh zeros and ones, no variance below 0.3."""
    random = np.random.default_rng(seed)
    for variable in model.weights:
        shape = tuple(variable.shape)
        if "variance" in variable.name:
            values = random.uniform(0.3, 2, shape)
        elif len(shape) <= 1:
            values = random.normal(0.5, 0.3, shape)
        else:
            fan = np.prod(shape[:-2]) * shape[-2] if "depthwise" not in variable.path else np.prod(shape[:-2])
            values = random.normal(0, (1.5 / fan) ** 0.5, shape)
        variable.assign(values if "int" not in str(variable.dtype) else np.zeros(shape))
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.Normalization):  # which computes with copies of its weights
            layer.finalize_state()
    return model


def write_legacy(
    model: keras.Model, path: Path, whole: bool = False, name: Callable[[str], str] = lambda name: name
) -> Path:
    """Writes the layout of the published weights.

    Args:
        model: whose weights are written.
        path: of the file.
        whole: whether as in the file of a whole model, in the group `model_weights`.
        name: what a layer is called in the file.
    """
    with h5py.File(path, "w") as file:
        group = file.create_group("model_weights") if whole else file
        group.attrs["layer_names"] = [name(layer.name).encode() for layer in model.layers]
        group.attrs["backend"] = b"tensorflow"
        group.attrs["keras_version"] = b"2.2.4"
        for layer in model.layers:
            inside = group.create_group(name(layer.name))
            weights = [*layer.trainable_weights, *layer.non_trainable_weights]
            names = [f"{name(layer.name)}/{weight.path.removeprefix(f'{layer.name}/')}:0" for weight in weights]
            inside.attrs["weight_names"] = np.array([text.encode() for text in names], dtype="S")
            for text, weight in zip(names, weights, strict=True):
                inside[text] = np.asarray(weight)
    return path


FORMATS = ("net.weights.h5", "net.keras", "net.h5", "whole.h5")


def write(model: keras.Model, folder: Path, file: str) -> Path:
    """Writes a file of one of `FORMATS`."""
    path = folder / file
    if file.endswith(".weights.h5"):
        model.save_weights(path)
    elif file.endswith(".keras"):
        model.save(path)
    else:
        write_legacy(model, path, whole=file == "whole.h5")
    return path


def difference(ours: Any, theirs: Any) -> float:
    """The largest difference of two outputs, in parts of the range of the second and 0.

    0 belongs to it since rounding is relative to the size of numbers: one alone, as of a discriminator, has no range.
    """
    wanted, found = np.asarray(theirs), np.asarray(ours)
    return float(abs(found - wanted).max() / (max(wanted.max(), 0) - min(wanted.min(), 0)))
