"""The classes of changes: what a change means for a user."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from typing import Any, Literal, get_args

from archc.diff.changed_arguments import is_constant_weight, training_alone
from archc.ir.graph import Node
from archc.ir.masks import MaskUses

Kind = Literal["added", "removed", "changed", "moved"]
Class = Literal["io", "weights", "numerics", "training", "cost", "cosmetic"]
CLASSES: tuple[Class, ...] = get_args(Class)


def classes_of_parts(nodes: Sequence[Node], masking: Container[Node]) -> dict[Node, Class]:
    """The classes of layers that only one of two networks has.

    Layers that are connected with each other are one part. A part with weights needs other weights, whatever else is in
    it; a part without weights changes what is computed, but for layers that pass their input on.

    Args:
        nodes: the layers.
        masking: the layers that change what becomes of a mask.
    """
    parts = {node: node for node in nodes}

    def part(node: Node) -> Node:
        while parts[node] is not node:
            parts[node] = parts[parts[node]]
            node = parts[node]
        return node

    for node in nodes:
        for tensor in node.inputs:
            if isinstance(tensor, Node) and tensor in parts:
                parts[part(tensor)] = part(node)
    weighted: defaultdict[Node, bool] = defaultdict(bool)
    for node in nodes:
        weighted[part(node)] |= bool(node.weights)
    return {node: "weights" if weighted[part(node)] else _class_without_weights(node, masking) for node in nodes}


def _class_without_weights(node: Node, masking: Container[Node]) -> Class:
    if node.op.acts_in_training:
        return "training"
    if node in masking:
        return "numerics"
    return "cosmetic" if node.op.passes_on(tuple([tensor.shape for tensor in node.inputs])) else "numerics"


def class_of_change(
    left: Node,
    right: Node,
    fields: Mapping[str, Any],
    kind: Kind,
    needs_other_weights: bool,
    masking: tuple[MaskUses, set[str]],
) -> Class:
    """The class of a change of a layer that both networks have.

    Args:
        left: the layer in the left network.
        right: the layer in the right network.
        fields: the arguments that differ.
        kind: how it differs.
        needs_other_weights: whether the weights of the left network do not fit.
        masking: what masks change in the left network, and how the masks that this layer makes are used in the two.
    """
    if needs_other_weights:
        return "weights"
    if kind == "moved" and not left.weights:
        return _class_without_weights(left, masking[0].changing)
    unused = [] if "always" in masking[1] else ["mask_zero"]
    if kind == "changed" and [*fields] == unused:
        return "training" if masking[1] else "cosmetic"
    computed = any(is_constant_weight(node.op, name) for node in (left, right) for name in fields)
    in_training = kind == "changed" and all(training_alone(left.op, name) or name in unused for name in fields)
    return "training" if in_training and not computed else "numerics"
