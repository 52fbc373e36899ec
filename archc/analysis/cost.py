"""What a network costs: parameters, multiply-adds, activation memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod

from archc.ir.graph import Graph, Node, Tensor, layer_calls
from archc.ir.op import Op, Weight
from archc.ir.shape import Shape, known_sum, volume

FLOAT32_BYTES = 4


def layer_count(nodes: Iterable[Node]) -> int:
    """The layers; a shared one counts once."""
    return len({node.name for node in layer_calls(nodes)})


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


def frozen_params(nodes: Iterable[Node]) -> int:
    """The weights that training would change, were their layers not frozen; moving statistics are none of them."""
    return sum(_frozen(node) for node in nodes if node.first is None)


def _frozen(node: Node) -> int:
    if node.op.with_trainable(True) is node.op:
        return 0
    return _unfrozen_params(node.op, tuple(tensor.shape for tensor in node.inputs)) - node_params(node)


def _unfrozen_params(op: Op, shapes: tuple[Shape, ...]) -> int:
    """The weights of a layer over inputs of these shapes that are learned where it is not frozen."""
    return sum(prod(weight.shape) for weight in op.with_trainable(True).weights(*shapes) if weight.trainable)


def weight_count(measure: str, op: Op, weights: tuple[Weight, ...], shapes: tuple[Shape, ...]) -> int:
    """The weights of a layer by one of the ways to count them.

    Args:
        measure: `params`, `total_params`, or `non_trainable_params`, the difference of the two, all as Keras has them;
            `torch_params`, the parameters of a PyTorch module, frozen ones too; `torch_buffers`, its buffers: moving
            statistics, and a counter of batches beside those of a normalization.
        op: of the layer.
        weights: that it has over inputs of these shapes.
        shapes: of its inputs.
    """
    total = sum(prod(weight.shape) for weight in weights)
    learned = sum(prod(weight.shape) for weight in weights if weight.trainable)
    if measure.startswith("torch_"):
        parameters = _unfrozen_params(op, shapes)
        return parameters if measure == "torch_params" else total - parameters + (op.op_name == "BatchNormalization")
    return {"params": learned, "total_params": total, "non_trainable_params": total - learned}[measure]


def node_count(measure: str, node: Node) -> int:
    """The weights of a layer by one of the ways of `weight_count`; none where the call uses an earlier one's."""
    shapes = tuple(tensor.shape for tensor in node.inputs)
    return 0 if node.first is not None else weight_count(measure, node.op, node.weights, shapes)


def total_count(measure: str, nodes: Iterable[Node]) -> int:
    """The weights of layers by one of the ways of `weight_count`.

    Layers with one op and one list of weights are alike, so that one of them is counted.
    """
    layers = [node for node in nodes if node.weights and node.first is None]
    alike = {(id(node.op), id(node.weights)): node for node in layers}
    counted = {key: node_count(measure, node) for key, node in alike.items()}
    return sum([counted[id(node.op), id(node.weights)] for node in layers])


def macs(nodes: Iterable[Node]) -> int | None:
    """Multiply-adds for one image; None where a size is unknown."""
    return known_sum(node.macs for node in nodes)


def activation_bytes(tensors: Iterable[Tensor]) -> int | None:
    """The memory of tensors for one image in float32; None where a size is unknown."""
    elements = known_sum(volume(tensor.shape) for tensor in tensors)
    return None if elements is None else FLOAT32_BYTES * elements


def depth(graph: Graph) -> int:
    """The most weighted layers on any path to the main output, gates and shortcuts included."""
    return depths(graph.nodes, dict.fromkeys(graph.inputs, 0))[graph.outputs[graph.main]]


def depths(nodes: Iterable[Node], before: Mapping[Tensor, int]) -> Mapping[Tensor, int]:
    """The most weighted layers on any path to each of some tensors, and to layers behind them in their order."""
    found = dict(before)
    for node in nodes:
        found[node] = max((found[tensor] for tensor in node.inputs), default=0) + node.op.weighted
    return found
