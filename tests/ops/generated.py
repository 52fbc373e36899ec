"""Arguments and input shapes for any op, right and wrong, drawn from its schema around its examples."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from archc.ir.op import Op
from archc.ir.shape import Shape
from tests.ops.oracle import reader_of


class Case(NamedTuple):
    """Arguments as a spec writes them, the shapes that reach the op, and those of a run, if there is to be one."""

    arguments: dict[str, Any]
    inputs: tuple[Shape, ...]
    run: tuple[Shape, ...] | None


# Sizes that divide each other often, and those around them.
SIZES = st.sampled_from([1, 2, 3, 4, 5, 6, 7, 8, 9, 12])
NUMBERS = st.sampled_from([0.0, 0.1, 0.5, 1.0, 2, 1e-3, -0.5, 1.5])


def integers(schema: dict[str, Any]) -> SearchStrategy[int]:
    least = schema.get("minimum", -4)
    common = st.integers(least, max(least, 0) + 4)
    return st.one_of(common, common, common, st.integers(least - 2, 9))


@st.composite
def values(draw: DrawFn, schema: dict[str, Any]) -> Any:
    """A value that the schema describes, or one just outside."""
    if "$ref" in schema:
        raise AssertionError("the schemas of arguments stand on their own")
    if choices := schema.get("anyOf"):
        return draw(values(draw(st.sampled_from(choices))))
    if "enum" in schema:
        return draw(st.sampled_from([*schema["enum"], *schema["enum"], "nonsense"]))
    kind = schema["type"]
    if isinstance(kind, list):
        kind = draw(st.sampled_from(kind))
    match kind:
        case "integer":
            return draw(integers(schema))
        case "number":
            return draw(NUMBERS)
        case "boolean":
            return draw(st.booleans())
        case "null":
            return None
        case "array":
            least, most = schema.get("minItems", 0), schema.get("maxItems", 3)
            count = draw(st.one_of(st.integers(least, most), st.integers(least, most), st.integers(0, most + 1)))
            return [draw(values(schema.get("items", {"type": "number"}))) for _ in range(count)]
        case "object":
            return draw(mappings(schema))
        case _:
            return draw(st.sampled_from(["a", "b", "c", "ab", "nonsense"]))


@st.composite
def mappings(draw: DrawFn, schema: dict[str, Any]) -> dict[str, Any]:
    """A mapping with some of the keys that the schema names."""
    keys = sorted(schema.get("properties", {}))
    least, most = schema.get("minProperties", 0), schema.get("maxProperties", len(keys))
    if not keys:
        return {}
    chosen = draw(st.lists(st.sampled_from(keys), min_size=least, max_size=min(most, 3), unique=True))
    chosen += [key for key in schema.get("required", []) if key not in chosen]
    return {key: draw(values(schema["properties"][key])) for key in chosen}


@cache
def schema_of(op: type[Op]) -> dict[str, Any]:
    """The schema of each argument."""
    properties: dict[str, Any] = op.model_json_schema()["properties"]
    return properties


PLAIN: dict[str, list[Any]] = {"boolean": [False, True], "null": [None]}


def choices(schema: dict[str, Any]) -> list[Any]:
    """Every value that stands in the schema itself."""
    inside = [value for choice in schema.get("anyOf", []) for value in choices(choice)]
    return [*inside, *PLAIN.get(str(schema.get("type")), []), *schema.get("enum", [])]


def chosen(op: type[Op], most: int) -> Iterator[Case]:
    """A case for every value that an argument can be chosen from, each in the example that names most arguments.

    Of an argument with more than `most` values, there are cases for some, others for each argument.
    """
    example = max(op.examples, key=lambda example: len(example.arguments))
    for number, (name, schema) in enumerate(schema_of(op).items()):
        values = choices(schema)
        step = -(-len(values) // most)
        for value in values[number % step :: step] if step > 1 else values:
            run = None if reader_of(name) or name == "dtype" else example.inputs  # which no run depends on
            yield Case({**example.arguments, name: value}, example.inputs, run)


@st.composite
def generated(draw: DrawFn, op: type[Op]) -> Case:
    """A case around one of the op's examples."""
    example = draw(st.sampled_from(op.examples))
    schema = schema_of(op)
    arguments = dict(example.arguments)
    own = [name for name in schema if name != "dtype"]
    for name in draw(st.lists(st.sampled_from(own), max_size=3, unique=True)):
        arguments[name] = draw(values(schema[name]))
    run = draw(shapes(example.inputs))
    inputs = run
    if draw(st.integers(0, 3)) == 0:
        inputs = tuple(tuple(draw(st.sampled_from([size, size, None])) for size in shape) for shape in run)
    return Case(arguments, inputs, run)


@st.composite
def shapes(draw: DrawFn, examples: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """The shapes of an example with other sizes: what is equal stays so, save sometimes one size or one axis."""
    known = sorted({size for shape in examples for size in shape if size is not None and size > 1})
    drawn = {size: draw(st.one_of(SIZES, st.just(min(size, 12)))) for size in known}
    changed = [[drawn.get(size or 0, size) for size in shape] for shape in examples]
    if changed and draw(st.integers(0, 4)) == 0:
        shape = draw(st.sampled_from(changed))
        what = draw(st.sampled_from(["size", "more", "fewer"])) if shape else "more"
        if what == "more":
            shape.insert(draw(st.integers(0, len(shape))), draw(SIZES))
        elif what == "fewer" and len(shape) > 1:
            shape.pop(draw(st.integers(0, len(shape) - 1)))
        else:
            shape[draw(st.integers(0, len(shape) - 1))] = draw(SIZES)
    return tuple(tuple(shape) for shape in changed)
