"""What archc builds is read again as what it was: every op of the language, and the networks of the library."""

from __future__ import annotations

from typing import Any

import keras
import pytest

import archc
from archc.diagnostics import Position
from archc.ir.builder import Builder
from archc.ir.graph import Graph, Input, Node, Region
from archc.ir.op import Example
from archc.library.paths import library_paths
from archc.ops import registry
from archc.targets.keras.model import build
from tests.cases import every_or_few, type_of_input

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


def _of_example(name: str, example: Example) -> Graph:
    """A network of one op; one without inputs stands beside an input of its own."""
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
    op = node.op.canonical(tuple([one.shape for one in node.inputs]))
    return node.name, op.op_name, str(op), [one.name for one in node.inputs], node.shape


@pytest.mark.parametrize(("name", "number"), every_or_few(EXAMPLES, 110))
def test_an_op_is_read_as_it_was(name: str, number: int) -> None:
    keras.backend.clear_session()
    graph = _of_example(name, registry()[name].examples[number])
    assert _written(archc.load(build(graph, "example")).graph) == _written(graph)


def _holds(name: str) -> None:
    keras.backend.clear_session()
    network = archc.load(name)
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
