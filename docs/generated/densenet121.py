"""DenseNet-121, made by archc 0.1.0 from specs/densenet/densenet121.yaml (sha256 a23432bcf4c1ead3).

`archc build densenet121 --to python` writes it.
"""

import math

import keras
from keras import layers


def bn_relu(x, *, prefix=""):
    x = layers.BatchNormalization(epsilon=1e-5, name=f"{prefix}bn")(x)
    return layers.ReLU(name=f"{prefix}relu")(x)


def transition(x, *, compression, dropout=0.0, name):
    x = bn_relu(x, prefix=f"{name}_")
    x = layers.Conv2D(
        math.floor(compression * x.shape[-1]), 1, use_bias=False, kernel_initializer="he_normal", name=f"{name}_conv"
    )(x)
    if dropout > 0:
        x = layers.Dropout(dropout, name=f"{name}_dropout")(x)
    return layers.AveragePooling2D(2, name=f"{name}_pool")(x)


def dense_layer(x, *, growth, bottleneck=True, dropout=0.0, name):
    new = bn_relu(x, prefix=f"{name}_0_")
    if bottleneck:
        new = layers.Conv2D(4 * growth, 1, use_bias=False, kernel_initializer="he_normal", name=f"{name}_1_conv")(new)
        if dropout > 0:
            new = layers.Dropout(dropout, name=f"{name}_1_dropout")(new)
        new = bn_relu(new, prefix=f"{name}_1_")
    new = layers.Conv2D(
        growth, 3, padding="same", use_bias=False, kernel_initializer="he_normal", name=f"{name}_2_conv"
    )(new)
    if dropout > 0:
        new = layers.Dropout(dropout, name=f"{name}_2_dropout")(new)
    return layers.Concatenate(name=f"{name}_concat")([x, new])


def dense_block(x, *, depth, growth, bottleneck=True, dropout=0.0, name):
    for i in range(1, depth + 1):
        x = dense_layer(x, growth=growth, bottleneck=bottleneck, dropout=dropout, name=f"{name}_block{i}")
    return x


def densenet121(
    input_shape=(224, 224, 3), *, depths=(6, 12, 24, 16), growth=32, compression=0.5, classes=1000
) -> keras.Model:
    """DenseNet-121: Dense blocks of 6, 12, 24 and 16 layers, growth 32.

    Huang, Liu, van der Maaten and Weinberger, 2016: Densely Connected Convolutional Networks, arXiv:1608.06993,
    Table 1. 7,978,856 parameters, 2,834,161,664 MACs for one image. Documented: depth 121, output 1000 (Table 1,
    column DenseNet-121; the maps by Section 3, k0 + k (l - 1) and theta = 0.5); params 7,978,856, macs 2.834G
    (torchvision, IMAGENET1K_V1 (num_params, GFLOPS)); total_params 8,062,504 (keras.applications.DenseNet121,
    count_params()).
    """
    inputs = keras.Input(input_shape, name="input_layer")
    x = layers.ZeroPadding2D(3, name="conv1_pad")(inputs)
    x = layers.Conv2D(2 * growth, 7, strides=2, use_bias=False, kernel_initializer="he_normal", name="conv1_conv")(x)
    x = bn_relu(x, prefix="conv1_")
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool1")(x)
    for stage, depth in zip(range(2, 6), depths, strict=True):
        if stage > 2:
            x = transition(x, compression=compression, name=f"pool{stage - 1}")
        x = dense_block(x, depth=depth, growth=growth, name=f"conv{stage}")
    x = bn_relu(x)
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    x = layers.Dense(classes, activation="softmax", name="predictions")(x)
    return keras.Model(inputs, x, name="DenseNet-121")


if __name__ == "__main__":
    densenet121().summary()
