"""What a network costs: parameters, multiply-adds, activation memory."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

from archc.ir.graph import Graph, Node, Tensor
from archc.ir.shape import volume

FLOAT32_BYTES = 4


def layer_count(nodes: Iterable[Node]) -> int:
    """The layers; a shared one counts once."""
    return len({node.name for node in nodes})


def node_params(node: Node, trainable_only: bool = True) -> int:
    """The parameters of a layer; none where the call uses an earlier one's.

    Args:
        node: the call.
        trainable_only: whether to leave out what Keras counts as not trainable (moving statistics).
    """
    if node.first is not None:
        return 0
    return sum(prod(weight.shape) for weight in node.weights if weight.trainable or not trainable_only)


def params(nodes: Iterable[Node]) -> int:
    """Learned weights."""
    return sum(map(node_params, nodes))


def total_params(nodes: Iterable[Node]) -> int:
    """Learned weights, and those that are not trainable."""
    return sum(node_params(node, trainable_only=False) for node in nodes)


def macs(nodes: Iterable[Node]) -> int | None:
    """Multiply-adds for one image; None where a size is unknown."""
    total = 0
    for node in nodes:
        if node.macs is None:
            return None
        total += node.macs
    return total


def activation_bytes(tensors: Iterable[Tensor]) -> int | None:
    """The memory of tensors for one image in float32; None where a size is unknown."""
    total = 0
    for tensor in tensors:
        elements = volume(tensor.shape)
        if elements is None:
            return None
        total += FLOAT32_BYTES * elements
    return total


def depth(graph: Graph) -> int:
    """The most weighted layers on any path to the main output, gates and shortcuts included."""
    depths: dict[object, int] = dict.fromkeys(graph.inputs, 0)
    for node in graph.nodes:
        before = max((depths[tensor] for tensor in node.inputs), default=0)
        depths[node] = before + node.op.weighted
    return depths[graph.outputs[graph.main]]
