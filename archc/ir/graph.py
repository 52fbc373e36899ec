"""A network as a graph: layers in the order of their creation, and the parts of the network that they stand in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from archc.diagnostics import Position
from archc.ir.op import Op, Weight
from archc.ir.shape import Shape


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Region:
    """A part of a network: a block, a loop, a round of a loop, a group, a branch, a side.

    Attributes:
        kind: what it is.
        title: what a reader calls it: its own name, else the block's, else the branch's label.
        name: the full name, which prefixes the names inside; None for a part without one.
        parent: the part that it stands in; None for the network.
        at: where it is used, not where the block is defined.
        prefix: what the names inside begin with, the last `_` included.
        word: the block's name, or the branch's label.
    """

    kind: Literal["network", "block", "loop", "round", "group", "branch", "side"]
    title: str
    name: str | None
    parent: Region | None
    at: Position
    prefix: str = ""
    word: str = ""

    def chain(self) -> Iterator[Region]:
        """This part and those around it, the innermost first, without the network."""
        region: Region | None = self
        while region is not None and region.parent is not None:
            yield region
            region = region.parent

    @property
    def path(self) -> tuple[str, ...]:
        """The titles from the outermost part to this one; parts without a title are left out."""
        return tuple(reversed([region.title for region in self.chain() if region.title]))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Input:
    """What enters the network; `shape` is without the batch."""

    name: str
    shape: Shape
    dtype: str = "float32"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Node:
    """One call of a layer, and the tensor that it leaves.

    Attributes:
        name: the layer's name; the calls of a shared layer have the same.
        op: what the layer does.
        inputs: the tensors that it takes, in order.
        shape: of the tensor that it leaves, without the batch.
        weights: all that the layer holds, in Keras's order.
        macs: multiply-adds for one image; None where a size is unknown.
        region: the part of the network that it stands in.
        at: the step in the file.
        first: the call that made the layer, where this one calls it again.
        note: a line for the reader.
    """

    name: str
    op: Op
    inputs: tuple[Tensor, ...]
    shape: Shape
    weights: tuple[Weight, ...]
    macs: int | None
    region: Region
    at: Position
    first: Node | None = None
    note: str | None = None


Tensor = Input | Node


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SharedCall:
    """One use of a block that is used more than once with the same weights.

    Attributes:
        name: the block's name as a layer.
        inputs: the tensors that it takes.
        outputs: the tensors that it leaves.
        nodes: the calls of layers in it, in order.
        first: the use that made the layers, where this one uses them again.
    """

    name: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    nodes: tuple[Node, ...]
    first: SharedCall | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Graph:
    """A network, whose every shape is inferred.

    Attributes:
        inputs: what enters, in order.
        nodes: the calls of layers, in the order of their creation, which is a valid order of computation.
        outputs: the tensors that leave, by their names; the order is the network's.
        main: the name of the main output.
        regions: what each named part leaves, with the part.
        calls: the uses of shared blocks, in the order of their ends.
    """

    inputs: tuple[Input, ...]
    nodes: tuple[Node, ...]
    outputs: Mapping[str, Tensor]
    main: str
    regions: Mapping[str, tuple[Region, Tensor]] = field(default_factory=dict)
    calls: tuple[SharedCall, ...] = ()

    def named(self, name: str) -> Tensor | None:
        """The tensor that a layer or a named part leaves; a shared layer's first."""
        if name in self.regions:
            return self.regions[name][1]
        tensors: tuple[Tensor, ...] = (*self.nodes, *self.inputs)
        return next((tensor for tensor in tensors if tensor.name == name), None)

    def within(self, name: str) -> tuple[Node, ...]:
        """The calls of the layers of that name, or in the part of that name."""
        if name in self.regions:
            wanted = self.regions[name][0]
            return tuple(node for node in self.nodes if any(region is wanted for region in node.region.chain()))
        return tuple(node for node in self.nodes if node.name == name)

    def needed(self, tensors: Iterator[Tensor] | tuple[Tensor, ...]) -> set[Tensor]:
        """All tensors that these follow from, themselves included."""
        seen: set[Tensor] = set()
        pending = list(tensors)
        while pending:
            tensor = pending.pop()
            if tensor not in seen:
                seen.add(tensor)
                pending.extend(tensor.inputs if isinstance(tensor, Node) else ())
        return seen

    def ending_at(self, outputs: Mapping[str, Tensor]) -> Graph:
        """The part of the network that these outputs need, its inputs included."""
        needed = self.needed(tuple(outputs.values()))
        return Graph(
            inputs=tuple(tensor for tensor in self.inputs if tensor in needed),
            nodes=tuple(node for node in self.nodes if node in needed),
            outputs=dict(outputs),
            main=next(iter(outputs)),
            regions={name: found for name, found in self.regions.items() if found[1] in needed},
            calls=tuple(call for call in self.calls if any(node in needed for node in call.nodes)),
        )
