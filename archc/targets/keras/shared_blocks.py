"""Shared blocks, which are models inside the model: their inputs, their outputs, and what reads the inputs."""

from __future__ import annotations

from collections.abc import Iterable

from archc.ir.graph import Graph, Node, SharedCall, Tensor
from archc.ir.shape import Shape


def input_shapes(graph: Graph, first: SharedCall) -> list[Shape]:
    """The shapes of the inputs of a shared block; a size that differs between its calls is left open."""
    shapes = zip(*([tensor.shape for tensor in call.inputs] for call in _calls_of(graph, first)), strict=True)
    return [
        tuple(sizes[0] if len(set(sizes)) == 1 else None for sizes in zip(*of_calls, strict=True))
        for of_calls in shapes
    ]


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


def calls_within(calls: Iterable[SharedCall], outer: SharedCall) -> tuple[SharedCall, ...]:
    """The calls of shared blocks inside a call, in the order of their ends."""
    nodes = set(outer.nodes)
    return tuple(call for call in calls if call.nodes and call is not outer and set(call.nodes) < nodes)


def inputs_read(graph: Graph, first: SharedCall) -> dict[Node | SharedCall, list[int | None]]:
    """The numbers of the block's inputs that layers and blocks in it read; None for what is computed in the block.

    One call may have the same tensor as several inputs. An input of a layer is the one that holds for all calls; where
    several do, they are the same tensor in each call.
    """
    calls = list(dict.fromkeys((first, *_calls_of(graph, first))))
    readers = zip(*((*call.nodes, *calls_within(graph.calls, call)) for call in calls), strict=False)
    return {
        same[0]: [_number(calls, tensors) for tensors in zip(*(reader.inputs for reader in same), strict=True)]
        for same in readers
    }


def _number(calls: list[SharedCall], tensors: tuple[Tensor, ...]) -> int | None:
    """The number of the input that these tensors are, one of each call."""
    given = zip(*(call.inputs for call in calls), strict=True)
    return next((number for number, inputs in enumerate(given) if inputs == tensors), None)


def _calls_of(graph: Graph, first: SharedCall) -> list[SharedCall]:
    """All calls of the model that `first` makes, that one included."""
    return [call for call in graph.calls if (call.first or call) is first]
