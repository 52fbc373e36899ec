"""The arguments of an op or a block, as they are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from archc.collector import Collector
from archc.diagnostics import Position
from archc.ir.op import Op
from archc.language.modifiers import MODIFIERS
from archc.language.template import PLAIN, ParsedValue, is_constant, parse_value
from archc.language.yaml_data import BROKEN, Map, absolute, packed, relative

K = TypeVar("K")
V = TypeVar("V")


class FirstArgument(NamedTuple):
    """`Dense: 10`: a value alone, which is the first argument."""

    value: ParsedValue


class Arguments(NamedTuple):
    """The arguments of a head.

    Attributes:
        named: the arguments by their names.
        first: a value alone; None where the arguments have names, or there are none.
        at: the position of the arguments.
        places: the positions of each name and of its value, in turn; those that are numbers are relative to `at`.
        constant: whether no argument has an expression.
    """

    named: Mapping[str, ParsedValue]
    first: FirstArgument | None
    at: Position
    places: tuple[int | Position, ...]
    constant: bool

    def values(self) -> Iterator[ParsedValue]:
        """The values of all arguments."""
        yield from self.named.values()
        if self.first is not None:
            yield self.first.value

    def place(self, name: str) -> Position:
        """The position of an argument's value."""
        return self.positions()[name][1] if name in self.named else self.at

    def key_place(self, name: str) -> Position:
        """The position of an argument's name."""
        return self.positions()[name][0] if name in self.named else self.at

    def positions(self) -> dict[str, tuple[Position, Position]]:
        """The positions of each name and of its value."""
        listed = [place if isinstance(place, Position) else absolute(place, self.at) for place in self.places]
        return dict(zip(self.named, zip(listed[::2], listed[1::2], strict=True), strict=True))


_constants: dict[str, Mapping[str, ParsedValue]] = {}
"""Constant arguments by their texts, so that those that are written alike are one mapping."""

_places: dict[tuple[int, ...], tuple[int, ...]] = {}
"""Positions of arguments, so that those that are laid out alike are one tuple."""

_MOST = 20_000


def _one(known: dict[K, V], key: K, value: V) -> V:
    """What is known under a key; the value from now on where nothing is."""
    if len(known) >= _MOST:
        known.clear()
    return known.setdefault(key, value)


def read_arguments(value: Any, at: Position, collector: Collector, op: type[Op] | None = None) -> Arguments:
    """Reads the arguments of a head, by name or the first one alone; a modifier among those of an op is reported."""
    if value is None:
        return Arguments({}, None, at, (), constant=True)
    if not isinstance(value, Map) or value.broken or (op is not None and op.is_first_argument(value)):
        first = BROKEN if isinstance(value, Map) and value.broken else parse_value(value, at, collector)
        return Arguments({}, FirstArgument(first), at, (), is_constant(first))
    places = [place if isinstance(place, int) else packed(place.line, place.column) for place in value.places]
    text = repr(value)
    if "$" not in text and MODIFIERS.keys().isdisjoint(value) and PLAIN.issuperset(map(type, value.values())):
        named: Mapping[str, ParsedValue] = _one(_constants, text, dict(value))
        return Arguments(named, None, value.at, _placed(places, value.at), constant=True)
    named, kept = _named(value, places, op, collector)
    return Arguments(named, None, value.at, _placed(kept, value.at), all(map(is_constant, named.values())))


def _placed(places: list[int], at: Position) -> tuple[int, ...]:
    found = relative(places, at)
    return _one(_places, found, found)


def _named(
    data: Map, places: list[int], op: type[Op] | None, collector: Collector
) -> tuple[dict[str, ParsedValue], list[int]]:
    """The arguments by their names, with the positions of those that are arguments."""
    named: dict[str, ParsedValue] = {}
    kept: list[int] = []
    for number, (written, item) in enumerate(data.items()):
        place, key_place = data.values_at[written], data.keys_at[written]
        name = written[1:] if written.startswith("$") and item is None else written  # `$width` is `width: $width`
        if name in MODIFIERS and op is not None and name not in op.model_fields:
            message = f"`{name}` is a modifier of the step, not an argument of {op.__name__}"
            collector.add("misplaced-modifier", message, key_place)
            continue
        if name in named:
            collector.add("duplicate-key", f"duplicate argument `{name}`", key_place)
            continue
        if name != written:
            place, item = key_place, "$" + name
        named[name] = parse_value(item, place, collector)
        kept += (places[2 * number], places[2 * number + (name == written)])
    return named, kept
