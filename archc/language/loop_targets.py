"""The left side of a loop: names nested as in Python."""

from __future__ import annotations

import re
from typing import NamedTuple

from archc.language.steps import Targets
from archc.language.value import ExpressionError

_DEPTH = 20
_TOKEN = re.compile(r"\s*(?:(?P<name>[A-Za-z_]\w*)|(?P<symbol>[(),])|(?P<end>$)|(?P<strange>.))", re.ASCII | re.DOTALL)
_IN = re.compile(r"(?P<targets>.*?)\bin\b(?P<space>\s*)(?P<items>.*)", re.DOTALL)


class ReadTargets(NamedTuple):
    """The names of a loop, where each begins, and where the expression begins that they take from."""

    targets: Targets
    names: tuple[tuple[str, int], ...]
    items: int


def read_targets(text: str) -> ReadTargets:
    """Reads `i, (a, b) in …` up to the expression.

    Raises:
        ExpressionError: the text is something else.
    """
    match = _IN.fullmatch(text)
    if match is None:
        hint = "`for: i, depth in enumerate(depths)`, without `$`"
        raise ExpressionError("expression", "`for` names what it takes from a list: `name in list`", 0, hint)
    reader = _Names(match["targets"])
    targets = reader.group("", 0)
    return ReadTargets(targets, tuple(reader.names), match.start("items"))


class _Names:
    """Reads names and brackets from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.index = 0
        self.names: list[tuple[str, int]] = []
        self.kind, self.token, self.offset = "", "", 0
        self.advance()

    def advance(self) -> None:
        match = _TOKEN.match(self.text, self.index)
        assert match is not None  # some alternative always matches
        self.kind = match.lastgroup or "end"
        self.token, self.offset, self.index = match[self.kind], match.start(self.kind), match.end()

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
            came = f"`{self.token}`" if self.token else "`in`"
            raise self.fail(
                f"a name was expected, but {came} came" if not items or comma else f"{came} cannot stand here"
            )
        if closing:
            self.advance()
        return tuple(items) if comma else items[0]
