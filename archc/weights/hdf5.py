"""An HDF5 file, read within bounds: along hard links alone, and only so many groups and names."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from archc.diagnostics import shortened
from archc.weights.file_errors import file_error

_MOST_NAMES = 20_000  # of the layers of a network, or of the weights of a layer
_MOST_BYTES_OF_NAMES = 4 << 20


@dataclass(slots=True)
class HDF5Reader:
    """Reads the groups of one file, and counts them.

    Every method raises a `SpecError` where the file has something else than what is asked for.
    """

    path: Path
    most_visits: int
    visits: int = 0

    def members(self, group: Any) -> list[str]:
        """The names in a group."""
        self._count(len(group))
        names = list(group)
        if not all(isinstance(name, str) for name in names):  # h5py gives bytes for what is not UTF-8
            raise file_error("not-weights", self.path, "is damaged: it has a group whose name is not UTF-8")
        return names

    def group(self, parent: Any, path: str) -> Any:
        """The group at a path below another."""
        import h5py

        for name in path.split("/"):
            parent = self._member(parent, name)
            if not isinstance(parent, h5py.Group):
                raise file_error("not-weights", self.path, f"has no group `{shortened(path)}`")
        return parent

    def dataset(self, parent: Any, name: str) -> Any:
        """The dataset of that name in a group."""
        import h5py

        found = self._member(parent, name)
        if not isinstance(found, h5py.Dataset) or found.shape is None:
            raise file_error("not-weights", self.path, f"has no array `{shortened(name)}`")
        return found

    def _member(self, parent: Any, name: str) -> Any:
        """What a hard link leads to: soft and external links may lead out of the file."""
        import h5py

        self._count(1)
        # `in` is false for a link that leads nowhere
        listed = name not in {"", ".", ".."} and (name in parent or name in list(parent.keys()))
        link = parent.get(name, getlink=True) if listed else None
        if isinstance(link, h5py.HardLink):
            return parent[name]
        if link is None:
            raise file_error("not-weights", self.path, f"lists `{shortened(name)}` and does not hold it")
        raise file_error("weights-link", self.path, f"has a link in the place of `{shortened(name)}`")

    def _count(self, visits: int) -> None:
        self.visits += visits
        if self.visits > self.most_visits:
            what = f"has more groups and arrays than a network of this size: {self.most_visits:,}"
            raise file_error("not-weights", self.path, what)


def attribute_text(holder: Any, name: str) -> str | None:
    """A text attribute of a group or dataset; None where there is none."""
    return next(iter(_attribute(holder, name)), None) if name in holder.attrs else None


def attribute_texts(group: Any, name: str) -> list[str]:
    """A list of names in an attribute, or in several (`layer_names0`, …) where one attribute cannot hold it."""
    if name in group.attrs:
        return _attribute(group, name)
    texts: list[str] = []
    number = 0
    while f"{name}{number}" in group.attrs:
        texts += _attribute(group, f"{name}{number}")
        number += 1
        if len(texts) > _MOST_NAMES:
            raise ValueError(f"`{name}` lists more than {_MOST_NAMES:,} names")
    return texts


def _attribute(holder: Any, name: str) -> list[str]:
    import h5py

    attribute = holder.attrs.get_id(name)
    count = prod(attribute.shape)
    if count == 0:
        return []
    if attribute.dtype.kind != "S" and h5py.check_string_dtype(attribute.dtype) is None:
        raise ValueError(f"`{name}` is not text")
    if count > _MOST_NAMES or count * attribute.dtype.itemsize > _MOST_BYTES_OF_NAMES:
        raise ValueError(f"`{name}` is too long")
    value = holder.attrs[name]
    values = [value] if attribute.shape == () else list(value)
    return [text.decode("utf-8") if isinstance(text, bytes) else str(text) for text in values]
