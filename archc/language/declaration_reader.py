"""Reads the declarations of parameters and inputs."""

from __future__ import annotations

from typing import Any

from archc.collector import Collector
from archc.diagnostics import Position, SpecError, did_you_mean, printable
from archc.language.document import DTYPES, TYPES, InputDeclaration, ParameterDeclaration
from archc.language.name_rules import is_name
from archc.language.template import parse_value
from archc.language.value import describe
from archc.language.yaml_data import BROKEN, Map, Seq

_LONG_FORM = ("type", "default", "min", "max", "choices", "help")


def check_declared(name: str, what: str, at: Position, collector: Collector) -> bool:
    """Whether a name can be declared; one that cannot is reported."""
    if is_name(name):
        return True
    hint = "letters, digits and `_`; no word of Python, no function of expressions, not `x`"
    collector.add("name", f"`{printable(name[:60])}` cannot be the name of {what}", at, hint)
    return False


def read_parameters(value: Any, at: Position, collector: Collector) -> dict[str, ParameterDeclaration]:
    """Reads `params`; a declaration that cannot be read is reported, and left out.

    Raises:
        SpecError: it is not a mapping.
    """
    if value is None:
        return {}
    if not isinstance(value, Map):
        raise SpecError.of("type", "`params` is a mapping of names to defaults or types", at)
    return {
        name: _parameter(name, value, collector)
        for name in value
        if check_declared(name, "a parameter", value.keys_at[name], collector)
    }


def _parameter(name: str, data: Map, collector: Collector) -> ParameterDeclaration:
    at, value, place = data.keys_at[name], data[name], data.values_at[name]
    if isinstance(value, Map) and any(key in _LONG_FORM for key in value):
        return _long_form(name, value, at, collector)
    if isinstance(value, str) and value in TYPES:
        return ParameterDeclaration(name, at, type=value, named_type=True)
    return ParameterDeclaration(name, at, default=parse_value(value, place, collector), required=False)


def _long_form(name: str, data: Map, at: Position, collector: Collector) -> ParameterDeclaration:
    data = data.known(_LONG_FORM, f"the parameter `{name}`", collector)
    type_, choices = data.get("type"), data.get("choices")
    if type_ is not None and type_ not in TYPES:
        hint = did_you_mean(str(type_), TYPES)
        collector.add("type", f"the type of `{name}` is one of {', '.join(TYPES)}", data.values_at["type"], hint)
        type_ = None
    if choices is not None and (not isinstance(choices, Seq) or not choices):
        collector.add("type", f"`choices` of `{name}` is a list", data.values_at["choices"])
        choices = None
    bounds: dict[str, float | None] = {"min": None, "max": None}
    for key in bounds:
        if type(data.get(key)) in (int, float):
            bounds[key] = data[key]
        elif key in data:
            collector.add("type", f"`{key}` of `{name}` is a number", data.values_at[key])
    text = data.text("help") if "help" in data else None
    if isinstance(text, Map | Seq):
        collector.add("type", f"`help` of `{name}` is a text", data.values_at["help"])
        text = None
    return ParameterDeclaration(
        name,
        at,
        type=type_,
        default=parse_value(data["default"], data.values_at["default"], collector) if "default" in data else None,
        required="default" not in data,
        choices=None if choices is None else tuple(choices),
        help=None if text is None else str(text),
        named_type=type_ is not None,
        **bounds,
    )


def read_inputs(value: Any, at: Position, collector: Collector) -> tuple[InputDeclaration, ...]:
    """Reads `inputs`; a declaration that cannot be read is reported, and left out.

    Raises:
        SpecError: it is not a mapping.
    """
    if not isinstance(value, Map) or not value:
        raise SpecError.of("type", "`inputs` names each input: `{image: [224, 224, 3]}`", at)
    found = []
    for name, item in value.items():
        if check_declared(name, "an input", value.keys_at[name], collector):
            with collector.reporting(value.values_at[name]):
                found.append(read_input(name, item, value.values_at[name], collector))
    return tuple(found)


def read_input(name: str, value: Any, at: Position, collector: Collector) -> InputDeclaration:
    """Reads the shape and the dtype of an input.

    Raises:
        SpecError: it has no shape.
    """
    dtype = "float32"
    if isinstance(value, Map) and value.broken:
        return InputDeclaration(name, BROKEN, dtype, at)
    if isinstance(value, Map):
        value = value.known(("shape", "dtype"), "an input", collector)
        dtype = value.get("dtype", dtype)
        if dtype not in DTYPES:
            hint = did_you_mean(str(dtype), DTYPES) or f"there are: {', '.join(DTYPES)}"
            shown = f"`{dtype}`" if isinstance(dtype, str) else describe(dtype)
            collector.add("type", f"there is no dtype {shown}", value.values_at["dtype"], hint)
            dtype = "float32"
        if "shape" not in value:
            raise SpecError.of("missing-key", "an input needs `shape`", at)
        value, at = value["shape"], value.values_at["shape"]
    if not isinstance(value, Seq | str):
        raise SpecError.of("type", "an input is its shape without the batch: `[224, 224, 3]`", at)
    return InputDeclaration(name, parse_value(value, at, collector), dtype, at)
