"""Weights in a file of Keras's, read as arrays: nothing in it is made into an object, nothing outside it is read.

A file says how large it is, and may lie. So the layout is read first, within bounds, and an array only when its shape
is known to be the expected one; what is then allocated is what the network needs.
"""

from __future__ import annotations

import io
import json
import os
import re
import struct
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any, Literal

from archc.diagnostics import Diagnostic, SpecError, printable, shortened
from archc.ir.naming import snake_case
from archc.ir.shape import shape_text

Layout = Literal["Keras 3", "legacy"]
"""By class and ordinal, as in `.weights.h5` and `.keras`; or by name in order, as in `.h5`."""

_MOST_GROUPS = 200_000
_MOST_NAMES = 20_000  # of the layers of a network, or of the weights of a layer
_MOST_BYTES_OF_NAMES = 4 << 20
_LARGEST_CONFIG = 32 << 20
_DEEPEST = 32
_FILTERS = {1, 2, 3}  # gzip, shuffle, checksum: others are plug-ins, which are code
_NUMBERED = re.compile(r"(.+?)(?:_(\d{1,9}))?")


@dataclass(frozen=True, slots=True, eq=False)
class SavedArray:
    """An array in a file, not read yet.

    Attributes:
        name: what the file calls it; None where it does not.
        layer_name: the name of the layer inside the layer that holds it; None where the file does not say.
    """

    name: str | None
    layer_name: str | None
    dataset: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape that the file declares."""
        return tuple(self.dataset.shape)

    def fault(self, shape: tuple[int, ...], is_float: bool) -> str | None:
        """What is wrong with it as an array of this shape and kind; None where it can be read."""
        if self.shape != shape:
            return f"expected {_shape(shape)}, the file has {_shape(self.shape)}"
        dtype, properties = self.dataset.dtype, self.dataset.id.get_create_plist()
        if not (_is_bfloat16(self.dataset) or dtype.kind == "f" if is_float else dtype.kind in "iu"):
            return f"expected {'floats' if is_float else 'integers'}, the file has {shortened(str(dtype))}"
        if self.dataset.is_virtual or properties.get_external_count():
            return "the numbers are in another file"
        if any(properties.get_filter(place)[0] not in _FILTERS for place in range(properties.get_nfilters())):
            return "it is compressed by a plug-in"
        chunks = self.dataset.chunks
        if chunks is None:
            written = self.dataset.id.get_storage_size() >= prod(shape) * dtype.itemsize
        elif prod(chunks) > max(prod(shape), 1):
            return f"expected {_shape(shape)}, the file has pieces of {_shape(chunks)}"
        else:
            pieces = prod(-(-size // chunk) for size, chunk in zip(shape, chunks, strict=True))
            written = self.dataset.id.get_num_chunks() == pieces
        return None if written else "the file declares it and does not hold its numbers"

    def read(self) -> Any:
        """The numbers; only where there is no `fault`."""
        import numpy as np

        if _is_bfloat16(self.dataset):
            bits = np.empty(self.shape, self.dataset.dtype)
            self.dataset.read_direct(bits)
            return (bits.view("<u2").astype("<u4") << 16).view("<f4")
        values = np.empty(self.shape, self.dataset.dtype)
        if values.size:
            self.dataset.read_direct(values)
        return values.astype(values.dtype.newbyteorder("="), copy=False)


@dataclass(frozen=True, slots=True, eq=False)
class SavedLayer:
    """A layer with weights, as a file has it.

    Attributes:
        name: the layer's; None where the file does not say.
        kind: the class as Keras writes it there, `conv2d`; None where the file does not say.
        arrays: by their places: the position where the layout is the legacy one, else the path in the layer.
    """

    name: str | None
    kind: str | None
    arrays: dict[str, SavedArray]

    @property
    def label(self) -> str:
        """What a reader calls it."""
        return shortened(self.name or self.kind or "?")


@dataclass(frozen=True, slots=True, eq=False)
class WeightFile:
    """The layers with weights in a file; in order, which is one order a kind where the layout is Keras 3's."""

    path: Path
    layout: Layout
    layers: list[SavedLayer]

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Tells of what cannot be read.

        Raises:
            SpecError: the file is damaged.
        """
        with _reading(self.path):
            yield


@contextmanager
def opened(path: Path) -> Iterator[WeightFile]:
    """Opens a file of weights and reads its layout.

    Args:
        path: of a `.weights.h5`, a `.keras` or a `.h5` file; what it holds decides, not its name.

    Raises:
        SpecError: it cannot be read, or is no file of weights, or reaches out of itself.
    """
    try:
        import h5py
    except ImportError as error:
        message = f"reading weights needs Keras and TensorFlow, but there is no `{error.name}`"
        raise SpecError.of("no-keras", message, hint="pip install 'archc-keras[tensorflow]'") from None
    try:
        if not path.is_file():
            raise FileNotFoundError(0, "there is no such file")
        stream = path.open("rb")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise _fault("unreadable", path, f"cannot be read: {reason}") from None
    with stream:
        with _reading(path):
            source, names = _archived(path, stream) if stream.read(4) == b"PK\x03\x04" else (stream, {})
            file = h5py.File(source, "r")
        with file:
            with _reading(path):
                found = _layout(path, file, names)
            yield found


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Makes what h5py, zipfile and json raise over a file that is not what it should be into a diagnostic."""
    try:
        yield
    except SpecError:
        raise
    except (
        OSError, RuntimeError, KeyError, ValueError, TypeError, LookupError, zipfile.BadZipFile, struct.error,
        MemoryError, NotImplementedError,
    ) as error:  # fmt: skip
        reason = shortened(str(error).strip("'\"") or type(error).__name__, 120)
        hint = "weights are a `.weights.h5`, `.keras` or `.h5` file that Keras wrote"
        raise _fault("not-weights", path, f"is damaged, or no file of weights: {reason}", hint) from None


def _fault(code: str, path: Path, what: str, hint: str | None = None) -> SpecError:
    return SpecError([Diagnostic(code, f"`{printable(str(path))}` {what}", None, hint)])


def _shape(shape: tuple[int, ...]) -> str:
    return shortened(shape_text(shape)) if shape else "a number"


def _is_bfloat16(dataset: Any) -> bool:
    """Whether Keras wrote it as two bytes of no type, for want of one in HDF5."""
    return dataset.dtype.kind == "V" and dataset.dtype.itemsize == 2 and _text(dataset, "dtype") == "bfloat16"


# The archive


class _Member(io.RawIOBase):
    """The bytes of a member that an archive holds as they are: what it claims to hold is there, and no more."""

    def __init__(self, stream: Any, start: int, size: int) -> None:
        self.stream, self.start, self.size, self.place = stream, start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.place

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self.place, os.SEEK_END: self.size}[whence]
        self.place = max(0, base + offset)
        return self.place

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer).cast("B")
        count = max(0, min(len(view), self.size - self.place))
        self.stream.seek(self.start + self.place)
        got = int(self.stream.readinto(view[:count])) if count else 0
        self.place += got
        return got


def _archived(path: Path, stream: Any) -> tuple[_Member, dict[str, str]]:
    """The weights in a `.keras` archive, and the names of its layers by their groups in them."""
    with zipfile.ZipFile(stream) as archive:
        members = Counter(info.filename for info in archive.infolist())
        if members["model.weights.h5"] != 1 or members["config.json"] > 1:
            raise _fault("not-weights", path, "is an archive without one `model.weights.h5`", "save it with Keras 3")
        weights = _member(path, stream, archive.getinfo("model.weights.h5"))
        names = {}
        if members["config.json"]:
            config = _member(path, stream, archive.getinfo("config.json"))
            if config.size > _LARGEST_CONFIG:
                raise _fault("not-weights", path, f"has a `config.json` of {config.size:,} bytes")
            names = _names(json.loads(config.read()))
    return weights, names


def _member(path: Path, stream: Any, info: zipfile.ZipInfo) -> _Member:
    """A member that is neither compressed nor encrypted, which is how Keras writes it, and whole."""
    if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1 or info.compress_size != info.file_size:
        hint = "Keras writes archives uncompressed: save it again with `model.save`"
        raise _fault("not-weights", path, f"is an archive whose `{shortened(info.filename)}` is compressed", hint)
    stream.seek(info.header_offset)
    signature, name, extra = struct.unpack("<4s22xHH", stream.read(30))
    start = info.header_offset + 30 + name + extra
    if signature != b"PK\x03\x04" or start + info.file_size > os.fstat(stream.fileno()).st_size:
        raise _fault("not-weights", path, f"is an archive that lacks a part of `{shortened(info.filename)}`")
    member, checksum = _Member(stream, start, info.file_size), 0
    while piece := member.read(1 << 20):
        checksum = zlib.crc32(piece, checksum)
    if checksum != info.CRC:
        raise _fault("not-weights", path, f"is damaged: the checksum of `{shortened(info.filename)}` is another")
    member.seek(0)
    return member


def _names(config: Any) -> dict[str, str]:
    """The names of the layers of a model's configuration, by the groups that hold their weights."""
    layers = config["config"]["layers"]
    seen: Counter[str] = Counter()
    names = {}
    for layer in layers:
        kind, name = snake_case(re.sub(r"\W", "", layer["class_name"])), layer["config"]["name"]
        if isinstance(name, str):
            names[f"{kind}_{seen[kind]}" if seen[kind] else kind] = name
        seen[kind] += 1
    return names


# The layouts


def _layout(path: Path, file: Any, names: dict[str, str]) -> WeightFile:
    walk = _Walk(path)
    if "layer_names" in file.attrs or "layer_names0" in file.attrs:
        return WeightFile(path, "legacy", walk.legacy(file))
    if "model_weights" in file:
        return WeightFile(path, "legacy", walk.legacy(walk.group(file, "model_weights")))
    if "layers" in file:
        return WeightFile(path, "Keras 3", walk.keras_3(walk.group(file, "layers"), names))
    hint = "weights are a `.weights.h5`, `.keras` or `.h5` file that Keras wrote"
    raise _fault("not-weights", path, "is an HDF5 file without the layers of a Keras model", hint)


@dataclass(slots=True)
class _Walk:
    """A walk over a file, by hard links alone and over so many groups at most."""

    path: Path
    visited: int = 0
    kinds: dict[str, dict[int, SavedLayer]] = field(default_factory=lambda: defaultdict(dict))

    def legacy(self, root: Any) -> list[SavedLayer]:
        """The layers by their names, in the order of the list of them."""
        layers = []
        for name in _texts(root, "layer_names"):
            group = self.group(root, name)
            arrays = {}
            for position, weight in enumerate(_texts(group, "weight_names")):
                folder, _, last = weight.rpartition("/")
                holder = self.group(group, folder) if folder else group
                arrays[str(position)] = SavedArray(weight, None, self.dataset(holder, last))
            if arrays:
                layers.append(SavedLayer(name, None, arrays))
        return layers

    def keras_3(self, root: Any, names: dict[str, str]) -> list[SavedLayer]:
        """The layers by kind and ordinal: `conv2d`, `conv2d_1`."""
        for key in self.children(root):
            group = self.group(root, key)
            arrays: dict[str, SavedArray] = {}
            self.collect(group, "", arrays, 0)
            if arrays:
                match = _NUMBERED.fullmatch(key)
                kind, number = (match[1], int(match[2] or 0)) if match else (key, 0)
                name = _text(self.group(group, "vars"), "name") if "vars" in group else None
                self.kinds[kind][number] = SavedLayer(name or names.get(key), kind, arrays)
        return [layers[number] for layers in self.kinds.values() for number in sorted(layers)]

    def collect(self, group: Any, prefix: str, arrays: dict[str, SavedArray], depth: int) -> None:
        """The arrays of a layer and of the layers in it; the states of random numbers are no weights."""
        if depth > _DEEPEST:
            raise _fault("not-weights", self.path, f"has groups in groups, more than {_DEEPEST} deep")
        for key in self.children(group):
            if key == "vars":
                holder = self.group(group, key)
                name = _text(holder, "name")
                for index in self.children(holder):
                    arrays[f"{prefix}{index}"] = SavedArray(None, name, self.dataset(holder, index))
            elif key != "seed_generator":
                self.collect(self.group(group, key), f"{prefix}{key}/", arrays, depth + 1)

    def children(self, group: Any) -> list[str]:
        """The names in a group."""
        self.count(len(group))
        return list(group)

    def count(self, groups: int) -> None:
        """Counts what is visited."""
        self.visited += groups
        if self.visited > _MOST_GROUPS:
            raise _fault("not-weights", self.path, f"has more than {_MOST_GROUPS:,} parts")

    def group(self, parent: Any, name: str) -> Any:
        """The group of that path."""
        import h5py

        for part in name.split("/"):
            parent = self.linked(parent, part)
            if not isinstance(parent, h5py.Group):
                raise _fault("not-weights", self.path, f"has no group `{shortened(name)}`")
        return parent

    def dataset(self, parent: Any, name: str) -> Any:
        """The dataset of that name."""
        import h5py

        found = self.linked(parent, name)
        if not isinstance(found, h5py.Dataset) or found.shape is None:
            raise _fault("not-weights", self.path, f"has no array `{shortened(name)}`")
        return found

    def linked(self, parent: Any, part: str) -> Any:
        """What is in a group under a name, by a hard link: a soft or external one may lead out of the file."""
        import h5py

        self.count(1)
        if part in {"", ".", ".."} or part not in parent:
            # a link that leads nowhere is not `in` its group
            link = parent.get(part, getlink=True) if part in list(parent.keys()) else None
            if not isinstance(link, h5py.SoftLink | h5py.ExternalLink):
                raise _fault("not-weights", self.path, f"lists `{shortened(part)}` and does not hold it")
        if not isinstance(parent.get(part, getlink=True), h5py.HardLink):
            what = f"has a link in the place of `{shortened(part)}`"
            raise _fault("weights-link", self.path, what, "weights are read from the file itself alone")
        return parent[part]


def _texts(group: Any, name: str) -> list[str]:
    """A list of names in an attribute, or in several, numbered, where one cannot hold it."""
    if name in group.attrs:
        return _attribute(group, name)
    texts: list[str] = []
    number = 0
    while f"{name}{number}" in group.attrs:
        texts += _attribute(group, f"{name}{number}")
        number += 1
        if len(texts) > _MOST_NAMES:
            raise ValueError(f"`{name}` lists more than {_MOST_NAMES:,} names")
    return texts


def _text(group: Any, name: str) -> str | None:
    """A text in an attribute; None where there is none."""
    return next(iter(_attribute(group, name)), None) if name in group.attrs else None


def _attribute(group: Any, name: str) -> list[str]:
    import h5py

    attribute = group.attrs.get_id(name)
    count = prod(attribute.shape)
    if count == 0:
        return []
    if attribute.dtype.kind != "S" and h5py.check_string_dtype(attribute.dtype) is None:
        raise ValueError(f"`{name}` holds no texts")
    if count > _MOST_NAMES or count * attribute.dtype.itemsize > _MOST_BYTES_OF_NAMES:
        raise ValueError(f"`{name}` is too long")
    value = group.attrs[name]
    values = [value] if attribute.shape == () else list(value)
    return [text.decode("utf-8") if isinstance(text, bytes) else str(text) for text in values]
