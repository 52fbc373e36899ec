"""The layers of a file of weights, in the two layouts that Keras writes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from archc.diagnostics import shortened
from archc.weights.file_errors import file_error
from archc.weights.hdf5 import HDF5Reader, attribute_text, attribute_texts
from archc.weights.saved_array import SavedArray

Layout = Literal["Keras 3", "legacy"]
"""Groups by class and ordinal, as in `.weights.h5` and `.keras`; or lists of names, as in `.h5`."""

_DEEPEST = 32
_NUMBERED = re.compile(r"(.+?)(?:_(\d{1,9}))?")


@dataclass(frozen=True, slots=True, eq=False)
class SavedLayer:
    """A layer with weights in a file.

    Attributes:
        name: the name of the layer; None where the file does not have it.
        kind: the class in snake case, `conv2d`; None in the legacy layout, which does not have it.
        arrays: by position (`0`, `1`) in the legacy layout, else by the path inside the layer.
    """

    name: str | None
    kind: str | None
    arrays: dict[str, SavedArray]

    @property
    def label(self) -> str:
        """The name for messages."""
        return shortened(self.name or self.kind or "?")

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shapes of the arrays, sorted."""
        return tuple(sorted(array.shape for array in self.arrays.values()))

    @property
    def category(self) -> str:
        """What the file has in place of a class: the class or, in the legacy layout, the rank of the first array."""
        return self.kind or str(len(self.arrays["0"].shape))


def legacy_layers(reader: HDF5Reader, root: Any) -> list[SavedLayer]:
    """The layers by name, in the order of the list `layer_names`: that of `model.layers`."""
    layers = []
    for name in attribute_texts(root, "layer_names"):
        group = reader.group(root, name)
        arrays = {}
        for position, weight in enumerate(attribute_texts(group, "weight_names")):
            folder, _, last = weight.rpartition("/")
            holder = reader.group(group, folder) if folder else group
            arrays[str(position)] = SavedArray(weight, None, reader.dataset(holder, last))
        if arrays:
            layers.append(SavedLayer(name, None, arrays))
    return layers


def keras_3_layers(reader: HDF5Reader, root: Any, names: dict[str, str]) -> list[SavedLayer]:
    """The layers by class, those of a class in the order of `model.layers`: `conv2d`, `conv2d_1`.

    Args:
        reader: of the file.
        root: the group `layers`.
        names: of layers by group, where the groups do not have them.
    """
    classes: dict[str, dict[int, SavedLayer]] = defaultdict(dict)
    for key in reader.members(root):
        group = reader.group(root, key)
        if arrays := dict(_arrays(reader, group, "", 0)):
            match = _NUMBERED.fullmatch(key)
            kind, ordinal = (match[1], int(match[2] or 0)) if match else (key, 0)
            name = attribute_text(reader.group(group, "vars"), "name") if "vars" in group else None
            classes[kind][ordinal] = SavedLayer(name or names.get(key), kind, arrays)
    return [layers[ordinal] for layers in classes.values() for ordinal in sorted(layers)]


def _arrays(reader: HDF5Reader, group: Any, prefix: str, depth: int) -> Iterator[tuple[str, SavedArray]]:
    """The arrays of a layer and of the layers inside it, by path; the states of random generators are not weights."""
    if depth > _DEEPEST:
        raise file_error("not-weights", reader.path, f"has groups in groups, more than {_DEEPEST} deep")
    for key in reader.members(group):
        if key == "vars":
            holder = reader.group(group, key)
            layer_name = attribute_text(holder, "name")
            for index in reader.members(holder):
                yield f"{prefix}{index}", SavedArray(None, layer_name, reader.dataset(holder, index))
        elif key != "seed_generator":
            yield from _arrays(reader, reader.group(group, key), f"{prefix}{key}/", depth + 1)
