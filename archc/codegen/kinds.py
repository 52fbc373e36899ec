"""The kinds of the values of a spec, inferred from its text: Python reads a tensor and a map in different ways."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Literal, NamedTuple

from archc.language import expression as syntax
from archc.language.targets import Targets
from archc.language.template import Formula, ParsedValue, Template
from archc.language.yaml_data import Map, Seq


class Kind(NamedTuple):
    """What a value is.

    Attributes:
        what: its kind; `unknown` where the text does not show it.
        items: of a list whose length is known, the kinds of its items.
        item: of a list, what all items have in common.
        fields: of a map, the kinds of its values by name.
    """

    what: Literal["unknown", "number", "text", "list", "map", "tensor"]
    items: tuple[Kind, ...] | None = None
    item: Kind | None = None
    fields: Mapping[str, Kind] | None = None


UNKNOWN = Kind("unknown")
NUMBER = Kind("number")
TEXT = Kind("text")
TENSOR = Kind("tensor")

Kinds = Mapping[str, Kind]


def list_kind(item: Kind) -> Kind:
    """A list of any length."""
    return Kind("list", None, item)


def row_kind(items: tuple[Kind, ...]) -> Kind:
    """A list of these."""
    return Kind("list", items, reduce(common, items) if items else UNKNOWN)


def common(one: Kind, other: Kind) -> Kind:
    """What two kinds have in common."""
    if one == other or one.what != other.what:
        return one if one == other else UNKNOWN
    items = None
    if one.items is not None and other.items is not None and len(one.items) == len(other.items):
        items = tuple(common(left, right) for left, right in zip(one.items, other.items, strict=True))
    fields = None
    if one.fields is not None and other.fields is not None:
        shared = [name for name in one.fields if name in other.fields]
        fields = {name: common(one.fields[name], other.fields[name]) for name in shared}
    return Kind(one.what, items, common(one.item or UNKNOWN, other.item or UNKNOWN), fields)


def static_kind(value: ParsedValue, kinds: Kinds) -> Kind:
    """The kind of a value of a spec, whose names have these kinds."""
    match value:
        case Formula():
            return expression_kind(value.expression, kinds)
        case str() | Template():
            return TEXT
        case Map() | dict():
            return Kind("map", fields={str(name): static_kind(item, kinds) for name, item in value.items()})
        case Seq() | list() | tuple():
            return row_kind(tuple(static_kind(item, kinds) for item in value))
        case int() | float():
            return NUMBER
    return UNKNOWN


_LISTS = {"range", "zip", "enumerate", "reversed", "sorted", "list"}


def expression_kind(expression: syntax.Expression, kinds: Kinds) -> Kind:
    """The kind of the value of an expression, whose names have these kinds."""
    match expression:
        case syntax.ConstantExpression(value):
            return static_kind(value, kinds)
        case syntax.Name(name):
            return kinds.get(name, UNKNOWN)
        case syntax.Attribute(owner, name):
            of = expression_kind(owner, kinds)
            if of.what == "tensor":
                return list_kind(NUMBER) if name == "shape" else NUMBER
            return (of.fields or {}).get(name, UNKNOWN)
        case syntax.Index(owner, key):
            return _item(expression_kind(owner, kinds), key)
        case syntax.Slicing(owner):
            of = expression_kind(owner, kinds)
            return list_kind(of.item or UNKNOWN) if of.what == "list" else of
        case syntax.Display(items):
            return row_kind(tuple(expression_kind(item, kinds) for item in items))
        case syntax.Comprehension(item, targets, values):
            return list_kind(expression_kind(item, {**kinds, **loop_kinds(targets, expression_kind(values, kinds))}))
        case syntax.Binary(operator, left, right):
            return _combined(operator, expression_kind(left, kinds), expression_kind(right, kinds))
        case syntax.Logic(_, left, right) | syntax.Conditional(_, left, right):
            return common(expression_kind(left, kinds), expression_kind(right, kinds))
        case syntax.Call(function, arguments):
            return _result(function, [expression_kind(argument, kinds) for argument in arguments])
    return NUMBER


def _item(of: Kind, key: syntax.Expression) -> Kind:
    if of.what == "text":
        return TEXT
    if isinstance(key, syntax.ConstantExpression):
        place = key.value
        if isinstance(place, str):
            return (of.fields or {}).get(place, UNKNOWN)
        if of.items is not None and type(place) is int and -len(of.items) <= place < len(of.items):
            return of.items[place]
    return of.item or UNKNOWN


def _combined(operator: str, left: Kind, right: Kind) -> Kind:
    if "list" in (left.what, right.what):
        item = common(left.item or UNKNOWN, right.item or UNKNOWN) if operator == "+" else left.item or right.item
        return list_kind(item or UNKNOWN)
    return TEXT if "text" in (left.what, right.what) else UNKNOWN if UNKNOWN in (left, right) else NUMBER


def _result(function: str, arguments: list[Kind]) -> Kind:
    items = [argument.item or UNKNOWN for argument in arguments]
    if function == "str":
        return TEXT
    if function == "range":
        return list_kind(NUMBER)
    if function == "zip":
        return list_kind(row_kind(tuple(items)))
    if function == "enumerate":
        return list_kind(row_kind((NUMBER, items[0])))
    if function in _LISTS:
        return list_kind(items[0])
    if function in ("min", "max"):
        return items[0] if len(arguments) == 1 else reduce(common, arguments)
    return NUMBER


def loop_kinds(targets: Targets, items: Kind) -> dict[str, Kind]:
    """The kinds of the targets of a loop over a list of this kind."""
    if isinstance(targets, str):
        return {targets: items.item or UNKNOWN}
    item = items.item or UNKNOWN
    found: dict[str, Kind] = {}
    for place, target in enumerate(targets):
        own = item.items[place] if item.items is not None and place < len(item.items) else item.item or UNKNOWN
        found |= loop_kinds(target, list_kind(own))
    return found
