"""The networks of `keras.applications` as specs: equal to what was read, and as short as a person's."""

from __future__ import annotations

import keras
import pytest

from archc.elaborate.expand import Settings
from archc.folding.write import write
from archc.network import Network, from_model, load_network
from tests.folding.equality import is_equal, lines_of
from tests.keras_files.test_applications import SAVED, saved_text
from tests.targets.networks import marked

# Lines without comments and blanks, at most.
LINES = {
    "ConvNeXtBase": 44,
    "ConvNeXtLarge": 44,
    "ConvNeXtSmall": 44,
    "ConvNeXtTiny": 44,
    "ConvNeXtXLarge": 44,
    "DenseNet121": 54,
    "DenseNet169": 54,
    "DenseNet201": 54,
    "EfficientNetB0": 80,
    "EfficientNetB1": 89,
    "EfficientNetB2": 90,
    "EfficientNetB3": 80,
    "EfficientNetB4": 89,
    "EfficientNetB5": 90,
    "EfficientNetB6": 89,
    "EfficientNetB7": 90,
    "EfficientNetV2B0": 87,
    "EfficientNetV2B1": 94,
    "EfficientNetV2B2": 94,
    "EfficientNetV2B3": 94,
    "EfficientNetV2L": 92,
    "EfficientNetV2M": 92,
    "EfficientNetV2S": 91,
    "InceptionResNetV2": 110,
    "InceptionV3": 88,
    "MobileNet": 41,
    "MobileNetV2": 54,
    "MobileNetV3Large": 130,
    "MobileNetV3Small": 109,
    "NASNetLarge": 199,
    "NASNetMobile": 199,
    "ResNet101": 50,
    "ResNet101V2": 86,
    "ResNet152": 50,
    "ResNet152V2": 87,
    "ResNet50": 50,
    "ResNet50V2": 85,
    "VGG16": 20,
    "VGG19": 20,
    "Xception": 60,
}


def _is_short_and_equal(name: str, network: Network) -> None:
    written = write(network.graph, network.name)
    assert written.folded
    is_equal(network.graph, written.text)
    assert lines_of(written.text) <= LINES[name]
    assert max(map(len, written.text.splitlines())) <= 120


CHOSEN = (
    "ConvNeXtTiny", "DenseNet121", "EfficientNetB0", "InceptionV3", "MobileNetV3Small", "NASNetMobile", "ResNet50",
)  # fmt: skip
"""A network of each kind: the others are left to `pytest -m slow`."""


@pytest.mark.parametrize("name", marked(SAVED, CHOSEN))
def test_a_saved_network_is_short_and_equal(name: str) -> None:
    _is_short_and_equal(name, from_model(name, saved_text(name)[0], Settings()))


@pytest.mark.slow
@pytest.mark.parametrize("name", LINES)
def test_every_network_is_short_and_equal(name: str) -> None:
    keras.utils.clear_session()  # else Keras goes on numbering names where the last model ended
    _is_short_and_equal(name, load_network(f"keras:{name}", Settings()))
