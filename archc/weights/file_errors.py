"""Errors of a file of weights as diagnostics."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from archc.diagnostics import SpecError, printable, shortened


def file_error(code: str, path: Path, what: str, hint: str | None = None) -> SpecError:
    """The error of a file: its path, and what is wrong with it."""
    return SpecError.of(code, f"`{printable(str(path))}` {what}", hint=hint)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Converts what h5py, zipfile and json raise for a damaged file.

    Raises:
        SpecError: the file is damaged.
    """
    try:
        yield
    except (
        OSError, RuntimeError, KeyError, ValueError, TypeError, LookupError, zipfile.BadZipFile, struct.error,
        MemoryError, NotImplementedError,
    ) as error:  # fmt: skip
        reason = shortened(str(error).strip("'\"") or type(error).__name__, 120)
        raise file_error("not-weights", path, f"is damaged, or no file of weights: {reason}") from None


_MOST_NAMED = 8


def named_layers(names: Sequence[str]) -> str:
    """The names of layers, the first ones where there are many."""
    named = ", ".join(f"`{name}`" for name in names[:_MOST_NAMED])
    return f"{named} and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else named
