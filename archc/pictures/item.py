"""The tree of what a picture shows: parts that can be opened, layers, inputs and outputs. It has no sizes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from archc.pictures.drawn import DrawnInput, DrawnLayer, DrawnOutput, Net

Kind = Literal["network", "part", "lane", "layer", "input", "output"]

IN, OUT, FRAME = -1, -2, -3


class Link(NamedTuple):
    """A line inside an item.

    Attributes:
        net: what it carries; its source is the layer that is shown, for those of later rounds that of the first.
        start: the child that it comes from, or IN: the tensor enters the item.
        end: the child that it leads to; OUT: the tensor leaves the item; FRAME: it ends at the frame of the item,
            because only later rounds of a repeated item take it.
    """

    net: Net
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class Item:
    """What stands in a picture as one box, or as a frame with boxes inside.

    Attributes:
        number: its place in the tree, in preorder; the network is 0.
        kind: `part`: a block, stage or group, closed or open; `lane`: a branch, which has no frame and is always open;
            `layer`: a layer, with the slim layers that are drawn as strips of its box.
        name: of the part or layer.
        word: the block that the part is a use of; empty for others.
        children: in the order of creation; empty for layers, inputs and outputs.
        links: the lines between the children, in order.
        inputs: the tensors that enter, in order.
        outputs: the tensors that leave, in order.
        rounds: the layers of each repeat, in the order of computation, each as long as the first; one entry for what
            is not repeated. The first is shown.
        names: the names of the layers and parts that are shown as this item, to look up facts, those of later rounds
            too; not those of children.
        padding: of a layer: the padding before it, drawn as a strip above.
        layer: of a layer: the one that names the box.
        strips: of a layer: the slim layers behind it, drawn as a strip below.
        port: of an input or output: which one.
    """

    number: int
    kind: Kind
    name: str
    word: str = ""
    children: tuple[Item, ...] = ()
    links: tuple[Link, ...] = ()
    inputs: tuple[Net, ...] = ()
    outputs: tuple[Net, ...] = ()
    rounds: tuple[tuple[DrawnLayer, ...], ...] = ((),)
    names: tuple[str, ...] = ()
    padding: tuple[DrawnLayer, ...] = ()
    layer: DrawnLayer | None = None
    strips: tuple[DrawnLayer, ...] = ()
    port: DrawnInput | DrawnOutput | None = None

    @property
    def times(self) -> int:
        """How often it is repeated."""
        return len(self.rounds)

    @property
    def layers(self) -> tuple[DrawnLayer, ...]:
        """The layers of all rounds, in the order of computation."""
        return tuple(layer for layers in self.rounds for layer in layers)

    def walk(self) -> Iterator[Item]:
        """The item and all inside it, in the order of their numbers, without recursion."""
        pending = [self]
        while pending:
            item = pending.pop()
            yield item
            pending.extend(reversed(item.children))


@dataclass(frozen=True, eq=False)
class View:
    """A network as a tree.

    Attributes:
        items: all of them by their numbers.
        parents: the number of the item around each; the network has itself.
        main: the output that the axis of the picture leads to.
    """

    items: tuple[Item, ...]
    parents: tuple[int, ...]
    main: Item

    @property
    def root(self) -> Item:
        """The network."""
        return self.items[0]

    @cached_property
    def parts_around(self) -> tuple[int, ...]:
        """How many parts are around each item."""
        counts = [0] * len(self.items)
        for item in self.items[1:]:
            parent = self.parents[item.number]
            counts[item.number] = counts[parent] + (self.items[parent].kind == "part")
        return tuple(counts)
