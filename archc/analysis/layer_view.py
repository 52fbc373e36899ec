"""The layers and named parts of a network, as users of Python see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archc.analysis import cost
from archc.diagnostics import did_you_mean
from archc.ir.graph import Graph, Node, Tensor
from archc.ir.shape import Shape, shape_text


class LayerView:
    """A layer, or a named part of a network: a block, a group, a loop.

    Attributes:
        name: the full name.
        shape: of the output, without the batch.
        params: learned weights.
        total_params: learned weights and those that are not trainable.
        macs: multiply-adds for one image; None where a size is unknown.
    """

    def __init__(self, name: str, tensor: Tensor, nodes: tuple[Node, ...]) -> None:
        self.name = name
        self.shape: Shape = tensor.shape
        self.params = cost.params(nodes)
        self.total_params = cost.total_params(nodes)
        self.macs = cost.macs(nodes)

    def __repr__(self) -> str:
        macs = "unknown" if self.macs is None else f"{self.macs:,}"
        return f"<{self.name}: {shape_text(self.shape)}, {self.params:,} parameters, {macs} MACs>"


class Layers(Mapping[str, LayerView]):
    """The layers and named parts of a network, by their full names."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._names = dict.fromkeys([*(node.name for node in graph.nodes), *graph.regions])

    def __getitem__(self, name: str) -> LayerView:
        tensor = self._graph.named(name) if name in self._names else None
        if tensor is None:
            hint = did_you_mean(name, self._names)
            raise KeyError(f"no layer or part is called `{name}`" + (f"; {hint}" if hint else ""))
        return LayerView(name, tensor, self._graph.within(name))

    def __iter__(self) -> Any:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"<{len(self):,} layers and parts>"
