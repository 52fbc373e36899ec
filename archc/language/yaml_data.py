"""YAML as plain data with positions: mappings, sequences, scalars, and what stands for a value that cannot be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from archc import limits
from archc.collector import Collector
from archc.diagnostics import Poisoned, Position, SpecError, closest, printable


class Broken:
    """Stands for a value that cannot be read; its error is reported."""

    def evaluate(self, _scope: object) -> Any:
        """Raises `Poisoned`, in any scope."""
        raise Poisoned


BROKEN = Broken()


COLUMN_BITS = 23  # of a packed position: a file is shorter than 2^23 characters
_COLUMN_MASK = (1 << COLUMN_BITS) - 1
_made: Callable[..., Position] = tuple.__new__  # half the time of a call of `Position`


def packed(line: int, column: int) -> int:
    """A line and a column as one number, in the order of positions."""
    return line << COLUMN_BITS | column


def unpacked(place: int, file: str) -> Position:
    """The position in a file that `packed` made a number of."""
    return _made(Position, (file, place >> COLUMN_BITS, place & _COLUMN_MASK, ""))


def relative(places: Iterable[int], at: Position) -> tuple[int, ...]:
    """Packed positions that do not precede another one, relative to it: a column too, where the line is the same."""
    line, start = packed(at.line, 0), packed(at.line, at.column)
    return tuple([place - (start if place >> COLUMN_BITS == at.line else line) for place in places])


def absolute(place: int, at: Position) -> Position:
    """The position that is relative to another one."""
    lines, column = place >> COLUMN_BITS, place & _COLUMN_MASK
    return Position(at.file, at.line + lines, column if lines else at.column + column)


class ItemPlaces(list[Any]):
    """Positions in the order of items; the reader packs those that no item has itself."""

    __slots__ = ("file",)

    def __init__(self, file: str) -> None:
        self.file = file

    def __getitem__(self, index: Any) -> Any:
        place = super().__getitem__(index)
        return unpacked(place, self.file) if type(place) is int else place

    def __iter__(self) -> Iterator[Position]:
        return map(self.__getitem__, range(len(self)))


_NO_TEXTS: dict[str, str] = {}


class Map(dict[str, Any]):
    """A YAML mapping.

    Attributes:
        at: where it begins.
        places: the positions of each key and of its value, in turn; the reader packs those that no value has itself.
        texts: the source text of each scalar that is not a text (`1e-5` for 0.00001).
        broken: whether YAML cut an expression in it, so that its keys are not those that the author meant.
    """

    __slots__ = ("_numbers", "at", "broken", "places", "texts")

    def __init__(self, at: Position) -> None:
        self.at = at
        self.places: list[int | Position] = []
        self.texts: Mapping[str, str] = _NO_TEXTS
        self.broken = False
        self._numbers: dict[str, int] | None = None

    @property
    def keys_at(self) -> Places:
        """The position of each key."""
        return Places(self, 0)

    @property
    def values_at(self) -> Places:
        """The position of each value."""
        return Places(self, 1)

    def put(self, key: str, value: Any, key_at: Position, value_at: Position) -> None:
        """Gives a key a value, each with its position."""
        if key in self:
            number = self.number(key)
            self.places[2 * number : 2 * number + 2] = key_at, value_at
        else:
            self.places += (key_at, value_at)
        self[key] = value

    def number(self, key: str) -> int:
        """The place of a key in the order of keys; KeyError where there is none."""
        if len(self) <= _FEW and key in self:
            return list(self).index(key)
        if self._numbers is None or len(self._numbers) < len(self):
            self._numbers = {key: number for number, key in enumerate(self)}
        return self._numbers[key]

    def keep_text(self, key: str, text: str) -> None:
        """Keeps the source text of a scalar."""
        if self.texts is _NO_TEXTS:
            self.texts = {}
        self.texts[key] = text  # type: ignore[index]  # it is a dict

    def text(self, key: str) -> Any:
        """The source text of a scalar; any other value as it is."""
        return self.texts.get(key, self[key])

    def renamed(self, names: Mapping[str, str | None]) -> Map:
        """A copy with other names for some keys; without a key whose new name is None."""
        copy = Map(self.at)
        for old in self:
            name = names.get(old, old)
            if name is not None:
                copy.put(name, self[old], self.keys_at[old], self.values_at[old])
                if old in self.texts:
                    copy.keep_text(name, self.texts[old])
        return copy

    def known(self, keys: Iterable[str], what: str, collector: Collector) -> Map:
        """The mapping with misspelt keys corrected and without unknown keys, which are reported."""
        if self.broken:
            return self
        known = tuple(keys)
        names: dict[str, str | None] = {}
        for key in [key for key in self if key not in known]:
            meant = closest(key, known)
            hint = f"did you mean `{meant}`?" if meant else f"{what} has: {', '.join(known)}"
            collector.add("unknown-key", f"{what} has no key `{printable(key[:60])}`", self.keys_at[key], hint)
            names[key] = None if meant in self or meant in names.values() else meant
        return self.renamed(names) if names else self


_FEW = 8  # keys that are looked through


class Places(Mapping[str, Position]):
    """The positions of the keys of a mapping, or of its values: `side` is 0 for keys and 1 for values."""

    __slots__ = ("_data", "_side")

    def __init__(self, data: Map, side: int) -> None:
        self._data, self._side = data, side

    def __getitem__(self, key: str) -> Position:
        place = self._data.places[2 * self._data.number(key) + self._side]
        return unpacked(place, self._data.at.file) if type(place) is int else place  # type: ignore[return-value]

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)


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
        self.items_at = ItemPlaces(at.file)
        self.broken = False


_INTEGER = re.compile(r"[-+]?[0-9]+(?:_[0-9]+)*|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
_NUMERIC = frozenset("-+.0123456789")


def scalar(text: str) -> Any:
    """The value of a plain scalar by YAML 1.2's core schema; integers may have `_` between digits.

    Raises:
        SpecError: the number is not finite or not below 2^53.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC:
        return text
    if _INTEGER.fullmatch(text):
        digits = text.replace("_", "")
        value = int(digits, 0 if digits[:2] in ("0o", "0x") else 10) if len(digits) < 64 else limits.INTEGER + 1
        if abs(value) > limits.INTEGER:
            raise SpecError.of("too-large", limits.INTEGER_RULE)
        return value
    if _NOT_FINITE.fullmatch(text) or (_FLOAT.fullmatch(text) and abs(float(text)) == float("inf")):
        raise SpecError.of("not-finite", f"`{text[:40]}` is not a finite number")
    return float(text) if _FLOAT.fullmatch(text) else text


def unclosed(text: str) -> int | None:
    """The offset of a `$(` that has no closing parenthesis in `text`: YAML cut it at a comma or a bracket."""
    start = text.find("$(")
    while start >= 0:
        depth, quote = 0, ""
        for index in range(start + 1, len(text)):
            char = text[index]
            if quote:
                quote = "" if char == quote else quote
            elif char in "'\"":
                quote = char
            elif char in "([{":
                depth += 1
            elif char in ")]}":
                depth -= 1
                if depth == 0:
                    break
        else:
            return start
        start = text.find("$(", index)
    return None
