"""The names before `in`, of a loop and of a comprehension: nested as in Python, each with its value of a round."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archc.diagnostics import SpecError
from archc.language.value import Value, describe

Targets = str | tuple[Any, ...]
"""A name, or names nested as in Python: `("i", ("a", "b"))`."""


def target_names(targets: Targets) -> Iterator[str]:
    """The names among nested targets."""
    if isinstance(targets, str):
        yield targets
    else:
        for target in targets:
            yield from target_names(target)


def unpacked(targets: Targets, item: Value) -> Iterator[tuple[str, Value]]:
    """The values that an item gives to the targets.

    Raises:
        SpecError: the item does not fit the targets; it has no position.
    """
    if isinstance(targets, str):
        yield targets, item
        return
    if not isinstance(item, list | tuple) or len(item) != len(targets):
        came = f"a list of {len(item)}" if isinstance(item, list | tuple) else describe(item)
        names = ", ".join(target_names(targets))
        hint = "`enumerate` gives the number and the item" if isinstance(item, int) else "give each value a name"
        message = f"`{names}` take {len(targets)} values in each round, but got {came}"
        raise SpecError.of("type", message, None, hint)
    for target, value in zip(targets, item, strict=True):
        if isinstance(target, str):
            yield target, value
        else:
            yield from unpacked(target, value)
