"""Layers that stand at another place."""

from __future__ import annotations

from collections import defaultdict

from archc.diff.content import Pairs, remaining
from archc.diff.order import Ordered
from archc.ir.graph import Node, Tensor


def moved_layers(left: Ordered, right: Ordered, pairs: Pairs) -> Pairs:
    """Layers that are removed at one place and added, with equal arguments, at one other place.

    A layer without weights is the same one where it has the same name.
    """
    gone, come = _unique(left, set(pairs)), _unique(right, set(pairs.values()))
    return {node: come[key] for key, node in gone.items() if key in come}


def _unique(side: Ordered, matched: set[Tensor]) -> dict[object, Node]:
    """The layers that are not matched, by what identifies them, where it identifies only one layer."""
    found: defaultdict[object, list[Node]] = defaultdict(list)
    for node in remaining(side.nodes, matched):
        found[side.signatures[node].content, node.weights or node.name].append(node)
    return {key: nodes[0] for key, nodes in found.items() if len(nodes) == 1}
