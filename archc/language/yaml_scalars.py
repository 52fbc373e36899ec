"""YAML's plain scalars as values, by YAML 1.2, and expressions that YAML cut."""

from __future__ import annotations

import re
from typing import Any

from archc import limits
from archc.diagnostics import SpecError

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
