"""Which words can be names: of parameters, tensors, values and blocks, and of layers."""

from __future__ import annotations

import keyword
import re
from functools import cache, lru_cache

from archc.collector import Collector
from archc.diagnostics import Position, SpecError, printable
from archc.language.expression_functions import FUNCTIONS
from archc.language.value import Value, describe

RESERVED = frozenset(keyword.kwlist) | frozenset(FUNCTIONS)
"""Words that cannot be names."""


@cache
def is_name(text: str) -> bool:
    """Whether a text can be the name of a parameter, a tensor, a value or a block."""
    return text.isascii() and text.isidentifier() and text not in RESERVED and text != "x"


def check_name(name: str, at: Position, collector: Collector) -> None:
    """Reports a name that no tensor and no value can have."""
    if name == "x":
        message = "`x` is the current tensor, so nothing else can have this name"
        collector.add("name", message, at, "choose another name", about=name)
    elif not is_name(name):
        collector.add("name", f"`{printable(name[:60])}` cannot be a name", at, about=name)


_LAYER_NAME = re.compile(r"[A-Za-z0-9_.\-]+")


@lru_cache(maxsize=10_000)
def is_layer_name(text: str) -> bool:
    """Whether a text can be the name of a layer, an output or a share."""
    return _LAYER_NAME.fullmatch(text) is not None and len(text) <= 200 and text.strip(".") != ""


def check_layer_name(name: str, key: str, at: Position) -> None:
    """Checks the name of a layer, an output or a share.

    Raises:
        SpecError: it is empty, too long, or has other characters than letters, digits, `_`, `-` and `.`.
    """
    if not is_layer_name(name):
        hint = "letters, digits, `_`, `-` and `.`, up to 200 of them"
        raise SpecError.of("name", f"`{printable(name[:60])}` cannot be the {key}", at, hint)


def layer_label(value: Value, what: str, at: Position) -> str:
    """The value of a `name`, an `output` or a `share` as a text.

    Raises:
        SpecError: it is no text and no number, or cannot be the name.
    """
    if not isinstance(value, str) and type(value) not in (int, float):
        raise SpecError.of("name", f"the {what} is a text, not {describe(value)}", at, "a text is such as `conv$(i)`")
    check_layer_name(str(value), what, at)
    return str(value)
