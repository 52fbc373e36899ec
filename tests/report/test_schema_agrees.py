"""The JSON Schema and the compiler agree: specs and their mutations, and expressions in each argument."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

import archc
from archc.ops import registry
from tests.cases import every_or_few, type_of_input, with_tensors
from tests.docs.examples import DOCS, examples
from tests.docs.test_language_examples import framed
from tests.report.test_schema import VALIDATOR, _as_yaml, data
from tests.targets.generated_specs import specs

Path = tuple[Any, ...]

BY_STRUCTURE = {
    "key", "misplaced-modifier", "missing-argument", "missing-key", "step", "unknown-argument", "unknown-key",
    "unknown-op", "version",
}  # fmt: skip
"""The codes of what is wrong in the structure of a spec."""


def refusal(document: Any) -> str | None:
    """Why the schema refuses a document."""
    if VALIDATOR.is_valid(document):
        return None
    error = jsonschema.exceptions.best_match(VALIDATOR.iter_errors(document))
    assert error is not None
    return f"{list(error.absolute_path)}: {error.message[:300]}"


def codes(document: Any) -> set[str]:
    """The codes of what the compiler finds in a document."""
    try:
        facts = archc.loads(document).check()
    except archc.SpecError as error:
        return {diagnostic.code for diagnostic in error.diagnostics}
    return {"fact-differs"} if any(fact.verdict == "differs" for fact in facts) else set()


def places(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The values in a value, with their paths."""
    if path:
        yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def inside(value: Any, path: Path) -> Any:
    for key in path:
        value = value[key]
    return value


def with_value(value: Any, path: Path, new: Any) -> Any:
    changed = copy.deepcopy(value)
    inside(changed, path[:-1])[path[-1]] = new
    return changed


# What is accepted

PAGES = [
    pytest.param(page.name, example, id=f"{page.stem}-{example}")
    for page in sorted(DOCS.glob("*.md"))
    for example in examples(page.name)
    if example.language == "yaml" and example.marks.get("fragment") != "none" and "wrong" not in example.marks
]


@pytest.mark.parametrize(("page", "example"), PAGES)
def test_every_example_of_the_pages_is_valid(page: str, example: Any) -> None:
    document = data(framed(example))
    assert refusal(document) is None or codes(document), page


@given(specs())
@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=25)
def test_every_generated_spec_is_valid(generated: tuple[dict[str, Any], dict[str, Any]]) -> None:
    assert refusal(generated[0]) is None or codes(generated[0])


ARGUMENTS = [
    pytest.param(
        name,
        number,
        path,
        id=f"{name}-{number}-{'.'.join(map(str, path))}",
        marks=[pytest.mark.slow] if number > 1 else [],
    )
    for name, op in registry().items()
    for number, example in enumerate(op.examples)
    if example.inputs
    for path, _ in places(_as_yaml(example.arguments))
    if path[0] not in op.tensor_arguments
]


@pytest.mark.parametrize(("name", "number", "path"), ARGUMENTS)
def test_an_argument_and_each_value_in_it_may_be_an_expression(name: str, number: int, path: Path) -> None:
    op, example = registry()[name], registry()[name].examples[number]
    dtype = type_of_input(op(**example.arguments))
    inputs = {f"in{place}": {"shape": list(shape), "dtype": dtype} for place, shape in enumerate(example.inputs)}
    arguments, taken = with_tensors(op, _as_yaml(example.arguments), list(inputs))
    written = with_value(arguments, path, "$(v)")
    value = {"branches": taken, **written} if op.merges else written
    layer = {name: value} if op.merges else {name: value, "from": taken if len(taken) > 1 else "in0"}
    params = {"v": {"default": inside(arguments, path)}}
    document = {"archc": 1, "name": "Op", "params": params, "inputs": inputs, "layers": [layer]}
    assert codes(document) <= {"unneeded"}
    assert refusal(document) is None


@pytest.mark.parametrize("name", [name for name, op in registry().items() if op.examples[0].inputs and not op.merges])
def test_the_arguments_may_be_a_mapping_that_let_names(name: str) -> None:
    op, example = registry()[name], registry()[name].examples[0]
    dtype = type_of_input(op(**example.arguments))
    inputs = {f"in{place}": {"shape": list(shape), "dtype": dtype} for place, shape in enumerate(example.inputs)}
    arguments, taken = with_tensors(op, _as_yaml(example.arguments), list(inputs))
    layers = [{"let": {"given": arguments}}, {name: "$given", "from": taken if len(taken) > 1 else "in0"}]
    document = {"archc": 1, "name": "Op", "inputs": inputs, "layers": layers}
    assert codes(document) <= {"unneeded"}
    assert refusal(document) is None


@pytest.mark.parametrize("key", ["name", "prefix", "as", "output", "share", "note", "when", "shape", "from"])
@pytest.mark.parametrize("value", [None, 3, 1.5, True, "a", "$(n)", "a$(n)", [], ["a"], [3, "$(n)"], {}, {"a": 1}])
def test_a_modifier_has_the_values_that_the_compiler_accepts(key: str, value: Any) -> None:
    layers = [{"Dense": 3, key: value}]
    document = {"archc": 1, "name": "M", "params": {"n": 3}, "input": [4], "layers": layers}
    found = codes(document)
    if not found:
        assert refusal(document) is None
    if isinstance(value, dict) or (value == [] and key not in ("shape", "from")):
        assert found
        assert refusal(document) is not None


# What is refused

BASE = data("""
archc: 1
name: Base
summary: all forms
unused: error
paper: {title: A paper, year: 2020}
params: {n: 4, unit: {default: ReLU, choices: [ReLU, ELU], help: the activation}, rows: [{unit: ReLU}]}
inputs: {image: {shape: [8, 8, 3], dtype: float32}}
blocks:
  pair:
    params: {width: int}
    inputs: [a]
    layers: [{Conv2D: {filters: $width, kernel_size: 1}, from: a}]
layers:
  - {Conv2D: {filters: $n, kernel_size: [3, 3], bias_initializer: {Constant: 0.1}}, name: c, from: image}
  - {$unit: null, note: n}
  - {for: word in rows, do: [{$word.unit: null}]}
  - {for: i in range(2), do: [{BatchNormalization: null}]}
  - {do: [{pair: {width: 4}}, Flatten], prefix: p, when: $(n > 3), else: [Flatten]}
  - let: {m: $(2 * n)}
  - {side: [{Dense: $m, output: aux}]}
  - Concatenate: {branches: {one: [{Dense: 3}], two: {Dense: 2}}, axis: -1}
  - {Add: {for: j in range(2), do: {Dense: 5}}, shape: [5], note: done}
  - {Dense: 7, output: main}
outputs: [main, aux]
initialize: {from: lenet5, layers: {c: C1, e: F6}}
expect: {source: Table 1, output: [7], layers: {c: [6, 6, 4]}}
""")
OTHER_VALUES: list[Any] = [None, -1, 0.5, True, "text", "$(1)", [], [1], ["text"], {}, {"key": 1}, [{}], [[]]]
OTHER_KEYS = ["nmae", "Dense", "Desne", "shape", "for", "units", "filter"]


def mutations(path: Path) -> Iterator[Any]:
    """The document with changes at one place."""
    holder, key = inside(BASE, path[:-1]), path[-1]
    for value in [*OTHER_VALUES, [inside(BASE, path)]]:
        yield with_value(BASE, path, copy.deepcopy(value))
    for other in OTHER_KEYS if isinstance(holder, dict) else ():
        changed = with_value(BASE, path, inside(BASE, path))
        inside(changed, path[:-1])[other] = 3
        yield changed
        changed = copy.deepcopy(changed)
        inside(changed, path[:-1])[other] = inside(changed, path[:-1]).pop(key)
        yield changed
    without = copy.deepcopy(BASE)
    del inside(without, path[:-1])[key]
    yield without


PLACES = [path for path, _ in places(BASE)]


def test_the_base_is_right() -> None:
    assert (codes(BASE), refusal(BASE)) == (set(), None)


def in_a_block(path: Path) -> bool:
    """Whether the place is in a step whose head may be a block, or in a value of `let`.

    No schema can know which blocks there are, and what they take.
    """
    held = [inside(BASE, path[:end]) for end in range(len(path) + 1)]
    return "let" in path or any(isinstance(value, dict) and {"pair", "one", "$unit"} & value.keys() for value in held)


@pytest.mark.parametrize("place", every_or_few(range(len(PLACES)), 3))
def test_a_mutation_is_refused_by_both_or_accepted_by_both(place: int) -> None:
    for document in mutations(PLACES[place]):
        found, refused = codes(document), refusal(document)
        if not found:
            assert refused is None, document
        if found and found <= BY_STRUCTURE and not in_a_block(PLACES[place]):
            assert refused is not None, (found, document)


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": {"a": [8]}}, {"layers": "Flatten", "extra": 1}, {"layers": [{"ReLU": None, "Dense": 5}]},
        {"layers": [{"ReLU": None, "nmae": "a"}]}, {"layers": [{"do": ["ReLU"], "else": ["ReLU"]}]},
        {"layers": [{"for": "i in range(3)"}]}, {"layers": [{"for": "i in range(3)", "do": ["ReLU"], "ReLU": None}]},
        {"layers": [{"side": ["ReLU"], "do": ["ReLU"]}]}, {"layers": [{"ReLU": None, "prefix": "a"}]},
        {"layers": [{"do": ["ReLU"], "name": "a", "prefix": "a"}]}, {"layers": [{"Bidirectional": {"LSTM": 8}}]},
        {"layers": [{"Add": []}]}, {"layers": [{"let": {}}]}, {"layers": [{"let": {"x": 1}}]},
        {"params": {"n": {"default": 1, "maximum": 3}}}, {"params": {"if": 3}}, {"params": {"n": {"choices": []}}},
    ],
)  # fmt: skip
def test_what_the_compiler_refuses_by_structure_is_refused(change: dict[str, Any]) -> None:
    base = {"archc": 1, "name": "Net", "input": [8, 8, 3], "layers": ["Flatten"]}
    assert (codes(base), refusal(base)) == (set(), None)
    assert codes({**base, **change})
    assert refusal({**base, **change}) is not None


@pytest.mark.parametrize("key", ["archc", "name", "input", "layers"])
def test_a_network_needs_its_sections(key: str) -> None:
    base = {"archc": 1, "name": "Net", "input": [8, 8, 3], "layers": ["Flatten"]}
    del base[key]
    assert codes(base)
    assert refusal(base) is not None
