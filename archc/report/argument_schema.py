"""The JSON Schema of the arguments of an op. Any value, and any value in it, may be an expression instead."""

from __future__ import annotations

from typing import Any

from archc.ir.op import Op

Schema = dict[str, Any]


def reference(name: str) -> Schema:
    """A reference to a definition."""
    return {"$ref": f"#/definitions/{name}"}


def object_schema(properties: Schema, **more: Any) -> Schema:
    """A mapping that has these keys alone."""
    return {"type": "object", "properties": properties, "additionalProperties": False, **more}


def argument_schema(op: type[Op], definitions: Schema) -> Schema:
    """The values that an op accepts: its arguments by name, nothing, its first argument, or an expression for these.

    Args:
        op: the op.
        definitions: get the initializers and the like, which are defined once.
    """
    made = op.model_json_schema()
    inner = made.get("$defs", {})
    properties = {
        name: _or_expression(_defined(_resolved(item, inner), definitions)) for name, item in made["properties"].items()
    }
    required = [{"anyOf": [{"required": [name]}, {"required": [f"${name}"]}]} for name in made.get("required", ())]
    named = object_schema(properties, patternProperties={r"^\$": {"type": "null"}})
    if required:
        named["allOf"] = required
    choices: list[Schema] = [named]
    first = op.first_argument()
    if first is not None and not op.merges:
        alone = properties[first]
        choices.append(alone if op.first_argument_keys() else {"allOf": [{"not": {"type": "object"}}, alone]})
    elif not op.merges:  # a mapping of its arguments, from `let`
        choices.append(reference("expression"))
    if not required:
        choices.append({"type": "null"})
    if op.merges:
        with_arguments = object_schema({**properties, "branches": reference("branches")}, required=["branches"])
        choices = [with_arguments, reference("branches")]
    return {"description": (op.__doc__ or "").splitlines()[0], "anyOf": choices}


def _defined(item: Schema, definitions: Schema) -> Schema:
    """A reference if an argument is an initializer or the like: these are defined once."""
    if item.get("title") not in ("initializer", "regularizer", "constraint", "activation"):
        return item
    title = item["title"] if {"type": "null"} in item["anyOf"] else f"{item['title']}Required"
    definitions[title] = _with_expressions_inside(without_titles({"anyOf": item["anyOf"]}))
    rest = {key: value for key, value in item.items() if key in ("description", "default")}
    return {**rest, "anyOf": [reference(title)]}


def _or_expression(item: Schema) -> Schema:
    """The schema of a value that may be an expression or contain one."""
    item = without_titles(item)
    kept: Schema = {key: item.pop(key) for key in ("description", "default") if key in item}
    if not item:
        return kept
    if "anyOf" in item:
        return {**kept, "anyOf": [*map(_with_expressions_inside, item["anyOf"]), reference("expression")]}
    return {**kept, "anyOf": [_with_expressions_inside(item), reference("expression")]}


def _with_expressions_inside(item: Schema) -> Schema:
    """The schema of a value whose items and arguments may be expressions."""
    made = dict(item)
    if isinstance(item.get("items"), dict):
        made["items"] = _or_expression(item["items"])
    if "properties" in item:
        made["properties"] = {name: _or_expression(value) for name, value in item["properties"].items()}
    if "anyOf" in item:
        made["anyOf"] = [*map(_with_expressions_inside, item["anyOf"])]
    return made


def _resolved(item: Any, inner: Schema) -> Any:
    """A schema without references into pydantic's own definitions."""
    if isinstance(item, dict):
        if "$ref" in item:
            return _resolved(inner[item["$ref"].rsplit("/", 1)[1]], inner)
        return {key: _resolved(value, inner) for key, value in item.items()}
    return [_resolved(value, inner) for value in item] if isinstance(item, list) else item


def without_titles(item: Any) -> Any:
    """A schema without pydantic's titles."""
    if isinstance(item, dict):
        return {key: without_titles(value) for key, value in item.items() if key != "title"}
    return [without_titles(value) for value in item] if isinstance(item, list) else item
