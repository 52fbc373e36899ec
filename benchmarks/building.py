"""`archc build` against a Keras function of the same layers, written by hand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from statistics import median
from typing import Any

import archc
from archc.targets.keras import model as keras_model
from benchmarks.timing import in_turn, ratio, seconds_of

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def vgg19() -> Any:
    """VGG-19, layer for layer what the spec says."""
    from keras import Input, Model, layers

    x = inputs = Input((224, 224, 3))
    for depth, filters in zip((2, 2, 4, 4, 4), (64, 128, 256, 512, 512), strict=True):
        for _ in range(depth):
            x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D(2)(x)
    x = layers.Flatten()(x)
    x = layers.Dropout(0.5)(layers.Dense(4096, activation="relu")(x))
    x = layers.Dropout(0.5)(layers.Dense(4096, activation="relu")(x))
    return Model(inputs, layers.Dense(1000, activation="softmax")(x))


def densenet121() -> Any:
    """DenseNet-121, layer for layer what the spec says."""
    from keras import Input, Model, layers

    def bn_relu_conv(x: Any, filters: int, kernel_size: int) -> Any:
        x = layers.BatchNormalization(epsilon=1e-5)(x)
        x = layers.ReLU()(x)
        return layers.Conv2D(filters, kernel_size, padding="same", use_bias=False)(x)

    inputs = Input((224, 224, 3))
    x = layers.ZeroPadding2D(3)(inputs)
    x = layers.Conv2D(64, 7, strides=2, use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization(epsilon=1e-5)(x))
    x = layers.MaxPooling2D(3, strides=2)(layers.ZeroPadding2D(1)(x))
    for index, depth in enumerate((6, 12, 24, 16)):
        if index:
            x = layers.AveragePooling2D(2)(bn_relu_conv(x, x.shape[-1] // 2, 1))
        for _ in range(depth):
            x = layers.Concatenate()([x, bn_relu_conv(bn_relu_conv(x, 128, 1), 32, 3)])
    x = layers.ReLU()(layers.BatchNormalization(epsilon=1e-5)(x))
    x = layers.GlobalAveragePooling2D()(x)
    return Model(inputs, layers.Dense(1000, activation="softmax")(x))


def report() -> Iterator[str]:
    """The ratio of the two, with initializers that cost nothing, so that what is measured is the building."""
    yield "building in Keras, CPU seconds (median)"
    for name, by_hand in (("densenet121", densenet121), ("vgg19", vgg19)):
        graph = archc.load(name).graph
        keras_model.build(graph, name)
        layers = len(graph.nodes)
        made = len(by_hand().layers) - 1
        assert made == layers, f"{name}: {made} layers by hand, {layers} in the spec"
        taken = in_turn(
            {
                "archc": partial(seconds_of, partial(keras_model.build, graph, name)),
                "by hand": partial(seconds_of, by_hand),
            },
            rounds=7,
        )
        share = 100 * (ratio(taken["archc"], taken["by hand"]) - 1)
        yield (
            f"  {name:12} {layers:4} layers   archc {median(taken['archc']):6.3f}"
            f"   by hand {median(taken['by hand']):6.3f}   archc adds {share:+.1f}%"
        )
