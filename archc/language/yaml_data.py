"""YAML as plain data with positions: mappings, sequences, and what stands for a value that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archc.diagnostics import Poisoned, Position


class Broken:
    """Stands for a value that cannot be read; its error is reported."""

    def evaluate(self, _scope: object) -> Any:
        """Raises `Poisoned`, in any scope."""
        raise Poisoned

    def names(self) -> Iterator[tuple[str, Position]]:
        """It reads no names."""
        return iter(())


BROKEN = Broken()


class Map(dict[str, Any]):
    """A YAML mapping.

    Attributes:
        at: where it begins.
        keys_at: the position of each key.
        values_at: the position of each value.
        texts: the source text of each scalar that is not a text (`1e-5` for 0.00001).
        broken: whether YAML cut an expression in it, so that its keys are not those that the author meant.
    """

    __slots__ = ("at", "broken", "keys_at", "texts", "values_at")

    def __init__(self, at: Position) -> None:
        self.at = at
        self.keys_at: dict[str, Position] = {}
        self.values_at: dict[str, Position] = {}
        self.texts: dict[str, str] = {}
        self.broken = False

    def text(self, key: str) -> Any:
        """The source text of a scalar; any other value as it is."""
        return self.texts.get(key, self[key])

    def renamed(self, key: str, new: str) -> Map:
        """A copy with a key renamed."""
        copy = Map(self.at)
        for old in self:
            copy._copy_entry(self, old, new if old == key else old)
        return copy

    def without(self, key: str) -> Map:
        """A copy without a key."""
        copy = Map(self.at)
        for kept in self:
            if kept != key:
                copy._copy_entry(self, kept, kept)
        return copy

    def _copy_entry(self, other: Map, key: str, name: str) -> None:
        self[name] = other[key]
        self.keys_at[name], self.values_at[name] = other.keys_at[key], other.values_at[key]
        if key in other.texts:
            self.texts[name] = other.texts[key]


class Seq(list[Any]):
    """A YAML sequence.

    Attributes:
        at: where it begins.
        items_at: the position of each item.
        broken: whether YAML cut an expression in it, so that its items are not those that the author meant.
    """

    __slots__ = ("at", "broken", "items_at")

    def __init__(self, at: Position) -> None:
        self.at = at
        self.items_at: list[Position] = []
        self.broken = False
