"""An array of a file of weights: what the file declares of it, and its values."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any, NamedTuple

from archc.diagnostics import shortened
from archc.ir.shape import shape_text
from archc.weights.hdf5 import attribute_text

_FILTERS = {1, 2, 3}  # gzip, shuffle, checksum: others are plug-ins, which are code


class Mismatch(NamedTuple):
    """How an array differs from the expected one: the code and the message of the diagnostic."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class SavedArray:
    """An array in a file, not read yet.

    Attributes:
        name: the name in the file; None in Keras 3's layout.
        layer_name: the name of the innermost layer that holds the array; None where the file does not have it.
    """

    name: str | None
    layer_name: str | None
    dataset: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape that the file declares."""
        return tuple(self.dataset.shape)

    def mismatch(self, shape: tuple[int, ...], is_float: bool) -> Mismatch | None:
        """What differs from an array of this shape and type; None where it can be read."""
        if self.shape != shape:
            return Mismatch("weights-shape", f"expected {_shape(shape)}, the file has {_shape(self.shape)}")
        message = self._unreadable(is_float)
        return Mismatch("weights-array", message) if message else None

    def _unreadable(self, is_float: bool) -> str | None:
        dtype, properties = self.dataset.dtype, self.dataset.id.get_create_plist()
        if not (_is_bfloat16(self.dataset) or dtype.kind == "f" if is_float else dtype.kind in "iu"):
            return f"expected {'floats' if is_float else 'integers'}, the file has {shortened(str(dtype))}"
        if self.dataset.is_virtual or properties.get_external_count():
            return "the values are in another file"
        if any(properties.get_filter(index)[0] not in _FILTERS for index in range(properties.get_nfilters())):
            return "it is compressed by a plug-in"
        shape, chunks = self.shape, self.dataset.chunks
        if chunks is None:
            written = self.dataset.id.get_storage_size() >= prod(shape) * dtype.itemsize
        elif prod(chunks) > max(prod(shape), 1):  # a chunk is read whole
            return f"expected {_shape(shape)}, the file has chunks of {_shape(chunks)}"
        else:
            count = prod(-(-size // chunk) for size, chunk in zip(shape, chunks, strict=True))
            written = self.dataset.id.get_num_chunks() == count
        return None if written else "the file declares it and does not hold its values"  # HDF5 would return zeros

    def read(self) -> Any:
        """The values; call it only where there is no `mismatch`."""
        import numpy as np

        values = np.empty(self.shape, self.dataset.dtype)
        if values.size:
            self.dataset.read_direct(values)
        if _is_bfloat16(self.dataset):
            return (values.view("<u2").astype("<u4") << 16).view("<f4")
        return values.astype(values.dtype.newbyteorder("="), copy=False)


def _shape(shape: tuple[int, ...]) -> str:
    return shortened(shape_text(shape)) if shape else "a number"


def _is_bfloat16(dataset: Any) -> bool:
    """Whether Keras wrote bfloat16, a type that HDF5 does not have: two bytes without a type, and an attribute."""
    return dataset.dtype.kind == "V" and dataset.dtype.itemsize == 2 and attribute_text(dataset, "dtype") == "bfloat16"
