"""What stands for the code of archc: an entry of the cache holds for the code that made it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from archc.cache.folder import FILLED
from archc.library.paths import LIBRARY
from archc.version import __version__

_PACKAGE = Path(__file__).parents[1]
_BUILT = FILLED / "identity"
"""Has the identities of an installed package, taken when its wheel was built, in two lines."""


@cache
def identity() -> str:
    """The identity of the code: of an installed package that of its wheel, of a checkout that of its sources.

    Raises:
        OSError: a source cannot be read.
    """
    return _built()[0] if _BUILT.exists() else f"{__version__} {folder_digest(_PACKAGE, '.py')}"


@cache
def library_identity() -> str:
    """The identity of the library: of an installed package that of its wheel, of a checkout that of its specs.

    Raises:
        OSError: a spec cannot be read.
    """
    return _built()[1] if _BUILT.exists() else folder_digest(LIBRARY, ".yaml")


def _built() -> list[str]:
    return _BUILT.read_text(encoding="ascii").splitlines()


def write_identities(folder: Path) -> None:
    """Writes the identities down, in the folder of what a wheel comes with."""
    text = f"{identity()}\n{library_identity()}\n"
    (folder / _BUILT.name).write_text(text, encoding="ascii")


def folder_digest(folder: Path, suffix: str) -> str:
    """The digest of the names and contents of the files in a folder and below it whose names end so.

    Raises:
        OSError: a file cannot be read.
    """
    from hashlib import sha256  # takes a while to import, and an installed package needs none

    whole = sha256()
    for path in sorted(_files(str(folder), suffix)):
        with open(path, "rb", buffering=0) as file:
            content = file.read()
        whole.update(f"{path[len(str(folder)) :]} {len(content)}\n".encode("utf-8", "surrogatepass"))
        whole.update(content)
    return whole.hexdigest()


def _files(folder: str, suffix: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(suffix):
                yield entry.path
            elif entry.is_dir() and entry.name != "__pycache__":
                yield from _files(entry.path, suffix)
