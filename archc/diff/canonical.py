"""A network in one spelling: equal computations become equal layers, whichever way they are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from archc.ir.graph import Graph, Node, Tensor
from archc.ir.op import Dtype, Op
from archc.ir.shape import Shape
from archc.ops import registry
from archc.ops.activation_arguments import canonical_activation


@dataclass(frozen=True, slots=True, eq=False)
class Canonical:
    """A network whose ops have their canonical arguments, and whose activations are layers of their own.

    Attributes:
        graph: the network in canonical spelling, with the inputs of the written network.
        written: for each layer of `graph`, the written layer that it stands for, or is the activation of.
        bodies: for each written layer, the layer of `graph` without its activation.
        activations: for each written layer that ends in an activation, this activation in `graph`.
    """

    graph: Graph
    written: Mapping[Node, Node]
    bodies: Mapping[Node, Node]
    activations: Mapping[Node, Node]

    def is_inside(self, tensor: Tensor) -> bool:
        """Whether a tensor of `graph` is the activation of a written layer."""
        return isinstance(tensor, Node) and self.bodies[self.written[tensor]] is not tensor

    def tensor(self, tensor: Tensor) -> Tensor:
        """The written tensor of one of `graph`."""
        return self.written[tensor] if isinstance(tensor, Node) else tensor


def canonical(graph: Graph) -> Canonical:
    """The network in canonical spelling."""
    made: dict[Tensor, Tensor] = {tensor: tensor for tensor in graph.inputs}
    written: dict[Node, Node] = {}
    bodies: dict[Node, Node] = {}
    activations: dict[Node, Node] = {}
    ops: dict[tuple[int, tuple[Shape, ...]], tuple[Op, Op | None]] = {}
    for node in graph.nodes:
        inputs = _inputs(node.op, [made[tensor] for tensor in node.inputs])
        key = id(node.op), tuple([tensor.shape for tensor in inputs])
        if key not in ops:
            ops[key] = canonical_ops(node.op, key[1])
        op, activation = ops[key]
        first = bodies[node.first] if node.first is not None and node.weights else None
        body = Node(
            node.name, op, inputs, node.shape, node.weights, node.macs, node.region, node.at, first, dtype=node.dtype
        )
        made[node] = bodies[node] = body
        written[body] = node
        if activation is not None:
            inner = Node(node.name, activation, (body,), node.shape, (), 0, node.region, node.at, dtype=node.dtype)
            made[node] = activations[node] = inner
            written[inner] = node
    outputs = {name: made[tensor] for name, tensor in graph.outputs.items()}
    spelled = Graph(graph.inputs, tuple(written), outputs, graph.main, named_outputs=graph.named_outputs)
    return Canonical(spelled, written, bodies, activations)


def _inputs(op: Op, given: list[Tensor]) -> tuple[Tensor, ...]:
    taken, arguments = op.split_inputs(given)
    return (*op.without_repeated_key(taken), *arguments.values())


def canonical_ops(op: Op, inputs: tuple[Shape, ...]) -> tuple[Op, Op | None]:
    """The op in canonical spelling without the activation that it ends with, and that activation.

    Args:
        op: as it is written.
        inputs: the shapes that it is called on.
    """
    spelled = op.canonical(inputs)
    if spelled.as_activation is not None:
        return _activation(spelled.as_activation, spelled.dtype, len(inputs[0])), None
    if not spelled.ends_in_activation or (held := getattr(spelled, "activation", None)) is None:
        return spelled, None
    activation = _activation(held, spelled.dtype, len(spelled.infer(*inputs)))
    return spelled.model_copy(update={"activation": None}), activation


@cache
def _activation(held: Any, dtype: Dtype | None, axes: int) -> Op:
    """The layer that computes an activation of a tensor with this number of axes."""
    activation = canonical_activation(held, axes)
    return registry()["Activation"].model_validate({"activation": activation, "dtype": dtype})
