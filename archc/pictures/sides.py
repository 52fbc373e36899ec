"""The union of two networks as each of them has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archc.diff.compare import Diff
from archc.ir.graph import Graph, Input, Node
from archc.ir.state import State
from archc.pictures.drawn import DrawnInput, DrawnLayer, DrawnOutput, Net, Sides
from archc.pictures.item import Item, Link, View


def is_on(item: Item, side: Sides) -> bool:
    """Whether a network has anything of an item."""
    if item.port is not None:
        return side in item.port.sides
    return any(side in layer.sides for layer in item.layers)


def seen_from(view: View, diff: Diff, side: Sides) -> View:
    """The tree of the union with the layers of one network alone, as that network has them; items keep their numbers.

    What the network does not have is empty.
    """
    items = _Side(diff, side, view.root).items(view)
    return View(items, view.parents, items[view.main.number])


class _Side:
    """What one network has in the place of each layer, input and tensor of the union."""

    def __init__(self, diff: Diff, side: Sides, root: Item) -> None:
        self.side = side
        self.graph: Graph = diff.left if side == Sides.LEFT else diff.right
        self.lefts = {theirs: mine for mine, theirs in diff.counterparts.items() if isinstance(mine, Input)}
        self.sources: dict[DrawnLayer | DrawnInput, DrawnLayer | DrawnInput] = {}
        for item in root.children:
            if isinstance(item.port, DrawnInput) and side in item.port.sides:
                self.sources[item.port] = self._input(item.port)
        for layer in root.layers:
            if side in layer.sides:
                self.sources[layer] = self._layer(layer)

    def items(self, view: View) -> tuple[Item, ...]:
        """All items, with their children."""
        made: dict[int, Item] = {}
        for item in reversed(view.items):
            made[item.number] = replace(
                item,
                children=tuple(made[child.number] for child in item.children),
                links=tuple(Link(self._net(net), start, end) for net, start, end in item.links if self._has(net)),
                inputs=self._nets(item.inputs),
                outputs=self._nets(item.outputs),
                rounds=tuple(self._layers(layers) for layers in item.rounds),
                padding=self._layers(item.padding),
                layer=next(iter(self._layers([item.layer] if item.layer is not None else [])), None),
                strips=self._layers(item.strips),
                port=self._port(item.port),
            )
        return tuple(made[number] for number in range(len(view.items)))

    def _input(self, drawn: DrawnInput) -> DrawnInput:
        own = self.lefts.get(drawn.input) if self.side == Sides.LEFT else None
        return DrawnInput(own, drawn.sides) if isinstance(own, Input) else drawn

    def _layer(self, layer: DrawnLayer) -> DrawnLayer:
        node = layer.left if self.side == Sides.LEFT and layer.left is not None else layer.node
        return replace(layer, node=node, inputs=self._nets(layer.inputs))

    def _layers(self, layers: Sequence[DrawnLayer]) -> tuple[DrawnLayer, ...]:
        found = (self.sources.get(layer) for layer in layers)
        return tuple(layer for layer in found if isinstance(layer, DrawnLayer))

    def _has(self, net: Net) -> bool:
        return self.side in net.sides and net.source in self.sources

    def _net(self, net: Net) -> Net:
        return replace(net, source=self.sources[net.source])

    def _nets(self, nets: Sequence[Net]) -> tuple[Net, ...]:
        return tuple(self._net(net) for net in nets if self._has(net))

    def _port(self, port: DrawnInput | DrawnOutput | None) -> DrawnInput | DrawnOutput | None:
        if isinstance(port, DrawnInput):
            source = self.sources.get(port)
            return source if isinstance(source, DrawnInput) else port
        if port is None or not self._has(port.net):
            return port
        net = self._net(port.net)
        return DrawnOutput(self._output_name(port.name, net), net, port.sides)

    def _output_name(self, name: str, net: Net) -> str:
        """The name that the network has for an output: the same where it has it, else that of its tensor."""
        source = net.source.node if isinstance(net.source, DrawnLayer) else net.source.input
        names = [own for own, tensor in self.graph.outputs.items() if _made_by(tensor, source, net.number)]
        return name if name in names or not names else names[0]


def _made_by(tensor: Node | Input, source: Node | Input, number: int) -> bool:
    if isinstance(tensor, Node) and isinstance(tensor.op, State):
        return tensor.inputs[0] is source and tensor.op.index == number
    return tensor is source and number == 0
