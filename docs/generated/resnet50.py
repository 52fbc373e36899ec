"""ResNet-50, made by archc 0.1.0 from specs/resnet/resnet50.yaml (sha256 9b793780e0dd2ccd).

`archc build resnet50 --to python` writes it.
"""

import keras
from keras import layers


def conv_bn(x, *, filters, kernel_size, strides=1, groups=1, relu=True, name):
    if strides > 1 and kernel_size > 1:
        x = layers.ZeroPadding2D(kernel_size // 2, name=f"{name}_pad")(x)
    x = layers.Conv2D(
        filters,
        kernel_size,
        strides=strides,
        padding="valid" if strides > 1 else "same",
        groups=groups,
        use_bias=False,
        kernel_initializer="he_normal",
        name=f"{name}_conv",
    )(x)
    x = layers.BatchNormalization(epsilon=1e-5, name=f"{name}_bn")(x)
    if relu:
        x = layers.ReLU(name=f"{name}_relu")(x)
    return x


def shortcut(x, *, filters, strides, name):
    if strides > 1 or x.shape[-1] != filters:
        x = conv_bn(x, filters=filters, kernel_size=1, strides=strides, relu=False, name=f"{name}_0")
    return x


def basic(x, *, width, strides=1, name):
    residual = conv_bn(x, filters=width, kernel_size=3, strides=strides, name=f"{name}_1")
    residual = conv_bn(residual, filters=width, kernel_size=3, relu=False, name=f"{name}_2")
    skip = shortcut(x, filters=width, strides=strides, name=name)
    x = layers.Add(name=f"{name}_add")([residual, skip])
    return layers.ReLU(name=f"{name}_out")(x)


def bottleneck(x, *, width, strides=1, name):
    residual = conv_bn(x, filters=width, kernel_size=1, strides=strides, name=f"{name}_1")
    residual = conv_bn(residual, filters=width, kernel_size=3, name=f"{name}_2")
    residual = conv_bn(residual, filters=4 * width, kernel_size=1, relu=False, name=f"{name}_3")
    skip = shortcut(x, filters=4 * width, strides=strides, name=name)
    x = layers.Add(name=f"{name}_add")([residual, skip])
    return layers.ReLU(name=f"{name}_out")(x)


def plain(x, *, width, strides=1, name):
    x = conv_bn(x, filters=width, kernel_size=3, strides=strides, name=f"{name}_1")
    return conv_bn(x, filters=width, kernel_size=3, name=f"{name}_2")


UNITS = {"basic": basic, "bottleneck": bottleneck, "plain": plain}


def resnet50(input_shape=(224, 224, 3), *, unit="bottleneck", depths=(3, 4, 6, 3), classes=1000) -> keras.Model:
    """ResNet-50: Sixteen bottleneck units, 1x1, 3x3 and 1x1.

    He, Zhang, Ren and Sun, 2015: Deep Residual Learning for Image Recognition, arXiv:1512.03385, Table 1.
    25,557,032 parameters, 3,857,973,248 MACs for one image. Documented: depth 50, macs 3.8G, rightly
    3,857,973,248, output 1000 (Table 1, column 50-layer); macs 3.86G (Squeeze-and-Excitation Networks (arXiv
    1709.01507), Table 2); params 25,557,032 (torchvision, IMAGENET1K_V1 (num_params)).
    """
    inputs = keras.Input(input_shape, name="input_layer")
    x = conv_bn(inputs, filters=64, kernel_size=7, strides=2, name="conv1")
    x = layers.ZeroPadding2D(((0, 1), (0, 1)), name="pool1_pad")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool1_pool")(x)
    for stage, depth, width in zip(range(2, 6), depths, [64, 128, 256, 512], strict=True):
        for i in range(1, depth + 1):
            x = UNITS[unit](x, width=width, strides=2 if i == 1 and stage > 2 else 1, name=f"conv{stage}_block{i}")
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    x = layers.Dense(classes, activation="softmax", name="predictions")(x)
    return keras.Model(inputs, x, name="ResNet-50")


if __name__ == "__main__":
    resnet50().summary()
