"""An image as the input of a network: its pixels as numbers, as the spec's `preprocess` says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from archc.diagnostics import SpecError
from archc.images.fitting import Frame, fitted_image, frame_of
from archc.images.options import Resize
from archc.images.reading import Colours
from archc.ir.graph import Graph
from archc.ir.shape import shape_text
from archc.language.document import Preprocess

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.float32]

_COLOURS: Mapping[int | None, Colours] = {1: "L", 3: "RGB"}


class Scale(NamedTuple):
    """How values from 0 to 255 are scaled: divided by `divisor`, then less `mean`, then divided by `std`.

    Attributes:
        mean: one for each channel in the order of the network, or one for all; empty for none.
        std: as `mean`.
        is_bgr: whether the network has blue first.
    """

    divisor: float | None
    mean: tuple[float, ...]
    std: tuple[float, ...]
    is_bgr: bool


_SCALES: Mapping[str | None, Scale] = {
    None: Scale(None, (), (), False),
    "caffe": Scale(None, (103.939, 116.779, 123.68), (), True),
    "tf": Scale(127.5, (1.0,), (), False),
    "torch": Scale(255.0, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225), False),
}
"""The modes of `keras.applications.imagenet_utils.preprocess_input`; None where the spec has no mode."""


class Preparation(NamedTuple):
    """How a file becomes the input of a network.

    Attributes:
        name: of the input.
    """

    name: str
    frame: Frame
    resize: Resize
    scale: Scale

    def pixels(self, path: Path) -> Pixels:
        """The input of one image: height, width, channels.

        Raises:
            SpecError: the file cannot be read as an image.
        """
        return self.values(self.shown(path))

    def shown(self, path: Path) -> NDArray[np.uint8]:
        """What the network sees of an image, as a person sees it: height, width, channels, from 0 to 255.

        Raises:
            SpecError: the file cannot be read as an image.
        """
        import numpy as np

        image = np.asarray(fitted_image(path, self.frame, self.resize))
        return image.reshape(self.frame.height, self.frame.width, -1)

    def values(self, shown: NDArray[np.uint8]) -> Pixels:
        """The input of an image that is `shown`."""
        return scaled(shown.astype("float32"), self.scale)

    def grey(self) -> Pixels:
        """What the input has of a grey pixel, for each channel."""
        import numpy as np

        return scaled(np.full(1 if self.frame.colours == "L" else 3, 127.5, np.float32), self.scale)


def scaled(values: Pixels, scale: Scale) -> Pixels:
    """The values that a network takes, computed in float32 in the order of Keras's `preprocess_input`.

    Args:
        values: from 0 to 255, channels last, red first.
        scale: of the network.
    """
    import numpy as np

    made: Pixels = values[..., ::-1] if scale.is_bgr else values
    if scale.divisor is not None:
        made = np.divide(made, np.float32(scale.divisor))
    if scale.mean:
        made = np.subtract(made, np.asarray(scale.mean, np.float32))
    if scale.std:
        made = np.divide(made, np.asarray(scale.std, np.float32))
    return made


def preparation_of(graph: Graph, preprocess: Preprocess, resize: Resize = "spec") -> Preparation:
    """How images become the input of a network.

    Args:
        graph: the network.
        preprocess: what a spec says of it. Where a size of the input is open, it is that of `crop`.
        resize: how images are brought to the size of the input.

    Raises:
        SpecError: the network does not take one image, or `preprocess` does not suit its input.
    """
    if len(graph.inputs) != 1:
        names = ", ".join(f"`{made.name}`" for made in graph.inputs)
        raise SpecError.of("no-classifier", f"the network has {len(graph.inputs)} inputs, not one image: {names}")
    (taken,) = graph.inputs
    height, width, channels = taken.shape if len(taken.shape) == 3 else (None, None, None)
    colours = _COLOURS.get(channels)
    if channels is None or colours is None:
        what = f"the input has the shape {shape_text(taken.shape)}, not that of an image of 1 or 3 channels"
        raise SpecError.of("no-classifier", what, None, "height, width and channels: `--input 224,224,3`")
    height, width = height or preprocess.crop, width or preprocess.crop
    if height is None or width is None:
        message = f"the input has open sizes, {shape_text(taken.shape)}, and `preprocess` has no `crop`"
        raise SpecError.of("preprocess", message, None, "set them: `--input 224,224,3`")
    frame = frame_of(height, width, colours, preprocess)
    return Preparation(taken.name, frame, resize, _scale(preprocess, channels))


def _scale(preprocess: Preprocess, channels: int) -> Scale:
    """The scale that a spec says for an input of so many channels.

    Raises:
        SpecError: it has a number for each of other channels, or a deviation of 0.
    """
    scale = _SCALES[preprocess.mode]
    is_bgr = scale.is_bgr if preprocess.channels is None else preprocess.channels == "bgr"
    mean, std = (given if is_bgr == scale.is_bgr else given[::-1] for given in (scale.mean, scale.std))
    mean = mean if preprocess.mean is None else preprocess.mean
    std = std if preprocess.std is None else preprocess.std
    for name, given in (("mean", mean), ("std", std)):
        if len(given) not in (0, 1, channels):
            what = f"`{name}` of `preprocess` has {len(given)} numbers, and the input has {channels} channels"
            raise SpecError.of("preprocess", what, None, f"give `{name}` a number for each channel")
    if 0 in std:
        raise SpecError.of("preprocess", "`std` of `preprocess` is 0", None, "it divides: leave it out, or 1")
    return Scale(scale.divisor, mean, std, is_bgr)
