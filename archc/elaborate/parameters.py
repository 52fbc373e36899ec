"""The values of parameters: defaults, the values that a user sets, types and limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from archc.collector import Collector
from archc.diagnostics import Poisoned, SpecError, did_you_mean, printable
from archc.language.document import ParameterDeclaration
from archc.language.template import Formula, Template, evaluate, is_constant
from archc.language.value import POISON, Scope, Value, describe, item_count

_KINDS: Mapping[str, tuple[str, Callable[[Value], bool]]] = {
    "int": ("a whole number", lambda value: type(value) is int),
    "float": ("a number", lambda value: type(value) in (int, float)),
    "str": ("a text", lambda value: type(value) is str),
    "bool": ("a boolean", lambda value: type(value) is bool),
    "list": ("a list", lambda value: isinstance(value, list | tuple)),
    "map": ("a map", lambda value: isinstance(value, dict)),
}


def type_of(value: Value) -> str | None:
    """The type that a default gives to its parameter; None for null and tensors."""
    return next((name for name, (_, fits) in _KINDS.items() if fits(value)), None)


def check_value(parameter: ParameterDeclaration, value: Value, type_: str | None) -> None:
    """Checks a value against a type and against the parameter's limits.

    Raises:
        SpecError: it has another type, is out of bounds, or is not one of the choices.
    """
    name, hint = parameter.name, None
    kind = _KINDS.get(type_ or "any")  # `any` has no entry: each value is of it
    if kind is not None and not kind[1](value):
        problem = f"must be {kind[0]}"
    elif parameter.choices is not None and value not in parameter.choices:
        words = [str(choice) if type(choice) in (str, int, float) else describe(choice) for choice in parameter.choices]
        problem, hint = f"must be one of {', '.join(words)}", did_you_mean(str(value), words)
    elif type(value) in (int, float) and parameter.min is not None and value < parameter.min:
        problem = f"must be at least {parameter.min}"
    elif type(value) in (int, float) and parameter.max is not None and value > parameter.max:
        problem = f"must be at most {parameter.max}"
    else:
        return
    raise SpecError.of("parameter", f"`{name}` {problem}, but is {describe(value)}", None, hint, about=name)


def default_value(parameter: ParameterDeclaration, type_: str | None, scope: Scope) -> Value:
    """The default value, checked against a type and against the parameter's limits.

    Raises:
        SpecError: it has no value, or one that it cannot have.
    """
    value = evaluate(parameter.default, scope)
    try:
        check_value(parameter, value, type_)
    except SpecError as error:
        raise error.at(parameter.at) from None
    return value


def spec_values(
    params: Mapping[str, ParameterDeclaration],
    inherited: Mapping[str, ParameterDeclaration],
    given: Mapping[str, Any],
    scope: Scope,
    collector: Collector,
) -> dict[str, Value]:
    """The values of a spec's parameters; poison for one that is wrong, which is reported.

    The defaults of `inherited`, the parameters of the file that is extended last, give the types. Defaults are
    evaluated in `scope`, which gets the values.
    """
    for name in given:
        if name not in params:
            hint = did_you_mean(name, params) or f"there are: {', '.join(params) or 'none'}"
            message = f"there is no parameter `{printable(name[:60])}`"
            collector.add("unknown-parameter", message, None, hint, about=name)
    values: dict[str, Value] = {}
    for name, parameter in params.items():
        values[name] = POISON
        with collector.reporting(None if name in given else parameter.at):
            values[name] = spec_value(parameter, inherited.get(name, parameter), given, scope)
        scope[name] = values[name]
    return values


def spec_value(
    parameter: ParameterDeclaration, root: ParameterDeclaration, given: Mapping[str, Any], scope: Scope
) -> Value:
    """The value of a spec's parameter, which a user may give; `root` gives its type.

    Raises:
        SpecError: it has none, or a wrong one.
    """
    is_given = parameter.name in given
    has_other_value = is_given or parameter.default is not root.default  # than the one that gives the type
    type_ = implied_type(parameter, root, scope) if has_other_value else parameter.type
    if is_given:
        if not parameter.required and is_constant(parameter.default):
            default_value(parameter, type_, scope)
        return given_value(parameter, type_, given[parameter.name])
    if parameter.required:
        hint = f"`--set {parameter.name}=…`, or a default in the spec"
        message = f"the parameter `{parameter.name}` needs a value"
        raise SpecError.of("missing-parameter", message, parameter.at, hint)
    return default_value(parameter, type_, scope)


def implied_type(parameter: ParameterDeclaration, root: ParameterDeclaration, scope: Scope) -> str | None:
    """The type of a spec's parameter: its own, else that of the default in the file that is extended last."""
    if parameter.type is None and not root.required:
        with suppress(SpecError, Poisoned):
            computed = isinstance(root.default, Formula | Template)
            return type_of(evaluate(root.default, scope) if computed else root.default)
    return parameter.type


def given_value(parameter: ParameterDeclaration, type_: str | None, value: Any) -> Value:
    """The value of a parameter that a user gives.

    Raises:
        SpecError: it has another type, is too long, is out of bounds, or is not one of the choices.
    """
    value = list(value) if isinstance(value, tuple) else value
    item_count(value)
    check_value(parameter, value, type_)
    return value
