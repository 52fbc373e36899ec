"""The values of parameters: defaults, what a user sets, types and limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from archc.collector import Collector
from archc.diagnostics import Poisoned, SpecError, did_you_mean, printable
from archc.language.document import Parameter
from archc.language.template import Formula, Template, evaluate
from archc.language.value import POISON, Scope, Value, weight, written

_KINDS: Mapping[str, tuple[str, Callable[[Value], bool]]] = {
    "int": ("a whole number", lambda value: type(value) is int),
    "float": ("a number", lambda value: type(value) in (int, float)),
    "str": ("a text", lambda value: type(value) is str),
    "bool": ("a boolean", lambda value: type(value) is bool),
    "list": ("a list", lambda value: isinstance(value, list | tuple)),
    "map": ("a map", lambda value: isinstance(value, dict)),
}


def type_of(value: Value) -> str | None:
    """The type that a default gives its parameter; None for null and tensors."""
    if isinstance(value, dict):
        return "map"
    if isinstance(value, list | tuple):
        return "list"
    return {bool: "bool", int: "int", float: "float", str: "str"}.get(type(value))


def check_value(parameter: Parameter, value: Value, type_: str | None) -> None:
    """Holds a value to a type, and to the parameter's limits.

    Raises:
        SpecError: it is of another type, out of bounds, or none of the choices.
    """
    if type_ is not None and not _KINDS[type_][1](value):
        raise SpecError.of("parameter", f"`{parameter.name}` must be {_KINDS[type_][0]}, but is {written(value)}")
    if parameter.choices is not None and value not in parameter.choices:
        listed = ", ".join(str(choice) for choice in parameter.choices)
        hint = did_you_mean(str(value), [str(choice) for choice in parameter.choices])
        raise SpecError.of(
            "parameter", f"`{parameter.name}` must be one of {listed}, but is {written(value)}", None, hint
        )
    if type(value) in (int, float):
        if parameter.min is not None and value < parameter.min:
            raise SpecError.of("parameter", f"`{parameter.name}` must be at least {parameter.min}, but is {value}")
        if parameter.max is not None and value > parameter.max:
            raise SpecError.of("parameter", f"`{parameter.name}` must be at most {parameter.max}, but is {value}")


def default_value(parameter: Parameter, scope: Scope) -> Value:
    """The default, held to the parameter's type and limits.

    Raises:
        SpecError: it has no value, or not one that it may have.
    """
    value = evaluate(parameter.default, scope)
    try:
        check_value(parameter, value, parameter.type)
    except SpecError as error:
        raise SpecError.of(error.first.code, error.first.message, parameter.at, error.first.hint) from None
    return value


def spec_values(
    params: Mapping[str, Parameter],
    inherited: Mapping[str, Parameter],
    given: Mapping[str, Any],
    scope: Scope,
    collector: Collector,
) -> dict[str, Value]:
    """The values of a spec's parameters; what is wrong is reported, and a poison stands for the value.

    Args:
        params: as the file and what it extends declare them.
        inherited: those of the file that is extended last, whose defaults give the types.
        given: what a user sets.
        scope: to evaluate defaults in; it gets the values.
        collector: of the run.
    """
    for name in given:
        if name not in params:
            hint = did_you_mean(name, params) or f"there are: {', '.join(params) or 'none'}"
            collector.add("unknown-parameter", f"no parameter is called `{printable(name[:60])}`", None, hint)
    values: dict[str, Value] = {}
    for name, parameter in params.items():
        try:
            values[name] = _spec_value(parameter, inherited.get(name, parameter), given, scope)
        except SpecError as error:
            collector.report(error, None if name in given else parameter.at)
            values[name] = POISON
        except Poisoned:
            values[name] = POISON
        scope[name] = values[name]
    return values


def _spec_value(parameter: Parameter, root: Parameter, given: Mapping[str, Any], scope: Scope) -> Value:
    type_ = parameter.type
    if type_ is None and not root.required:
        type_ = _root_type(root, scope)
    if parameter.name in given:
        value = given[parameter.name]
        value = list(value) if isinstance(value, tuple) else value
        weight(value)
        check_value(parameter, value, type_)
        return value
    if parameter.required:
        hint = f"`--set {parameter.name}=…`, or a default in the spec"
        raise SpecError.of("missing-parameter", f"the parameter `{parameter.name}` needs a value", parameter.at, hint)
    value = default_value(parameter, scope)
    try:
        check_value(parameter, value, type_)
    except SpecError as error:
        raise SpecError.of(error.first.code, error.first.message, parameter.at, error.first.hint) from None
    return value


def _root_type(root: Parameter, scope: Scope) -> str | None:
    if not isinstance(root.default, Formula | Template):
        return type_of(root.default)
    try:
        return type_of(evaluate(root.default, scope))
    except (SpecError, Poisoned):
        return None
