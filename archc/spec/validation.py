"""pydantic's errors as faults at their places in the file, in a person's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from archc.diagnostics import Position, did_you_mean, printable
from archc.spec.collector import Collector
from archc.spec.source import Map, Seq
from archc.spec.value import written

_EXPECTED = {
    "bool_type": "a boolean (`true` or `false`)",
    "dict_type": "a mapping",
    "finite_number": "a finite number",
    "float_type": "a number",
    "int_type": "a whole number",
    "list_type": "a list",
    "mapping_type": "a mapping",
    "string_type": "a text",
    "tuple_type": "a list",
}
_BOUNDS = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("below", "lt"),
    "less_than_equal": ("at most", "le"),
}


def explained(error: ErrorDetails) -> tuple[str, str | None]:
    """What is wrong with a value, as the end of a sentence that its name begins; and a hint."""
    kind, context, value = error["type"], error.get("ctx", {}), error["input"]
    if kind in _EXPECTED:
        return f"must be {_EXPECTED[kind]}, but is {written(value)}", None
    if kind in _BOUNDS:
        word, key = _BOUNDS[kind]
        return f"must be {word} {context[key]}, but is {written(value)}", None
    if kind == "literal_error":
        expected = context["expected"].replace("'", "`")
        words = [word.strip("`") for word in expected.replace(" or ", ", ").split(", ")]
        return f"must be {expected}, but is {written(value)}", did_you_mean(value, words) if isinstance(
            value, str
        ) else None
    if kind == "value_error":
        message, *rest = context["error"].args
        hint = did_you_mean(rest[0], rest[1]) if len(rest) == 2 else None
        return (message if " is " in message or " has " in message else f"{message}, but is {written(value)}"), hint
    return f"is not right: {printable(error['msg'])}", None


def report(
    error: ValidationError,
    collector: Collector,
    at: Position,
    data: Map | None,
    what: str,
    noun: str,
    fields: Iterable[str],
    place: Callable[[object], Position] | None = None,
) -> None:
    """Reports every error of a validation at its place.

    Args:
        error: pydantic's.
        collector: of the run.
        at: where the data begins.
        data: what was validated.
        what: what it is, for the message: an op, a section of the file.
        noun: what its names are called: `key`, `argument`.
        fields: the names that it may have.
        place: where the value of a name stands, if not in `data`.
    """
    errors = error.errors(include_url=False)
    unknown = [str(found["loc"][-1]) for found in errors if found["type"] == "extra_forbidden"]
    names = list(fields)
    for found in errors:
        location = [part for part in found["loc"] if not isinstance(part, str) or part in names or data is not None]
        kind, name = found["type"], str(found["loc"][-1]) if found["loc"] else ""
        if kind == "extra_forbidden":
            position = _key_place(data, found["loc"], at)
            hint = did_you_mean(name, names) or f"{what} has: {', '.join(names)}"
            collector.add(f"unknown-{noun}", f"`{printable(name[:60])}` is no {noun} of {what}", position, hint)
        elif kind == "missing":
            if any(did_you_mean(word, [name]) for word in unknown):
                continue  # it is there, misspelt
            collector.add(f"missing-{noun}", f"{what} needs `{name}`", at)
        else:
            top = str(location[0]) if location else name
            message, hint = explained(found)
            position = place(top) if place else _value_place(data, location, at)
            code = noun if noun != "key" else "type"
            subject = (
                f"`{'.'.join(str(part) for part in location if not isinstance(part, int))}` of {what} "
                if location
                else f"{what}: "
            )
            collector.add(code, subject + message, position, hint)


def _value_place(data: Any, location: Iterable[object], at: Position) -> Position:
    for part in location:
        if isinstance(data, Map) and part in data:
            at, data = data.values_at[str(part)], data[str(part)]
        elif isinstance(data, Seq) and isinstance(part, int) and part < len(data):
            at, data = data.items_at[part], data[part]
        else:
            break
    return at


def _key_place(data: Any, location: tuple[object, ...], at: Position) -> Position:
    for part in location[:-1]:
        data = data[part] if isinstance(data, Mapping) and part in data else data
    return data.keys_at.get(str(location[-1]), at) if isinstance(data, Map) else at
