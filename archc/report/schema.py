"""The JSON Schema of the language, for editors.

Draft 7, which the YAML servers of editors read. The arguments of an op depend on the op by if/then, since these servers
ignore `discriminator`. Any value may be an expression instead.
"""

from __future__ import annotations

from typing import Any

from archc.ir.op import Op
from archc.language.document import DTYPES, TYPES, Paper, Preprocess
from archc.ops import registry

Schema = dict[str, Any]

_EXPRESSION: Schema = {"type": "string", "pattern": r"\$", "description": "an expression: $name or $(…)"}
_NAME = r"^[A-Za-z_][A-Za-z0-9_]*$"
_FIGURE: Schema = {
    "anyOf": [
        {"type": "integer", "minimum": 0},
        {"type": "string", "pattern": r"^[<>]?\s*[0-9_]+(\.[0-9]+)?\s*[KMGT]?$|\$"},
    ],
    "description": "exact (138_357_544), as printed (25.6M), or a bound (<25M)",
}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _object(properties: Schema, **more: Any) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False, **more}


def _text(description: str) -> Schema:
    return {"type": "string", "description": description}


def json_schema() -> Schema:
    """The schema of a spec."""
    ops = dict(registry())
    size = {"type": ["integer", "null"], "minimum": 1}
    long_input = {"shape": _ref("sizes"), "dtype": {"enum": list(DTYPES)}}
    definitions: Schema = {
        "expression": _EXPRESSION,
        "figure": _FIGURE,
        "sizes": {
            "anyOf": [{"type": "array", "items": {"anyOf": [size, _EXPRESSION]}}, _EXPRESSION],
        },
        "figureFact": _fact(_ref("figure")),
        "shapeFact": _fact(_ref("sizes")),
        "steps": {"anyOf": [{"type": "array", "items": _ref("step")}, _ref("step")]},
        "branch": _branch(),
        "branches": _branches(),
        "parameter": _parameter(),
        "input": {"anyOf": [_ref("sizes"), _object(long_input, required=["shape"])]},
        "block": _block(),
        "expect": _expect(),
        "step": _step(ops),
    }
    definitions |= {f"op.{name}": _arguments(op, definitions) for name, op in ops.items()}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "archc spec",
        "description": "A neural-network architecture.",
        **_object(_sections(), required=["archc"]),
        "definitions": definitions,
    }


def _sections() -> Schema:
    name = {"type": "string", "minLength": 1}
    return {
        "archc": {"const": 1, "description": "the version of the language"},
        "name": {**name, "description": "the usual name of the network"},
        "summary": _text("one line"),
        "paper": _section(Paper, "where the network is described"),
        "extends": {**name, "description": "another spec: a name, or a path from this file"},
        "use": {
            "type": "object",
            "description": "blocks of other files",
            "additionalProperties": {"type": "array", "items": name, "minItems": 1},
        },
        "params": _named(
            _ref("parameter"),
            "the parameters that a user may set: a default, a type, or {type, default, min, max, choices, help}",
        ),
        "input": {**_ref("input"), "description": "the shape without the batch, channels last"},
        "inputs": _named(_ref("input"), "several inputs, by name"),
        "blocks": _named(_ref("block"), "functions of parameters and inputs that add layers"),
        "layers": {**_ref("steps"), "description": "the steps"},
        "outputs": {"type": "array", "items": name, "minItems": 1, "description": "the names of all outputs"},
        "preprocess": _section(Preprocess, "how an image is turned into the input"),
        "expect": {
            "anyOf": [_ref("expect"), {"type": "array", "items": _ref("expect")}],
            "description": "the documented facts",
        },
    }


def _named(item: Schema, description: str) -> Schema:
    return {
        "type": "object",
        "description": description,
        "propertyNames": {"pattern": _NAME},
        "additionalProperties": item,
    }


def _section(model: type[Paper | Preprocess], description: str) -> Schema:
    made = model.model_json_schema()
    properties = {name: _without_titles(item) for name, item in made["properties"].items()}
    for name in ("arxiv", "doi"):  # YAML may read these texts as numbers
        if name in properties:
            properties[name] = {"type": ["string", "number"]}
    return {**_object(properties), "description": description}


def _fact(value: Schema) -> Schema:
    explained = {"value": value, "computed": value, "because": {"type": "string", "minLength": 1}}
    both = {"computed": ["because"], "because": ["computed"]}
    return {"anyOf": [value, _object(explained, required=["value"], dependencies=both)]}


def _expect() -> Schema:
    layer = _object(
        {"shape": _ref("shapeFact"), **{kind: _ref("figureFact") for kind in ("params", "total_params", "macs")}}
    )
    return _object(
        {
            "source": _text("the table, figure or section"),
            "depth": {**_ref("figureFact"), "description": "the most weighted layers on any path to the main output"},
            "params": {**_ref("figureFact"), "description": "learned weights"},
            "total_params": {**_ref("figureFact"), "description": "with what Keras counts as not trainable"},
            "macs": {**_ref("figureFact"), "description": "multiply-adds of the kernels for one image"},
            "output": {**_ref("shapeFact"), "description": "the size of the main output"},
            "outputs": {"type": "object", "additionalProperties": _ref("shapeFact")},
            "layers": {"type": "object", "additionalProperties": {"anyOf": [_ref("shapeFact"), layer]}},
        }
    )


def _parameter() -> Schema:
    long = {
        "type": {"enum": list(TYPES)},
        "default": {},
        "min": {"type": "number"},
        "max": {"type": "number"},
        "choices": {"type": "array", "minItems": 1},
        "help": {"type": "string"},
    }
    return {
        "anyOf": [
            {"enum": list(TYPES)},
            {"type": ["number", "string", "boolean", "array", "null"]},
            _object(long),
            {"type": "object"},
        ]
    }


def _block() -> Schema:
    names = {"type": "array", "items": {"type": "string"}, "minItems": 1}
    properties = {
        "params": {"anyOf": [{"type": "null"}, _named(_ref("parameter"), "its arguments")]},
        "inputs": {**names, "description": "its input tensors"},
        "layers": {**_ref("steps"), "description": "the steps"},
        "outputs": {**names, "description": "its output tensors, if there are several"},
    }
    return _object(properties, required=["layers"])


def _branch() -> Schema:
    """An item of a list of branches: a tensor, steps, or a branch for each round of a loop, which has no modifiers."""
    steps = {"allOf": [_ref("steps"), {"not": {"type": "object", "required": ["for"]}}]}
    return {"anyOf": [{"type": "string"}, _rounds(), steps]}


def _rounds() -> Schema:
    return _object({"for": {"type": "string"}, "do": _ref("steps")}, required=["for", "do"])


def _branches() -> Schema:
    labels = {"pattern": "^[a-z_]", "not": {"const": "for"}}
    labelled = {
        "type": "object",
        "propertyNames": labels,
        "additionalProperties": {"anyOf": [{"type": "string"}, _ref("steps")]},
    }
    return {"anyOf": [{"type": "array", "items": _ref("branch")}, _rounds(), labelled, {"type": ["string", "null"]}]}


def _step(ops: dict[str, type[Op]]) -> Schema:
    texts = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
    label = {"type": ["string", "number", "boolean"]}
    properties: Schema = {
        "name": {
            **label,
            "description": "the layer's name; on a block, group, loop or side the prefix of the names inside",
        },
        "from": {**texts, "description": "the input tensor of the step, or a list of them"},
        "as": {**texts, "description": "a name for the output tensor of the step"},
        "when": {"anyOf": [{"type": "boolean"}, _EXPRESSION], "description": "the step exists only if this is true"},
        "shape": {**_ref("sizes"), "description": "the documented size of its output"},
        "output": {**label, "description": "its tensor is an output of the network, under this name"},
        "share": {**label, "description": "steps with the same share have the same weights"},
        "note": {"type": ["string", "number", "boolean"], "description": "a comment for the reader"},
        "for": {"type": "string", "description": "names in expression: the steps under `do`, once an item"},
        "do": {**_ref("steps"), "description": "the steps of a group or a loop"},
        "else": {**_ref("steps"), "description": "the steps where `when` is false"},
        "side": {**_ref("steps"), "description": "steps that do not change the current tensor"},
        "let": {"type": "object", "minProperties": 1, "description": "names values or tensors"},
    }
    heads = {name: {"description": (op.__doc__ or "").splitlines()[0]} for name, op in ops.items()}
    by_op = [{"if": {"required": [name]}, "then": {"properties": {name: _ref(f"op.{name}")}}} for name in ops]
    return {
        "type": ["object", "string"],
        "properties": properties | heads,
        "patternProperties": {r"^(?:\$.*|[a-z_][A-Za-z0-9_]*)$": {}},
        "additionalProperties": False,
        "minProperties": 1,
        "allOf": by_op,
    }


def _arguments(op: type[Op], definitions: Schema) -> Schema:
    """The values that an op accepts: its arguments by name, nothing, or its first argument."""
    made = op.model_json_schema()
    inner = made.get("$defs", {})
    properties = {
        name: _or_expression(_defined(_resolved(item, inner), definitions)) for name, item in made["properties"].items()
    }
    required = [{"anyOf": [{"required": [name]}, {"required": [f"${name}"]}]} for name in made.get("required", ())]
    named = _object(properties, patternProperties={r"^\$": {"type": "null"}})
    if required:
        named["allOf"] = required
    choices: list[Schema] = [named, _ref("expression")]
    first = op.first_argument()
    if first is not None and not op.merges:
        choices.append(properties[first])
    if not required:
        choices.append({"type": "null"})
    if op.merges:
        with_arguments = _object({**properties, "branches": _ref("branches")}, required=["branches"])
        choices = [with_arguments, _ref("branches")]
    return {"description": (op.__doc__ or "").splitlines()[0], "anyOf": choices}


def _defined(item: Schema, definitions: Schema) -> Schema:
    """A reference if an argument is an initializer, a regularizer or a constraint: these are defined once."""
    if item.get("title") not in ("initializer", "regularizer", "constraint"):
        return item
    title = item["title"] if {"type": "null"} in item["anyOf"] else f"{item['title']}Required"
    definitions[title] = _without_titles({"anyOf": item["anyOf"]})
    rest = {key: value for key, value in item.items() if key in ("description", "default")}
    return {**rest, "anyOf": [_ref(title)]}


def _or_expression(item: Schema) -> Schema:
    """The schema of a value that may be an expression or contain one."""
    item = _without_titles(item)
    if item.get("type") == "array" and isinstance(item.get("items"), dict):
        item = {**item, "items": _or_expression(item["items"])}
    if "anyOf" in item:
        choices = [_or_expression(choice) if choice.get("type") == "array" else choice for choice in item["anyOf"]]
        return {**item, "anyOf": [*choices, _ref("expression")]}
    kept: Schema = {key: item.pop(key) for key in ("description", "default") if key in item}
    return {**kept, "anyOf": [item, _ref("expression")]} if item else kept


def _resolved(item: Any, inner: Schema) -> Any:
    """A schema without references into pydantic's own definitions."""
    if isinstance(item, dict):
        if "$ref" in item:
            return _resolved(inner[item["$ref"].rsplit("/", 1)[1]], inner)
        return {key: _resolved(value, inner) for key, value in item.items()}
    return [_resolved(value, inner) for value in item] if isinstance(item, list) else item


def _without_titles(item: Any) -> Any:
    if isinstance(item, dict):
        return {key: _without_titles(value) for key, value in item.items() if key != "title"}
    return [_without_titles(value) for value in item] if isinstance(item, list) else item
