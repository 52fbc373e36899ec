"""The `for` of a loop: its names, nested as in Python, and the list that gives their values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from archc.diagnostics import Poisoned, Position, SpecError
from archc.language.parser import parse
from archc.language.template import Formula, GivenName
from archc.language.value import ExpressionError
from archc.language.yaml_data import Broken

Targets = str | tuple[Any, ...]
"""The names before `in`, nested as in Python."""

_DEPTH = 20
_TOKEN = re.compile(r"\s*(?:(?P<name>[A-Za-z_]\w*)|(?P<symbol>[(),])|(?P<end>$)|(?P<strange>.))", re.ASCII | re.DOTALL)
_IN = re.compile(r"(?P<targets>.*?)\bin\b\s*(?P<items>.*)", re.DOTALL)
_EXAMPLE = "`for: i, depth in enumerate(depths)`, without `$`"


class Rounds(NamedTuple):
    """`for: i, c in enumerate(widths)`: the names, and the list that gives their values."""

    targets: Targets
    items: Formula
    at: Position

    def names(self) -> Iterator[tuple[GivenName, Position]]:
        """The names that each round gives, with their position."""
        return ((name, self.at) for name in target_names(self.targets))


def target_names(targets: Targets) -> Iterator[str]:
    """The names among nested targets."""
    if isinstance(targets, str):
        yield targets
    else:
        for target in targets:
            yield from target_names(target)


def read_rounds(text: Any, at: Position) -> tuple[Rounds, list[tuple[str, Position]]]:
    """Parses `i, (a, b) in items`, which begins at a position; also returns the position of each name.

    Raises:
        SpecError: the text is something else.
    """
    if isinstance(text, Broken):
        raise Poisoned
    try:
        match = _IN.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise ExpressionError("expression", "expected `name in list`", 0, _EXAMPLE)
        reader = _Names(match["targets"])
        targets = reader.group("", 0)
        start = match.start("items")
        if text.startswith("$", start):
            message = "`for` holds an expression, so it needs no `$`"
            raise ExpressionError("expression", message, start, "remove the `$`")
        parsed = parse(text, start)
    except ExpressionError as error:
        place = at._replace(column=at.column + error.offset)
        raise SpecError.of(error.code, error.message, place, error.hint) from None
    names = [(name, at._replace(column=at.column + offset)) for name, offset in reader.names]
    return Rounds(targets, Formula(parsed.expression, parsed.text, at, 0), at), names


class _Names:
    """Parses nested names."""

    def __init__(self, text: str) -> None:
        self.tokens = _TOKEN.finditer(text)
        self.names: list[tuple[str, int]] = []
        self.advance()

    def advance(self) -> None:
        match = next(self.tokens)
        self.kind = match.lastgroup or "end"
        self.token, self.offset = match[self.kind], match.start(self.kind)

    def fail(self, message: str) -> ExpressionError:
        return ExpressionError("expression", message, self.offset, "names nest as in Python: `i, (a, b)`")

    def group(self, closing: str, depth: int) -> Targets:
        if depth > _DEPTH:
            raise ExpressionError("too-deep", f"the names nest deeper than {_DEPTH} levels", self.offset)
        items: list[Targets] = []
        comma = False
        while True:
            if self.kind == "name":
                items.append(self.token)
                self.names.append((self.token, self.offset))
                self.advance()
            elif self.token == "(":
                self.advance()
                items.append(self.group(")", depth + 1))
            else:
                break
            if self.token != ",":
                break
            comma = True
            self.advance()
        if self.token != closing or not items:
            expected = "a name" if not items or comma else "`,`"
            raise self.fail(f"expected {expected}, got `{self.token or 'in'}`")
        if closing:
            self.advance()
        return tuple(items) if comma else items[0]
