"""The chunks of an array in an HDF5 file: each must have its declared size after decompression.

The HDF5 library does not verify that: the rest of a short chunk is memory that nothing wrote, and a long one is
decompressed whole, whatever its size.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

_GZIP, _SHUFFLE, _CHECKSUM = 1, 2, 3
_CHECKSUM_SIZE = 4
_ORDER = (_SHUFFLE, _GZIP, _CHECKSUM)


def filters_of(properties: Any) -> list[int]:
    """The filters of an array, in the order in which they are applied when it is written."""
    return [properties.get_filter(index)[0] for index in range(properties.get_nfilters())]


def wrong_filters(filters: Sequence[int]) -> str | None:
    """Why an array with these filters is not read; None where it is."""
    if not set(filters) <= set(_ORDER):
        return "it is compressed by a plug-in"
    if sorted(set(filters), key=_ORDER.index) != list(filters):
        return "its filters are not those that Keras writes: shuffle, gzip, checksum"
    return None


def wrong_chunk(dataset: Any) -> str | None:
    """What is wrong with the first chunk that does not have its declared size; None where all have it.

    Args:
        dataset: an array that has all its chunks, with filters that are read.
    """
    filters = filters_of(dataset.id.get_create_plist())
    size = prod(dataset.chunks) * dataset.dtype.itemsize
    for offset in product(*map(range, [0] * dataset.ndim, dataset.shape, dataset.chunks)):
        stored = dataset.id.get_chunk_info_by_coord(offset).size
        if stored > _most_stored(size):
            return f"a chunk of {size:,} bytes takes {stored:,} bytes in the file"
        skipped, raw = dataset.id.read_direct_chunk(offset)
        applied = [kind for place, kind in enumerate(filters) if not skipped >> place & 1]
        if wrong := _wrong_size(raw, applied, size):
            return wrong
    return None


def _most_stored(size: int) -> int:
    """The most bytes that a chunk takes in a file: gzip makes random bytes a little longer."""
    return size + size // 100 + 1024


def _wrong_size(raw: bytes, applied: Sequence[int], size: int) -> str | None:
    stored = memoryview(raw)[: len(raw) - _CHECKSUM_SIZE] if _CHECKSUM in applied else memoryview(raw)
    if _GZIP not in applied:
        found = len(stored)
    else:
        unpacking = zlib.decompressobj()
        try:
            found = len(unpacking.decompress(stored, size + 1))
        except zlib.error:
            return "a chunk cannot be decompressed"
        if not unpacking.eof and found <= size:
            return "a chunk is cut short"
    if found == size:
        return None
    length = f"more than {size:,}" if found > size else f"{found:,}"
    return f"a chunk has {length} bytes after decompression, not the {size:,} that the file declares"
