"""The parts of a network while the tree of a picture is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from archc.ir.graph import Region
from archc.pictures.drawn import DrawnGraph, DrawnInput, DrawnLayer, DrawnOutput
from archc.pictures.item import Kind


@dataclass(eq=False, slots=True)
class Draft:
    """An item of the tree, until all its siblings are known.

    Attributes:
        first: the name of its first layer or part, where it is cut out of a long list.
        last: the name of its last one.
        region: the part of the network; None for layers, and for what is cut out of a long list.
        layers: those of all rounds, in the order of computation.
        rounds: what is repeated; empty for what is not. The attributes above it are those of the first round.
        port: the input or output of the network that it is.
    """

    kind: Kind
    first: str
    last: str
    region: Region | None = None
    children: list[Draft] = field(default_factory=list)
    padding: list[DrawnLayer] = field(default_factory=list)
    layer: DrawnLayer | None = None
    strips: list[DrawnLayer] = field(default_factory=list)
    layers: list[DrawnLayer] = field(default_factory=list)
    rounds: list[Draft] = field(default_factory=list)
    port: DrawnInput | DrawnOutput | None = None

    @property
    def word(self) -> str:
        """The block that it is a use of."""
        return self.region.word if self.region is not None and self.region.kind == "block" else ""

    @property
    def is_round(self) -> bool:
        """Whether it is a single round of a loop, which is shown as a part only where it repeats."""
        return self.region is not None and self.region.kind == "round" and not self.rounds

    @property
    def name(self) -> str:
        """Its name; of what is repeated or cut out of a list, the first and the last as one."""
        return ended_name(self.first, self.last)

    @property
    def rows(self) -> Sequence[Sequence[DrawnLayer]]:
        """The layers of each round."""
        return [one.layers for one in self.rounds] if self.rounds else [self.layers]


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """The order of computation.

    Attributes:
        places: of the layers.
        consumers: how many layers and outputs of the network take a tensor of a layer.
        one_sided: of a layer of two networks, what takes a tensor of it in one of them alone.
    """

    places: Mapping[object, int]
    consumers: Mapping[object, int]
    one_sided: Mapping[object, Sequence[object]]

    @classmethod
    def of(cls, graph: DrawnGraph) -> Order:
        """That of a graph."""
        consumers: dict[object, int] = {}
        one_sided: dict[object, list[object]] = {}
        for net, taker in graph.connections():
            consumers[net.source] = consumers.get(net.source, 0) + 1
            if net.sides != net.source.sides:
                one_sided.setdefault(net.source, []).append(taker)
        return cls({layer: place for place, layer in enumerate(graph.layers)}, consumers, one_sided)

    def leaves_one_sided(self, layers: Sequence[DrawnLayer], inside: Sequence[DrawnLayer]) -> bool:
        """Whether one of two networks alone takes a tensor of one of some layers to what is not inside."""
        takers = [taker for layer in layers for taker in self.one_sided.get(layer, ())]
        return bool(takers) and not set(inside).issuperset(takers)

    def sorted_layers(self, drafts: Iterable[Draft]) -> list[DrawnLayer]:
        """All layers of some drafts."""
        return sorted((layer for draft in drafts for layer in draft.layers), key=self.places.__getitem__)

    def span(self, draft: Draft) -> tuple[int, int]:
        """The places of the first and the last layer of a draft."""
        return self.places[draft.layers[0]], self.places[draft.layers[-1]]


def layer_draft(layer: DrawnLayer) -> Draft:
    """A layer alone."""
    return Draft("layer", layer.name, layer.name, layer=layer, layers=[layer])


def region_draft(region: Region) -> Draft:
    """A part without its layers."""
    name = region.name or region.title or region.word or region.kind
    return Draft("lane" if region.kind == "branch" else "part", name, name, region)


def parts_of(graph: DrawnGraph) -> tuple[list[Draft], list[Draft]]:
    """What stands in no part, and all parts with what is in them, each before the parts inside it."""
    outermost: list[Draft] = []
    made: dict[Region, Draft] = {}
    for layer in graph.layers:
        inner = layer_draft(layer)
        for region in layer.region.chain():
            owner = made.get(region)
            if owner is not None:
                owner.children.append(inner)
                break
            made[region] = region_draft(region)
            made[region].children.append(inner)
            inner = made[region]
        else:
            outermost.append(inner)
    return outermost, _preorder(outermost)


def _preorder(outermost: Sequence[Draft]) -> list[Draft]:
    """The parts among some drafts and inside them."""
    found: list[Draft] = []
    pending = list(reversed(outermost))
    while pending:
        draft = pending.pop()
        if draft.kind != "layer":
            found.append(draft)
            pending.extend(reversed(draft.children))
    return found


def ended_name(first: str, last: str) -> str:
    """The names of a sequence as one: `conv2_block2…3` for `conv2_block2` and `conv2_block3`."""
    if first == last:
        return first
    common = 0
    while common < min(len(first), len(last)) and first[common] == last[common]:
        common += 1
    while common and last[common - 1].isdecimal():
        common -= 1
    if not (first[common : common + 1].isdecimal() and last[common : common + 1].isdecimal()):
        while common and last[common - 1].isalnum():
            common -= 1
    return f"{first}…{last[common:] or last}"
