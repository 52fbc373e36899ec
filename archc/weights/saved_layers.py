"""The layers and arrays of a file of weights, in the two layouts that Keras writes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, Literal, NamedTuple

from archc.diagnostics import Diagnostic, shortened
from archc.ir.naming import word_and_number
from archc.ir.shape import shape_text
from archc.targets.keras.array_memory import aligned_zeros
from archc.weights.chunks import filters_of, wrong_chunk, wrong_filters
from archc.weights.file_errors import file_error
from archc.weights.hdf5 import HDF5Reader, attribute_text, attribute_texts

Layout = Literal["Keras 3", "legacy"]
"""Groups by class and ordinal, as in `.weights.h5` and `.keras`; or lists of names, as in `.h5`."""

_DEEPEST = 32


@dataclass(frozen=True, slots=True, eq=False)
class SavedArray:
    """An array in a file, not read yet.

    Attributes:
        name: the name in the file; None in Keras 3's layout, unless the model's configuration tells it.
        layer_name: the name of the innermost layer that holds the array; None where the file does not have it.
    """

    name: str | None
    layer_name: str | None
    dataset: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape that the file declares."""
        return tuple(self.dataset.shape)

    @property
    def dtype(self) -> str:
        """The type of the numbers: `float32`, or another that HDF5 has."""
        return "bfloat16" if _is_bfloat16(self.dataset) else shortened(str(self.dataset.dtype))

    @property
    def is_float(self) -> bool | None:
        """Whether it has floats, else integers; None for what is neither."""
        kind = "f" if _is_bfloat16(self.dataset) else self.dataset.dtype.kind
        return kind == "f" if kind in "fiu" else None

    def mismatch(self, shape: tuple[int, ...], is_float: bool) -> Diagnostic | None:
        """What differs from an array of this shape and type; None where it can be read."""
        if self.shape != shape:
            return Diagnostic("weights-shape", f"expected {_shape(shape)}, the file has {_shape(self.shape)}")
        message = self._unreadable(is_float)
        return Diagnostic("weights-array", message) if message else None

    def _unreadable(self, is_float: bool) -> str | None:
        dtype, properties = self.dataset.dtype, self.dataset.id.get_create_plist()
        if not (_is_bfloat16(self.dataset) or dtype.kind == "f" if is_float else dtype.kind in "iu"):
            return f"expected {'floats' if is_float else 'integers'}, the file has {shortened(str(dtype))}"
        if self.dataset.is_virtual or properties.get_external_count():
            return "the values are in another file"
        if wrong := wrong_filters(filters_of(properties)):
            return wrong
        shape, chunks = self.shape, self.dataset.chunks
        if chunks is None:
            written = self.dataset.id.get_storage_size() >= prod(shape) * dtype.itemsize
        elif prod(chunks) > max(prod(shape), 1):  # a chunk is read whole
            return f"expected {_shape(shape)}, the file has chunks of {_shape(chunks)}"
        else:
            count = prod(-(-size // chunk) for size, chunk in zip(shape, chunks, strict=True))
            written = self.dataset.id.get_num_chunks() == count
            if written and (wrong := wrong_chunk(self.dataset)):
                return wrong
        return None if written else "the file declares it and does not hold its values"  # HDF5 would return zeros

    def read(self) -> Any:
        """The values, in memory that nothing else has; call it only where there is no `mismatch`."""
        values = aligned_zeros(self.shape, self.dataset.dtype)
        if values.size:
            self.dataset.read_direct(values)
        if _is_bfloat16(self.dataset):
            return (values.view("<u2").astype("<u4") << 16).view("<f4")
        return values.astype(values.dtype.newbyteorder("="), copy=False)


def _shape(shape: tuple[int, ...]) -> str:
    return shortened(shape_text(shape)) if shape else "a number"


def _is_bfloat16(dataset: Any) -> bool:
    """Whether Keras wrote bfloat16, a type that HDF5 does not have: two bytes without a type, and an attribute."""
    return dataset.dtype.kind == "V" and dataset.dtype.itemsize == 2 and attribute_text(dataset, "dtype") == "bfloat16"


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
    def is_model(self) -> bool:
        """Whether it is a model in the model: its arrays are those of layers inside it."""
        if self.kind is not None:
            return any(place.startswith("layers/") for place in self.arrays)
        layers = {(array.name or "").rpartition("/")[0] for array in self.arrays.values()}
        return len(layers) > 1 and not any(layer.startswith(self.name or "") for layer in layers)

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shapes of the arrays, sorted."""
        return tuple(sorted(array.shape for array in self.arrays.values()))

    @property
    def category(self) -> str:
        """What the file has in place of a class: the class or, in the legacy layout, the rank of the first array."""
        return self.kind or str(len(self.arrays["0"].shape))


def layers_inside(saved: SavedLayer) -> list[SavedLayer]:
    """The layers of a model in the model, told apart by groups or, in the legacy layout, by the names of arrays."""
    inside: dict[str, dict[str, SavedArray]] = defaultdict(dict)
    for place, array in saved.arrays.items():
        if saved.kind is None:
            holder = (array.name or "").rpartition("/")[0]
            inside[holder][str(len(inside[holder]))] = array
        else:
            holder = _INSIDE_MODELS.match(place)[0]  # type: ignore[index]  # every text matches
            inside[holder][place.removeprefix(holder)] = array
    return [_inner_layer(holder, arrays, saved) for holder, arrays in inside.items()]


_INSIDE_MODELS = re.compile(r"(layers/[^/]+/)*")


def _inner_layer(holder: str, arrays: dict[str, SavedArray], saved: SavedLayer) -> SavedLayer:
    last = holder.rstrip("/").rpartition("/")[2]
    if not last:
        return saved
    if saved.kind is None:
        return SavedLayer(last, None, arrays)
    return SavedLayer(arrays["0"].layer_name if "0" in arrays else None, word_and_number(last)[0], arrays)


class LayerConfig(NamedTuple):
    """What a model's configuration says of a layer.

    Attributes:
        arrays: the names of its first arrays, where its arguments choose them.
        inner: the layers inside it, by the paths of their groups.
    """

    name: str | None
    arrays: tuple[str, ...]
    inner: Mapping[str, LayerConfig]


def legacy_layers(reader: HDF5Reader, root: Any) -> list[SavedLayer]:
    """The layers by name, in the order of the list `layer_names`: that of `model.layers`."""
    layers = []
    for name in attribute_texts(root, "layer_names"):
        group = reader.group(root, name)
        holders, arrays = {"": group}, {}
        for position, weight in enumerate(attribute_texts(group, "weight_names")):
            folder, _, last = weight.rpartition("/")
            if folder not in holders:
                holders[folder] = reader.group(group, folder)
            arrays[str(position)] = SavedArray(weight, None, reader.dataset(holders[folder], last))
        if arrays:
            layers.append(SavedLayer(name, None, arrays))
    return layers


def keras_3_layers(reader: HDF5Reader, root: Any, configs: Mapping[str, LayerConfig]) -> list[SavedLayer]:
    """The layers by class, those of a class in the order of `model.layers`: `conv2d`, `conv2d_1`.

    Args:
        reader: of the file.
        root: the group `layers`.
        configs: of the layers by group, where the file has the model's configuration.
    """
    classes: dict[str, dict[int, SavedLayer]] = defaultdict(dict)
    for key in reader.members(root):
        group = reader.group(root, key)
        config = configs.get(key)
        if arrays := dict(_arrays(reader, group, "", 0, config)):
            kind, ordinal = word_and_number(key)
            name = attribute_text(reader.group(group, "vars"), "name") if "vars" in group else None
            classes[kind][ordinal] = SavedLayer(name or (config.name if config else None), kind, arrays)
    return [layers[ordinal] for layers in classes.values() for ordinal in sorted(layers)]


def keras_3_names(reader: HDF5Reader, root: Any, configs: Mapping[str, LayerConfig]) -> frozenset[str]:
    """The names of all layers, as far as the file has them; the arguments are those of `keras_3_layers`."""
    names = [config.name for config in configs.values()]
    for key in reader.members(root):
        group = reader.group(root, key)
        names.append(attribute_text(reader.group(group, "vars"), "name") if "vars" in group else None)
    return frozenset(name for name in names if name)


def _arrays(
    reader: HDF5Reader, group: Any, path: str, depth: int, config: LayerConfig | None
) -> Iterator[tuple[str, SavedArray]]:
    """The arrays of a layer and of the layers inside it, by path; the states of random generators are not weights.

    Args:
        reader: of the file.
        group: of the layer, or a list of layers in it.
        path: of the group inside the outermost layer; empty, or with a `/` at the end.
        depth: the number of groups around it.
        config: of the innermost layer that `group` is in, with the rest of the path to its layers.
    """
    if depth > _DEEPEST:
        raise file_error("not-weights", reader.path, f"has groups in groups, more than {_DEEPEST} deep")
    for key in reader.members(group):
        if key == "vars":
            holder = reader.group(group, key)
            layer_name = attribute_text(holder, "name")
            names = dict(enumerate(config.arrays)) if config else {}
            for index in reader.members(holder):
                if index == "idf_weights":  # an argument of a lookup, which is no weight in Keras either
                    continue
                name = names.get(int(index)) if index.isdecimal() else None
                yield f"{path}{index}", SavedArray(name, layer_name, reader.dataset(holder, index))
        elif key != "seed_generator":
            inner = _config_below(config, key)
            yield from _arrays(reader, reader.group(group, key), f"{path}{public(key)}/", depth + 1, inner)


def public(attribute: str) -> str:
    """The name of an attribute that holds a layer, without the mark of a private one.

    Keras 2 saves the layers inside an attention by private attributes, `_query_dense`, and Keras 3 some of them.
    """
    return attribute.removeprefix("_")


def _config_below(config: LayerConfig | None, key: str) -> LayerConfig | None:
    """What is known below a group: a layer, or a list of layers by the rest of their paths."""
    if config is None or key in config.inner:
        return config and config.inner[key]
    start = f"{key}/"
    below = {path.removeprefix(start): found for path, found in config.inner.items() if path.startswith(start)}
    return LayerConfig(None, (), below) if below else None
