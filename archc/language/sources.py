"""Where the files of specs are read: on the disk, or wherever else somebody keeps them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from archc import limits
from archc.diagnostics import SpecError, printable


class Files(Protocol):
    """A place that holds files: what a spec extends and uses is looked up where the spec itself was."""

    def content(self, path: Path) -> bytes:
        """The bytes of a file; of one that is larger than a spec may be, at least one byte more than it may be.

        Raises:
            SpecError: it cannot be read.
        """
        ...

    def has(self, path: Path) -> bool:
        """Whether there is such a file."""
        ...

    def resolved(self, path: Path) -> Path:
        """The one path of a file, by which it is known from all others wherever they are read."""
        ...

    def shown(self, path: Path) -> str:
        """The file as messages name it."""
        ...

    def specs(self, folder: Path) -> list[Path]:
        """The YAML files of a folder."""
        ...


class Disk:
    """The files of the disk."""

    def content(self, path: Path) -> bytes:
        try:
            with path.open("rb") as opened:
                return opened.read(limits.FILE_BYTES + 1)
        except OSError as error:
            reason = (error.strerror or "it cannot be read").lower()
            raise unreadable(str(path), reason) from None

    def has(self, path: Path) -> bool:
        return os.path.isfile(path)

    def resolved(self, path: Path) -> Path:
        return path.resolve()

    def shown(self, path: Path) -> str:
        relative = os.path.relpath(path)
        return str(path) if relative.startswith("..") else relative

    def specs(self, folder: Path) -> list[Path]:
        return list(folder.glob("*.yaml"))


DISK = Disk()


def unreadable(file: str, reason: str, hint: str | None = None) -> SpecError:
    """What a person is told of a file that cannot be read."""
    return SpecError.of("unreadable", f"`{printable(file[:200])}` cannot be read: {reason}", None, hint)
