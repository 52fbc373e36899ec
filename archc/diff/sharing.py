"""Which layers share their weights, compared."""

from __future__ import annotations

from archc.diff.canonical import Layer
from archc.diff.content import Pairs
from archc.ir.graph import Node


def changed_sharing(pairs: Pairs) -> dict[Node, list[str | None]]:
    """The layers that share the weights of other layers than their counterparts do.

    Args:
        pairs: corresponding tensors, in an order of the left.

    Returns:
        By the written layer of the left: the names of the layers whose weights it and its counterpart use, each in its
        own network; None for weights of its own. Of layers that share weights, the first in order has them.
    """
    owners: dict[Layer, Layer] = {}
    others: dict[Layer, Layer] = {}
    found: dict[Node, list[str | None]] = {}
    for mine, theirs in pairs.items():
        if not isinstance(mine, Layer) or not isinstance(theirs, Layer) or not (mine.weights and theirs.weights):
            continue
        owner = owners.setdefault(mine.first or mine, mine)
        other = others.setdefault(theirs.first or theirs, theirs)
        if pairs.get(owner) is not other:
            found[mine.written] = [
                None if first is call else first.name for first, call in ((owner, mine), (other, theirs))
            ]
    return found
