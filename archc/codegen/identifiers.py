"""Identifiers of generated source: the one place where names that Python has taken, or that clash, are resolved."""

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
    """Gives each thing an identifier of its own: the wanted one, else with `_`, `_2`, `_3` after it.

    Attributes:
        taken: what is given, and what may not be given.
        reserved: words that always get `_` behind them, whatever is taken.
    """

    def __init__(self, taken: Iterable[str] = (), reserved: Iterable[str] = ()) -> None:
        self.taken = set(taken)
        self.reserved = RESERVED.union(reserved)

    def give(self, wanted: str) -> str:
        """An identifier that nothing else has.

        Args:
            wanted: any text.
        """
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
        """Lets a name be given again."""
        self.taken.discard(name)
