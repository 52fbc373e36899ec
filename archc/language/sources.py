"""The texts of specs, and where their files are: on the disk, or wherever else somebody keeps them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple, Protocol

from archc import limits
from archc.diagnostics import Position, SpecError, reason_of, unreadable
from archc.open_file import open_file, real_path, relative_path


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
    at = Position(file, 1, 1)
    if len(content) > limits.FILE_BYTES:
        raise SpecError.of("too-large", f"the file is larger than {limits.FILE_BYTES // 2**20} MiB", at)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"the file is not UTF-8 text (byte {error.start})"
        raise SpecError.of("not-text", message, at, "is it a spec?") from None
    if "\0" in text:
        message = f"the file contains a zero byte (character {text.index(chr(0))})"
        raise SpecError.of("not-text", message, at, "is it a spec?")
    return text.replace("\r\n", "\n")
