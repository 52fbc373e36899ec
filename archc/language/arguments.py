"""The arguments of an op or a block, as they are written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from archc.collector import Collector
from archc.diagnostics import Position
from archc.ir.op import Op
from archc.language.modifiers import MODIFIERS
from archc.language.template import ParsedValue, is_constant, parse_value
from archc.language.yaml_data import BROKEN, Map


class FirstArgument(NamedTuple):
    """`Dense: 10`: a value alone, which is the first argument."""

    value: ParsedValue


class Arguments(NamedTuple):
    """The arguments of a head.

    Attributes:
        named: the arguments by their names; their positions are those of `data`.
        first: a value alone; None where the arguments have names, or there are none.
        constant: whether no argument has an expression.
    """

    named: dict[str, ParsedValue]
    first: FirstArgument | None
    data: Map
    constant: bool

    @property
    def at(self) -> Position:
        """The position of the arguments."""
        return self.data.at

    def values(self) -> Iterator[ParsedValue]:
        """The values of all arguments."""
        yield from self.named.values()
        if self.first is not None:
            yield self.first.value

    def place(self, name: str) -> Position:
        """The position of an argument's value."""
        return self.data.values_at.get(name) or self.data.at

    def key_place(self, name: str) -> Position:
        """The position of an argument's name."""
        return self.data.keys_at.get(name, self.at)


def read_arguments(value: Any, at: Position, collector: Collector, op: type[Op] | None = None) -> Arguments:
    """Reads the arguments of a head, by name or the first one alone; a modifier among those of an op is reported."""
    if value is None:
        return Arguments({}, None, Map(at), constant=True)
    if not isinstance(value, Map) or value.broken or (op is not None and op.is_first_argument(value)):
        first = BROKEN if isinstance(value, Map) and value.broken else parse_value(value, at, collector)
        return Arguments({}, FirstArgument(first), Map(at), is_constant(first))
    places = Map(value.at)
    named: dict[str, ParsedValue] = {}
    for written, item in value.items():
        at, key_at = value.values_at[written], value.keys_at[written]
        name = written[1:] if written.startswith("$") and item is None else written  # `$width` is `width: $width`
        if name in MODIFIERS and op is not None and name not in op.model_fields:
            message = f"`{name}` is a modifier of the step, not an argument of {op.__name__}"
            collector.add("misplaced-modifier", message, key_at)
            continue
        if name in named:
            collector.add("duplicate-key", f"duplicate argument `{name}`", key_at)
            continue
        if name != written:
            at, item = key_at, "$" + name
        named[name] = parse_value(item, at, collector)
        places.keys_at[name], places.values_at[name] = key_at, at
    return Arguments(named, None, places, all(map(is_constant, named.values())))
