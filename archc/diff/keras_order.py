"""The layers of a network in the order of Keras's `model.layers`, which weight files follow.

Keras visits the operations depth first from the outputs, the inputs of each in order; an operation's index is that of
its first visit. The depth of an operation is the longest path from it to an output, that of a shared layer the largest
over its calls. `model.layers` is sorted by depth, the greatest first, then by index (Keras 3.15, `ops/function.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import attrgetter

from archc.diff.depth_first import depth_first
from archc.ir.graph import Graph, Input, KerasLayer, Node, OutputIdentity, SharedCall, Tensor
from archc.ir.state import State


class _Call:
    """One call of an operation.

    Attributes:
        operation: what is called; the same object for all calls of a shared layer.
        inputs: the calls that it depends on, in order.
        length: how many Keras operations it stands for, on the longest path through it.
        depth: the operations on the longest path from its end to an output, as far as it is known.
    """

    __slots__ = ("depth", "inputs", "length", "operation")

    def __init__(self, operation: object, inputs: tuple[_Call, ...], length: int = 1) -> None:
        self.operation, self.inputs, self.length = operation, inputs, length
        self.depth = 0


@dataclass(frozen=True, slots=True, eq=False)
class _MaskOperation:
    """An operation that computes a mask, which is no layer."""


def keras_layers(graph: Graph, *, identities: bool = True) -> tuple[KerasLayer, ...]:
    """The layers of the model that archc builds of a graph, in the order of `model.layers`.

    Args:
        graph: the network.
        identities: False for the model without those that name its outputs, as archc 0.1 and others build it.
    """
    model = _Model(graph, graph.identities() if identities else {})
    return model.layers(graph.inputs, graph.nodes, tuple(graph.outputs.items()), None)


def original_layers(graph: Graph) -> tuple[KerasLayer, ...]:
    """The layers of the model that a graph was read from, which a file of its author has, else of what archc builds."""
    return keras_layers(graph) if graph.keras_model is None else graph.keras_model


def layers_as_saved(graph: Graph, names: Collection[str]) -> tuple[KerasLayer, ...]:
    """The layers in the order that they have in a file with layers of these names.

    What names an output moves layers in the order: a file that does not have it was written from a model without.
    """
    return keras_layers(graph, identities=all(name in names for name in graph.identities()))


class _Model:
    """What the layers of a graph's model depend on, collected once.

    Attributes:
        inside: the outermost call of a shared block that each layer is in, inside each call, and in the network (None).
        ends: the layers of shared blocks where the network ends, by the first calls of the blocks.
        identities: the outputs that an `Identity` names.
        repeated: the layers that are called again.
    """

    def __init__(self, graph: Graph, identities: Collection[str]) -> None:
        self.inside: dict[SharedCall | None, dict[Node, SharedCall]] = {None: {}}
        self.ends: dict[SharedCall, dict[Node, None]] = {}
        ends = {tensor: place for place, tensor in enumerate(graph.outputs.values())}
        outermost = self.inside[None]
        for call in graph.calls:  # those in a call end before it
            self.inside[call] = {node: outermost[node] for node in call.nodes if node in outermost}
            outermost.update(dict.fromkeys(call.nodes, call))
            first = call.first or call
            wanted = sorted((ends[node], place) for place, node in enumerate(call.nodes) if node in ends)
            self.ends.setdefault(first, {}).update({first.nodes[place]: None for _, place in wanted})
        self.identities = identities
        self.repeated = {node.first for node in graph.nodes if node.first is not None}

    def layers(
        self,
        inputs: Sequence[Tensor],
        nodes: Iterable[Node],
        outputs: Sequence[tuple[str, Tensor]],
        around: SharedCall | None,
    ) -> tuple[KerasLayer, ...]:
        """The layers of a model, or of a model in the model, which `around` makes."""
        calls: dict[Tensor, _Call] = {tensor: _Call(Input(tensor.name, tensor.shape), ()) for tensor in inputs}
        batch = tuple(calls.values())[:1]
        inside = self.inside[around]
        models: dict[SharedCall, _Call] = {}
        masks: dict[Tensor, _Call] = {}
        for node in nodes:
            call = inside.get(node)
            if call is not None:
                if call not in models:
                    models[call] = _Call(call.first or call, tuple(calls[tensor] for tensor in call.inputs))
                calls[node] = models[call]
            elif isinstance(node.op, State):
                calls[node] = calls[node.inputs[0]]
            elif node not in calls:
                operands = tuple(map(calls.__getitem__, node.inputs)) or batch
                if masks or node.op.masking == "makes":
                    if node.op.mask_is_input and node.inputs[0] in masks:
                        operands += (masks[node.inputs[0]],)
                    if (mask := _mask(node, calls, masks)) is not None:
                        masks[node] = mask
                calls[node] = _Call(node.first or node, operands, node.op.operations)
        named = self.identities if around is None else ()
        ends = [
            _Call(OutputIdentity(name), (calls[tensor],)) if name in named else calls[tensor]
            for name, tensor in outputs
        ]
        order = _order(ends, [calls[tensor] for tensor in inputs])
        return tuple([layer for layer in map(self._layer, order) if layer is not None])

    def _layer(self, operation: object) -> KerasLayer | None:
        """The layer of an operation; None for one that is no layer."""
        if isinstance(operation, Node):
            kind = operation.op.keras_layer
            if kind is None:
                return None
            layer = KerasLayer(operation, kind, operation.weights)
            again = operation in self.repeated and operation.op.function is not None
            return KerasLayer(operation, "Functional", (), (layer,)) if again else layer
        if isinstance(operation, Input):
            return KerasLayer(operation, "InputLayer")
        if isinstance(operation, OutputIdentity):
            return KerasLayer(operation, "Identity")
        if isinstance(operation, SharedCall):
            left = [end for end in operation.outputs if end in operation.nodes]
            outputs = tuple((end.name, end) for end in dict.fromkeys((*left, *self.ends[operation])))
            return KerasLayer(
                operation, "Functional", (), self.layers(operation.inputs, operation.nodes, outputs, operation)
            )
        return None


def _mask(node: Node, calls: Mapping[Tensor, _Call], masks: Mapping[Tensor, _Call]) -> _Call | None:
    """The operations of the mask of what a layer leaves (Keras 3.15, `compute_mask` of the layers)."""
    taken, _ = node.op.split_inputs(node.inputs)
    given, own = [masks.get(tensor) for tensor in taken], node.op.mask_operations

    def operation(*inputs: _Call, length: int = 1) -> _Call:
        return _Call(_MaskOperation(), inputs, length)

    match node.op.masking:
        case "makes" if own:
            return operation(calls[taken[0]], length=own)
        case "keeps" if given[0] is not None:
            return operation(given[0], length=own) if own else given[0]
        case "merges" if None not in given:
            return reduce(operation, [mask for mask in given if mask is not None])
        case "joins" if set(given) != {None}:
            parts = [
                operation(calls[tensor]) if mask is None else operation(operation(mask), operation(calls[tensor]))
                for tensor, mask in zip(taken, given, strict=True)
            ]
            return operation(*parts, length=2)
    return None


def _order(outputs: list[_Call], inputs: list[_Call]) -> list[object]:
    """The operations as Keras sorts them."""
    entered, left = depth_first(outputs, attrgetter("inputs"))
    depths: dict[object, int] = {}
    for call in reversed(left):
        depth = depths[call.operation] = max(call.depth, depths.get(call.operation, 0))
        below = depth + call.length
        for operand in call.inputs:
            operand.depth = max(operand.depth, below)
    unused = [call.operation for call in inputs if call.operation not in depths]
    visited = dict.fromkeys([call.operation for call in entered])
    return sorted([*unused, *visited], key=lambda operation: -depths.get(operation, 0))
