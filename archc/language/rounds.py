"""The `for` of a loop: its names, nested as in Python, and the list that gives their values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from archc.diagnostics import Poisoned, Position, SpecError
from archc.language.parser import parse_rounds
from archc.language.targets import Targets, target_names
from archc.language.template import Formula, GivenName
from archc.language.value import ExpressionError
from archc.language.yaml_data import Broken

_EXAMPLE = "`for: i, depth in enumerate(depths)`, without `$`"


class Rounds(NamedTuple):
    """`for: i, c in enumerate(widths)`: the names, and the list that gives their values."""

    targets: Targets
    items: Formula
    at: Position

    def names(self) -> Iterator[tuple[GivenName, Position]]:
        """The names that each round gives, with their position."""
        return ((name, self.at) for name in target_names(self.targets))


def read_rounds(text: Any, at: Position) -> tuple[Rounds, list[tuple[str, Position]]]:
    """Parses `i, (a, b) in items`, which begins at a position; also returns the position of each name.

    Raises:
        SpecError: the text is something else.
    """
    if isinstance(text, Broken):
        raise Poisoned
    if not isinstance(text, str):
        raise SpecError.of("expression", "expected `name in list`", at, _EXAMPLE)
    try:
        targets, names, items = parse_rounds(text)
    except ExpressionError as error:
        place = at._replace(column=at.column + error.offset)
        raise SpecError.of(error.code, error.message, place, error.hint) from None
    placed = [(name, at._replace(column=at.column + offset)) for name, offset in names]
    return Rounds(targets, Formula(items.expression, items.evaluate, items.text, at, 0), at), placed
