"""Diagnostics: a code, a message, a position and a hint for a person; and the one error that carries them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice, takewhile
from operator import eq
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from archc.codes import Severity


class Position(NamedTuple):
    """A place in a file; lines and columns count from 1.

    Attributes:
        layer: the name of the layer, in a model file, which has no lines; empty for any other file.
    """

    file: str
    line: int
    column: int
    layer: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.layer}" if self.layer else f"{self.file}:{self.line}:{self.column}"


class Related(NamedTuple):
    """Another place that a diagnostic refers to: the other end of a conflict, or a use of the block."""

    what: str
    position: Position


class Diagnostic(NamedTuple):
    """One error or one warning.

    Attributes:
        code: of `archc.codes`.
        message: what was expected and what came, without the position.
        position: None where the error is in no file.
        hint: what to do.
        related: other places, the nearest first.
        excerpt: the line of the file at `position`.
        about: the argument, parameter or name in question, as it is written. Two diagnostics with one code and one
            position differ by it.
    """

    code: str
    message: str
    position: Position | None = None
    hint: str | None = None
    related: tuple[Related, ...] = ()
    excerpt: str | None = None
    about: str | None = None

    @property
    def severity(self) -> Severity:
        """`error`, or `warning`."""
        from archc.codes import CODES

        return CODES[self.code].severity


class SpecError(Exception):
    """A spec or a request that cannot be compiled.

    An error is raised where it is found, with one diagnostic. The enclosing step or section adds its position and
    reports it to the collector of the run, which raises all errors of the run as one.

    Attributes:
        diagnostics: in the order of their positions.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(self.diagnostics)

    @classmethod
    def of(
        cls,
        code: str,
        message: str,
        position: Position | None = None,
        hint: str | None = None,
        *,
        about: str | None = None,
    ) -> SpecError:
        """The error of one diagnostic; without a hint it gets the advice of its code."""
        from archc.codes import CODES

        advice = CODES[code].advice
        return cls([Diagnostic(code, one_line(message), position, one_line(hint or advice), about=about)])

    @property
    def first(self) -> Diagnostic:
        """The first diagnostic, the only one of an error that is not reported yet."""
        return self.diagnostics[0]

    def at(self, position: Position) -> SpecError:
        """The error at a position, where it has none yet."""
        return SpecError(found._replace(position=found.position or position) for found in self.diagnostics)

    def __str__(self) -> str:
        return "\n".join(printable(f"{d.position or ''} {d.code} {d.message}") for d in self.diagnostics)


class Poisoned(Exception):
    """Depends on a value whose error is already reported."""


def unreadable(file: str, reason: str, hint: str | None = None) -> SpecError:
    """The error for a file that cannot be read."""
    return SpecError.of("unreadable", f"`{printable(file[:200])}` cannot be read: {reason}", None, hint)


def reason_of(error: OSError) -> str:
    """Why the operating system refused: `permission denied`."""
    return (error.strerror or str(error)).lower()


# What a terminal or a browser could take for more than text: controls, C1 codes, bidirectional marks.
_UNPRINTABLE = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"


_COMMAND = r"(?m)^(\s*)(:(?=:\w)|#(?=#\[))"  # of a workflow


def printable(text: str) -> str:
    r"""Escapes what could steer a terminal or GitHub: `\x1b` for an escape, `\x3a:stop-commands::` for a command."""
    if text.isprintable() and "::" not in text and "##[" not in text:
        return text
    text = re.sub(_COMMAND, lambda match: f"{match[1]}\\x{ord(match[2]):02x}", text)
    return re.sub(_UNPRINTABLE, lambda match: match[0].encode("unicode_escape", "surrogatepass").decode(), text)


def one_line(text: str) -> str:
    """`text` on one line, printable."""
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")


def shortened(text: str, limit: int = 60) -> str:
    """`text` on one line, cut in its middle where it is longer than `limit`."""
    text = one_line(text)
    return text if len(text) <= limit else f"{text[: limit - 20]}…{text[-19:]}"


_MOST_ITEMS = 16  # of a list in a line
_FIRST_ITEMS = 3


def shortened_list(items: Sequence[Any]) -> tuple[Sequence[Any], str]:
    """The items of a list to show in a line, and what stands for the others; lists that differ have texts that do."""
    if len(items) <= _MOST_ITEMS:
        return items, ""
    from hashlib import blake2b

    digest = blake2b(repr(tuple(items)).encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return items[:_FIRST_ITEMS], f"… of {len(items):,} ({digest})"


_MOST_WORDS = 1000  # that a suggestion is chosen from
_COMPARED = 120  # letter by letter, which takes time
_LIKELY = 10  # of more words than that, by their starts and ends


def closest(word: str, words: Iterable[str]) -> str | None:
    """The one of `words` that somebody who wrote `word` most likely meant."""
    from difflib import get_close_matches
    from heapq import nlargest

    candidates = sorted(set(islice(words, _MOST_WORDS)))
    folded = {candidate.lower().replace("_", ""): candidate for candidate in reversed(candidates)}
    if found := folded.get(word.lower().replace("_", "")):
        return found
    if len(candidates) > _COMPARED:
        candidates = nlargest(_LIKELY, candidates, key=lambda candidate: _alike_at_ends(word, candidate))
    return next(iter(get_close_matches(word[:80], candidates, n=1, cutoff=0.65)), None)


def _alike_at_ends(word: str, other: str) -> int:
    """The number of characters that two words have in common at their starts and at their ends."""
    return _alike(word, other) + _alike(reversed(word), reversed(other))


def _alike(one: Iterable[str], other: Iterable[str]) -> int:
    return sum(1 for _ in takewhile(bool, map(eq, one, other)))


def did_you_mean(word: str, words: Iterable[str]) -> str | None:
    """A hint that names the closest of `words`, if one is close."""
    found = closest(word, words)
    return f"did you mean `{found}`?" if found else None
