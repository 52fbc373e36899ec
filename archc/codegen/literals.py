"""Plain values as Python code."""

from __future__ import annotations

import math
from typing import Any

from archc.codegen.layout import Code, display, joined


def quoted(text: str) -> str:
    """A text as a literal, in the quotes that ruff takes."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + "".join(escaped(character, quote) for character in text) + quote


def escaped(character: str, quote: str) -> str:
    """A character as it stands in a literal with these quotes."""
    if character in ("\\", quote):
        return f"\\{character}"
    if character.isprintable():
        return character
    return repr(character)[1:-1] if character.isascii() else f"\\U{ord(character):08x}"


def literal(value: Any, *, tuples: bool = True) -> Code:
    """A plain value: a number, a text, a boolean, None, a list, a map.

    Args:
        value: what is written.
        tuples: whether lists are written as tuples, which is what arguments and defaults want.
    """
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dict):
        pairs = [joined(quoted(str(key)), ": ", literal(item, tuples=tuples)) for key, item in value.items()]
        return display("{", pairs, "}")
    if isinstance(value, list | tuple):
        opening, closing = "()" if tuples or isinstance(value, tuple) else "[]"
        return display(opening, [literal(item, tuples=tuples) for item in value], closing)
    return repr(value)


def _number(value: float) -> str:
    """A float as people write it: `1e-5`."""
    if not math.isfinite(value):
        return f'float("{value}")'
    digits, exponent, power = repr(value).partition("e")
    return f"{digits}{exponent}{int(power)}" if exponent else digits
