"""What a text expands to, held to the graph that it was written for."""

from __future__ import annotations

from archc.folding.check import expanded
from archc.ir.graph import Graph


def lines_of(text: str) -> int:
    """The lines of a text without comments and blanks."""
    return len([line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")])


def described(graph: Graph) -> dict[tuple[str, int], tuple[object, ...]]:
    """Each call of a layer by the layer's name and its number among the layer's calls, without the order of layers."""
    keys: dict[object, tuple[str, int]] = {made: (made.name, 0) for made in graph.inputs}
    calls: dict[str, int] = {}
    for node in graph.nodes:
        keys[node] = node.name, calls.setdefault(node.name, 0)
        calls[node.name] += 1
    return {
        keys[node]: (
            node.op,
            node.shape,
            node.dtype,
            [keys[tensor] for tensor in node.inputs],
            [(weight.name, weight.shape) for weight in node.weights],
            node.first is not None,
        )
        for node in graph.nodes
    }


def is_equal(graph: Graph, text: str) -> None:
    """Asserts that a text expands to a network: layers, connections, inputs, outputs, shared blocks."""
    made = expanded(text)
    assert described(made) == described(graph)
    assert [(i.name, i.shape, i.dtype) for i in made.inputs] == [(i.name, i.shape, i.dtype) for i in graph.inputs]
    assert [(name, tensor.name) for name, tensor in made.outputs.items()] == [
        (name, tensor.name) for name, tensor in graph.outputs.items()
    ]
    assert made.main == graph.main
    assert made.identities().keys() == graph.identities().keys() or not graph.named_outputs
    assert [(call.name, [node.name for node in call.nodes]) for call in made.calls] == [
        (call.name, [node.name for node in call.nodes]) for call in graph.calls
    ]
