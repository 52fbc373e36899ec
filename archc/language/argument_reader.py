"""Reads the arguments of an op or a block."""

from __future__ import annotations

from typing import Any

from archc.collector import Collector
from archc.diagnostics import Position
from archc.ir.op import Op
from archc.language.arguments import Arguments, FirstArgument
from archc.language.steps import MODIFIERS
from archc.language.template import ParsedValue, is_constant, parse_value
from archc.language.yaml_data import BROKEN, Map


def no_arguments(at: Position) -> Arguments:
    """The arguments of a head without any."""
    return Arguments({}, None, at, None, constant=True)


def read_arguments(value: Any, at: Position, collector: Collector, op: type[Op] | None = None) -> Arguments:
    """Reads the arguments of a head, by name or the first one alone.

    Args:
        value: the plain data.
        at: its position.
        collector: of the run.
        op: the op, if the head is one; a modifier among its arguments is reported.
    """
    if value is None:
        return no_arguments(at)
    if not isinstance(value, Map):
        first = parse_value(value, at, collector)
        return Arguments({}, FirstArgument(first), at, None, is_constant(first))
    if value.broken:
        return Arguments({}, FirstArgument(BROKEN), at, None, constant=False)
    named: dict[str, ParsedValue] = {}
    places = Map(value.at)
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
    return Arguments(named, None, value.at, places, all(map(is_constant, named.values())))
