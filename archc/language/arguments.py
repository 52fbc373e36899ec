"""The arguments of an op or a block, as they are written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from archc.diagnostics import Position
from archc.language.template import ParsedValue
from archc.language.yaml_data import Map


class FirstArgument(NamedTuple):
    """`Dense: 10`: a value alone, which is the first argument."""

    value: ParsedValue


class Arguments(NamedTuple):
    """The arguments of a head.

    Attributes:
        named: the arguments by their names.
        first: a value alone; None where the arguments have names, or there are none.
        at: the position of the arguments.
        data: the mapping that has the positions; None where there is none.
        constant: whether no argument has an expression.
    """

    named: dict[str, ParsedValue]
    first: FirstArgument | None
    at: Position
    data: Map | None
    constant: bool

    def values(self) -> Iterator[ParsedValue]:
        """The values of all arguments."""
        yield from self.named.values()
        if self.first is not None:
            yield self.first.value

    def place(self, name: object) -> Position:
        """The position of an argument's value."""
        return self.data.values_at.get(str(name), self.at) if self.data is not None else self.at

    def key_place(self, name: object) -> Position:
        """The position of an argument's name."""
        return self.data.keys_at.get(str(name), self.at) if self.data is not None else self.at
