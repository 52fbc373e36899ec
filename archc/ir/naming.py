"""The names that Keras gives to layers."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

_NUMBERED = re.compile(r"(.*?)(?:_([1-9][0-9]{0,8}))?", re.DOTALL)


@cache
def snake_case(name: str) -> str:
    """The name that Keras derives from a class: `Conv2D` is `conv2d`, `ReLU` is `re_lu`."""
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def automatic_name(names: Counter[str], word: str) -> str:
    """The name that Keras gives to the next layer of a kind in a new model: `conv2d`, `conv2d_1`."""
    names[word] += 1
    return f"{word}_{names[word] - 1}" if names[word] > 1 else word


def word_and_number(name: str) -> tuple[str, int]:
    """A name as Keras numbers it: `conv2d_94` is `conv2d` and 94, `conv2d` and 0 is the first; `dense_01` is a word."""
    word, number = _NUMBERED.fullmatch(name).groups()  # type: ignore[union-attr]  # every text matches
    return word, int(number or 0)
