"""Heaps of texts that are damaged: HDF5 itself would read them for ever."""

from __future__ import annotations

import struct
from pathlib import Path

import h5py
import pytest

from archc.diagnostics import SpecError
from archc.weights.saved_file import open_weights


def written(path: Path) -> tuple[bytearray, int]:
    """The bytes of a file with names of layers as texts, and where the first object of their heap is."""
    with h5py.File(path, "w") as file:
        file.attrs.create("layer_names", ["first", "second"], dtype=h5py.string_dtype())
    content = bytearray(path.read_bytes())
    return content, content.index(b"GCOL") + 16


@pytest.mark.parametrize("size", [0, 8, 2**63])
def test_a_heap_that_does_not_reach_its_end_is_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.h5"
    content, at = written(path)
    struct.pack_into("<HHIQ", content, at, 0, 0, 0, size)  # the free rest of the heap begins here
    path.write_bytes(content)
    with pytest.raises(SpecError) as caught, open_weights(path, 1):
        pass
    assert caught.value.first.code == "not-weights"
