"""Values that steps read, as keys under which it is remembered what the steps do."""

from __future__ import annotations

from archc.language.value import Value, value_key


class Unknown(Exception):
    """What steps do is not known from the values that they may read; only the whole network can be expanded."""


def frozen(value: Value) -> object:
    """A value as a key: equal for the same values of the same types alone.

    Raises:
        Unknown: it is a tensor or poison, or holds one.
    """
    key = value_key(value)
    if key is None:
        raise Unknown
    return key
