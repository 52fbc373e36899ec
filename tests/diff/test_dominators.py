"""The dominators of generated graphs, and the digests of what lies between two layers."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from archc.diff.canonical import Canonical, Value
from archc.diff.canonical import Layer as CanonicalLayer
from archc.diff.dominators import Dominated, common
from archc.ir.graph import Graph, Node, Tensor
from archc.ir.op import Op
from tests.diff.graphs import Layer, built, generated, op


def paths_avoid(tensors: Iterable[Tensor], without: Tensor) -> bool:
    """Whether a path from an input reaches one of these tensors and does not go through another one."""
    pending, seen = list(tensors), {without}
    while pending:
        tensor = pending.pop()
        if tensor not in seen:
            seen.add(tensor)
            if not isinstance(tensor, Node) or not tensor.inputs:
                return True
            pending.extend(tensor.inputs)
    return False


def tree_of(graph: Graph) -> dict[Tensor, Dominated]:
    tree: dict[Tensor, Dominated] = {}
    for number, made in enumerate(graph.inputs):
        tree[made] = Dominated((), None, number, number)
    for number, node in enumerate(graph.nodes):
        inputs = [tree[tensor] for tensor in node.inputs]
        tree[node] = Dominated(inputs, common(inputs), number, number)
    return tree


@pytest.mark.parametrize("seed", range(30))
def test_the_common_dominator_is_the_last_that_no_path_avoids(seed: int) -> None:
    graph = built(generated(random.Random(seed)))
    tree = tree_of(graph)
    tensors: list[Tensor] = [*graph.inputs, *graph.nodes]
    choose = random.Random(seed)
    for _ in range(20):
        some = choose.sample(tensors, choose.randint(1, min(3, len(tensors))))
        passed = [tensor for tensor in tensors if not paths_avoid(some, tensor)]
        assert common([tree[tensor] for tensor in some]) is tree[passed[-1]]


def branch(layers: list[Layer], kernels: list[int]) -> None:
    """Adds two branches of convolutions and their sum behind the last layer."""
    start = len(layers) - 1
    ends = []
    for number, kernel in enumerate(kernels):
        layers.append(Layer(convolution(kernel), (start,), f"branch{number}"))
        ends.append(len(layers) - 1)
    layers.append(Layer(op("Add"), tuple(ends), "sum"))


def convolution(kernel: int) -> Op:
    return op("Conv2D", filters=8, kernel_size=kernel, padding="same")


def _kernel(tensor: Value) -> object:
    return getattr(tensor.op, "kernel_size", None) if isinstance(tensor, CanonicalLayer) else None


@pytest.mark.parametrize("kernels", [[3, 5], [5, 3], [7, 3], [3, 3]])
def test_equal_branches_are_sorted_alike_whatever_is_before_them(kernels: list[int]) -> None:
    layers = [Layer(convolution(3), (-1,), "stem")]
    for _ in range(3):
        branch(layers, kernels)
        layers.append(Layer(convolution(random.Random(len(layers)).choice([1, 3, 5])), (len(layers) - 1,), "between"))
    sums = [layer for layer in Canonical(built(layers)).layers if layer.op.op_name == "Add"]
    orders = {tuple(_kernel(tensor) for tensor in layer.sorted) for layer in sums}
    assert len(sums) == 3
    assert len(orders) == 1


def test_skips_over_skips() -> None:
    layers = [Layer(convolution(1), (place - 1,), "down") for place in range(2_000)]
    for place in range(1_999):
        layers.append(Layer(op("Add"), (len(layers) - 1, 1_998 - place), "up"))
    graph = built(layers)
    tree = tree_of(graph)
    assert common([tree[graph.nodes[-1]], tree[graph.nodes[0]]]) is tree[graph.nodes[0]]
