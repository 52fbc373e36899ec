"""Which layers of two graphs correspond: by the tree of parts, and, for what that leaves, by what is around them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from archc.diff.alignment import Alignment
from archc.diff.order import Ordered
from archc.diff.parts import tree
from archc.ir.graph import Node, Tensor

Pairs = dict[Tensor, Tensor]
"""The counterparts in the right graph of what is in the left."""


def corresponding(left: Ordered, right: Ordered) -> Pairs:
    """The tensors of the left that have a counterpart in the right, inputs among them."""
    pairs: Pairs = dict(zip(left.graph.inputs, right.graph.inputs, strict=False))
    pairs |= dict(Alignment().pairs(tree(left), tree(right)))
    _match_behind(left, right, pairs)
    _match_before(left, right, pairs)
    return pairs


def _rest(nodes: Iterable[Node], taken: Iterable[Tensor]) -> list[Node]:
    known = set(taken)
    return [node for node in nodes if node not in known]


def _match_behind(left: Ordered, right: Ordered, pairs: Pairs) -> None:
    """Matches equal layers that take the same tensors, first to last."""
    waiting: defaultdict[tuple[object, ...], list[Node]] = defaultdict(list)
    for node in _rest(right.nodes, pairs.values()):
        waiting[right.signatures[node][1], right.inputs[node]].append(node)
    for node in _rest(left.nodes, pairs):
        taken = tuple(pairs.get(tensor) for tensor in left.inputs[node])
        found = waiting.get((left.signatures[node][1], taken))
        if found and None not in taken:
            pairs[node] = found.pop(0)


def _match_before(left: Ordered, right: Ordered, pairs: Pairs) -> None:
    """Matches layers of one kind that the same layers take, last to first."""
    taken = set(pairs.values())
    for node in reversed(left.nodes):
        other = pairs.get(node)
        if not isinstance(other, Node):
            continue
        for mine, theirs in zip(left.inputs[node], right.inputs[other], strict=False):
            if mine in pairs or theirs in taken or not isinstance(mine, Node) or not isinstance(theirs, Node):
                continue
            if mine.op.op_name == theirs.op.op_name:
                pairs[mine] = theirs
                taken.add(theirs)
