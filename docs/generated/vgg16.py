"""VGG-16, made by archc 0.1.0 from specs/vgg/vgg16.yaml (sha256 190abc2161d81964): `archc build vgg16 --to python`."""

import keras
from keras import layers


def named(tensor, name):
    """The tensor, after giving the operation that made it a name."""
    tensor._keras_history.operation.name = name
    return tensor


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


def vgg16(
    input_shape=(224, 224, 3), *, depths=(2, 2, 3, 3, 3), pointwise_tail=False, lrn=False, bn=False, classes=1000
) -> keras.Model:
    """VGG-16: Configuration D, thirteen 3x3 convolutions and three dense layers.

    Simonyan and Zisserman, 2014: Very Deep Convolutional Networks for Large-Scale Image Recognition,
    arXiv:1409.1556, Table 1. 138,357,544 parameters, 15,470,264,320 MACs for one image. Documented: depth 16,
    params 138M, output 1000 (Table 1, column D; Table 2); macs 15.47G (Squeeze-and-Excitation Networks (arXiv
    1709.01507), Table 2); params 138,357,544, macs 15.47G (torchvision, IMAGENET1K_V1 (num_params, GFLOPS)).
    """
    x = inputs = keras.Input(input_shape, name="input_layer")
    for block, depth, filters in zip(range(1, 6), depths, [64, 128, 256, 512, 512], strict=True):
        for i in range(1, depth + 1):
            kernel = 1 if pointwise_tail and block >= 3 and i == depth else 3
            x = layers.Conv2D(
                filters, kernel, padding="same", activation="linear" if bn else "relu", name=f"block{block}_conv{i}"
            )(x)
            if bn:
                x = layers.BatchNormalization(epsilon=1e-5, name=f"block{block}_conv{i}_bn")(x)
                x = layers.ReLU(name=f"block{block}_conv{i}_relu")(x)
            if lrn and block == 1:
                x = local_response_normalization(x, name=f"block{block}_lrn")
        x = layers.MaxPooling2D(2, name=f"block{block}_pool")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(4096, activation="relu", name="fc1")(x)
    x = layers.Dropout(0.5, name="dropout")(x)
    x = layers.Dense(4096, activation="relu", name="fc2")(x)
    x = layers.Dropout(0.5, name="dropout_1")(x)
    x = layers.Dense(classes, activation="softmax", name="predictions")(x)
    return keras.Model(inputs, x, name="VGG-16")


if __name__ == "__main__":
    vgg16().summary()
