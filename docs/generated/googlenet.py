"""GoogLeNet, made by archc 0.1.0 from specs/inception/googlenet.yaml (sha256 80c75f65d9d4f8b2).

`archc build googlenet --to python` writes it.
"""

from collections import Counter

import keras
from keras import layers


def automatic_name(names: Counter[str], word: str) -> str:
    """The name that Keras gives to the next layer of a kind in a new model: `conv2d`, `conv2d_1`."""
    names[word] += 1
    return f"{word}_{names[word] - 1}" if names[word] > 1 else word


def named(tensor, name):
    """The tensor, after giving the operation that made it a name."""
    tensor._keras_history.operation.name = name
    return tensor


def named_output(tensor, name):
    """The tensor as an output of this name, which is that of the layer that makes it."""
    if tensor._keras_history.operation.name == name:
        return tensor
    return keras.layers.Identity(name=name)(tensor)


def local_response_normalization(x, *, size=5, bias=2.0, alpha=1e-4, beta=0.75, name):
    """`x / (bias + alpha * sum of squares) ** beta`, the sum over the `size` channels around each."""
    widths = [(0, 0)] * (len(x.shape) - 1) + [(size // 2, size // 2)]
    padded = named(keras.ops.pad(named(keras.ops.square(x), f"{name}_square"), widths), f"{name}_pad")
    total = named(padded[..., : 1 - size or None], f"{name}_neighbor_0")
    for i in range(1, size):
        neighbor = named(padded[..., i : i + 1 - size or None], f"{name}_neighbor_{i}")
        total = named(keras.ops.add(total, neighbor), f"{name}_sum_{i}")
    shifted = named(keras.ops.add(named(keras.ops.multiply(total, alpha), f"{name}_scale"), bias), f"{name}_shift")
    return named(keras.ops.divide(x, named(keras.ops.power(shifted, beta), f"{name}_power")), name)


def inception(x, *, n1x1, n3x3_reduce, n3x3, n5x5_reduce, n5x5, pool_proj, name):
    branch_1 = layers.Conv2D(n1x1, 1, activation="relu", name=f"{name}_1x1")(x)
    branch_2 = layers.Conv2D(n3x3_reduce, 1, activation="relu", name=f"{name}_3x3_reduce")(x)
    branch_2 = layers.Conv2D(n3x3, 3, padding="same", activation="relu", name=f"{name}_3x3")(branch_2)
    branch_3 = layers.Conv2D(n5x5_reduce, 1, activation="relu", name=f"{name}_5x5_reduce")(x)
    branch_3 = layers.Conv2D(n5x5, 5, padding="same", activation="relu", name=f"{name}_5x5")(branch_3)
    branch_4 = layers.MaxPooling2D(3, strides=1, padding="same", name=f"{name}_pool")(x)
    branch_4 = layers.Conv2D(pool_proj, 1, activation="relu", name=f"{name}_pool_proj")(branch_4)
    return layers.Concatenate(name=f"{name}_output")([branch_1, branch_2, branch_3, branch_4])


def classifier(x, *, classes, names, name):
    x = layers.AveragePooling2D(5, strides=3, name=f"{name}_pool")(x)
    x = layers.Conv2D(128, 1, activation="relu", name=f"{name}_conv")(x)
    x = layers.Flatten(name=automatic_name(names, "flatten"))(x)
    x = layers.Dense(1024, activation="relu", name=f"{name}_fc")(x)
    x = layers.Dropout(0.7, name=automatic_name(names, "dropout"))(x)
    return layers.Dense(classes, activation="softmax", name=f"{name}_predictions")(x)


def googlenet(input_shape=(224, 224, 3), *, classes=1000, auxiliary=True) -> keras.Model:
    """GoogLeNet: Nine inception modules, with two auxiliary classifiers while training.

    Szegedy et al., 2014: Going Deeper with Convolutions, arXiv:1409.4842, Table 1. 13,378,280 parameters,
    1,591,044,096 MACs for one image. Documented: depth 22, macs 1.5G, rightly 1,591,044,096, output 1000 (Table
    1; Section 5); params 5M, rightly 13,378,280 (Rethinking the Inception Architecture for Computer Vision (arXiv
    1512.00567), Section 1).
    """
    inputs = keras.Input(input_shape, name="input_layer")
    names: Counter[str] = Counter()
    outputs = {}
    x = layers.ZeroPadding2D(3, name="conv1_pad")(inputs)
    x = layers.Conv2D(64, 7, strides=2, activation="relu", name="conv1")(x)
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="pool1")(x)
    x = local_response_normalization(x, bias=1, alpha=2e-5, name="norm1")
    x = layers.Conv2D(64, 1, activation="relu", name="conv2_3x3_reduce")(x)
    x = layers.Conv2D(192, 3, padding="same", activation="relu", name="conv2_3x3")(x)
    x = local_response_normalization(x, bias=1, alpha=2e-5, name="norm2")
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="pool2")(x)
    x = inception(x, n1x1=64, n3x3_reduce=96, n3x3=128, n5x5_reduce=16, n5x5=32, pool_proj=32, name="inception_3a")
    x = inception(x, n1x1=128, n3x3_reduce=128, n3x3=192, n5x5_reduce=32, n5x5=96, pool_proj=64, name="inception_3b")
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="pool3")(x)
    x = inception(x, n1x1=192, n3x3_reduce=96, n3x3=208, n5x5_reduce=16, n5x5=48, pool_proj=64, name="inception_4a")
    if auxiliary:
        outputs["auxiliary_1"] = classifier(x, classes=classes, names=names, name="auxiliary_1")
    x = inception(x, n1x1=160, n3x3_reduce=112, n3x3=224, n5x5_reduce=24, n5x5=64, pool_proj=64, name="inception_4b")
    x = inception(x, n1x1=128, n3x3_reduce=128, n3x3=256, n5x5_reduce=24, n5x5=64, pool_proj=64, name="inception_4c")
    x = inception(x, n1x1=112, n3x3_reduce=144, n3x3=288, n5x5_reduce=32, n5x5=64, pool_proj=64, name="inception_4d")
    if auxiliary:
        outputs["auxiliary_2"] = classifier(x, classes=classes, names=names, name="auxiliary_2")
    x = inception(x, n1x1=256, n3x3_reduce=160, n3x3=320, n5x5_reduce=32, n5x5=128, pool_proj=128, name="inception_4e")
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="pool4")(x)
    x = inception(x, n1x1=256, n3x3_reduce=160, n3x3=320, n5x5_reduce=32, n5x5=128, pool_proj=128, name="inception_5a")
    x = inception(x, n1x1=384, n3x3_reduce=192, n3x3=384, n5x5_reduce=48, n5x5=128, pool_proj=128, name="inception_5b")
    x = layers.GlobalAveragePooling2D(name="pool5")(x)
    x = layers.Dropout(0.4, name=automatic_name(names, "dropout"))(x)
    x = layers.Dense(classes, activation="softmax", name="predictions")(x)
    tensors = list(map(named_output, outputs.values(), outputs))
    tensors.append(x)
    return keras.Model(inputs, tensors if len(tensors) > 1 else tensors[0], name="GoogLeNet")


if __name__ == "__main__":
    googlenet().summary()
