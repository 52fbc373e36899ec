"""Slim layers, which are strips of the box of the layer before them, and padding, a strip of the one behind it."""

from __future__ import annotations

from collections.abc import Sequence

from archc.ir.op import Elementwise, Op
from archc.pictures.draft import Draft, Order
from archc.pictures.drawn import DrawnLayer
from archc.pictures.palette import family

_FAMILIES = frozenset({"activation", "augmentation", "normalization", "regularization"})
"""The families of ops, each a module, that change numbers and not what they stand for."""
_OTHERS = frozenset({"LocalResponseNormalization", "Normalization", "Rescaling", "Scale"})
"""Such ops of other families."""


def is_slim(op: Op) -> bool:
    """Whether an op is shown as a strip, where it keeps the shape: normalization, activation, dropout and the like."""
    return family(op) in _FAMILIES or isinstance(op, Elementwise) or op.op_name in _OTHERS


def is_padding(op: Op) -> bool:
    """Whether an op is shown as a strip of the layer that takes what it pads."""
    return op.op_name.startswith("ZeroPadding")


def with_strips(drafts: Sequence[Draft], order: Order) -> list[Draft]:
    """The drafts, where slim layers and padding are in the drafts of the layers that they belong to."""
    ends: dict[DrawnLayer, Draft] = {}
    gone: set[Draft] = set()
    for draft in drafts:
        if draft.layer is None or draft.rounds:
            continue
        head = draft.layers[0]
        before = _only_source(head, order)
        host = ends.get(before) if before is not None else None
        if host is not None and before is not None and _is_padding_alone(host) and not draft.padding:
            draft.padding = host.layers
            draft.layers = host.layers + draft.layers
            gone.add(host)
        elif host is not None and before is not None and is_slim(head.node.op) and head.shape == before.shape:
            host.strips = host.strips + draft.layers
            host.layers = host.layers + draft.layers
            gone.add(draft)
            draft = host
        ends[draft.layers[-1]] = draft
    return [draft for draft in drafts if draft not in gone]


def _only_source(layer: DrawnLayer, order: Order) -> DrawnLayer | None:
    """The layer whose output, which nothing else takes, is all that a layer takes; both are in the same networks."""
    if len(layer.inputs) != 1:
        return None
    net = layer.inputs[0]
    source = net.source
    if not isinstance(source, DrawnLayer) or net.number or order.consumers[source] != 1:
        return None
    alike = (source.mark, source.sides) == (layer.mark, layer.sides) and net.sides == layer.sides
    return source if alike else None


def _is_padding_alone(draft: Draft) -> bool:
    return draft.layer is not None and not draft.strips and is_padding(draft.layer.node.op)
