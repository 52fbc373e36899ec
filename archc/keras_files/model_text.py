"""The configuration in a model file, as JSON: read within bounds, and nothing of it is run."""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any, NamedTuple

from archc.diagnostics import Position, SpecError, printable, reason_of, shortened, unreadable
from archc.keras_files import kinds
from archc.keras_files.json_text import MOST_BYTES, TOO_LARGE, fault, parse
from archc.open_file import open_file, relative_path
from archc.weights.archive import check_directory
from archc.weights.heaps import check_heaps

_MOST_HEAP = MOST_BYTES + (1 << 16)  # of texts in an HDF5 file, with what stands around them
_NEWEST = 3  # the major version of Keras whose files are read
_METADATA_BYTES = 1 << 16


class ModelText(NamedTuple):
    """A configuration that is read.

    Attributes:
        file: the file's name in messages.
        config: what the JSON text holds.
        text: the JSON text.
        path: of the file; None for a model that is not in a file.
        has_weights: whether the file has the weights beside it.
    """

    file: str
    config: Any
    text: str = ""
    path: Path | None = None
    has_weights: bool = False


def read_model_file(path: Path) -> ModelText:
    """The configuration in a `.keras`, `.h5` or `.json` file; the contents decide which it is, not the name.

    Raises:
        SpecError: it cannot be read, or is no model of Keras.
    """
    file = relative_path(path)
    if path.is_dir():
        raise kinds.refused_folder(path, file)
    with open_file(path) as stream:
        try:
            start = stream.read(kinds.SIGNATURE_BYTES)
            stream.seek(0)
            if start.startswith(kinds.ZIP):
                return _model_text(file, _from_archive(stream, file), path, has_weights=True)
            if start.startswith(kinds.HDF5):
                return _model_text(file, _from_hdf5(stream, file), path, has_weights=True)
            if (refusal := kinds.refused_file(path, start, file)) is not None:
                raise refusal
            content = stream.read(MOST_BYTES + 1)
        except OSError as error:
            raise unreadable(str(path), reason_of(error)) from None
    return _model_text(file, content, path, has_weights=False)


def _model_text(file: str, content: bytes | str, path: Path, *, has_weights: bool) -> ModelText:
    config = parse(content, file)
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
    return ModelText(file, config, text, path, has_weights)


# --- .keras ---


def _from_archive(stream: IO[bytes], file: str) -> bytes:
    """The `config.json` of an archive."""
    try:
        check_directory(stream)
        with zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
            if names.count("config.json") != 1:
                raise kinds.refused_archive(names, file)
            if names.count("metadata.json") == 1:
                _check_version(_member(archive, "metadata.json", _METADATA_BYTES, file), file)
            return _member(archive, "config.json", MOST_BYTES, file)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, struct.error) as error:
        reason = shortened(str(error), 100)
        raise fault(file, f"the archive is damaged: {reason}", "save the model again") from None


def _member(archive: zipfile.ZipFile, name: str, most: int, file: str) -> bytes:
    """A member of an archive, no more of it than the limit, whatever size it declares."""
    info = archive.getinfo(name)
    if info.file_size <= most:
        with archive.open(info) as member:
            content = member.read(most + 1)
        if len(content) <= most:
            return content
    raise fault(file, f"its `{name}` is larger than {most >> 10:,} KiB", TOO_LARGE)


def _check_version(content: bytes | str, file: str) -> None:
    """Refuses a file of a newer Keras, by its metadata or by its version alone."""
    version: Any = content
    if isinstance(content, bytes):
        metadata = parse(content, file)
        version = metadata.get("keras_version") if isinstance(metadata, dict) else None
    major = str(version).partition(".")[0]
    if isinstance(version, str) and major.isdecimal() and len(major) < 9 and int(major) > _NEWEST:
        message = f"the file is of Keras {printable(version[:20])}, and archc reads those up to Keras {_NEWEST}"
        raise fault(file, message, "a newer archc may read it")


# --- .h5 ---


def _from_hdf5(stream: IO[bytes], file: str) -> bytes | str:
    """The attribute `model_config` of an HDF5 file."""
    try:
        import h5py
    except ImportError:
        message = "reading a `.h5` file needs h5py"
        raise SpecError.of("no-h5py", message, Position(file, 1, 1)) from None
    try:
        check_heaps(stream, _MOST_HEAP)
        with h5py.File(stream, "r") as opened:
            version = _attribute(opened, "keras_version", file)
            if version is not None:
                _check_version(version, file)
            text = _attribute(opened, "model_config", file)
            names = set(list(opened.attrs)[:100]) | set(list(opened)[:100])
    except (OSError, RuntimeError, LookupError, ValueError, TypeError, MemoryError, struct.error) as error:
        reason = shortened(str(error), 100)
        raise fault(file, f"the HDF5 file is damaged: {reason}", "save the model again") from None
    if text is None:
        raise kinds.refused_hdf5(names, file)
    return text


def _attribute(opened: Any, name: str, file: str) -> str | None:
    """A text in an attribute; None where there is none."""
    import h5py

    if name not in opened.attrs:
        return None
    attribute = opened.attrs.get_id(name)
    if attribute.shape != () or (attribute.dtype.kind != "S" and h5py.check_string_dtype(attribute.dtype) is None):
        raise fault(file, f"its attribute `{name}` is no text")
    if attribute.get_storage_size() > MOST_BYTES or attribute.dtype.itemsize > MOST_BYTES:
        raise fault(file, f"its attribute `{name}` is larger than {MOST_BYTES >> 20} MiB", TOO_LARGE)
    value = opened.attrs[name]
    content = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")
    return content.decode("utf-8", "replace")
