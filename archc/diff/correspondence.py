"""Which layers of two graphs correspond: by the tree of parts; the remaining layers by their neighbours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice

from archc.diff.alignment import Alignment
from archc.diff.order import Ordered
from archc.diff.parts import tree
from archc.diff.wiring import Rewired, rewired
from archc.ir.graph import Node, Tensor

Pairs = dict[Tensor, Tensor]
"""The tensors of the right graph, by the tensors of the left that they correspond to."""


def corresponding(left: Ordered, right: Ordered) -> Pairs:
    """The corresponding tensors of two graphs, inputs included."""
    pairs: Pairs = dict(zip(left.graph.inputs, right.graph.inputs, strict=False))
    if _form(left) == _form(right):
        return pairs | dict(zip(left.nodes, right.nodes, strict=True))
    pairs |= dict(Alignment().pairs(tree(left), tree(right)))
    _match_by_inputs(left, right, pairs)
    _match_by_users(left, right, pairs)
    return _improved(left, right, pairs)


def _form(ordered: Ordered) -> list[tuple[object, ...]]:
    """The layers with their arguments and inputs; equal for a network that is written with other parts."""
    tensors = (*ordered.graph.inputs, *ordered.nodes)
    places = {tensor: place for place, tensor in enumerate(tensors)}
    return [
        (
            ordered.signatures[node][1],
            node.first and places[node.first],
            *(places[each] for each in ordered.inputs[node]),
        )
        for node in ordered.nodes
    ]


def _unmatched(nodes: Iterable[Node], matched: Iterable[Tensor]) -> list[Node]:
    known = set(matched)
    return [node for node in nodes if node not in known]


def _match_by_inputs(left: Ordered, right: Ordered, pairs: Pairs) -> None:
    """Matches equal layers with the same inputs, first to last."""
    waiting: defaultdict[tuple[object, ...], list[Node]] = defaultdict(list)
    for node in _unmatched(right.nodes, pairs.values()):
        waiting[right.signatures[node][1], right.inputs[node]].append(node)
    for node in _unmatched(left.nodes, pairs):
        inputs = tuple(pairs.get(tensor) for tensor in left.inputs[node])
        found = waiting.get((left.signatures[node][1], inputs))
        if found and None not in inputs:
            pairs[node] = found.pop(0)


def _match_by_users(left: Ordered, right: Ordered, pairs: Pairs) -> None:
    """Matches layers of one op that are inputs of the same layer, last to first."""
    matched = set(pairs.values())
    for node in reversed(left.nodes):
        other = pairs.get(node)
        if not isinstance(other, Node):
            continue
        for mine, theirs in zip(left.inputs[node], right.inputs[other], strict=False):
            if mine in pairs or theirs in matched or not isinstance(mine, Node) or not isinstance(theirs, Node):
                continue
            if mine.op.op_name == theirs.op.op_name:
                pairs[mine] = theirs
                matched.add(theirs)


_EFFORT = 10_000  # the number of layers times the number of tries


def _improved(left: Ordered, right: Ordered, pairs: Pairs) -> Pairs:
    """The same correspondence with layers of one op exchanged where that needs fewer changes.

    Of two equal layers in a row, of which one is removed, either may be the removed one; their users tell which.
    """
    found = rewired(left, right, pairs)
    tries, better = min(40, _EFFORT // (len(left.nodes) + len(right.nodes) + 1)), True
    while found and better:
        better = False
        for other in islice(_exchanged(left, right, pairs, found), tries):
            tries -= 1
            remaining = rewired(left, right, other)
            if len(remaining) + _changed(other) < len(found) + _changed(pairs):
                pairs, found, better = other, remaining, True
                break
    return pairs


def _changed(pairs: Pairs) -> int:
    """The number of layers whose counterpart has other arguments."""
    return sum(
        isinstance(node, Node) and isinstance(other, Node) and node.op is not other.op and node.op != other.op
        for node, other in pairs.items()
    )


def _exchanged(left: Ordered, right: Ordered, pairs: Pairs, found: list[Rewired]) -> Iterator[Pairs]:
    """The correspondences in which another layer of its op takes the place of an input of a rewired layer."""
    back = {other: tensor for tensor, other in pairs.items()}
    for each in found:
        for tensor in each.before:
            for owners in _shifted(left, right, pairs, tensor):
                yield owners
        for tensor in each.after:
            for owners in _shifted(right, left, back, tensor):
                yield {mine: other for other, mine in owners.items()}


def _shifted(left: Ordered, right: Ordered, pairs: Pairs, tensor: Tensor) -> Iterator[Pairs]:
    """The correspondences in which a layer of the left has no counterpart instead of another layer of its op.

    The layers of this op between the two move up by one, so that the order is kept.
    """
    if not isinstance(tensor, Node):
        return
    alike = [node for node in left.nodes if node.op.op_name == tensor.op.op_name]
    order = {node: place for place, node in enumerate(right.nodes)}
    here = alike.index(tensor)
    for place, node in enumerate(alike):
        if (node in pairs) != (tensor in pairs):
            unmatched = tensor if tensor in pairs else node
            run = alike[min(here, place) : max(here, place) + 1]
            others = sorted(
                (other for mine in run if isinstance(other := pairs.get(mine), Node)), key=order.__getitem__
            )
            kept = {mine: other for mine, other in pairs.items() if mine not in set(run)}
            taking = [mine for mine in run if mine is not unmatched and (mine in pairs or mine in (node, tensor))]
            yield {**kept, **dict(zip(taking, others, strict=True))}
