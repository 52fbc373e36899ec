"""What archc builds is read again as what it was: every op of the language, and the networks of the library."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import keras
import pytest

import archc
from archc.diagnostics import Position
from archc.diff.canonical_ops import canonical_ops
from archc.ir.builder import Builder
from archc.ir.graph import Graph, Input, Node, Region
from archc.ir.opaque import Opaque
from archc.library.paths import library_paths
from archc.ops import registry
from archc.targets.keras.model import build
from tests.cases import every_or_few, type_of_input
from tests.keras_names import numbered_anew

AT = Position("here", 1, 1)
EXAMPLES = [(name, number) for name, op in registry().items() for number in range(len(op.examples))]
SMALL = (
    "alexnet",
    "densenet40_k12_cifar",
    "googlenet",
    "lenet5",
    "lenet5_1998",
    "resnet20_cifar",
    "shufflenet_v1",
    "shufflenet_v2_x0_5",
)


def graph_of_example(name: str, number: int) -> Graph:
    """A network of one op; one without inputs stands beside an input of its own."""
    example = registry()[name].examples[number]
    builder = Builder()
    whole = Region("network", "", None, None, AT)
    op = registry()[name](**example.arguments)
    dtype = type_of_input(op)
    inputs = [Input(f"given_{number}", shape, dtype) for number, shape in enumerate(example.inputs or ((4,),))]
    for made in inputs:
        builder.add_input(made, AT)
    node = builder.add(op, tuple(inputs if example.inputs else ()), "layer", whole, AT)
    return builder.graph({"layer": node}, "layer")


def _written(graph: Graph) -> list[Any]:
    """The layers of a graph by their names, with what they are called on."""
    return sorted(map(_layer, graph.nodes))


def _layer(node: Node) -> tuple[Any, ...]:
    op, activation = canonical_ops(node.op, tuple([one.shape for one in node.inputs]))
    inputs = [one.name for one in node.inputs]
    if op.repeats_input and inputs[1:] == inputs[1:2] * 2:
        inputs.pop()  # the key is the value where there is none
    return node.name, op.op_name, f"{op} {activation}", inputs, node.shape


@pytest.mark.parametrize(("name", "number"), every_or_few(EXAMPLES, 110))
def test_an_op_is_read_as_it_was(name: str, number: int) -> None:
    numbered_anew()
    graph = graph_of_example(name, number)
    assert _written(archc.load(build(graph, "example")).graph) == _written(graph)


def _holds(name: str | Path) -> None:
    numbered_anew()
    network = archc.load(name)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Layer .* with a mask attached")
        read = archc.load(network.build())
    assert _written(read.graph) == _written(network.graph)
    # Keras has no names of outputs: they have those of their layers
    assert [made.name for made in read.graph.outputs.values()] == [one.name for one in network.graph.outputs.values()]
    found = network.diff(read)
    assert not [*found.changes, *found.rewired, *found.consequences]


@pytest.mark.parametrize("name", SMALL)
def test_a_network_of_the_library_is_read_as_it_was(name: str) -> None:
    _holds(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", library_paths())
def test_every_network_of_the_library_is_read_as_it_was(name: str) -> None:
    try:
        layers = len(archc.load(name).graph.nodes)
    except archc.SpecError:
        pytest.skip("a family without a network of its own")
    if layers > 1100:
        pytest.skip("more than 1,100 layers")
    _holds(name)


TESTS = Path(__file__).parents[1]
SPECS = sorted(
    str(path.relative_to(TESTS))
    for folder in ("targets/specs", "elaborate/networks", "diff/pairs", "language/examples")
    for path in (TESTS / folder).glob("*.yaml")
)


@pytest.mark.parametrize("name", every_or_few(SPECS, 20))
def test_a_spec_of_the_tests_is_read_as_it_was(name: str) -> None:
    try:
        archc.load(TESTS / name)
    except archc.SpecError:
        pytest.skip("a library of blocks, or a network that needs values")
    _holds(TESTS / name)


def test_a_model_of_open_sizes_is_read_at_the_sizes_that_it_is_called_on() -> None:
    numbered_anew()
    image = keras.Input((None, None, 3))
    features = keras.layers.Conv2D(4, 3, name="conv")(image)
    backbone = keras.Model(image, keras.layers.ReLU(name="relu")(features))
    large, small = keras.Input((32, 32, 3)), keras.Input((16, 12, 3))
    pooled = [keras.layers.GlobalAveragePooling2D()(backbone(entered)) for entered in (large, small)]
    for outputs, shapes in ((pooled[:1], [(30, 30, 4)]), (pooled, [(30, 30, 4), (14, 10, 4)])):
        graph = archc.load(keras.Model([large, small][: len(outputs)], outputs)).graph
        assert [node.shape for node in graph.nodes if node.name == "relu"] == shapes
        assert all(node.op.op_name in registry() and not isinstance(node.op, Opaque) for node in graph.nodes)
