"""Values that steps read, as keys under which it is remembered what the steps do."""

from __future__ import annotations

from archc.language.value import Value


class Unknown(Exception):
    """What steps do is not known from the values that they may read; only the whole network can be expanded."""


def frozen(value: Value) -> object:
    """A value as a key: equal for the same values of the same types alone.

    Raises:
        Unknown: it is a tensor or poison, or holds one.
    """
    kind = type(value)
    if kind is int or kind is str:
        return value
    if kind is bool or kind is float or value is None:
        return kind, value
    if isinstance(value, list):
        return list, tuple(map(frozen, value))
    if kind is tuple:
        return tuple, tuple(map(frozen, value))
    if isinstance(value, dict):
        return dict, tuple([(name, frozen(item)) for name, item in value.items()])
    raise Unknown
