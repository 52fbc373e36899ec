"""The heaps of an HDF5 file, which hold its texts: HDF5 itself reads a damaged one for ever."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

_SIGNATURE = b"GCOL\x01\0\0\0"
_HEADER = 16  # bytes of a collection, and of an object in it
_PIECE = 1 << 20


def check_heaps(stream: Any, most: int | None = None) -> None:
    """Checks that the objects of each heap follow one another to its end.

    Args:
        stream: the file.
        most: the most bytes that a heap may have, which HDF5 reads whole.

    Raises:
        ValueError: those of one do not, or it is larger.
    """
    for start in [*_starts(stream)]:
        stream.seek(start + 8)
        (size,) = struct.unpack("<Q", stream.read(8))
        if most is not None and size > most:
            raise ValueError(f"a heap of texts has {size:,} bytes")
        if not _is_whole(stream, start + _HEADER, start + size):
            raise ValueError("a heap of texts is damaged")
    stream.seek(0)


def _starts(stream: Any) -> Iterator[int]:
    """Where heaps begin."""
    offset, kept = 0, b""
    stream.seek(0)
    while piece := stream.read(_PIECE):
        found = kept + piece
        at = found.find(_SIGNATURE)
        while at >= 0:
            yield offset - len(kept) + at
            at = found.find(_SIGNATURE, at + 1)
        offset += len(piece)
        kept = found[1 - len(_SIGNATURE) :]


def _is_whole(stream: Any, at: int, end: int) -> bool:
    while at + _HEADER <= end:
        stream.seek(at)
        header = stream.read(_HEADER)
        if len(header) < _HEADER:
            return False
        index, _, _, size = struct.unpack("<HHIQ", header)
        step = _HEADER + -(-size // 8) * 8 if index else size  # object 0 is the free rest, its header included
        if step < _HEADER:
            return False
        at += step
    return at <= end
