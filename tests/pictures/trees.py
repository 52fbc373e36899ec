"""Holds the tree of a picture to the layers that it is made of, by the definition of the tree alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from archc.analysis import cost
from archc.pictures.drawn import DrawnGraph, DrawnInput, DrawnLayer, DrawnOutput, Net
from archc.pictures.item import FRAME, IN, OUT, Item, View

Drawn = DrawnInput | DrawnLayer | DrawnOutput
NumberedLink = tuple[int, Net, int, int]


class Step(NamedTuple):
    """An item on the way from the network to a layer.

    Attributes:
        item: the item.
        place: among the children of the item around it.
        round: the round of the item that the layer is in.
    """

    item: Item
    place: int
    round: int


class Trails:
    """The ways to all layers, from the network down; a layer of a later round is followed as that of the first."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._rounds: list[dict[DrawnLayer, tuple[int, int]]] = []
        self._owners: list[dict[Drawn, int]] = []
        for item in view.items:
            rows = enumerate(item.rounds)
            self._rounds.append({layer: (index, place) for index, row in rows for place, layer in enumerate(row)})
            owners: dict[Drawn, int] = {}
            for place, child in enumerate(item.children):
                owners.update(dict.fromkeys(child.layers, place))
                owners.update({} if child.port is None else {child.port: place})
            self._owners.append(owners)

    def of(self, drawn: Drawn) -> tuple[list[Step], Drawn]:
        """The items around something, the last of which shows it, and what is shown in its place."""
        steps: list[Step] = []
        item, place = self._view.root, 0
        while True:
            index = 0
            if isinstance(drawn, DrawnLayer):
                index, position = self._rounds[item.number][drawn]
                drawn = item.rounds[0][position]
            steps.append(Step(item, place, index))
            if not item.children:
                return steps, drawn
            place = self._owners[item.number][drawn]
            item = item.children[place]


def faults(graph: DrawnGraph, view: View) -> list[str]:
    """What is wrong with a tree; empty where nothing is."""
    found = [*_numbers(view), *_whole(graph, view)]
    for item in view.items:
        found += [f"{item.number} {item.name}: {fault}" for fault in (*_item(item), *_ends(item))]
    return found or [*_lines(graph, view), *_names(graph, view)]


def _numbers(view: View) -> Iterator[str]:
    if [item.number for item in view.root.walk()] != list(range(len(view.items))):
        yield "items are not numbered in preorder"
    if any(item.number != number for number, item in enumerate(view.items)):
        yield "items are not at their numbers"
    around = {child.number: item.number for item in view.items for child in item.children}
    if view.parents != tuple(around.get(number, 0) for number in range(len(view.items))):
        yield "parents are others"


def _whole(graph: DrawnGraph, view: View) -> Iterator[str]:
    if view.root.layers != graph.layers:
        yield "the network has other layers"
    if [item.port for item in view.items if item.port is not None] != [*graph.inputs, *graph.outputs]:
        yield "inputs and outputs are others"
    if view.main.port is not graph.main:
        yield "the main output is another"
    shown = [layer.node for child in view.root.children for layer in child.layers]
    for sum_of in (cost.params, cost.total_params, cost.macs):
        if sum_of(shown) != sum_of(layer.node for layer in graph.layers):
            yield f"the {sum_of.__name__} are others"


def _item(item: Item) -> Iterator[str]:
    first = item.rounds[0]
    if item.children and Counter(first) != Counter(layer for child in item.children for layer in child.layers):
        yield "its children have other layers than its first round"
    if (item.layer is not None) != (item.kind == "layer") or (item.port is None) == (item.kind in ("input", "output")):
        yield "it is of another kind"
    if item.layer is not None and first != (*item.padding, item.layer, *item.strips):
        yield "it shows other layers"
    if item.kind in ("part", "lane") and sum(child.times for child in item.children) < 2:
        yield "it is a part with one child"
    if item.kind == "lane" and item.times > 1:
        yield "it is a branch that repeats"
    for layers in item.rounds[1:]:
        if [layer.node.op for layer in layers] != [layer.node.op for layer in first]:
            yield "a round has other ops"
        if layers[-1].shape[:-1] != first[-1].shape[:-1]:
            yield "a round has another resolution"
    stuck = [*item.padding, item.layer, *item.strips]
    for before, after in pairwise(stuck):
        if after is None or [net.source for net in after.inputs] != [before]:
            yield "a strip takes something else than the layer beside it"
    if any(strip.shape != item.layer.shape for strip in item.strips if item.layer is not None):
        yield "a strip changes the shape"


def _ends(item: Item) -> Iterator[str]:
    """Whether the lines in an item begin and end where the tensors leave and enter."""
    count = len(item.children)
    starts = {(link.start, link.net) for link in item.links}
    ends = {(link.end, link.net) for link in item.links}
    if any(not IN <= link.start < count or link.start == link.end for link in item.links):
        yield "a line begins nowhere"
    if any(not FRAME <= link.end < count or link.end == IN for link in item.links):
        yield "a line ends nowhere"
    wanted_starts = {(place, net) for place, child in enumerate(item.children) for net in child.outputs}
    wanted_ends = {(place, net) for place, child in enumerate(item.children) for net in child.inputs}
    if starts != wanted_starts | {(IN, net) for net in item.inputs if item.children}:
        yield "other tensors leave its children"
    inner_ends = {(place, net) for place, net in ends if place != FRAME}
    if inner_ends != wanted_ends | {(OUT, net) for net in item.outputs if item.children}:
        yield "other tensors enter its children"
    for nets in (item.inputs, item.outputs):
        if len(set(nets)) != len(nets):
            yield "a tensor passes twice"
    if not _is_acyclic(item):
        yield "its children need one another"


def _is_acyclic(item: Item) -> bool:
    after: dict[int, set[int]] = {}
    for link in item.links:
        if link.start >= 0 and link.end >= 0:
            after.setdefault(link.start, set()).add(link.end)
    waits = Counter(end for ends in after.values() for end in ends)
    ready = [place for place in range(len(item.children)) if not waits[place]]
    for place in ready:
        for end in after.get(place, ()):
            waits[end] -= 1
            if not waits[end]:
                ready.append(end)
    return len(ready) == len(item.children)


def _lines(graph: DrawnGraph, view: View) -> Iterator[str]:
    """Each connection as a chain of lines, and each line as a part of the chain of a connection."""
    trails = Trails(view)
    wanted: dict[NumberedLink, str] = {}
    for net, taker in graph.connections():
        for line in _chain(net, trails, taker):
            wanted.setdefault(line, f"{net.source.name} -> {taker.name}")
    taken = {(number, net) for number, net, start, end in wanted if start == IN and end >= 0}
    needed = {line: text for line, text in wanted.items() if line[3] != FRAME or line[:2] not in taken}
    lines = [(item.number, *link) for item in view.items for link in item.links]
    have = Counter(lines)
    yield from (f"{text} is not drawn in item {line[0]}" for line, text in needed.items() if line not in have)
    yield from (f"a line in item {line[0]} is no connection" for line in have if line not in needed)
    yield from (f"a line in item {line[0]} is there twice" for line, times in have.items() if times > 1)


def _chain(net: Net, trails: Trails, taker: DrawnLayer | DrawnOutput) -> Iterator[NumberedLink]:
    """The lines of a connection; none where it is inside a box, or from one round of an item to another."""
    (start, shown), (end, _) = trails.of(net.source), trails.of(taker)
    assert not isinstance(shown, DrawnOutput)
    depth = 0
    while depth < min(len(start), len(end)) and start[depth].item is end[depth].item:
        if start[depth].round != end[depth].round:
            return
        depth += 1
    if depth == min(len(start), len(end)):
        return
    earlier = [step.item.number for step in start[depth:] if step.round < step.item.times - 1]
    drawn = Net(shown, net.number, net.sides, earlier[-1] if earlier else 0)
    yield start[depth - 1].item.number, drawn, start[depth].place, end[depth].place
    for step, inner in zip(start[depth:], start[depth + 1 :], strict=False):
        yield step.item.number, drawn, inner.place, OUT
    for step, inner in zip(end[depth:], end[depth + 1 :], strict=False):
        if step.round:
            yield step.item.number, drawn, IN, FRAME
            return
        yield step.item.number, drawn, IN, inner.place


def _names(graph: DrawnGraph, view: View) -> Iterator[str]:
    """Whether the names of layers are at the items that show them, and those of parts somewhere."""
    trails = Trails(view)
    wanted: list[set[str]] = [set() for _ in view.items]
    for layer in graph.layers:
        wanted[trails.of(layer)[0][-1].item.number].add(layer.name)
    regions = {region for layer in graph.layers for region in layer.region.chain() if region.name}
    parts = Counter(str(region.name) for region in regions)  # of two networks, two parts may have one name
    of_layers = {name for names in wanted for name in names}
    found = Counter(name for item in view.items for name in {*item.names} - wanted[item.number])
    if any(found[name] > times or not (found[name] or name in of_layers) for name, times in parts.items()):
        yield "the names of parts are not there once"
    if found.keys() - parts.keys():
        yield "an item has the name of nothing"
    for item, names in zip(view.items, wanted, strict=True):
        if not names <= {*item.names}:
            yield f"{item.number} {item.name}: it has not the names of its layers"


def outline(item: Item) -> list[str]:
    """What a tree shows, a line for each item."""
    lines: list[str] = []
    pending = [(item, 0)]
    while pending:
        one, depth = pending.pop()
        text = " ".join(filter(None, (one.kind, one.name, one.word, f"×{one.times}" if one.times > 1 else "")))
        above, below = (" ".join(layer.name for layer in layers) for layers in (one.padding, one.strips))
        lines.append("  " * depth + text + (f" ^{above}" if above else "") + (f" +{below}" if below else ""))
        pending.extend((child, depth + 1) for child in reversed(one.children))
    return lines
