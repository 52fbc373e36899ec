"""Which layers share their weights, compared."""

from __future__ import annotations

from archc.diff.content import Pairs
from archc.ir.graph import Node


def changed_sharing(pairs: Pairs) -> dict[Node, list[str | None]]:
    """The layers that share the weights of other layers than their counterparts do.

    Args:
        pairs: corresponding tensors, in an order of the left.

    Returns:
        By the layer of the left: the names of the layers whose weights it and its counterpart use, each in its own
        network; None for weights of its own. Of layers that share weights, the first in order has them.
    """
    owners: dict[Node, Node] = {}
    others: dict[Node, Node] = {}
    found: dict[Node, list[str | None]] = {}
    for mine, theirs in pairs.items():
        if not isinstance(mine, Node) or not isinstance(theirs, Node) or not (mine.weights and theirs.weights):
            continue
        owner = owners.setdefault(_layer(mine), mine)
        other = others.setdefault(_layer(theirs), theirs)
        if pairs.get(owner) is not other:
            found[mine] = [None if first is call else first.name for first, call in ((owner, mine), (other, theirs))]
    return found


def _layer(node: Node) -> Node:
    return node.first or node
