"""The JSON Schema of the language, for editors.

Draft 7, which the YAML servers of editors read. The arguments of an op depend on the op by if/then, since these servers
ignore `discriminator`. Any value may be an expression instead.
"""

from __future__ import annotations

from archc.ir.op import Op
from archc.language.document import DTYPES, TYPES, Paper, Preprocess
from archc.language.document_reader import TEXTS
from archc.language.fact_reader import COUNTS
from archc.language.modifiers import MODIFIERS
from archc.language.name_rules import RESERVED
from archc.language.parameter_ranges import RANGE
from archc.ops import vocabulary
from archc.report.argument_schema import Schema, argument_schema, object_schema, reference, without_titles

_EXPRESSION: Schema = {"type": "string", "pattern": r"\$", "description": "an expression: $name or $(…)"}
_NAME = rf"^(?!(?:x|{'|'.join(sorted(RESERVED))})$)[A-Za-z_][A-Za-z0-9_]*$"
_VALUE = r"\$[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*|\[[^\[\]]*\])*"
_WORD = rf"^(?:{_VALUE}|[a-z_][A-Za-z0-9_]*)$"  # of a block, or of a value that names an op or a block
_FIGURE: Schema = {
    "anyOf": [
        {"type": "integer", "minimum": 0},
        {"type": "string", "pattern": r"^[<>]?\s*[0-9_]+(\.[0-9]+)?\s*[KMGT]?$|\$"},
    ],
    "description": "exact (138_357_544), as printed (25.6M), or a bound (<25M)",
}
_LABEL: Schema = {"type": ["string", "number", "boolean", "null"]}
"""A text, also one that YAML reads as another value."""


def json_schema() -> Schema:
    """The schema of a spec."""
    ops = dict(vocabulary())
    size = {"type": ["integer", "null"], "minimum": 1}
    long_input = {"shape": reference("sizes"), "dtype": {"enum": list(DTYPES)}}
    definitions: Schema = {
        "expression": _EXPRESSION,
        "figure": _FIGURE,
        "sizes": {
            "anyOf": [{"type": "array", "items": {"anyOf": [size, _EXPRESSION]}}, _EXPRESSION],
        },
        "figureFact": _fact(reference("figure"), {"tolerance": {"type": "string", "pattern": r"^[0-9.]+\s*%$"}}),
        "shapeFact": _fact(reference("sizes")),
        "steps": {"anyOf": [{"type": "array", "items": reference("step")}, reference("step")]},
        "branch": _branch(),
        "branches": _branches(),
        "parameter": _parameter(),
        "input": {"anyOf": [reference("sizes"), object_schema(long_input, required=["shape"])]},
        "block": _block(),
        "expect": _expect(),
        "range": {"anyOf": [{"type": "array", "minItems": 1}, {"type": "string", "pattern": RANGE}]},
        "step": _step(ops),
    }
    definitions |= {f"op.{name}": argument_schema(op, definitions) for name, op in ops.items()}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "archc spec",
        "description": "A neural-network architecture.",
        **object_schema(_sections(), required=["archc"], allOf=_whole()),
        "definitions": definitions,
    }


def _sections() -> Schema:
    name = {"type": "string", "minLength": 1}
    parameters = _named(
        reference("parameter"),
        "the parameters that a user may set: a default, a type, or {type, default, min, max, choices, help}",
    )
    return {
        "archc": {"const": 1, "description": "the version of the language"},
        "name": {**_LABEL, "minLength": 1, "maxLength": 200, "description": "the usual name of the network"},
        "summary": {**_LABEL, "description": "one line"},
        "paper": _section(Paper, "where the network is described"),
        "extends": {**name, "description": "another spec: a name, or a path from this file"},
        "use": {
            "type": "object",
            "description": "blocks of other files, and their networks, each under the name of its file",
            "additionalProperties": {"type": "array", "items": name, "minItems": 1},
        },
        "params": {**parameters, "type": ["object", "null"]},
        "input": {**reference("input"), "description": "the shape without the batch, channels last"},
        "inputs": {**_named(reference("input"), "several inputs, by name"), "minProperties": 1},
        "blocks": _named(reference("block"), "functions of parameters and inputs that add layers"),
        "layers": {**reference("steps"), "description": "the steps"},
        "changes": {
            "type": "object",
            "description": "what changes of inherited steps, by their names",
            "minProperties": 1,
            "additionalProperties": {"type": ["object", "string"], "minProperties": 1},
        },
        "outputs": {"type": "array", "items": name, "minItems": 1, "description": "the names of all outputs"},
        "unused": {"enum": ["error", "warn"], "description": "what a layer is that no output needs"},
        "features": _named(
            {"type": "string", "minLength": 1}, "the layers and parts that are features, by their names"
        ),
        "preprocess": _section(Preprocess, "how an image is turned into the input"),
        "initialize": {
            **object_schema({"from": name, "layers": _initialized_layers()}, required=["from", "layers"]),
            "description": "the layers that begin with weights of another network",
        },
        "sweep": {
            **_named(reference("range"), "the values that parameters take in a sweep: a list, or a range 64..256:32"),
            "minProperties": 1,
        },
        "expect": {
            "anyOf": [reference("expect"), {"type": "array", "items": reference("expect")}],
            "description": "the documented facts",
        },
    }


def _whole() -> list[Schema]:
    """What a network needs, and a file of blocks."""
    network = {"anyOf": [{"required": ["layers"]}, {"required": ["extends"]}]}
    written_out = {"required": ["layers"], "not": {"required": ["extends"]}}
    return [
        {"if": network, "then": {"required": ["name"]}, "else": {"required": ["blocks"]}},
        {"if": written_out, "then": {"anyOf": [{"required": ["input"]}, {"required": ["inputs"]}]}},
        {"not": {"required": ["input", "inputs"]}},
        {"if": {"required": ["changes"]}, "then": {"required": ["extends"], "not": {"required": ["layers"]}}},
    ]


def _named(item: Schema, description: str) -> Schema:
    return {
        "type": "object",
        "description": description,
        "propertyNames": {"pattern": _NAME},
        "additionalProperties": item,
    }


def _section(model: type[Paper | Preprocess], description: str) -> Schema:
    made = model.model_json_schema()
    properties = {name: without_titles(item) for name, item in made["properties"].items()}
    for name in properties.keys() & TEXTS:  # YAML may read these texts as other values
        properties[name] = _LABEL
    return {**object_schema(properties), "description": description}


def _fact(value: Schema, more: Schema | None = None) -> Schema:
    explained = {"value": value, "computed": value, "because": {"type": "string", "minLength": 1}, **(more or {})}
    both = {"computed": ["because"], "because": ["computed"]}
    return {"anyOf": [value, object_schema(explained, required=["value"], dependencies=both)]}


def _expect() -> Schema:
    figure = reference("figureFact")
    layer = object_schema(
        {
            "shape": reference("shapeFact"),
            **dict.fromkeys((*COUNTS, "macs"), figure),
        }
    )
    return object_schema(
        {
            "source": {**_LABEL, "description": "the table, figure or section"},
            "when": {
                "type": "object",
                "minProperties": 1,
                "description": "the values of parameters and inputs that these facts are documented for",
            },
            "depth": {
                **figure,
                "description": "the most weighted layers on any path to the main output",
            },
            "params": {**figure, "description": "learned weights"},
            "total_params": {**figure, "description": "with what Keras counts as not trainable"},
            "non_trainable_params": {**figure, "description": "what Keras counts as not trainable"},
            "torch_params": {**figure, "description": "the parameters of a PyTorch module, frozen ones too"},
            "torch_buffers": {**figure, "description": "the numbers in the buffers of a PyTorch module"},
            "macs": {**figure, "description": "multiply-adds for one image"},
            "output": {**reference("shapeFact"), "description": "the size of the main output"},
            "outputs": {"type": "object", "additionalProperties": reference("shapeFact")},
            "layers": {"type": "object", "additionalProperties": {"anyOf": [reference("shapeFact"), layer]}},
        }
    )


def _initialized_layers() -> Schema:
    name = {"type": ["string", "number"], "pattern": r"^[A-Za-z0-9_.\-]+$"}
    return {
        "anyOf": [
            {"type": "array", "items": name, "minItems": 1, "description": "names that both networks have"},
            {"type": "object", "additionalProperties": name, "minProperties": 1, "description": "names there by names"},
        ]
    }


def _parameter() -> Schema:
    long = {
        "type": {"enum": list(TYPES)},
        "default": {},
        "min": {"type": "number"},
        "max": {"type": "number"},
        "choices": {"type": "array", "minItems": 1},
        "help": _LABEL,
    }
    return {"if": {"anyOf": [{"type": "object", "required": [key]} for key in long]}, "then": object_schema(long)}


def _block() -> Schema:
    names = {"type": "array", "items": {"type": "string"}, "minItems": 1}
    properties = {
        "params": {"anyOf": [{"type": "null"}, _named(reference("parameter"), "its arguments")]},
        "inputs": {**names, "description": "its input tensors"},
        "layers": {**reference("steps"), "description": "the steps"},
        "outputs": {**names, "description": "its output tensors, if there are several"},
    }
    return object_schema(properties, required=["layers"])


def _branch() -> Schema:
    """An item of a list of branches: a tensor, steps, or a branch for each round of a loop, which has no modifiers."""
    steps = {"allOf": [reference("steps"), {"not": {"type": "object", "required": ["for"]}}]}
    return {"anyOf": [{"type": "string"}, _rounds(), steps]}


def _rounds() -> Schema:
    return object_schema({"for": {"type": "string"}, "do": reference("steps")}, required=["for", "do"])


def _branches() -> Schema:
    one = {"anyOf": [{"type": "string"}, reference("steps")]}
    labelled = _named(one, "branches with labels")
    return {
        "anyOf": [
            {"type": "array", "items": reference("branch"), "minItems": 1},
            _rounds(),
            {**labelled, "not": {"required": ["for"]}},
            {"type": ["string", "null"]},
        ]
    }


def _step(ops: dict[str, type[Op]]) -> Schema:
    texts = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
    label = _LABEL
    properties: Schema = {
        "name": {
            **label,
            "description": "the layer's name, '' for that of the part around; on a block, group, loop or side the"
            " prefix of the names inside",
        },
        "prefix": {
            **label,
            "description": "on a block, group, loop or side: what the names inside begin with; no part",
        },
        "from": {**texts, "description": "the input tensor of the step, or a list of them"},
        "as": {"anyOf": [label, texts], "description": "a name for the output tensor of the step"},
        "when": {"anyOf": [{"type": "boolean"}, _EXPRESSION], "description": "the step exists only if this is true"},
        "shape": {**reference("sizes"), "description": "the documented size of its output"},
        "output": {**label, "description": "its tensor is an output of the network, under this name"},
        "share": {**label, "description": "steps with the same share have the same weights"},
        "share_inside": {
            **label,
            "description": "uses of a block with the same value have the weights of the shares inside in common",
        },
        "note": {**label, "description": "a comment for the reader"},
        "for": {"type": "string", "description": "names in expression: the steps under `do`, once an item"},
        "do": {**reference("steps"), "description": "the steps of a group or a loop"},
        "else": {**reference("steps"), "description": "the steps where `when` is false"},
        "side": {**reference("steps"), "description": "steps that do not change the current tensor"},
        "let": {**_named({}, "names values or tensors"), "minProperties": 1},
    }
    heads = {name: {"description": (op.__doc__ or "").splitlines()[0]} for name, op in ops.items()}
    by_op = [{"if": {"required": [name]}, "then": {"properties": {name: reference(f"op.{name}")}}} for name in ops]
    return {
        "type": ["object", "string"],
        "properties": properties | heads,
        "patternProperties": {_WORD: {}},
        "additionalProperties": False,
        "minProperties": 1,
        "dependencies": {"for": ["do"], "else": ["do", "when"]},
        "allOf": [*by_op, *_heads(ops)],
    }


def _heads(ops: dict[str, type[Op]]) -> list[Schema]:
    """A step has one head. That of a block is any word, so that only ops and forms are counted."""
    op = {"anyOf": [{"required": [name]} for name in ops]}
    forms: list[Schema] = [{"required": [key]} for key in ("for", "side", "let")]
    forms.append({"required": ["do"], "not": {"required": ["for"]}})
    one = [*op["anyOf"], *forms]
    modifiers = [*MODIFIERS]
    named = [key for key in modifiers if key not in ("prefix", "share_inside")]  # of what is inside
    return [
        {"if": {"type": "string"}, "then": {"anyOf": [{"enum": [*ops]}, {"pattern": _WORD}]}},
        {"if": {"type": "object"}, "then": {"oneOf": [*one, {"not": {"anyOf": one}}]}},
        {"if": {"type": "object", **op}, "then": {"propertyNames": {"enum": [*ops, *named]}}},
        {
            "if": {"type": "object", "required": ["prefix"]},
            "then": {"propertyNames": {"not": {"enum": ["name", "share"]}}},
        },
        {
            "if": {"type": "object", "required": ["share_inside"]},
            "then": {"propertyNames": {"not": {"enum": ["share", "for", "do", "side", "let"]}}},
        },
        {
            "if": {"type": "object", "anyOf": forms},
            "then": {"propertyNames": {"enum": [*ops, "for", "do", "else", "side", "let", *modifiers]}},
        },
    ]
