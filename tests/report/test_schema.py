"""The JSON Schema accepts what compiles, and refuses what an editor should mark."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from archc.collector import Collector
from archc.language.sources import Source
from archc.language.yaml_reader import read
from archc.ops import registry
from archc.report.schema import json_schema
from tests.cases import every_or_few, with_tensors

ROOT = Path(__file__).parents[2]
SPECS = sorted([*ROOT.glob("specs/*/*.yaml"), *ROOT.glob("tests/language/*/*.yaml")])
SCHEMA = json_schema()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)

NETWORK: dict[str, Any] = {
    "archc": 1,
    "name": "Net",
    "input": [8, 8, 3],
    "layers": [{"Conv2D": {"filters": 4, "kernel_size": 3}, "name": "c"}, "Flatten", {"Dense": 10}],
}


def plain(value: Any) -> Any:
    """The data without its positions."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def data(text: str) -> Any:
    return plain(read(Source("test.yaml", text, Path(), None), Collector()))


def test_the_schema_is_draft_7() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", every_or_few([str(path.relative_to(ROOT)) for path in SPECS], 80))
def test_every_spec_is_valid(name: str) -> None:
    path = ROOT / name
    error = jsonschema.exceptions.best_match(VALIDATOR.iter_errors(data(path.read_text(encoding="utf-8"))))
    assert error is None, f"{list(error.absolute_path)}: {error.message[:300]}"


@pytest.mark.parametrize("name", list(registry()))
def test_each_op_hangs_its_arguments_on_if_and_then(name: str) -> None:
    condition = {"if": {"required": [name]}, "then": {"properties": {name: {"$ref": f"#/definitions/op.{name}"}}}}
    assert condition in SCHEMA["definitions"]["step"]["allOf"]
    assert SCHEMA["definitions"]["step"]["properties"][name]["description"]
    assert "discriminator" not in str(SCHEMA["definitions"][f"op.{name}"])


@pytest.mark.parametrize("name", [name for name, op in registry().items() if not op.merges])
def test_the_arguments_of_the_examples_are_valid(name: str) -> None:
    for example in registry()[name].examples:
        arguments, _ = with_tensors(registry()[name], _as_yaml(example.arguments), ["a"])
        network = {**NETWORK, "layers": [{name: plain(arguments)}]}
        error = jsonschema.exceptions.best_match(VALIDATOR.iter_errors(network))
        assert error is None, f"{example.arguments}: {error.message[:300]}"


def _as_yaml(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_yaml(item) for key, item in value.items()}
    return [_as_yaml(item) for item in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize(
    "change",
    [
        {"layer": []},
        {"archc": 2},
        {"input": ["wide"]},
        {"layers": [{"Conv2D": {"filters": 4, "kernel_sise": 3}}]},
        {"layers": [{"Conv2D": {"filters": 4}}]},
        {"layers": [{"Conv2D": {"filters": "four", "kernel_size": 3}}]},
        {"layers": [{"Conv2d": {"filters": 4, "kernel_size": 3}}]},
        {"layers": [{"Conv2D": {"filters": 4, "kernel_size": 3, "strides": 0}}]},
        {"layers": [{"Flatten": None, "shape": 3}]},
        {"expect": {"parameters": 3}},
        {"expect": {"params": {"value": 3, "computed": 4}}},
        {"paper": {"tittle": "A paper"}},
        {"initialize": {"from": "lenet5"}},
        {"initialize": {"from": "lenet5", "layers": []}},
        {"initialize": {"from": "lenet5", "layers": {"c": "$c"}}},
    ],
)
def test_what_is_wrong_is_refused(change: dict[str, Any]) -> None:
    VALIDATOR.validate(NETWORK)
    assert not VALIDATOR.is_valid({**copy.deepcopy(NETWORK), **change})


def test_values_may_be_expressions() -> None:
    text = """
        archc: 1
        name: Net
        params: {width: 4, unit: {default: Dense, choices: [Dense]}}
        input: [$width, "$(2 * width)", 3]
        layers:
          - Conv2D: {filters: $(width // 2), kernel_size: [1, $width], use_bias: $(width > 2)}
          - $unit: {units: $width}
          - block: {$width, other: 3}
          - Add: {branches: [[], {Dense: 3}]}
          - Concatenate: {branches: {for: i in range(3), do: [{Dense: $i}]}, axis: 1}
    """
    VALIDATOR.validate(data(text))
