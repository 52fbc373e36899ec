"""Two networks as one graph, where layers that correspond are one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from archc.diff.compare import Diff
from archc.diff.outline import region_counterparts
from archc.ir.graph import Graph, Input, Node, Region, Tensor, layer_calls
from archc.ir.state import State
from archc.pictures.acyclic import acyclic
from archc.pictures.drawn import DrawnGraph, DrawnInput, DrawnLayer, DrawnOutput, Mark, Net, Sides


class _Connection(NamedTuple):
    """A tensor by its source, inputs and layers counted together, and which of its outputs it is."""

    source: int
    number: int


_Joined = tuple[_Connection, Sides]
_Pair = tuple[Node | None, Node | None]
"""A layer of the left network, and its counterpart in the right."""


def union(diff: Diff) -> DrawnGraph:
    """All inputs, layers and outputs of two networks, with all connections of both.

    The layers are in the order of the right network; those of the left alone come behind what they come behind there.
    Connections that would close a circle are in `cut`. They are of the left network alone.
    """
    inputs, pairs = _inputs(diff), _pairs(diff)
    left, right = _places(diff, inputs, pairs)
    taken = [_joined(_taken(mine, left), _taken(theirs, right)) for mine, theirs in pairs]
    first = len(inputs)
    order, cut = acyclic([{one.source - first for one, _ in some if one.source >= first} for some in taken])
    made: dict[int, DrawnInput | DrawnLayer] = dict(enumerate(inputs))
    layer_of = _Layers(diff)
    layers: list[DrawnLayer] = []
    for place in order:
        kept = [joined for joined in taken[place] if (joined[0].source - first, place) not in cut]
        layers.append(layer_of(*pairs[place], tuple(_nets(kept, made))))
        made[first + place] = layers[-1]
    stubs: list[tuple[Net, DrawnLayer]] = []
    for place, layer in zip(order, layers, strict=True):
        lost = [joined for joined in taken[place] if (joined[0].source - first, place) in cut]
        stubs += [(net, layer) for net in _nets(lost, made)]
    outputs = tuple(_outputs(diff, left, right, made))
    main = next(one for one in outputs if one.name == diff.right.main and Sides.RIGHT in one.sides)
    return DrawnGraph(tuple(inputs), tuple(layers), outputs, main, tuple(stubs))


def _inputs(diff: Diff) -> list[DrawnInput]:
    """The inputs of the right network, then those of the left alone."""
    known = set(diff.counterparts.values())
    right = [DrawnInput(made, Sides.BOTH if made in known else Sides.RIGHT) for made in diff.right.inputs]
    return right + [DrawnInput(made, Sides.LEFT) for made in diff.left.inputs if made not in diff.counterparts]


def _pairs(diff: Diff) -> list[_Pair]:
    """The layers of both networks in the order in which the right makes them, and the left where it alone has them."""
    back = {right: left for left, right in diff.sequence if left is not None and right is not None}
    there = {left: right for right, left in back.items()}
    behind: defaultdict[Node | None, list[_Pair]] = defaultdict(list)
    last: Node | None = None
    for left in layer_calls(diff.left.nodes):
        if left in there:
            last = there[left]
        else:
            behind[last].append((left, None))
    found = behind[None]
    for right in layer_calls(diff.right.nodes):
        found += [(back.get(right), right), *behind[right]]
    return found


def _places(
    diff: Diff, inputs: Sequence[DrawnInput], pairs: Sequence[_Pair]
) -> tuple[Mapping[Tensor, int], Mapping[Tensor, int]]:
    """The places of the inputs and layers of each network among those of both."""
    left: dict[Tensor, int] = {}
    right: dict[Tensor, int] = {}
    for place, drawn in enumerate(inputs):
        (right if Sides.RIGHT in drawn.sides else left)[drawn.input] = place
    left.update({made: right[theirs] for made, theirs in diff.counterparts.items() if isinstance(made, Input)})
    for place, (mine, theirs) in enumerate(pairs, len(inputs)):
        left.update({} if mine is None else {mine: place})
        right.update({} if theirs is None else {theirs: place})
    return left, right


def _taken(node: Node | None, places: Mapping[Tensor, int]) -> list[_Connection]:
    return [] if node is None else [_connection(tensor, places) for tensor in node.inputs]


def _connection(tensor: Tensor, places: Mapping[Tensor, int]) -> _Connection:
    if isinstance(tensor, Node) and isinstance(tensor.op, State):
        return _Connection(places[tensor.inputs[0]], tensor.op.index)
    return _Connection(places[tensor], 0)


def _joined(left: Sequence[_Connection], right: Sequence[_Connection]) -> list[_Joined]:
    """The connections of the right network in order, then those of the left alone."""
    remaining = Counter(left)
    found: list[_Joined] = []
    for one in right:
        found.append((one, Sides.BOTH if remaining[one] > 0 else Sides.RIGHT))
        remaining[one] -= 1
    return found + [(one, Sides.LEFT) for one in remaining.elements()]


def _nets(joined: Sequence[_Joined], made: Mapping[int, DrawnInput | DrawnLayer]) -> Iterator[Net]:
    for one, sides in joined:
        yield Net(made[one.source], one.number, sides)


def _outputs(
    diff: Diff, left: Mapping[Tensor, int], right: Mapping[Tensor, int], made: Mapping[int, DrawnInput | DrawnLayer]
) -> Iterator[DrawnOutput]:
    """The outputs of the right network, then those of the left alone; one that both have has the right's name."""
    remaining = _ends(diff.left, left)
    for name, one in _ends(diff.right, right).items():
        alike = [other for other, tensor in remaining.items() if tensor == one]
        if alike:
            del remaining[name if name in alike else alike[0]]
        sides = Sides.BOTH if alike else Sides.RIGHT
        yield DrawnOutput(name, Net(made[one.source], one.number, sides), sides)
    for name, one in remaining.items():
        yield DrawnOutput(name, Net(made[one.source], one.number, Sides.LEFT), Sides.LEFT)


def _ends(graph: Graph, places: Mapping[Tensor, int]) -> dict[str, _Connection]:
    return {name: _connection(tensor, places) for name, tensor in graph.outputs.items()}


class _Layers:
    """Makes the layers of the union, each with its mark and the part that it is in."""

    def __init__(self, diff: Diff) -> None:
        self._marks: dict[Node, Mark] = {found.right: "rewired" for found in diff.rewired if found.right is not None}
        self._marks.update({change.node: change.kind for change in diff.changes})
        self._regions = region_counterparts(diff)

    def __call__(self, left: Node | None, right: Node | None, inputs: tuple[Net, ...]) -> DrawnLayer:
        node = right or left
        assert node is not None
        sides = Sides.LEFT if right is None else Sides.RIGHT if left is None else Sides.BOTH
        region = self._region(node.region) if right is None else node.region
        return DrawnLayer(node, region, inputs, left, sides, self._marks.get(node, ""))

    def _region(self, region: Region) -> Region:
        """A part of the left network in the right: its counterpart, else the part within that of the part around it."""
        inner: list[Region] = []
        for part in region.chain():
            if part in self._regions:
                break
            inner.append(part)
        for part in reversed(inner):
            around = part.parent
            self._regions[part] = part if around is None else replace(part, parent=self._regions.get(around, around))
        return self._regions.get(region, region)
