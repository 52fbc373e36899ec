"""What a picture shows: the layers of one network, or of two, where layers that correspond are one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntFlag
from typing import Literal

from archc.ir.graph import Graph, Input, Node, Region, Tensor, layer_calls
from archc.ir.shape import Shape
from archc.ir.state import State

Mark = Literal["", "added", "removed", "changed", "moved", "rewired"]


class Sides(IntFlag):
    """The networks that have a layer or a connection. In the picture of one network everything is in both."""

    LEFT = 1
    RIGHT = 2
    BOTH = 3


@dataclass(frozen=True, slots=True, eq=False)
class DrawnInput:
    """An input of the network.

    Attributes:
        input: of the right network; of the left where that alone has it.
    """

    input: Input
    sides: Sides = Sides.BOTH

    @property
    def name(self) -> str:
        """The input's name."""
        return self.input.name

    @property
    def shape(self) -> Shape:
        """Without the batch."""
        return self.input.shape


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DrawnLayer:
    """A call of a layer.

    Attributes:
        node: the call in the right network; in the left where that alone has it.
        left: the call in the left network; None in the picture of one network, and for a layer that was added.
        region: the part that it is drawn in, of the right network if that has the part.
        inputs: the tensors that it takes; a tensor that one network alone connects is there with its side.
        mark: how it differs between the two networks.
    """

    node: Node
    region: Region
    inputs: tuple[Net, ...]
    left: Node | None = None
    sides: Sides = Sides.BOTH
    mark: Mark = ""

    @property
    def name(self) -> str:
        """The layer's name."""
        return self.node.name

    @property
    def shape(self) -> Shape:
        """Of the output, without the batch."""
        return self.node.shape

    def __repr__(self) -> str:
        return repr(self.node)  # without what is before it


@dataclass(frozen=True, slots=True)
class Net:
    """A tensor, as far as the same networks connect it: what one line of the picture carries.

    Attributes:
        source: the layer or input that makes it.
        number: which of the layer's outputs.
        sides: the networks that have the connection.
        repeat: the number of the innermost item that repeats the source, where a round before the last makes the
            tensor and leaves it to something behind the item; 0 for others.
    """

    source: DrawnLayer | DrawnInput
    number: int = 0
    sides: Sides = Sides.BOTH
    repeat: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class DrawnOutput:
    """An output of the network, by the name that it has there."""

    name: str
    net: Net
    sides: Sides = Sides.BOTH


@dataclass(frozen=True, slots=True, eq=False)
class DrawnGraph:
    """Inputs, layers in an order of computation, and outputs.

    Attributes:
        main: the output that the axis of the picture leads to.
        cut: connections that would close a circle, each with the layer that takes the tensor; only two networks that
            correspond crosswise have some. They are not among the inputs of the layers.
    """

    inputs: tuple[DrawnInput, ...]
    layers: tuple[DrawnLayer, ...]
    outputs: tuple[DrawnOutput, ...]
    main: DrawnOutput
    cut: tuple[tuple[Net, DrawnLayer], ...] = ()

    def connections(self) -> Iterator[tuple[Net, DrawnLayer | DrawnOutput]]:
        """Each tensor with what takes it, in order."""
        for layer in self.layers:
            for net in layer.inputs:
                yield net, layer
        for output in self.outputs:
            yield output.net, output


def drawn(graph: Graph) -> DrawnGraph:
    """One network as it is drawn; a further output of a layer is an output of the layer and no layer."""
    made: dict[Tensor, DrawnInput | DrawnLayer] = {tensor: DrawnInput(tensor) for tensor in graph.inputs}

    def net(tensor: Tensor) -> Net:
        if isinstance(tensor, Node) and isinstance(tensor.op, State):
            return Net(made[tensor.inputs[0]], tensor.op.index)
        return Net(made[tensor])

    layers = []
    for node in layer_calls(graph.nodes):
        layer = DrawnLayer(node, node.region, tuple(net(tensor) for tensor in node.inputs))
        made[node] = layer
        layers.append(layer)
    inputs = tuple(one for one in made.values() if isinstance(one, DrawnInput))
    outputs = tuple(DrawnOutput(name, net(tensor)) for name, tensor in graph.outputs.items())
    main = next(output for output in outputs if output.name == graph.main)
    return DrawnGraph(inputs, tuple(layers), outputs, main)
