"""Shared blocks, which are models inside the model: their inputs, their outputs, and what reads the inputs."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile

from archc.ir.graph import Graph, Node, SharedCall, Tensor
from archc.ir.shape import Shape


def input_shapes(graph: Graph, first: SharedCall) -> list[Shape]:
    """The shapes of the inputs of a shared block; a size that differs between its calls is left open."""
    shapes = zip(*([tensor.shape for tensor in call.inputs] for call in _calls_of(graph, first)), strict=True)
    return [
        tuple(sizes[0] if len(set(sizes)) == 1 else None for sizes in zip(*of_calls, strict=True))
        for of_calls in shapes
    ]


def calls_within(calls: Iterable[SharedCall], outer: SharedCall) -> tuple[SharedCall, ...]:
    """The calls of shared blocks inside a call, in the order of their ends, which come before its own."""
    nodes = set(outer.nodes)
    before = takewhile(lambda call: call is not outer, calls)
    return tuple(call for call in before if call.nodes and set(call.nodes) <= nodes)


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
