"""One side of a comparison: a spec, and what is set in it, in one text."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from archc.cli.options import yaml_value
from archc.diagnostics import SpecError, printable
from archc.elaborate.expand import Settings

_OPENING, _CLOSING = "[{(", "]})"
_BEFORE_QUOTES = "=[{,: '"  # what a quoted text may stand after; elsewhere a quote is a letter


def side(text: str) -> tuple[str, Settings]:
    """The spec and the parameters that a text such as `resnet50?classes=10&depths=[3,4,23,3]` means.

    Raises:
        SpecError: what stands after `?` sets nothing, or a value is no YAML.
    """
    label, query = _parted(text)
    if not label:
        raise _usage(f"`{printable(text[:100])}` names no spec", "`SPEC?name=value&name=value`")
    values: dict[str, Any] = {}
    for part in () if query is None else _settings(query):
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals or not name:
            raise _usage(
                f"`{printable(part[:100])}` in `{printable(text[:100])}` sets nothing", "`?name=value&name=value`"
            )
        if name in values:
            raise _usage(f"`{printable(text[:100])}` sets `{printable(name[:60])}` twice", "keep one of the two")
        values[name] = yaml_value(value, f"?{name}")
    return label, Settings(values)


def _parted(text: str) -> tuple[str, str | None]:
    """The spec, and what stands after `?`; a file whose own name has a `?` is found as it is."""
    if os.path.isfile(text):
        return text, None
    cuts = [index for index, character in enumerate(text) if character == "?"]
    if not cuts:
        return text, None
    cut = next((cut for cut in reversed(cuts) if os.path.isfile(text[:cut])), cuts[0])
    return text[:cut], text[cut + 1 :]


def _settings(query: str) -> Iterator[str]:
    """The parts between `&`; one in brackets or quotes belongs to a value."""
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
    """Whether an odd number of backslashes stands before a double quote."""
    before = text[:index]
    return quote == '"' and (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _usage(message: str, hint: str) -> SpecError:
    return SpecError.of("usage", message, None, hint)
