"""The texts of specs, and where their files are: on the disk, or wherever else somebody keeps them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple, Protocol

from archc import limits
from archc.diagnostics import Position, SpecError, reason_of, unreadable
from archc.open_file import open_file, real_path, relative_path

LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What ends a line for the YAML parser."""

_NOT_YAML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_MAGIC = {
    b"\x89HDF": "an HDF5 file, such as saved weights",
    b"PK\x03\x04": "a ZIP archive, such as a Keras model",
    b"\x1f\x8b": "a gzip archive",
}


class Files(Protocol):
    """A place that holds files. What a spec extends and uses is looked up in the same place as the spec."""

    def content(self, path: Path) -> bytes:
        """The bytes of a file; if it is larger than the limit, at least one byte more than the limit.

        Raises:
            SpecError: it cannot be read.
        """

    def has(self, path: Path) -> bool:
        """Whether there is such a file."""

    def resolved(self, path: Path) -> Path:
        """The one path that identifies a file."""

    def shown(self, path: Path) -> str:
        """The file's name in messages."""

    def specs(self, folder: Path) -> list[Path]:
        """The YAML files of a folder."""


class Disk:
    """The files of the disk."""

    def content(self, path: Path) -> bytes:
        with open_file(path) as file:
            try:
                return file.read(limits.FILE_BYTES + 1)
            except OSError as error:
                raise unreadable(str(path), reason_of(error)) from None

    def has(self, path: Path) -> bool:
        return os.path.isfile(path)

    def resolved(self, path: Path) -> Path:
        return real_path(path)

    def shown(self, path: Path) -> str:
        return relative_path(path)

    def specs(self, folder: Path) -> list[Path]:
        return [path for path in folder.glob("*.yaml") if os.path.isfile(path)]


DISK = Disk()


class Source(NamedTuple):
    """The text of a spec and its origin.

    Attributes:
        file: the file's name in messages.
        text: the content.
        folder: where `extends` and `use` look first.
        path: the file itself, resolved; None for standard input.
        files: where `folder` is.
    """

    file: str
    text: str
    folder: Path
    path: Path | None
    files: Files = DISK


def decode(content: bytes, file: str) -> str:
    """The text of a file.

    Raises:
        SpecError: it is larger than the limit, or not UTF-8 text.
    """
    start = Position(file, 1, 1)
    if len(content) > limits.FILE_BYTES:
        raise SpecError.of("too-large", f"the file is larger than {limits.FILE_BYTES // 2**20} MiB", start)
    if kind := next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), None):
        raise SpecError.of("not-text", f"this is {kind}, not a spec", start, "a spec is a text in YAML")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = position_of(content[: error.start].decode("utf-8-sig"), file)
        message = f"the byte 0x{content[error.start]:02x} is not UTF-8 text"
        raise SpecError.of("not-text", message, at, "save the file as UTF-8") from None
    if text.startswith("\ufeff"):
        raise SpecError.of("not-text", "the file begins with two byte-order marks", start, "remove both")
    if found := _NOT_YAML.search(text):
        at = position_of(text[: found.start()], file)
        message = f"the character U+{ord(found[0]):04X} is not allowed in YAML"
        code = "not-text" if found[0] == "\0" else "yaml"
        raise SpecError.of(code, message, at, "remove it, or write it as an escape in double quotes")
    return text.replace("\r\n", "\n")


def position_of(before: str, file: str) -> Position:
    """The position of what follows a text."""
    lines = LINE_END.split(before)
    return Position(file, len(lines), len(lines[-1]) + 1)
