"""Shared blocks, which Keras knows as models inside the model: their inputs and outputs."""

from __future__ import annotations

from archc.ir.graph import Graph, Node, SharedCall, Tensor
from archc.ir.shape import Shape


def _calls_of(graph: Graph, first: SharedCall) -> list[SharedCall]:
    """All calls of the model that `first` makes, that one included."""
    return [call for call in graph.calls if (call.first or call) is first]


def input_shapes(graph: Graph, first: SharedCall) -> list[Shape]:
    """The shapes of the model's inputs; a size that differs between its calls is left open."""
    calls = _calls_of(graph, first)
    return [_common([call.inputs[number].shape for call in calls]) for number in range(len(first.inputs))]


def _common(shapes: list[Shape]) -> Shape:
    """The sizes that all shapes have; None where they differ."""
    return tuple(sizes[0] if len(set(sizes)) == 1 else None for sizes in zip(*shapes, strict=True))


def output_tensors(graph: Graph, first: SharedCall) -> list[Tensor]:
    """The model's outputs: those of the block, and the layers inside it where the network ends."""
    wanted = dict.fromkeys(first.outputs)
    for call in _calls_of(graph, first):
        position = {node: index for index, node in enumerate(call.nodes)}
        ends = [tensor for tensor in graph.outputs.values() if tensor in position]
        wanted |= dict.fromkeys(first.nodes[position[end]] for end in ends if isinstance(end, Node))
    return [tensor for tensor in wanted if tensor in first.nodes]


def tensor_in_call(call: SharedCall, first: SharedCall, tensor: Tensor) -> Tensor:
    """The tensor of a later call in the place of one of the first."""
    return call.nodes[first.nodes.index(tensor)] if isinstance(tensor, Node) and tensor in first.nodes else tensor


def calls_inside(calls: tuple[SharedCall, ...], first: SharedCall) -> tuple[SharedCall, ...]:
    """The calls of other models inside a model."""
    return tuple(call for call in calls if call is not first and set(call.nodes) < set(first.nodes))


def outermost_calls(calls: tuple[SharedCall, ...]) -> dict[Node, SharedCall]:
    """The call that each node is part of; where calls are nested, the outermost, which ends last."""
    return {node: call for call in calls for node in call.nodes}
