"""pydantic's validation errors in the words of archc."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from archc.collector import Collector
from archc.diagnostics import closest, did_you_mean, printable
from archc.ir.op import ArgumentError
from archc.language.value import describe
from archc.language.yaml_data import Map

_TYPES = {
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


class Explained(NamedTuple):
    """A validation error.

    Attributes:
        path: the argument, then the arguments inside it, down to the value; empty for an error of several arguments.
        message: the end of a sentence that begins with the argument; a whole sentence for several.
        arguments: the arguments to change, the first one first.
    """

    path: tuple[str, ...]
    message: str
    hint: str | None
    arguments: tuple[str, ...]
    missing: bool = False


def explain(error: ValidationError, model: type[BaseModel]) -> Iterator[Explained]:
    """The errors of a model's arguments."""
    errors = error.errors(include_url=False)
    unknown = [str(found["loc"][-1]) for found in errors if found["type"] == "extra_forbidden"]
    for found in errors:
        path = tuple(str(part) for part in found["loc"])
        cause = found.get("ctx", {}).get("error")
        if isinstance(cause, ArgumentError) and cause.arguments:
            yield Explained((), str(cause), None, cause.arguments)
        elif found["type"] == "missing":
            if any(closest(word, [path[-1]]) for word in unknown):
                continue  # it is misspelt, which is reported
            yield Explained(path, "is missing", None, path[:1], missing=len(path) == 1)
        else:
            message, hint = _explained(found, model)
            shown = "" if found["type"] == "extra_forbidden" else f", but is {describe(found['input'])}"
            yield Explained(path, message + shown, hint, path[:1])


def _explained(error: ErrorDetails, model: type[BaseModel]) -> tuple[str, str | None]:
    """What a value must be, and a hint."""
    kind, context, value = error["type"], error.get("ctx", {}), error["input"]
    if kind in _TYPES:
        return f"must be {_TYPES[kind]}", None
    if kind in _BOUNDS:
        word, key = _BOUNDS[kind]
        return f"must be {word} {context[key]}", None
    if kind == "literal_error":
        words = _words(model.model_fields[str(error["loc"][0])].annotation) if len(error["loc"]) == 1 else ()
        expected = context["expected"].replace("'", "`")
        return f"must be {expected}", did_you_mean(value, words) if isinstance(value, str) else None
    if kind == "value_error":
        cause = context["error"]
        return str(cause), did_you_mean(cause.word, cause.choices) if cause.word is not None else None
    return ("is unknown" if kind == "extra_forbidden" else f"is not valid: {printable(error['msg'])}"), None


def _words(annotation: Any) -> Iterator[str]:
    """The words of the literals in a type."""
    for part in get_args(annotation):
        if get_origin(annotation) is Literal:
            yield str(part)
        else:
            yield from _words(part)


def report_section(error: ValidationError, model: type[BaseModel], collector: Collector, data: Map, what: str) -> None:
    """Reports every error of a section at the position of its value.

    Args:
        error: pydantic's.
        model: of the section.
        collector: of the run.
        data: the section, which has no unknown key.
        what: the section's name in messages.
    """
    for found in explain(error, model):
        key = found.path[0]
        collector.add("type", f"`{key}` of {what} {found.message}", data.values_at[key], found.hint, about=key)
