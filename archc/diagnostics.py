"""What is told to a person: a code, a message, a position, what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple


class Position(NamedTuple):
    """A place in a file; lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Related(NamedTuple):
    """Another place that has to do with a diagnostic: the other end, or a use of the block."""

    what: str
    position: Position


class Diagnostic(NamedTuple):
    """One fault, for a person.

    Attributes:
        code: kebab-case, the same for every fault of its kind.
        message: what was expected and what came, without the position.
        position: where; None where no file is to blame.
        hint: what to do.
        related: other places, the nearest first.
        excerpt: the line of the file at `position`.
    """

    code: str
    message: str
    position: Position | None = None
    hint: str | None = None
    related: tuple[Related, ...] = ()
    excerpt: str | None = None


class SpecError(Exception):
    """A spec that cannot be compiled, with every fault that was found in it.

    Attributes:
        diagnostics: the faults, in the order of their positions.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(printable(f"{d.position or ''} {d.code} {d.message}") for d in self.diagnostics))


# What a terminal or a browser could take for more than text: controls, C1 codes, bidirectional marks.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def printable(text: str) -> str:
    r"""Escapes what could steer a terminal: `\x1b` for an escape, `\u202e` for a bidirectional mark."""
    return _UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape", "surrogatepass").decode(), text)


def shortened(text: str, limit: int = 60) -> str:
    """`text` on one line, cut in its middle where it is longer than `limit`."""
    text = printable(text).replace("\n", "\\n").replace("\t", "\\t")
    return text if len(text) <= limit else f"{text[: limit - 20]}…{text[-19:]}"


def closest(word: str, words: Iterable[str]) -> str | None:
    """The one of `words` that somebody who wrote `word` most likely meant."""
    from difflib import get_close_matches

    candidates = sorted(set(words))
    folded = {candidate.lower().replace("_", ""): candidate for candidate in reversed(candidates)}
    if found := folded.get(word.lower().replace("_", "")):
        return found
    return next(iter(get_close_matches(word[:80], candidates, n=1, cutoff=0.65)), None)


def did_you_mean(word: str, words: Iterable[str]) -> str | None:
    """A hint that names the closest of `words`, if one is close."""
    found = closest(word, words)
    return f"did you mean `{found}`?" if found else None
