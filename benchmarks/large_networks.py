"""Large random networks to compare: wide merges, graphs, chains."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from archc.diagnostics import Position
from archc.ir.builder import Builder
from archc.ir.graph import Graph, Input, Node, Region, Tensor
from archc.ir.op import Op
from archc.ops import registry

_HERE = Position("large.yaml", 1, 1)


def _ops() -> tuple[Op, ...]:
    """Layers that leave a tensor of the shape that they take."""
    made = [("Conv2D", {"filters": 8, "kernel_size": size, "padding": "same"}) for size in (1, 3, 5, 7)]
    made += [("DepthwiseConv2D", {"kernel_size": size, "padding": "same"}) for size in (3, 5)]
    made += [("Activation", {"activation": name}) for name in ("relu", "tanh", "gelu")]
    made += [("BatchNormalization", {}), ("Add", {})]
    return tuple(registry()[name].model_validate(arguments) for name, arguments in made)


class _Network:
    """A network as it grows."""

    def __init__(self, seed: int) -> None:
        self.choose = random.Random(seed)
        *self.ops, self.add = _ops()
        self.builder = Builder()
        self.whole = Region("network", "", None, None, _HERE)
        self.image = Input("image", (16, 16, 8))
        self.builder.add_input(self.image, _HERE)

    def layer(self, op: Op, inputs: Sequence[Tensor], region: Region | None = None) -> Node:
        return self.builder.add(op, tuple(inputs), None, region or self.whole, _HERE)

    def any_layer(self, tensor: Tensor, region: Region | None = None) -> Node:
        return self.layer(self.choose.choice(self.ops), [tensor], region)

    def ending_at(self, end: Tensor) -> Graph:
        return self.builder.graph({"end": end}, "end")


def wide(branches: int, seed: int) -> Graph:
    """Two merges in a row, each of so many branches of one or two layers."""
    network = _Network(seed)
    tensor: Tensor = network.image
    for _ in range(2):
        ends: list[Tensor] = []
        for number in range(branches):
            region = Region("branch", "", None, network.whole, _HERE, "", f"branch {number}")
            end = network.any_layer(tensor, region)
            ends.append(network.any_layer(end, region) if network.choose.random() < 0.5 else end)
        tensor = network.layer(network.add, ends)
    return network.ending_at(tensor)


def graph(layers: int, seed: int) -> Graph:
    """A graph whose layers take any of the layers before; what none takes is added up at the end."""
    network = _Network(seed)
    tensors: list[Tensor] = [network.image]
    free: dict[Tensor, None] = {}
    for _ in range(layers):
        taken = [network.choose.choice(tensors) for _ in range(1 + (network.choose.random() < 0.4))]
        made = network.layer(network.add, taken) if len(taken) > 1 else network.any_layer(taken[0])
        for tensor in taken:
            free.pop(tensor, None)
        free[made] = None
        tensors.append(made)
    return network.ending_at(network.layer(network.add, [*free]))


def chain(layers: int, seed: int) -> Graph:
    """Layers one after the other."""
    network = _Network(seed)
    tensor: Tensor = network.image
    for _ in range(layers):
        tensor = network.any_layer(tensor)
    return network.ending_at(tensor)


LARGE: dict[str, Callable[[int, int], Graph]] = {"chains": chain, "wide merges": wide, "graphs": graph}
"""The kinds of networks, made by their size and a seed."""
