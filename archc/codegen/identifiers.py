"""Identifiers of generated source: names that Python reserves, or that clash, get another form here alone."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable

RESERVED = frozenset((*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "l", "O", "I"))
"""Words that mean something in Python, and letters that look like figures."""


def identifier(text: str) -> str:
    """The closest identifier to a text: `1x1` is `layer_1x1`, `conv.a` is `conv_a`."""
    word = re.sub(r"[^A-Za-z0-9_]+", "_", text) or "_"
    return f"layer_{word}" if word[0].isdigit() else word


class Names:
    """Gives each thing its own identifier: the wanted one, else with `_`, `_2`, `_3` after it.

    Attributes:
        taken: the identifiers that are in use, or must not be used.
        reserved: words that always get `_` after them.
    """

    def __init__(self, taken: Iterable[str] = (), reserved: Iterable[str] = ()) -> None:
        self.taken = set(taken)
        self.reserved = RESERVED.union(reserved)

    def give(self, wanted: str) -> str:
        """An identifier that is not in use, as close as possible to any text."""
        word = identifier(wanted)
        if word in self.reserved:
            word = f"{word}_"
        given, number = word, 1
        while given in self.taken:
            number += 1
            given = f"{word}_{number}" if not word.endswith("_") else f"{word}{number}"
        self.taken.add(given)
        return given

    def release(self, name: str) -> None:
        """Makes an identifier free again."""
        self.taken.discard(name)
