"""Which layers of two graphs correspond: by content, by the tree of parts, and in order; the shortest result counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice, product
from operator import itemgetter

from archc.diff.alignment import Alignment
from archc.diff.content import Pairs, equal_content, remaining
from archc.diff.order import Ordered
from archc.diff.parts import Part, leaves, sequence, tree
from archc.diff.sequences import rising
from archc.diff.wiring import Rewired, rewired, users_of
from archc.ir.graph import Node, Region, Tensor


def corresponding(left: Ordered, right: Ordered) -> Pairs:
    """The corresponding tensors of two graphs, inputs included."""
    equal = equal_content(left, right)
    if len(equal) == len(left.nodes) + len(left.graph.inputs) == len(right.nodes) + len(right.graph.inputs):
        return equal
    inputs: Pairs = dict(zip(left.graph.inputs, right.graph.inputs, strict=False))
    starts = [equal, inputs] if len(equal) > len(inputs) else [inputs]
    layers = leaves(left), leaves(right)
    least, found = _least(left, right), []
    for start, align in product(starts, (_by_parts, _in_order)):
        pairs = align(*layers, start)
        _match_by_inputs(left, right, pairs)
        _match_by_users(left, right, pairs)
        found.append((_length(left, right, pairs, rewired(left, right, pairs)), pairs))
        if found[-1][0][:2] == (least, 0):
            break
    improved = _improved(left, right, min(found, key=itemgetter(0))[1])
    _match_replaced(left, right, improved)
    return improved


def _least(left: Ordered, right: Ordered) -> int:
    """The fewest differences that there can be: what one of the networks has more of each layer."""
    ones, others = (Counter(side.signatures[node].content for node in side.nodes) for side in (left, right))
    return max((ones - others).total(), (others - ones).total())


def _by_parts(left: Sequence[Part], right: Sequence[Part], pairs: Pairs) -> Pairs:
    """These pairs, and those of the other layers by the tree of parts that they stand in."""
    matched = set(pairs.values())
    ones, others = (
        [part for part in left if part.node not in pairs],
        [part for part in right if part.node not in matched],
    )
    return pairs | dict(Alignment(tree(ones), tree(others)).pairs())


def _in_order(left: Sequence[Part], right: Sequence[Part], pairs: Pairs) -> Pairs:
    """These pairs, and those of the other layers by their order; between pairs in order, where there are any."""
    found = dict(pairs)
    there: dict[Tensor | None, int] = {part.node: place for place, part in enumerate(right)}
    matched = set(pairs.values())
    places = [(place, there[pairs[part.node]]) for place, part in enumerate(left) if part.node in pairs]
    i, j = 0, 0
    for one, other in [*rising(places), (len(left), len(right))]:
        before = [part for part in left[i:one] if part.node not in pairs]
        after = [part for part in right[j:other] if part.node not in matched]
        if before and after:
            found |= dict(Alignment(sequence(before), sequence(after)).pairs())
        i, j = one + 1, other + 1
    return found


def _length(left: Ordered, right: Ordered, pairs: Pairs, connections: Sequence[Rewired]) -> tuple[int, int, int]:
    """The number of differences; of equally many, that of other names; of these, that of parts that are torn."""
    matched = sum(isinstance(node, Node) for node in pairs)
    unmatched = len(left.nodes) + len(right.nodes) - 2 * matched
    changed = sum(
        left.signatures[node].content != right.signatures[other].content
        for node, other in pairs.items()
        if isinstance(node, Node) and isinstance(other, Node)
    )
    names = sum(node.name != other.name for node, other in pairs.items())
    torn = _torn(left.nodes, set(pairs)) + _torn(right.nodes, set(pairs.values()))
    return unmatched + changed + len(connections), names, torn


def _torn(nodes: Sequence[Node], matched: set[Tensor]) -> int:
    """The number of parts with layers that have a counterpart and layers that have none."""
    kinds: defaultdict[Region, set[bool]] = defaultdict(set)
    for node in nodes:
        for region in node.region.chain():
            kinds[region].add(node in matched)
    return sum(len(found) == 2 for found in kinds.values())


def _match_by_inputs(left: Ordered, right: Ordered, pairs: Pairs) -> None:
    """Matches equal layers with the same inputs, first to last."""
    waiting: defaultdict[tuple[object, ...], list[Node]] = defaultdict(list)
    for node in remaining(right.nodes, pairs.values()):
        waiting[right.signatures[node].content, right.inputs[node]].append(node)
    for node in remaining(left.nodes, pairs):
        inputs = tuple(pairs.get(tensor) for tensor in left.inputs[node])
        found = waiting.get((left.signatures[node].content, inputs))
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


def _match_replaced(left: Ordered, right: Ordered, pairs: Pairs) -> None:
    """Matches a layer with one of another op that has the same inputs and at least one of the same users."""
    waiting: defaultdict[tuple[Tensor | None, ...], list[Node]] = defaultdict(list)
    for node in remaining(right.nodes, pairs.values()):
        waiting[right.inputs[node]].append(node)
    if not waiting:
        return
    here, there, matched = users_of(left), users_of(right), set(pairs.values())
    for node in remaining(left.nodes, pairs):
        inputs = tuple([pairs.get(tensor) for tensor in left.inputs[node]])
        taking = {pairs.get(user) if user is not None else None for user in here[node]}
        for other in waiting.get(inputs, ()):
            if other not in matched and taking & set(there[other]):
                pairs[node] = other
                matched.add(other)
                break


_EFFORT = 10_000  # the number of layers times the number of tries


def _improved(left: Ordered, right: Ordered, pairs: Pairs) -> Pairs:
    """The same correspondence with layers of one op exchanged where that needs fewer changes.

    Of two equal layers in a row, of which one is removed, either may be the removed one; their users tell which.
    """
    found = rewired(left, right, pairs)
    length = _length(left, right, pairs, found)
    tries, better = min(40, _EFFORT // (len(left.nodes) + len(right.nodes) + 1)), True
    while found and better:
        better = False
        for other in islice(_exchanged(left, right, pairs, found), tries):
            tries -= 1
            connections = rewired(left, right, other)
            if (shorter := _length(left, right, other, connections)) < length:
                pairs, found, length, better = other, connections, shorter, True
                break
    return pairs


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
