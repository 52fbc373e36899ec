"""The `.keras` archive: its members are read in place, without a copy, and their checksums are verified."""

from __future__ import annotations

import io
import json
import os
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

from archc.diagnostics import shortened
from archc.ir.naming import snake_case
from archc.weights.file_errors import file_error
from archc.weights.saved_layers import LayerConfig

SIGNATURE = b"PK\x03\x04"
_LARGEST_TEXT = 32 << 20
_LARGEST_DIRECTORY = 1 << 20  # of the three members that Keras writes, and of files that are kept with them
_END_BYTES = 1 << 17  # that have the ends of the directory, with their comment
_MOST_VALUES = 2_000_000  # in a JSON text, about 200 for each of 10,000 layers


class ArchivedModel(NamedTuple):
    """What an archive says of the model whose weights it has.

    Attributes:
        layers: by the groups that hold their weights.
        keras_version: of the Keras that wrote it; None where it does not say.
    """

    layers: Mapping[str, LayerConfig]
    keras_version: str | None


NOTHING = ArchivedModel({}, None)


class _StoredMember(io.RawIOBase):
    """An uncompressed member of an archive: a file of `size` bytes from `start` of another file."""

    def __init__(self, stream: Any, start: int, size: int) -> None:
        self.stream, self.start, self.size, self.offset = stream, start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.offset

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self.offset, os.SEEK_END: self.size}[whence]
        self.offset = max(0, origin + offset)
        return self.offset

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer).cast("B")
        count = max(0, min(len(view), self.size - self.offset))
        self.stream.seek(self.start + self.offset)
        read = int(self.stream.readinto(view[:count])) if count else 0
        self.offset += read
        return read


def weights_member(path: Path, stream: IO[bytes]) -> tuple[io.RawIOBase, ArchivedModel]:
    """The HDF5 file in an archive, and what the archive says of its model.

    Raises:
        SpecError: the archive has no weights, or a member is compressed or damaged.
    """
    check_directory(stream)
    with zipfile.ZipFile(stream) as archive:
        members = Counter(info.filename for info in archive.infolist())
        if members["model.weights.h5"] != 1 or members["config.json"] > 1:
            what = "is an archive without one `model.weights.h5`"
            raise file_error("not-weights", path, what, "save it with Keras 3")
        weights = _member(path, stream, archive.getinfo("model.weights.h5"))
        config, metadata = (
            _json(path, stream, archive.getinfo(name)) if members[name] else None
            for name in ("config.json", "metadata.json")
        )
        version = metadata.get("keras_version") if isinstance(metadata, dict) else None
        layers = {} if config is None else dict(_by_group(config))
        return weights, ArchivedModel(layers, version if isinstance(version, str) else None)


def check_directory(stream: IO[bytes]) -> None:
    """Checks the size of an archive's directory, all of which is read to find a member.

    Raises:
        ValueError: it is longer than that of any model.
    """
    stream.seek(max(0, os.fstat(stream.fileno()).st_size - _END_BYTES))
    tail = stream.read(_END_BYTES)
    stream.seek(0)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + 16 > len(tail):
        return  # no archive, as will be found
    (size,) = struct.unpack("<L", tail[at + 12 : at + 16])
    large = tail.rfind(b"PK\x06\x06", 0, at)
    if size == 0xFFFFFFFF and 0 <= large <= len(tail) - 48:
        (size,) = struct.unpack("<Q", tail[large + 40 : large + 48])
    if size > _LARGEST_DIRECTORY:
        raise ValueError(f"its directory has {size:,} bytes")


def _json(path: Path, stream: IO[bytes], info: zipfile.ZipInfo) -> Any:
    """The value of a JSON text, within bounds of its length and of the number of its values."""
    member = _member(path, stream, info)
    if member.size > _LARGEST_TEXT:
        raise file_error("not-weights", path, f"has a `{info.filename}` of {member.size:,} bytes")
    text = member.read() or b""
    if sum(map(text.count, (b",", b"[", b"{"))) > _MOST_VALUES:
        raise file_error("not-weights", path, f"has a `{info.filename}` of more than {_MOST_VALUES:,} values")
    return json.loads(text)


def _member(path: Path, stream: IO[bytes], info: zipfile.ZipInfo) -> _StoredMember:
    """A member, once it is known to be complete, and neither compressed nor encrypted: Keras writes them so."""
    if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1 or info.compress_size != info.file_size:
        hint = "Keras writes archives uncompressed: save it again with `model.save`"
        raise file_error("not-weights", path, f"is an archive whose `{shortened(info.filename)}` is compressed", hint)
    stream.seek(info.header_offset)
    signature, name, extra = struct.unpack("<4s22xHH", stream.read(30))
    start = info.header_offset + 30 + name + extra
    if signature != SIGNATURE or start + info.file_size > os.fstat(stream.fileno()).st_size:
        raise file_error("not-weights", path, f"is an archive that lacks a part of `{shortened(info.filename)}`")
    member, checksum = _StoredMember(stream, start, info.file_size), 0
    while piece := member.read(1 << 20):
        checksum = zlib.crc32(piece, checksum)
    if checksum != info.CRC:
        raise file_error("not-weights", path, f"is damaged: the checksum of `{shortened(info.filename)}` is wrong")
    member.seek(0)
    return member


def _by_group(model: Any) -> Iterator[tuple[str, LayerConfig]]:
    """The layers in a model's configuration. Keras calls a group after the class of a layer: `conv2d`, `conv2d_1`."""
    classes: Counter[str] = Counter()
    for layer in model["config"]["layers"]:
        kind = snake_case(re.sub(r"\W", "", layer["class_name"]))
        yield f"{kind}_{classes[kind]}" if classes[kind] else kind, _layer_config(layer)
        classes[kind] += 1


def _layer_config(layer: Any) -> LayerConfig:
    config = dict(layer["config"])
    switched = {"gamma": config.get("scale"), "beta": config.get("center")}
    arrays = tuple(array for array, given in switched.items() if given is True) if None not in switched.values() else ()
    inner = {}
    if isinstance(config.get("layers"), list):
        inner = {f"layers/{group}": found for group, found in _by_group(layer)}
    elif isinstance(config.get("layer"), dict):
        inner = {"layer": _layer_config(config["layer"])}
    return LayerConfig(config["name"] if isinstance(config.get("name"), str) else None, arrays, inner)
