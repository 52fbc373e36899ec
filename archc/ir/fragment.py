"""A part of a graph that can be added again: over other tensors of the same shapes, under other names."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple, TypeVar

from archc.diagnostics import Position
from archc.ir.builder import Builder, NameTaken
from archc.ir.graph import Node, Region, RegionKind, Tensor
from archc.ir.op import Op, Weight
from archc.ir.shape import Shape
from archc.ir.state import State

T = TypeVar("T")


class FragmentNode(NamedTuple):
    """A call of a layer in a fragment; the fields that `Node` has too are those of `Node`.

    Attributes:
        name: what follows the stem of the part around; None for a name that Keras gives.
        inputs: the places of its inputs among those of the fragment and its nodes.
        region: the place of the part that it is in, among the part around the fragment and those inside.
    """

    name: str | None
    op: Op
    inputs: tuple[int, ...]
    shape: Shape
    weights: tuple[Weight, ...]
    macs: int | None
    region: int
    at: Position
    note: str | None
    dtype: str


class FragmentRegion(NamedTuple):
    """A part of the network in a fragment, with the fields of `Region`; names lack the stem of the part around."""

    kind: RegionKind
    title: str
    name: str | None
    parent: int
    at: Position
    prefix: str
    word: str


class Fragment(NamedTuple):
    """What was added to a graph, without the tensors that it was added over and without what its names begin with.

    Attributes:
        names: those that layers and parts have, with the steps that give them, but for names that Keras gives.
        automatic: of each of `nodes`, whether Keras gives it its name.
        parts: the places of parts with a name, and of their outputs.
        outputs: the places of the tensors that it leaves.
    """

    nodes: tuple[FragmentNode, ...]
    regions: tuple[FragmentRegion, ...]
    names: tuple[tuple[str, Position], ...]
    automatic: tuple[bool, ...]
    parts: tuple[tuple[int, int], ...]
    outputs: tuple[int, ...]


class Extent(NamedTuple):
    """How much a builder has at some time."""

    nodes: int
    calls: int
    regions: int
    taken: int
    numbered: int
    left_out: int


def extent(builder: Builder) -> Extent:
    """How much a builder has."""
    return Extent(
        len(builder.nodes),
        len(builder.calls),
        len(builder.regions),
        len(builder.taken),
        builder.names.total(),
        len(builder.left_out),
    )


class _Places:
    """The places of tensors and of parts in a fragment.

    A tensor that is neither an input nor in the fragment has none, which is a KeyError.
    """

    def __init__(self, inputs: Sequence[Tensor], nodes: Sequence[Node], part: Region) -> None:
        self.tensors: dict[object, int] = {}
        for place, tensor in enumerate((*inputs, *nodes)):
            self.tensors.setdefault(tensor, place)
        self.regions = {part: 0}
        self.made: list[FragmentRegion] = []
        self.stem = part.stem

    def region(self, region: Region) -> int:
        """The place of a part, which is noted with those around it."""
        if region not in self.regions:
            assert region.parent is not None
            parent, name = self.region(region.parent), region.name
            own = None if name is None else name.removeprefix(self.stem)
            prefix = region.prefix.removeprefix(self.stem)
            self.made.append(FragmentRegion(region.kind, region.title, own, parent, region.at, prefix, region.word))
            self.regions[region] = len(self.made)
        return self.regions[region]

    def node(self, node: Node, *, automatic: bool) -> FragmentNode:
        """A call of a layer with places instead of tensors and parts."""
        inputs = tuple([self.tensors[tensor] for tensor in node.inputs])
        name = None if automatic else node.name.removeprefix(self.stem)
        region = self.region(node.region)
        return FragmentNode(
            name, node.op, inputs, node.shape, node.weights, node.macs, region, node.at, node.note, node.dtype
        )


def fragment_since(
    start: Extent, builder: Builder, inputs: Sequence[Tensor], part: Region, outputs: Sequence[object]
) -> Fragment | None:
    """What was added to a part of a network since it had an extent; None where it cannot be added again.

    It cannot where layers are shared, have further outputs or are left out, or where others are inputs than `inputs`.
    """
    nodes, automatic = builder.nodes[start.nodes :], builder.automatic[start.nodes :]
    now = extent(builder)
    if (now.calls, now.left_out, now.numbered) != (start.calls, start.left_out, start.numbered + sum(automatic)):
        return None
    if any(node.first is not None or isinstance(node.op, State) for node in nodes):
        return None
    places = _Places(inputs, nodes, part)
    given = {node.name for node, is_automatic in zip(nodes, automatic, strict=True) if is_automatic}
    names = [item for item in _latest(builder.taken, now.taken - start.taken) if item[0] not in given]
    parts = [item for _, item in _latest(builder.regions, now.regions - start.regions)]
    try:
        return Fragment(
            tuple(
                [places.node(node, automatic=is_automatic) for node, is_automatic in zip(nodes, automatic, strict=True)]
            ),
            tuple(places.made),
            tuple([(name.removeprefix(part.stem), at) for name, at in names]),
            tuple(automatic),
            tuple([(places.region(region), places.tensors[tensor]) for region, tensor in parts]),
            tuple([places.tensors[output] for output in outputs]),
        )
    except KeyError:  # a tensor from elsewhere
        return None


def _latest(items: dict[str, T], count: int) -> list[tuple[str, T]]:
    """The last items of a mapping, in their order."""
    return list(islice(reversed(items.items()), count))[::-1]


def add_fragment(fragment: Fragment, builder: Builder, inputs: Sequence[Tensor], part: Region) -> list[Tensor]:
    """Adds a fragment to a part of a network.

    Returns:
        The tensors by their places.

    Raises:
        NameTaken: another layer or part has one of the names; the builder is of no use any more.
    """
    stem, regions, tensors = part.stem, [part], list[Tensor](inputs)
    for made in fragment.regions:
        own = None if made.name is None else stem + made.name
        parent = regions[made.parent]
        regions.append(Region(made.kind, made.title, own, parent, made.at, stem + made.prefix, made.word))
    taken = {stem + name: at for name, at in fragment.names}
    for own, op, places, shape, weights, macs, region, at, note, dtype in fragment.nodes:
        if own is not None:
            name = stem + own
        else:
            name = builder.next_name(op.automatic_word())
            if name in taken:
                raise NameTaken(name, taken[name])
            taken[name] = at
        given = tuple([tensors[place] for place in places])
        tensors.append(Node(name, op, given, shape, weights, macs, regions[region], at, None, note, dtype))
    if not builder.taken.keys().isdisjoint(taken):
        raise NameTaken(*next((name, builder.taken[name]) for name in taken if name in builder.taken))
    builder.taken.update(taken)
    builder.nodes += tensors[len(inputs) :]  # type: ignore[arg-type]  # these are nodes
    builder.automatic += fragment.automatic
    for place, output in fragment.parts:
        builder.regions[str(regions[place].name)] = regions[place], tensors[output]
    return tensors
