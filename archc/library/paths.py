"""The files of the library. Shell completion reads this module: it imports nothing of the compiler."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

_PACKAGED = Path(__file__).parents[1] / "specs"
LIBRARY = (_PACKAGED if _PACKAGED.is_dir() else Path(__file__).parents[2] / "specs").resolve()
"""The folder of the library: beside the code in an installed package, beside the package in a checkout."""


@cache
def library_paths() -> Mapping[str, Path]:
    """The files of the library by name, in alphabetical order of their families and names."""
    return {path.stem: path for path in sorted(LIBRARY.glob("*/*.yaml"))}


def library_families() -> list[str]:
    """The families of the library: its folders."""
    return list(dict.fromkeys(path.parent.name for path in library_paths().values()))
