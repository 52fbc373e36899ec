"""Which layers of two graphs correspond: by content, by the tree of parts, and in order; the shortest result counts."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, product
from operator import attrgetter
from typing import NamedTuple

from archc.diff.alignment import Alignment, Costs
from archc.diff.canonical import Canonical, Layer, Value
from archc.diff.content import Pairs, equal_content, is_complete, remaining
from archc.diff.parts import Part, sequence, tree
from archc.diff.sequences import rising
from archc.diff.wiring import Connections, rewired
from archc.ir.graph import Region


class _Tried(NamedTuple):
    """A correspondence.

    Attributes:
        length: the number of differences; of equally many, that of other names; of these, that of parts that are torn.
        pairs: the corresponding tensors.
        connections: those that added and removed layers do not explain.
    """

    length: tuple[int, int, int]
    pairs: Pairs
    connections: Sequence[Connections]


def corresponding(left: Canonical, right: Canonical) -> Pairs:
    """The corresponding tensors of two graphs, inputs included."""
    equal = equal_content(left, right)
    if is_complete(left, right, equal):
        return equal
    inputs: Pairs = dict(zip(left.inputs, right.inputs, strict=False))
    starts = [equal, inputs] if len(equal) > len(inputs) else [inputs]
    least, found, costs = _least(left, right), list[_Tried](), Costs()
    for start, align in product(starts, (_by_parts, _in_order)):
        pairs = align(left, right, start, costs)
        _match_by_inputs(left, right, pairs)
        _match_by_users(left, pairs)
        found.append(_tried(left, right, pairs))
        if found[-1].length[:2] == (least, 0):
            break
    improved = _improved(left, right, min(found, key=attrgetter("length")))
    _match_replaced(left, right, improved)
    return improved


def _least(left: Canonical, right: Canonical) -> int:
    """The fewest differences that there can be: what one of the networks has more of each layer."""
    ones, others = (Counter([layer.canonical.content for layer in side.layers]) for side in (left, right))
    return max((ones - others).total(), (others - ones).total())


def _by_parts(left: Canonical, right: Canonical, pairs: Pairs, costs: Costs) -> Pairs:
    """These pairs, and those of the other layers by the tree of parts that they stand in."""
    before, after = remaining(left.layers, pairs), remaining(right.layers, pairs.values())
    if not (before and after):
        return dict(pairs)
    return pairs | dict(Alignment(tree(map(Part, before)), tree(map(Part, after)), costs).pairs())


def _in_order(left: Canonical, right: Canonical, pairs: Pairs, costs: Costs) -> Pairs:
    """These pairs, and those of the other layers by their order; between pairs in order, where there are any."""
    found = dict(pairs)
    there: dict[Value, int] = {layer: place for place, layer in enumerate(right.layers)}
    matched = set(pairs.values())
    places = [(place, there[pairs[layer]]) for place, layer in enumerate(left.layers) if layer in pairs]
    i, j = 0, 0
    for one, other in [*rising(places), (len(left.layers), len(right.layers))]:
        before = [layer for layer in left.layers[i:one] if layer not in pairs]
        after = [layer for layer in right.layers[j:other] if layer not in matched]
        if before and after:
            ones, others = (sequence([*map(Part, layers)]) for layers in (before, after))
            found |= dict(Alignment(ones, others, costs).pairs())
        i, j = one + 1, other + 1
    return found


def _tried(left: Canonical, right: Canonical, pairs: Pairs) -> _Tried:
    """A correspondence with its length."""
    connections = rewired(left, right, pairs)
    apart = remaining(left.layers, pairs), remaining(right.layers, pairs.values())
    changed, names = 0, 0
    for one, other in pairs.items():
        names += one.name != other.name
        if isinstance(one, Layer) and isinstance(other, Layer):
            changed += one.canonical.content != other.canonical.content
    torn = _torn(left, apart[0]) + _torn(right, apart[1])
    return _Tried((len(apart[0]) + len(apart[1]) + changed + len(connections), names, torn), pairs, connections)


def _torn(network: Canonical, apart: Iterable[Layer]) -> int:
    """The number of parts with layers that have a counterpart and layers that have none."""
    counts: Counter[Region] = Counter([region for layer in apart for region in layer.written.region.chain()])
    return sum([count < network.sizes[region] for region, count in counts.items()])


def _match_by_inputs(left: Canonical, right: Canonical, pairs: Pairs) -> None:
    """Matches equal layers with the same inputs, first to last."""
    waiting: defaultdict[tuple[object, ...], list[Layer]] = defaultdict(list)
    for layer in remaining(right.layers, pairs.values()):
        waiting[layer.canonical.content, layer.sorted].append(layer)
    for layer in remaining(left.layers, pairs) if waiting else ():
        found = waiting.get((layer.canonical.content, tuple(map(pairs.get, layer.sorted))))
        if found:
            pairs[layer] = found.pop(0)


def _match_by_users(left: Canonical, pairs: Pairs) -> None:
    """Matches layers of one op that are inputs of the same layer, last to first."""
    matched = set(pairs.values())
    for layer in reversed(left.layers):
        other = pairs.get(layer)
        if not isinstance(other, Layer):
            continue
        for mine, theirs in zip(layer.sorted, other.sorted, strict=False):
            if mine in pairs or theirs in matched or not isinstance(mine, Layer) or not isinstance(theirs, Layer):
                continue
            if mine.canonical.name == theirs.canonical.name:
                pairs[mine] = theirs
                matched.add(theirs)


def _match_replaced(left: Canonical, right: Canonical, pairs: Pairs) -> None:
    """Matches a layer with one of another op that has the same inputs and at least one of the same users."""
    waiting: defaultdict[tuple[object, object], deque[tuple[int, Layer]]] = defaultdict(deque)
    for place, layer in enumerate(remaining(right.layers, pairs.values())):
        for user in dict.fromkeys(right.users[layer]):
            waiting[layer.sorted, user].append((place, layer))
    matched: set[int] = set()
    for layer in remaining(left.layers, pairs) if waiting else ():
        inputs = tuple(map(pairs.get, layer.sorted))
        first: tuple[int, Layer] | None = None
        for taking in {pairs.get(user) if user is not None else None for user in left.users[layer]}:
            found = waiting.get((inputs, taking), deque())
            while found and found[0][0] in matched:
                found.popleft()
            if found and (first is None or found[0][0] < first[0]):
                first = found[0]
        if first is not None:
            matched.add(first[0])
            pairs[layer] = first[1]


_EFFORT = 10_000  # the number of layers times the number of tries


def _improved(left: Canonical, right: Canonical, best: _Tried) -> Pairs:
    """The same correspondence with layers of one op exchanged where that needs fewer changes.

    Of two equal layers in a row, of which one is removed, either may be the removed one; their users tell which.
    """
    tries, better = min(40, _EFFORT // (len(left.layers) + len(right.layers) + 1)), True
    while best.connections and better:
        better = False
        for pairs in islice(_exchanged(left, right, best), tries):
            tries -= 1
            other = _tried(left, right, pairs)
            if other.length < best.length:
                best, better = other, True
                break
    return best.pairs


def _exchanged(left: Canonical, right: Canonical, tried: _Tried) -> Iterator[Pairs]:
    """The correspondences in which another layer of its op takes the place of an input of a rewired layer."""
    pairs = tried.pairs
    back = {other: tensor for tensor, other in pairs.items()}
    for each in tried.connections:
        for tensor in each.before:
            yield from _shifted(left, right, pairs, tensor)
        for tensor in each.after:
            for owners in _shifted(right, left, back, tensor):
                yield {mine: other for other, mine in owners.items()}


def _shifted(left: Canonical, right: Canonical, pairs: Pairs, tensor: Value) -> Iterator[Pairs]:
    """The correspondences in which a layer of the left has no counterpart instead of another layer of its op.

    The layers of this op between the two move up by one, so that the order is kept.
    """
    if not isinstance(tensor, Layer):
        return
    alike = [layer for layer in left.layers if layer.canonical.name == tensor.canonical.name]
    order = {layer: place for place, layer in enumerate(right.layers)}
    here = alike.index(tensor)
    for place, layer in enumerate(alike):
        if (layer in pairs) != (tensor in pairs):
            unmatched = tensor if tensor in pairs else layer
            run = alike[min(here, place) : max(here, place) + 1]
            others = sorted(
                (other for mine in run if isinstance(other := pairs.get(mine), Layer)), key=order.__getitem__
            )
            kept = {mine: other for mine, other in pairs.items() if mine not in set(run)}
            taking = [mine for mine in run if mine is not unmatched and (mine in pairs or mine in (layer, tensor))]
            yield {**kept, **dict(zip(taking, others, strict=True))}
