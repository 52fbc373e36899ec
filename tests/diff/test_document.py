"""The document of a diff is complete: read back from text, and applied to the left network, it gives the right one."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

import archc
from archc.diff.compare import diff
from archc.diff.json_document import diff_document, layer_document, tensor_ids, value_document
from archc.ir.graph import Graph
from archc.library.paths import library_paths
from archc.ops import registry
from tests.cases import every_or_few, generated_cases
from tests.diff.graphs import built, edited, generated, scrambled
from tests.elaborate.specs import compile_text, spec

Plain = dict[str, Any]
"""A network without objects of archc: `inputs`, `outputs`, and `layers` by the ids of their tensors."""


def plain(graph: Graph) -> Plain:
    ids = tensor_ids(graph)
    return {
        "inputs": [{"name": made.name, "shape": [*made.shape], "dtype": made.dtype} for made in graph.inputs],
        "layers": {ids[node]: layer_document(node, ids) for node in graph.nodes},
        "outputs": [(name, ids[tensor]) for name, tensor in graph.outputs.items()],
    }


def groups(layers: Iterable[str]) -> set[frozenset[str]]:
    """The calls that share their weights, from ids alone."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for tensor in layers:
        found[tensor.partition(":")[0]].add(tensor)
    return {frozenset(calls) for calls in found.values()}


def applied(left: Plain, document: Mapping[str, Any]) -> Plain:
    """The network that the document makes of the left one, from the two texts alone."""
    counterparts, layers = document["counterparts"], dict[str, Any]()
    for tensor, layer in left["layers"].items():
        if tensor in counterparts:
            inputs = [counterparts.get(taken) for taken in layer["inputs"]]
            layers[counterparts[tensor]] = {**layer, "inputs": inputs}
    for change in document["changes"]:
        _, tensor = change["tensors"]
        if tensor is None:
            continue
        if change["kind"] == "added":
            layers[tensor] = {key: change[key] for key in ("op", "arguments", "inputs", "shape")}
        else:
            layers[tensor] = {**layers[tensor], "op": change["op"], "arguments": change["arguments"]}
    for entry in document["connections"]:
        layers[entry["tensors"][1]]["inputs"] = entry["inputs"][1]
    for entry in document["shapes"]:
        if entry["tensors"][1] in layers:
            layers[entry["tensors"][1]]["shape"] = entry["shapes"][1]
    for entry in document["respelled"]:
        layers |= {one["tensor"]: {key: one[key] for key in one if key != "tensor"} for one in entry["right"]}
    signature = document["signature"]
    outputs = [(entry["name"], entry["tensor"]) for entry in signature["outputs"][1]]
    return {"inputs": signature["inputs"][1], "layers": layers, "outputs": outputs}


def holds(left: Graph, right: Graph) -> None:
    """The document gives the right network from the left, and its lists say nothing that is not so."""
    document = json.loads(json.dumps(diff_document(diff(left, right), "left", "right")))
    before, after = plain(left), plain(right)
    made = applied(before, document)
    assert made == after
    assert groups(made["layers"]) == {
        frozenset(tensor_ids(right)[node] for node in right.nodes if node.name == name)
        for name in {node.name for node in right.nodes}
    }
    assert document["signature"]["inputs"][0] == before["inputs"]
    for entry in document["connections"]:
        assert before["layers"][entry["tensors"][0]]["inputs"] == entry["inputs"][0]
    for change in document["changes"]:
        if change["kind"] == "removed":
            assert before["layers"][change["tensors"][0]]["arguments"] == change["arguments"]
    weights = [weights_by_id(graph) for graph in (left, right)]
    for entry in document["consequences"]:
        for side, tensor in enumerate(entry["tensors"]):
            shapes = {weight["name"]: weight["shapes"][side] for weight in entry["weights"]}
            assert shapes == weights[side][tensor]


def weights_by_id(graph: Graph) -> dict[str, dict[str, list[int]]]:
    ids = tensor_ids(graph)
    return {ids[node]: {weight.name: [*weight.shape] for weight in node.weights} for node in graph.nodes}


@cache
def graph(text: str) -> Graph:
    label, _, query = text.partition("?")
    values = json.loads(query) if query else {}
    inputs = values.pop("inputs", None)
    return archc.load(label, inputs=inputs, **values).graph


@pytest.mark.parametrize(
    ("left", "right"),
    every_or_few(
        [
            ("vgg16", "vgg16_bn"),
            ("resnet50", "resnet50_v1_5"),
            ("googlenet", "inception_v3"),
            ("googlenet", 'googlenet?{"auxiliary": false}'),
            ("densenet121", "densenet169"),
            ("lenet5", "alexnet"),
            ("vgg16", "resnet50"),
            ("mobilenet_v1", "mobilenet_v1_050"),
            ("nasnet_a_mobile", "nasnet_a_large"),
        ],
        8,
    ),
)
def test_of_two_networks_of_the_library(left: str, right: str) -> None:
    holds(graph(left), graph(right))
    holds(graph(right), graph(left))


@pytest.mark.parametrize(("left", "right"), every_or_few(pairwise(library_paths()), 6))
def test_of_neighbours_in_the_library(left: str, right: str) -> None:
    try:
        holds(graph(left), graph(right))
    except archc.SpecError as error:
        assert error.first.about == "blocks"  # noqa: PT017 - a file of blocks is no network


def test_of_another_input() -> None:
    holds(graph("vgg16"), graph('vgg16?{"inputs": [192, 192, 3]}'))


@generated_cases(60, 2000)
def test_of_generated_networks(cases: int) -> None:
    for seed in range(cases):
        choose = random.Random(seed)
        layers = generated(choose)
        left, right = built(layers), built(edited(layers, choose, choose.randint(0, 4)))
        holds(left, right)
        holds(right, scrambled(left, seed))


SHARINGS = ["aaa", "aab", "aba", "abb", "abc"]
"""Which of three layers have the same weights."""


@pytest.mark.parametrize("left", SHARINGS)
@pytest.mark.parametrize("right", SHARINGS)
def test_of_shared_weights(left: str, right: str) -> None:
    holds(shared(left), shared(right))


def shared(letters: str) -> Graph:
    steps = [f"- Dense: 8\n  share: {letter}\n- ReLU" for letter in letters]
    return compile_text(spec("\n".join(steps), input="[8]")).graph


SPELLINGS = [
    ("- Conv2D: {filters: 4, kernel_size: 1, activation: relu}", "- Conv2D: {filters: 4, kernel_size: 1}\n- ReLU"),
    ("- Conv2D: {filters: 4, kernel_size: 1}\n- Activation: relu", "- Conv2D: {filters: 4, kernel_size: 1}\n- ReLU"),
    ("- Conv2D: {filters: 4, kernel_size: 1, padding: same}", "- Conv2D: {filters: 4, kernel_size: 1}"),
    ("- MaxPooling2D: {pool_size: 2, strides: 2}", "- MaxPooling2D: 2"),
]


@pytest.mark.parametrize(("one", "other"), SPELLINGS)
@pytest.mark.parametrize("edit", ["- Conv2D: {filters: 4, kernel_size: 3}", "- Conv2D: {filters: 5, kernel_size: 3}"])
def test_of_other_spellings(one: str, other: str, edit: str) -> None:
    end = "- Conv2D: {filters: 4, kernel_size: 3}"
    left, right = (compile_text(spec(f"{middle}\n{last}")).graph for middle, last in ((one, end), (other, edit)))
    assert len(diff_document(diff(left, right))["respelled"]) == 1
    holds(left, right)
    holds(right, left)


def test_an_initializer_is_written_as_in_a_spec() -> None:
    left, right = (
        compile_text(spec(f"- Dense: {{units: 4, kernel_initializer: {{{name}: {{stddev: 0.02}}}}}}")).graph
        for name in ("RandomNormal", "TruncatedNormal")
    )
    document = diff_document(diff(left, right))
    assert document["changes"][0]["fields"] == {
        "kernel_initializer": [{"RandomNormal": {"stddev": 0.02}}, {"TruncatedNormal": {"stddev": 0.02}}]
    }


@pytest.mark.parametrize("op", sorted(registry()))
def test_the_arguments_make_the_op(op: str) -> None:
    for example in registry()[op].examples:
        made = registry()[op].model_validate(example.arguments)
        arguments = {name: value_document(value) for name, value in made.arguments().items()}
        assert registry()[op].model_validate(json.loads(json.dumps(arguments))) == made
