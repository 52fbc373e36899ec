"""From canonical layers back to written ones: which arguments differ, and what is only written in another way.

An activation may stand inside a layer or after it. In canonical form it is a layer of its own; here it is again an
argument of the layer that it stands in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from archc.diff.canonical import Canonical, Layer, Value
from archc.diff.changed_arguments import changed_arguments
from archc.diff.content import Pairs
from archc.ir.graph import Node
from archc.ir.op import Op

Respelled = tuple[tuple[Node, ...], tuple[Node, ...]]
"""Layers of the left, and those of the right that compute the same in another spelling."""


class Spelling(NamedTuple):
    """Two written networks whose canonical layers correspond.

    Attributes:
        fields: the arguments that differ, by the written layer of the left; for layers that have a counterpart.
        respelled: what is only written in another way.
        silent: the written layers that are an activation inside a layer of the other network.
    """

    fields: Mapping[Node, dict[str, list[Any]]]
    respelled: tuple[Respelled, ...]
    silent: frozenset[Node]


def settle_activations(left: Canonical, right: Canonical, pairs: Pairs) -> None:
    """Makes each activation inside a layer correspond only to what it can be told with.

    That is the activation inside the counterpart of its layer, or an equal activation that stands alone behind this
    counterpart.
    """
    if not (left.activations or right.activations):
        return
    back: Pairs = {theirs: mine for mine, theirs in pairs.items()}
    for mine, theirs in list(pairs.items()):
        if not isinstance(mine, Layer) or not isinstance(theirs, Layer):
            continue
        if mine.is_inside:
            other = pairs.get(mine.inputs[0])
            told = theirs.inputs[0] is other if theirs.is_inside else _is_behind(theirs, other, back)
        elif theirs.is_inside:
            told = _is_behind(mine, back.get(theirs.inputs[0]), pairs)
        else:
            continue
        if not told or (mine.canonical.equal != theirs.canonical.equal and mine.is_inside != theirs.is_inside):
            del pairs[mine]
    matched = set(pairs.values())
    for node, inner in left.activations.items():
        body = pairs.get(left.bodies[node])
        other = right.activations.get(body.written) if isinstance(body, Layer) else None
        if inner not in pairs and other is not None and other not in matched:
            pairs[inner] = other


def _is_behind(layer: Layer, before: Value | None, paired: Pairs) -> bool:
    """Whether a layer takes a tensor, but for layers between that have no counterpart."""
    tensor = layer.inputs[0]
    while isinstance(tensor, Layer) and tensor is not before and tensor not in paired and len(tensor.inputs) == 1:
        tensor = tensor.inputs[0]
    return tensor is before


def spelling(left: Canonical, right: Canonical, pairs: Pairs) -> Spelling:
    """What the written layers of two networks have in common, from the pairs of their canonical layers."""
    back = {other: tensor for tensor, other in pairs.items()}
    fields: dict[Node, dict[str, list[Any]]] = {}
    respelled: list[Respelled] = []
    silent: set[Node] = set()
    known: dict[tuple[int, ...], tuple[dict[str, list[Any]], bool]] = {}
    for node, body in left.bodies.items():
        counterpart = pairs.get(body)
        if not isinstance(counterpart, Layer) or counterpart.is_inside:
            continue
        other = counterpart.written
        ops = node.op, other.op, body.canonical.op, counterpart.canonical.op
        key = tuple(map(id, ops))
        if key not in known:
            differing = _fields(*ops)
            known[key] = differing, _is_respelled(node.op, other.op, differing)
        differing, is_respelled = known[key]
        had, has = left.activations.get(node), right.activations.get(other)
        after, before = _alone(pairs, had), _alone(back, has)
        told = [inner if alone is None else None for inner, alone in ((had, after), (has, before))]
        if (pair := [_name(inner) for inner in told])[0] != pair[1]:
            differing = {**differing, "activation": pair}
            is_respelled = _is_respelled(node.op, other.op, differing)
        if differing:
            fields[node] = differing
        if after is not None or before is not None or is_respelled:
            silent |= {alone for alone in (after, before) if alone is not None}
            ones, others = ((node, before), (other, after))
            respelled.append((_known(ones), _known(others)))
    return Spelling(fields, tuple(respelled), frozenset(silent))


def _is_respelled(left: Op, right: Op, fields: Mapping[str, Any]) -> bool:
    """Whether the ops differ in more than the arguments that differ in meaning."""
    if type(left) is not type(right):
        return "op" not in fields
    if left == right:
        return False
    ours, theirs = left.values(), right.values()
    return any(
        ours.get(name) != theirs.get(name) and not any(told.partition(".")[0] == name for told in fields)
        for name in {**ours, **theirs}
    )


def _alone(pairs: Pairs, inner: Layer | None) -> Node | None:
    """The written layer that an inner activation is in the other network; None where it is inside a layer there too."""
    found = None if inner is None else pairs.get(inner)
    return found.written if isinstance(found, Layer) and not found.is_inside else None


def _known(nodes: tuple[Node | None, ...]) -> tuple[Node, ...]:
    return tuple([node for node in nodes if node is not None])


def _name(activation: Layer | None) -> Any:
    return None if activation is None else getattr(activation.op, "activation", None)


def _fields(left: Op, right: Op, canonical_left: Op, canonical_right: Op) -> dict[str, list[Any]]:
    """The arguments that differ in meaning, as they are written; the names of the ops where these differ."""
    if left == right:
        return {}
    same = type(canonical_left) is type(canonical_right)
    differing = changed_arguments(canonical_left, canonical_right) if same else {"op": []}
    if type(left) is not type(right):
        return {"op": [left.op_name, right.op_name]} if differing else {}
    written = changed_arguments(left, right)
    return {name: pair for name, pair in written.items() if name in differing} or (written if differing else {})
