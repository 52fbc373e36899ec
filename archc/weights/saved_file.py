"""A file of weights, read as arrays: no objects are made from it, and no other file is read.

The sizes in a file may be wrong on purpose. So the layout is read first, within bounds, and the values of an array only
once its shape is the expected one: the memory that is needed is that of the network.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archc.diagnostics import SpecError
from archc.open_file import open_file
from archc.weights import archive
from archc.weights.archive import ArchivedModel
from archc.weights.file_errors import file_error, reading
from archc.weights.hdf5 import HDF5Reader, attribute_text, attribute_texts
from archc.weights.heaps import check_heaps
from archc.weights.saved_layers import Layout, SavedLayer, keras_3_layers, keras_3_names, legacy_layers

_LEAST_VISITS = 20_000  # of groups and arrays: the file may be that of another network
_VISITS = 60  # for each layer


@dataclass(frozen=True, slots=True, eq=False)
class WeightFile:
    """An open file, and its layers with weights.

    The layers are in the order of `model.layers`; Keras 3's layout has that order in each class alone.

    Attributes:
        names: of all layers, also of those without weights, as far as the file has them.
        keras_version: of the Keras that wrote the file; None where the file does not say.
        has_optimizer: whether the state of an optimizer is beside the weights.
    """

    path: Path
    layout: Layout
    layers: list[SavedLayer]
    names: frozenset[str]
    keras_version: str | None
    has_optimizer: bool = False


@contextmanager
def open_weights(path: Path, layers: int) -> Iterator[WeightFile]:
    """Opens a file of weights and reads its layout.

    Args:
        path: of a `.weights.h5`, a `.keras` or a `.h5` file. The contents decide which it is, not the name.
        layers: of the network, which bounds how much of the layout is read.

    Raises:
        SpecError: the file cannot be read, is not a file of weights, or has links to other files.
    """
    try:
        import h5py
    except ImportError as error:
        message = f"reading weights needs Keras and TensorFlow, but there is no `{error.name}`"
        raise SpecError.of("no-keras", message) from None
    with open_file(path) as stream:
        with reading(path):
            is_archive = stream.read(4) == archive.SIGNATURE
            source, about = archive.weights_member(path, stream) if is_archive else (stream, archive.NOTHING)
            check_heaps(source)
            file = h5py.File(source, "r")
        with file:
            with reading(path):
                found = _weight_file(HDF5Reader(path, _LEAST_VISITS + _VISITS * layers), file, about)
            yield found


def _weight_file(reader: HDF5Reader, file: Any, about: ArchivedModel) -> WeightFile:
    path = reader.path
    if "layers" in file and not _has_names(file):
        layers = reader.group(file, "layers")
        names = keras_3_names(reader, layers, about.layers)
        found = keras_3_layers(reader, layers, about.layers)
        return WeightFile(path, "Keras 3", found, names, about.keras_version, "optimizer" in file)
    root = reader.group(file, "model_weights") if "model_weights" in file and not _has_names(file) else file
    if root is file and not _has_names(file):
        raise file_error("not-weights", path, "is an HDF5 file without the layers of a Keras model")
    names = frozenset(attribute_texts(root, "layer_names"))
    version = attribute_text(root, "keras_version")
    return WeightFile(path, "legacy", legacy_layers(reader, root), names, version, "optimizer_weights" in file)


def _has_names(file: Any) -> bool:
    return "layer_names" in file.attrs or "layer_names0" in file.attrs
