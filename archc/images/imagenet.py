"""The weights for ImageNet that Keras publishes, by the networks of the library that they are of."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import NamedTuple

from archc.diagnostics import SpecError, did_you_mean, printable, shortened
from archc.library.revision import path_in
from archc.targets.keras.model import imported_keras

IMAGENET = "imagenet"
"""What stands for these weights in the place of a file."""

_FOLDER = "https://storage.googleapis.com/tensorflow/keras-applications"
_ENDING = "_weights_tf_dim_ordering_tf_kernels.h5"


class Published(NamedTuple):
    """A file of weights that Keras downloads.

    Attributes:
        application: the network's name in `keras.applications`.
        address: below the folder of all files.
        md5: by which Keras knows the file; None where it has none.
        name: in Keras's cache; that of the address if None.
    """

    application: str
    address: str
    md5: str | None
    name: str | None = None


PUBLISHED: Mapping[str, Published] = {
    "densenet121": Published("DenseNet121", f"densenet/densenet121{_ENDING}", "9d60b8095a5708f2dcce2bca79d332c7"),
    "densenet169": Published("DenseNet169", f"densenet/densenet169{_ENDING}", "d699b8f76981ab1b30698df4c175e90b"),
    "densenet201": Published("DenseNet201", f"densenet/densenet201{_ENDING}", "1ceb130c1ea1b78c3bf6114dbdfd8807"),
    "inception_resnet_v2_keras": Published(
        "InceptionResNetV2", f"inception_resnet_v2/inception_resnet_v2{_ENDING}", "e693bd0210a403b3192acc6073ad2e96"
    ),
    "inception_v3_keras": Published(
        "InceptionV3", f"inception_v3/inception_v3{_ENDING}", "9a0d58056eeedaa3f26cb7ebd46da564"
    ),
    "mobilenet_v1": Published("MobileNet", "mobilenet/mobilenet_1_0_224_tf.h5", None),
    "mobilenet_v2": Published(
        "MobileNetV2", f"mobilenet_v2/mobilenet_v2{_ENDING.removesuffix('.h5')}_1.0_224.h5", None
    ),
    "nasnet_a_large": Published(
        "NASNetLarge", "nasnet/NASNet-large.h5", "11577c9a518f0070763c2b964a382f17", "nasnet_large.h5"
    ),
    "nasnet_a_mobile": Published(
        "NASNetMobile", "nasnet/NASNet-mobile.h5", "020fb642bf7360b370c678b08e0adf61", "nasnet_mobile.h5"
    ),
    "resnet50_keras": Published("ResNet50", f"resnet/resnet50{_ENDING}", "2cb95161c43110f7111970584f804107"),
    "resnet101_keras": Published("ResNet101", f"resnet/resnet101{_ENDING}", "f1aeb4b969a6efcfb50fad2f0c20cfc5"),
    "resnet152_keras": Published("ResNet152", f"resnet/resnet152{_ENDING}", "100835be76be38e30d865e96f2aaae62"),
    "resnet50_v2_keras": Published("ResNet50V2", f"resnet/resnet50v2{_ENDING}", "3ef43a0b657b3be2300d5770ece849e0"),
    "resnet101_v2_keras": Published("ResNet101V2", f"resnet/resnet101v2{_ENDING}", "6343647c601c52e1368623803854d971"),
    "resnet152_v2_keras": Published("ResNet152V2", f"resnet/resnet152v2{_ENDING}", "a49b44d1979771252814e80f8ec446f9"),
    "vgg16": Published("VGG16", f"vgg16/vgg16{_ENDING}", "64373286793e3c8b2b4e3219cbf3544b"),
    "vgg19": Published("VGG19", f"vgg19/vgg19{_ENDING}", "cbe5617147190e668d6c5d5026f83318"),
    "xception": Published("Xception", f"xception/xception{_ENDING}", "0a58e3b7378bc2990ea3b43d5981f1f6"),
}
"""By the names of the library."""

APPLICATION = "keras:"
"""What stands before the name of a network of `keras.applications`."""


def library_name(label: str) -> str:
    """The name that a network has in the library: of `keras:NAME`, or of a file, the name of the spec."""
    application = label.removeprefix(APPLICATION).partition("?")[0]
    same = [name for name, published in PUBLISHED.items() if published.application == application]
    return same[0] if label.startswith(APPLICATION) and same else Path(path_in(label)).stem


def trained_weights(label: str, given: str | None, *, has_own: bool) -> Path | None:
    """The file of a network's weights; None where they are in the model file itself.

    Args:
        label: the spec, as a user named it.
        given: a file, or `imagenet`.
        has_own: whether the network is that of a model file with weights.

    Raises:
        SpecError: there are no weights, or Keras has none for this network.
    """
    if given == IMAGENET:
        return _imagenet_weights(label)
    if given is None and not has_own:
        message = f"`{printable(label[:200])}` has no trained weights, and random ones tell nothing of an image"
        raise SpecError.of("no-weights", message)
    return None if given is None else Path(given)


def _imagenet_weights(label: str) -> Path:
    """The file of a network's weights in Keras's cache, into which Keras downloads it where it is not there.

    A spec is known by its name; that the file is of this network is seen when it is loaded.

    Raises:
        SpecError: no such file is known, or Keras cannot get it.
    """
    name = library_name(label)
    if name not in PUBLISHED:
        hint = did_you_mean(f"{name}_keras", PUBLISHED) if f"{name}_keras" in PUBLISHED else None
        message = f"no published weights are known of `{printable(label[:100])}`"
        raise SpecError.of(
            "imagenet", message, None, hint or f"there are some of {', '.join(PUBLISHED)}; else name a file"
        )
    found = PUBLISHED[name]
    file = found.name or found.address.rpartition("/")[2]
    get_file = imported_keras().utils.get_file
    try:
        with redirect_stdout(sys.stderr):
            path = get_file(file, f"{_FOLDER}/{found.address}", cache_subdir="models", file_hash=found.md5)
    except Exception as error:  # `get_file` raises what it meets, `Exception` itself among it
        reason = shortened(str(error).strip() or type(error).__name__, 200)
        hint = f"is there a network? `{file}` can be copied into `models` of Keras's folder, or named with `--weights`"
        raise SpecError.of("imagenet", f"Keras cannot get `{file}`: {reason}", None, hint) from None
    return Path(path)
