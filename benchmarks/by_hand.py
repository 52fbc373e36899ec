"""Networks of the library as functions over Keras written by hand, layer for layer what the specs say."""

from __future__ import annotations

from functools import partial
from typing import Any

from keras import Input, Model, layers


def vgg19() -> Any:
    """VGG-19."""
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
    """DenseNet-121."""
    conv = partial(layers.Conv2D, use_bias=False, kernel_initializer="he_normal")

    def bn_relu_conv(x: Any, filters: int, kernel_size: int) -> Any:
        x = layers.BatchNormalization(epsilon=1e-5)(x)
        x = layers.ReLU()(x)
        return conv(filters, kernel_size, padding="same")(x)

    inputs = Input((224, 224, 3))
    x = layers.ZeroPadding2D(3)(inputs)
    x = conv(64, 7, strides=2)(x)
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


def resnet50() -> Any:
    """ResNet-50."""

    def conv_bn(x: Any, filters: int, kernel_size: int, strides: int = 1) -> Any:
        if strides > 1 and kernel_size > 1:
            x = layers.ZeroPadding2D(kernel_size // 2)(x)
        x = layers.Conv2D(
            filters,
            kernel_size,
            strides,
            padding="valid" if strides > 1 else "same",
            use_bias=False,
            kernel_initializer="he_normal",
        )(x)
        return layers.BatchNormalization(epsilon=1e-5)(x)

    x = inputs = Input((224, 224, 3))
    x = layers.ReLU()(conv_bn(x, 64, 7, 2))
    x = layers.MaxPooling2D(3, strides=2)(layers.ZeroPadding2D(1)(x))
    for width, depth in zip((64, 128, 256, 512), (3, 4, 6, 3), strict=True):
        for index in range(depth):
            strides = 2 if index == 0 and width > 64 else 1
            residual = layers.ReLU()(conv_bn(x, width, 1, strides))
            residual = layers.ReLU()(conv_bn(residual, width, 3))
            residual = conv_bn(residual, 4 * width, 1)
            shortcut = x if index else conv_bn(x, 4 * width, 1, strides)
            x = layers.ReLU()(layers.Add()([residual, shortcut]))
    x = layers.GlobalAveragePooling2D()(x)
    return Model(inputs, layers.Dense(1000, activation="softmax")(x))
