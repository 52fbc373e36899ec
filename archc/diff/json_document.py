"""A diff as plain data, complete: the left network with it applied is the right one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from archc.analysis import cost
from archc.diff.differences import Change, Differences
from archc.diff.reason import reason
from archc.diff.wiring import Rewired
from archc.ir.graph import Graph, Node, Tensor
from archc.ir.op import Op
from archc.ir.shape import json_shape
from archc.ops.configured import Configured

Ids = Mapping[Tensor, str]
"""The id of each tensor of both networks: the layer's name, with `:2` for its second call."""


def diff_document(diff: Differences, left: str | None = None, right: str | None = None) -> dict[str, Any]:
    """The document `archc-diff`.

    Args:
        diff: the networks compared.
        left: what the user called the left network.
        right: what the user called the right network.
    """
    graphs = diff.left, diff.right
    ids = {**tensor_ids(diff.left), **tensor_ids(diff.right)}
    return {
        "format": "archc-diff",
        "version": 2,
        "left": left,
        "right": right,
        "reason": reason(diff),
        "counts": diff.counts,
        "changes": [_change(change, ids) for change in diff.changes],
        "rewired": [_rewired(found, ids) for found in diff.rewired],
        "consequences": [_consequence(mine, theirs, ids) for mine, theirs in diff.consequences],
        "respelled": [_respelled(mine, theirs, ids) for mine, theirs in diff.respelled],
        "counterparts": {ids[mine]: ids[theirs] for mine, theirs in diff.counterparts.items()},
        "renamed": [{"layer": mine, "counterpart": theirs} for mine, theirs in _renamed(diff)],
        "connections": [*_connections(diff, ids)],
        "shapes": [*_shapes(diff, ids)],
        "signature": {
            "inputs": [[_input(made) for made in graph.inputs] for graph in graphs],
            "outputs": [[_output(name, end, ids) for name, end in graph.outputs.items()] for graph in graphs],
            "changes": [*diff.signature],
        },
        "params": [cost.params(graph.nodes) for graph in graphs],
        "macs": [cost.macs(graph.nodes) for graph in graphs],
        "classes": [*diff.classes],
        "loading": dict(diff.loading.outcomes),
        "misplaced": [{"layer": layer.name, "gets": source.name} for layer, source in diff.loading.misplaced],
        "by_names_only": diff.by_names_only,
    }


def tensor_ids(graph: Graph) -> dict[Tensor, str]:
    """The id of each tensor: the layer's name, with the number of the call for a later call of a shared layer."""
    ids: dict[Tensor, str] = {}
    calls: Counter[str] = Counter()
    tensors: tuple[Tensor, ...] = (*graph.inputs, *graph.nodes)
    for tensor in tensors:
        calls[tensor.name] += 1
        number = calls[tensor.name]
        ids[tensor] = tensor.name if number == 1 else f"{tensor.name}:{number}"
    return ids


def layer_document(node: Node, ids: Ids) -> dict[str, Any]:
    """One call of a layer: what it is and what it takes."""
    return {
        "op": node.op.op_name,
        "arguments": {name: value_document(value) for name, value in node.op.arguments().items()},
        "inputs": [ids[tensor] for tensor in node.inputs],
        "shape": json_shape(node.shape),
    }


def value_document(value: Any) -> Any:
    """The value of an argument as a spec writes it: an initializer or a layer is a mapping of its name."""
    if isinstance(value, Configured):
        return {value.configured_name: _mapping(value.arguments())}
    if isinstance(value, Op):
        return {value.op_name: _mapping(value.arguments())}
    if isinstance(value, BaseModel):
        return _mapping(dict(value))
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, tuple | list):
        return [value_document(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _mapping(values: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name): value_document(value) for name, value in values.items()}


# --- differences ---


def _change(change: Change, ids: Ids) -> dict[str, Any]:
    left, right = change.left, change.right
    return {
        "kind": change.kind,
        "layer": (left or change.node).name,
        "counterpart": right.name if left is not None and right is not None else None,
        "fields": {name: [value_document(old), value_document(new)] for name, (old, new) in change.fields.items()},
        "classes": [*change.classes],
        "at": str(change.node.at),
        "tensors": _ids(left, right, ids),
        **layer_document(change.node, ids),
    }


def _rewired(found: Rewired, ids: Ids) -> dict[str, Any]:
    return {
        "layer": None if found.left is None else found.left.name,
        "counterpart": None if found.right is None else found.right.name,
        "before": [tensor.name for tensor in found.before],
        "after": [tensor.name for tensor in found.after],
        "classes": list(found.classes),
        "tensors": _ids(found.left, found.right, ids),
    }


def _consequence(left: Node, right: Node, ids: Ids) -> dict[str, Any]:
    weights = [
        {"name": had.name, "shapes": [[*had.shape], [*has.shape]]}
        for had, has in zip(left.weights, right.weights, strict=True)
    ]
    return {"layer": left.name, "counterpart": right.name, "tensors": _ids(left, right, ids), "weights": weights}


def _respelled(left: Iterable[Node], right: Iterable[Node], ids: Ids) -> dict[str, Any]:
    sides = [[{"tensor": ids[node], **layer_document(node, ids)} for node in nodes] for nodes in (left, right)]
    return {"left": sides[0], "right": sides[1]}


def _renamed(diff: Differences) -> Iterable[tuple[str, str]]:
    """The names on both sides of the layers that have others, each layer once."""
    return dict.fromkeys((mine.name, theirs.name) for mine, theirs in diff.renamed)


def _connections(diff: Differences, ids: Ids) -> Iterable[dict[str, Any]]:
    """The corresponding layers whose inputs are not the counterparts of those that they had, in that order."""
    for mine, theirs in diff.counterparts.items():
        if isinstance(mine, Node) and isinstance(theirs, Node):
            kept = [diff.counterparts.get(tensor) for tensor in mine.inputs]
            if kept != [*theirs.inputs]:
                inputs = [[ids[tensor] for tensor in node.inputs] for node in (mine, theirs)]
                yield {"tensors": _ids(mine, theirs, ids), "inputs": inputs}


def _shapes(diff: Differences, ids: Ids) -> Iterable[dict[str, Any]]:
    """The corresponding layers and inputs whose outputs have different shapes."""
    for mine, theirs in diff.counterparts.items():
        if mine.shape != theirs.shape:
            yield {"tensors": _ids(mine, theirs, ids), "shapes": [json_shape(mine.shape), json_shape(theirs.shape)]}


def _ids(left: Tensor | None, right: Tensor | None, ids: Ids) -> list[str | None]:
    return [None if tensor is None else ids[tensor] for tensor in (left, right)]


# --- inputs and outputs ---


def _input(made: Tensor) -> dict[str, Any]:
    return {"name": made.name, "shape": [*made.shape], "dtype": made.dtype}


def _output(name: str, tensor: Tensor, ids: Ids) -> dict[str, Any]:
    return {"name": name, "tensor": ids[tensor], "shape": json_shape(tensor.shape), "dtype": tensor.dtype}
