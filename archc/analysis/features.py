"""The tensors inside a network that others go on from, by stride: `C3` is the last on the main path at stride 8."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from archc.analysis.receptive_field import Field, receptive_fields
from archc.diagnostics import SpecError, printable
from archc.ir.graph import Graph, Input, Node, Tensor
from archc.ir.op import SEES_ALL
from archc.ir.shape import Shape, Size, shape_text
from archc.ir.state import State
from archc.ops.resampling import ZeroPadding1D, ZeroPadding2D, ZeroPadding3D

_BY_STRIDE = re.compile(r"C(\d+)")
_PADDINGS = (ZeroPadding1D, ZeroPadding2D, ZeroPadding3D)
"""What belongs to the window behind it: the tensor before it is the one that people take."""


class Feature(NamedTuple):
    """A tensor that another network goes on from, such as a detector.

    Attributes:
        name: `C3`, or as the spec calls it.
        layer: the name of the layer that computes it.
        shape: without the batch.
        strides: for each spatial axis, the step in the input for one step in the tensor.
        tensor: that of the graph.
    """

    name: str
    layer: str
    shape: Shape
    strides: tuple[float, ...]
    tensor: Tensor

    @property
    def channels(self) -> Size:
        """The size of the last axis."""
        return self.shape[-1]

    @property
    def stride(self) -> float | None:
        """That of all spatial axes; None where they differ, or where there are none."""
        return self.strides[0] if len(set(self.strides)) == 1 else None

    def __repr__(self) -> str:
        strides = " and ".join(f"{stride:g}" for stride in dict.fromkeys(self.strides)) or "none"
        return f"<{self.name}: {self.layer}, {shape_text(self.shape)}, stride {strides}>"


def features(graph: Graph, named: Mapping[str, str]) -> dict[str, Feature]:
    """The features of a network by name, in the order of their strides, then those with other names.

    `Cn` is the last tensor on the main path at stride 2^n, zeros of a padding left out. The path ends where a layer
    takes all positions together, such as global pooling.

    Args:
        graph: the network.
        named: the layers and parts that the spec names itself, by feature; they replace those of the rule.
    """
    fields = receptive_fields(graph)
    found: dict[str, Tensor] = {}
    for node in _with_positions(graph):
        strides = {*_strides(node, fields[node], graph)}
        stride = int(max(strides)) if len(strides) == 1 else 0
        if {stride} == strides and stride > 0 and stride & (stride - 1) == 0 and not isinstance(node.op, _PADDINGS):
            found[f"C{stride.bit_length() - 1}"] = node
    for name, layer in named.items():
        tensor = graph.named(layer)
        if tensor is not None:
            found[name] = tensor
    return {
        name: Feature(
            name, found[name].name, found[name].shape, _strides(found[name], fields[found[name]], graph), found[name]
        )
        for name in sorted(found, key=_place)
    }


def _strides(tensor: Tensor, fields: Sequence[Field], graph: Graph) -> tuple[float, ...]:
    """The step in the input for one step in a tensor, for each spatial axis; empty where it cannot be told.

    It is that of the windows on the way. Where layers on the way take positions apart and put them together again, as
    attention in windows does, sizes tell it.
    """
    sizes, shapes = tensor.shape[:-1], {entered.shape[:-1] for entered in graph.inputs}
    told = tuple(field.stride for field in fields) if len(fields) == len(sizes) else ()
    entered = shapes.pop()
    if shapes or len(entered) != len(sizes) or None in entered or None in sizes:
        return told
    if told and all(field.reach is not None for field in fields):
        return told
    ratios = [(before or 0) / (after or 1) for before, after in zip(entered, sizes, strict=True)]
    if told and all(stride / 2 < ratio < stride * 2 for stride, ratio in zip(told, ratios, strict=True)):
        return told  # borders make sizes a little larger or smaller
    return tuple(ratios) if all(ratio.is_integer() for ratio in ratios) else ()


def ending_at_features(graph: Graph, known: Mapping[str, Feature], names: Sequence[str]) -> Graph:
    """The network that ends at features, which are its outputs under these names; the last computed is the main one.

    Args:
        graph: the network.
        known: its features.
        names: of those that are wanted.

    Raises:
        SpecError: it has no such feature, or another layer is called so.
    """
    for name in names:
        if name not in known:
            listed = ", ".join(f"{one.name} ({one.layer}, {shape_text(one.shape)})" for one in known.values())
            message = f"there is no feature `{printable(name[:60])}`"
            raise SpecError.of("unknown-feature", message, None, f"there are: {listed or 'none'}", about=name)
    ended = graph.ending_at({name: known[name].tensor for name in names})
    tensors: tuple[Tensor, ...] = (*ended.inputs, *ended.nodes)
    for layer in tensors:
        if layer.name in names and layer is not known[layer.name].tensor:
            of = known[layer.name].layer
            message = f"another layer is called `{layer.name}`, and so is this feature, which is that of `{of}`"
            hint = f"`--output {of}` ends there"
            raise SpecError.of("name-taken", message, None, hint, about=layer.name)
    place: dict[Tensor, int] = {node: number for number, node in enumerate(ended.nodes)}
    return replace(ended, main=max(names, key=lambda name: place[ended.outputs[name]]))


def _place(name: str) -> tuple[bool, int]:
    number = _BY_STRIDE.fullmatch(name)
    return number is None, int(number[1]) if number else 0


def _with_positions(graph: Graph) -> Iterator[Node]:
    """The layers on the main path whose outputs have the spatial axes of the input."""
    for node in main_path(graph):
        if len(node.shape) != max(len(entered.shape) for entered in graph.inputs) or len(node.shape) < 2:
            return
        shapes = tuple(tensor.shape for tensor in node.inputs)
        sees_all = SEES_ALL in node.op.windows(shapes, node.shape)
        if sees_all and all(shape[:-1] != node.shape[:-1] for shape in shapes):
            return
        yield node


def main_path(graph: Graph) -> list[Node]:
    """The layers that everything on the way from the inputs to the main output passes, in order."""
    needed = graph.needed((graph.outputs[graph.main],))
    on_the_way: dict[Tensor, int] = {}
    last_read: dict[Tensor, int] = {}
    for tensor in (*graph.inputs, *graph.nodes):
        if tensor not in needed:
            continue
        read = [one for one in tensor.inputs if one in on_the_way] if isinstance(tensor, Node) else []
        if read or isinstance(tensor, Input):
            on_the_way[tensor] = len(on_the_way)
            last_read |= dict.fromkeys(read, on_the_way[tensor])
    path, passed = [], 0  # what was computed before is read up to there
    for tensor, place in on_the_way.items():
        if place >= passed and isinstance(tensor, Node) and not isinstance(tensor.op, State):
            path.append(tensor)
        passed = max(passed, last_read.get(tensor, place))
    return path
