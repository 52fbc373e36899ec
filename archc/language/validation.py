"""pydantic's errors as faults at their places in the file, in a person's words."""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from archc.collector import Collector
from archc.diagnostics import did_you_mean, printable
from archc.ir.op import ArgumentError
from archc.language.value import written
from archc.language.yaml_reader import Map

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


def conflicting(error: ErrorDetails) -> tuple[str, ...]:
    """The arguments that do not fit each other; empty for an error of one value."""
    cause = error.get("ctx", {}).get("error")
    return cause.arguments if isinstance(cause, ArgumentError) else ()


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
        hint = did_you_mean(value, words) if isinstance(value, str) else None
        return f"must be {expected}, but is {written(value)}", hint
    if kind == "extra_forbidden":
        return "is unknown", None
    if kind == "missing":
        return "is missing", None
    if kind == "value_error":
        cause = context["error"]
        if not isinstance(cause, ArgumentError):
            return (str(cause) if " is " in str(cause) else f"{cause}, but is {written(value)}"), None
        hint = did_you_mean(cause.word, cause.choices) if cause.word is not None else None
        return (str(cause) if cause.arguments else f"{cause}, but is {written(value)}"), hint
    return f"is not right: {printable(error['msg'])}", None


def report(error: ValidationError, collector: Collector, data: Map, what: str) -> None:
    """Reports every error of a section at the place of its value.

    Args:
        error: pydantic's.
        collector: of the run.
        data: the section, which has no unknown key.
        what: what it is called in the message.
    """
    for found in error.errors(include_url=False):
        key = str(found["loc"][0]) if found["loc"] else ""
        message, hint = explained(found)
        collector.add("type", f"`{key}` of {what} {message}", data.values_at.get(key, data.at), hint)
