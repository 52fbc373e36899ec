"""One side of a comparison: a spec and its settings in one text."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from archc.cli.options import yaml_value
from archc.diagnostics import SpecError, printable
from archc.elaborate.expand import Settings

_OPENING, _CLOSING = "[{(", "]})"
_BEFORE_QUOTES = "=[{,: '"  # characters before an opening quote; elsewhere a quote is a letter


def parse_side(text: str) -> tuple[str, Settings]:
    """The spec and the settings of a text such as `resnet50?classes=10&depths=[3,4,23,3]`.

    Raises:
        SpecError: a part after `?` is not `name=value`, or a value is not YAML.
    """
    label, query = _split(text)
    if not label:
        raise SpecError.of(
            "usage", f"`{printable(text[:100])}` does not name a spec", None, "`SPEC?name=value&name=value`"
        )
    values: dict[str, Any] = {}
    for part in () if query is None else _settings(query):
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals or not name:
            message = f"`{printable(part[:100])}` in `{printable(text[:100])}` is not `name=value`"
            raise SpecError.of("usage", message, None, "`?name=value&name=value`")
        if name in values:
            raise SpecError.of(
                "usage", f"`{printable(text[:100])}` sets `{printable(name[:60])}` twice", None, "keep one of the two"
            )
        values[name] = yaml_value(value, f"?{name}")
    return label, Settings(values)


def _split(text: str) -> tuple[str, str | None]:
    """The text before `?` and the text after it; a `?` may be part of the name of a file that exists."""
    if os.path.isfile(text):
        return text, None
    cuts = [index for index, character in enumerate(text) if character == "?"]
    if not cuts:
        return text, None
    cut = next((cut for cut in reversed(cuts) if os.path.isfile(text[:cut])), cuts[0])
    return text[:cut], text[cut + 1 :]


def _settings(query: str) -> Iterator[str]:
    """The parts between `&`; an `&` in brackets or quotes is part of a value."""
    depth, quote, start = 0, "", 0
    for index, character in enumerate(query):
        if quote:
            quote = "" if character == quote and not _escaped(query, index, quote) else quote
        elif character in "'\"" and query[index - 1 : index] in _BEFORE_QUOTES:
            quote = character
        elif character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth -= 1
        elif character == "&" and depth <= 0:
            yield query[start:index]
            start = index + 1
    yield query[start:]


def _escaped(text: str, index: int, quote: str) -> bool:
    """Whether a double quote has an odd number of backslashes before it."""
    before = text[:index]
    return quote == '"' and (len(before) - len(before.rstrip("\\"))) % 2 == 1
