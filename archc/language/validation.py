"""pydantic's validation errors in the words of archc."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from archc.collector import Collector
from archc.diagnostics import did_you_mean, printable
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
        path: the argument, and the arguments of arguments up to the value; empty for an error of several arguments.
        message: the end of a sentence that begins with the argument, or a whole sentence about several.
        hint: what to do; None for the advice of the code.
        missing: whether an argument of the model itself has no value.
        conflicting: the arguments that do not fit each other; empty for an error of one value.
    """

    path: tuple[str, ...]
    message: str
    hint: str | None = None
    missing: bool = False
    conflicting: tuple[str, ...] = ()

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments to change, the first one first."""
        return self.path[:1] or self.conflicting


def explain(error: ValidationError, model: type[BaseModel]) -> Iterator[Explained]:
    """The errors of a model's arguments."""
    for found in error.errors(include_url=False):
        yield _explained(found, model)


def _explained(error: ErrorDetails, model: type[BaseModel]) -> Explained:
    path = tuple(str(part) for part in error["loc"])
    kind, context, value = error["type"], error.get("ctx", {}), error["input"]
    if kind == "missing":
        return Explained(path, "is missing", missing=len(path) == 1)
    if kind == "extra_forbidden":
        return Explained(path, "is unknown")
    if kind == "value_error":
        cause = context["error"]
        assert isinstance(cause, ArgumentError)
        if cause.arguments:
            return Explained(path, str(cause), conflicting=cause.arguments)
        hint = did_you_mean(cause.word, cause.choices) if cause.word is not None else None
        return Explained(path, f"{cause}, but is {describe(value)}", hint)
    if kind in _TYPES:
        return Explained(path, f"must be {_TYPES[kind]}, but is {describe(value)}")
    if kind in _BOUNDS:
        word, key = _BOUNDS[kind]
        return Explained(path, f"must be {word} {context[key]}, but is {describe(value)}")
    if kind == "literal_error":
        words = tuple(_words(model.model_fields[path[0]].annotation)) if len(path) == 1 else ()
        hint = did_you_mean(value, words) if isinstance(value, str) else None
        expected = context["expected"].replace("'", "`")
        return Explained(path, f"must be {expected}, but is {describe(value)}", hint)
    return Explained(path, f"is not valid: {printable(error['msg'])}")


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
