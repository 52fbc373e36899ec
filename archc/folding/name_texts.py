"""Names as texts with holes."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping

from archc.folding.values import Expr, Value

TOKENS = re.compile(r"\d+|[A-Za-z]+|[_.\-]|.")


def unused_name(word: str, taken: Container[str]) -> str:
    """The word, with a number where something has this name."""
    name, number = word, 2
    while name in taken:
        name, number = f"{word}_{number}", number + 1
    return name


def is_same(column: Mapping[int, str]) -> bool:
    """Whether all have the same token here."""
    return len(set(column.values())) == 1


def is_hole(column: Mapping[int, str]) -> bool:
    """Whether the tokens here are words or numbers, for which a value can stand."""
    return not any(value in "_.-" for value in column.values())


def joined(parts: list[Value]) -> str:
    """Texts and expressions as one text."""
    parts = [part for part in parts if part != ""]
    if len(parts) == 1:
        return parts[0]  # type: ignore[no-any-return]
    return "".join(f"$({part})" if isinstance(part, Expr) else part.replace("$", "$$") for part in parts)


def head_and_tail(texts: list[list[str]]) -> tuple[str, str]:
    """What all texts begin and end with, up to a separator."""
    least = min(map(len, texts))
    head = 0
    while head < least - 1 and len({tokens[head] for tokens in texts}) == 1:
        head += 1
    tail = 0
    while tail < least - head - 1 and len({tokens[-1 - tail] for tokens in texts}) == 1:
        tail += 1
    while head and texts[0][head - 1] not in "_.-":
        head -= 1
    while tail and texts[0][len(texts[0]) - tail] not in "_.-":
        tail -= 1
    return "".join(texts[0][:head]), "".join(texts[0][len(texts[0]) - tail :]) if tail else ""
