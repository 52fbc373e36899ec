"""Reads the modifiers of a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from archc.collector import Collector
from archc.diagnostics import Position, SpecError, shortened
from archc.language.name_rules import check_layer_name, check_name
from archc.language.template import Formula, ParsedValue, parse_value
from archc.language.yaml_data import BROKEN, Broken, Map, Seq

_WHAT = {"name": "name of a layer", "prefix": "beginning of names"}


def _label(data: Map, key: str, collector: Collector) -> ParsedValue:
    value, at = data[key], data.values_at[key]
    if isinstance(value, Map | Seq) or (value is None and not data.text(key)):
        hint = f"`{key}: {'conv1' if key in _WHAT else 'a_name'}`"
        raise SpecError.of("type", f"`{key}` needs a value", at, hint)
    label = parse_value(data.text(key), at, collector)
    if isinstance(label, str) and (label or key != "name"):  # `name: ""` is that of the part around
        check_layer_name(label, _WHAT.get(key, f"name of {key}"), at)
    return label


def _condition(data: Map, key: str, collector: Collector) -> ParsedValue:
    value, at = data[key], data.values_at[key]
    if value is None or isinstance(value, Map | Seq):
        raise SpecError.of("type", f"`{key}` needs a value", at, "`when: $(depth > 0)`")
    return parse_value(value, at, collector)


def _sizes(data: Map, key: str, collector: Collector) -> ParsedValue:
    value, at = data[key], data.values_at[key]
    if not isinstance(value, Seq | str) or (isinstance(value, str) and "$" not in value):
        raise SpecError.of("type", "`shape` is the documented size, a list", at, "`shape: [56, 56, 64]`")
    return parse_value(value, at, collector)


def _note(data: Map, key: str, _collector: Collector) -> str:
    text = data.text(key)
    if not isinstance(text, str):
        raise SpecError.of("type", "a note is a text", data.values_at[key], "write it in quotes")
    return text


def _tensors(data: Map, key: str, collector: Collector) -> tuple[ParsedValue, ...]:
    value, at = data[key], data.values_at[key]
    if isinstance(value, str):
        return (parse_value(value, at, collector),)
    if isinstance(value, Seq) and value and all(isinstance(item, str) for item in value):
        return tuple(parse_value(item, value.items_at[index], collector) for index, item in enumerate(value))
    hint = "`from: now`, or `from: [now, before]`"
    raise SpecError.of("type", "`from` is the name of a tensor, or a list of names", at, hint)


def _names(data: Map, key: str, collector: Collector) -> tuple[ParsedValue, ...]:
    value, at = data[key], data.values_at[key]
    items = value if isinstance(value, Seq) else [data.text(key)]
    if not items or not all(isinstance(item, str) for item in items):
        raise SpecError.of("type", "`as` is a name, or a list of names", at, "`as: c3`, or `as: [c3, c4]`")
    return tuple(_name(item, at, collector) for item in items)


def _name(text: str, at: Position, collector: Collector) -> ParsedValue:
    name = parse_value(text, at, collector)
    if isinstance(name, Formula):
        message = f"a computed name has a fixed part, but `{shortened(text)}` has none"
        collector.add("name", message, at, "`as: skip$(level)`", about=text)
        return BROKEN
    if not isinstance(name, Broken):
        check_name(name if isinstance(name, str) else name.pattern.word, at, collector)
    return name


MODIFIERS: Mapping[str, Callable[[Map, str, Collector], ParsedValue]] = {
    "name": _label,
    "prefix": _label,
    "from": _tensors,
    "as": _names,
    "when": _condition,
    "shape": _sizes,
    "output": _label,
    "share": _label,
    "share_inside": _label,
    "note": _note,
}
"""The reader of each modifier; it raises `SpecError` for another form of value."""
