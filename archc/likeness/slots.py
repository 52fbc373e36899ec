"""The numbers in the values of parameters, each with its place, and values with another number in a place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

_MOST = 100


class Slot(NamedTuple):
    """A number, a truth value or a choice in the values of parameters.

    Attributes:
        path: the name of the parameter, then the indices and keys inside its value.
        value: what is there.
    """

    path: tuple[str | int, ...]
    value: Any


def slots(values: Mapping[str, Any]) -> list[Slot]:
    """The places of all numbers and truth values, and of texts that are whole values; the first hundred."""
    found = [slot for name, value in values.items() for slot in _inside((name,), value)]
    return found[:_MOST]


def _inside(path: tuple[str | int, ...], value: Any) -> Iterator[Slot]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _inside((*path, key), item)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _inside((*path, index), item)
    elif isinstance(value, bool | int | float) or (isinstance(value, str) and len(path) == 1):
        yield Slot(path, value)


def with_value(values: Mapping[str, Any], slot: Slot, value: Any) -> Any:
    """The value of the parameter that a slot is in, with another value in the slot."""
    return _replaced(plain(values[str(slot.path[0])]), slot.path[1:], value)


def _replaced(whole: Any, path: tuple[str | int, ...], value: Any) -> Any:
    if not path:
        return value
    changed = whole.copy()
    changed[path[0]] = _replaced(whole[path[0]], path[1:], value)
    return changed


def plain(value: Any) -> Any:
    """A value as lists and mappings alone."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value
