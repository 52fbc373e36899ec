"""A model's configuration as a graph: every layer with its op, its inferred shape and its place in the file."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from archc.diagnostics import Position
from archc.ir.builder import Builder
from archc.ir.graph import Graph, Input, KerasLayer, Node, Region, SharedCall, Tensor
from archc.ir.shape import Shape, ShapeError
from archc.ir.state import State
from archc.keras_files.creation_order import creation_order
from archc.keras_files.flat import FlatCall, FlatNode, FlatTensor, Unit, nodes_in, standing
from archc.keras_files.json_text import fault
from archc.keras_files.layer_config import ModelConfig, model_config
from archc.keras_files.model_text import ModelText
from archc.keras_files.opaque_layers import WeightsHeld
from archc.keras_files.traversal import Body, ModelCalls
from archc.ops import registry


class ReadModel:
    """A model that is read.

    Attributes:
        name: of the model.
        graph: its layers.
    """

    def __init__(self, name: str, graph: Graph) -> None:
        self.name, self.graph = name, graph


def read_model(
    text: ModelText, inputs: dict[str | None, Shape] | None = None, held: WeightsHeld | None = None
) -> ReadModel:
    """The network of a model.

    Args:
        text: its configuration.
        inputs: shapes for the inputs in the place of those in the file; None is the name of a single one.
        held: the weights of layers that archc has no op for.

    Raises:
        SpecError: it cannot be read.
    """
    at = Position(text.file, 1, 1)
    whole = Region("network", "", None, None, at)
    builder = Builder()
    calls = ModelCalls(text.file, builder, inputs or {}, held)
    try:
        model = model_config(text.config, text.file)
        body = calls.whole(model, whole)
    except RecursionError:
        raise fault(text.file, "the configuration is nested too deep") from None
    for made in body.inputs:
        assert isinstance(made, Input)
        builder.add_input(made, at)
    naming = _naming_layers(body)
    ends = {name: naming.get(tensor, tensor) for name, tensor in _by_name(body.outputs).items()}
    emitted = _Emission(builder, _needed(body.units, ends.values()))
    emitted.units(creation_order(body.units, ends.values()))
    for name, (region, end) in calls.parts.items():
        last = emitted.made.get(end) if isinstance(end, FlatNode) else None
        if last is not None:
            builder.regions[name] = region, last
    outputs = {name: emitted.tensor(end) for name, end in ends.items()}
    graph = builder.graph(outputs, next(iter(outputs)), [node.name for node in naming])
    nodes = {node.at.layer: node for node in graph.nodes if node.weights}
    return ReadModel(model.name, replace(graph, keras_model=tuple(_keras_layers(model, nodes, whole))))


def _keras_layers(model: ModelConfig, nodes: Mapping[str, Node], around: Region) -> Iterator[KerasLayer]:
    """The layers with weights of a model in the file's order, which is that of `model.layers`, and the models in it.

    Args:
        model: the configuration.
        nodes: a call of each layer that has weights, by the layer's place in the file.
        around: a part of the network for each model in the model, by the name of which messages speak.
    """
    for layer in model.layers:
        if layer.is_model:
            region = Region("block", layer.name, layer.name, around, Position(layer.file, 1, 1, layer.place))
            inner = model_config(layer.entry, layer.file, layer.place)
            yield KerasLayer(region, layer.class_name, (), tuple(_keras_layers(inner, nodes, region)))
        elif layer.place in nodes:
            node = nodes[layer.place]
            kind = getattr(registry().get(layer.class_name), "keras_class", None) or layer.class_name
            yield KerasLayer(node.first or node, kind, node.weights)


def _by_name(outputs: list[tuple[str | None, FlatTensor]]) -> dict[str, FlatTensor]:
    """The outputs by their names: the key, else the name of the layer; a number follows one that is taken."""
    named: dict[str, FlatTensor] = {}
    numbers: Counter[str] = Counter()
    for key, tensor in outputs:
        of_layer = isinstance(tensor, Input) or not isinstance(tensor.op, State)
        name = base = key or (tensor.name if of_layer else f"{tensor.name}_state")
        while name in named:
            numbers[base] += 1
            name = f"{base}_{numbers[base] + 1}"
        named[name] = tensor
    return named


def _naming_layers(body: Body) -> dict[FlatTensor, FlatNode]:
    """The `Identity` layers that only give an output its name, which archc builds for it, each with what it names."""
    consumed = Counter(tensor for unit in body.units for tensor in unit.inputs)
    ends = Counter(tensor for _, tensor in body.outputs)
    found: dict[FlatTensor, FlatNode] = {}
    for key, tensor in body.outputs:
        is_identity = isinstance(tensor, FlatNode) and tensor.op.op_name == "Identity" and not tensor.op.arguments()
        if isinstance(tensor, FlatNode) and is_identity and tensor in body.units and key in (None, tensor.name):
            (named,) = tensor.inputs
            is_its_own = isinstance(named, FlatNode) and named.dtype == tensor.dtype and tensor.first is None
            if isinstance(named, FlatNode) and is_its_own and not consumed[tensor] and ends[tensor] == 1:
                found[tensor] = named
    return found


def _needed(units: Iterable[Unit], ends: Iterable[FlatTensor]) -> set[FlatTensor]:
    """What the ends are computed from, with the layers in the same places of other uses of shared models."""
    alike: defaultdict[Unit, list[FlatNode]] = defaultdict(list)
    for node in nodes_in(units):
        alike[standing(node)].append(node)
    found: set[FlatTensor] = set()
    pending = list(ends)
    while pending:
        tensor = pending.pop()
        if tensor not in found:
            found.add(tensor)
            if isinstance(tensor, FlatNode):
                pending += [*tensor.inputs, *alike[standing(tensor)]]
    return found


class _Emission:
    """Adds calls to a graph in their order. The first call of a layer or a model in this order makes it."""

    def __init__(self, builder: Builder, needed: set[FlatTensor]) -> None:
        self.builder, self.needed = builder, needed
        self.made: dict[FlatTensor, Node] = {}
        self._layers: dict[FlatNode, Node] = {}
        self._models: dict[FlatCall, SharedCall] = {}
        self._orders: dict[FlatCall, list[Unit]] = {}

    def units(self, units: list[Unit]) -> None:
        """Adds calls of layers and of shared models."""
        for unit in units:
            if isinstance(unit, FlatCall):
                self.call(unit)
            else:
                self.node(unit)

    def node(self, flat: FlatNode) -> None:
        """Adds a call of a layer."""
        layer = flat.first or flat
        inputs = tuple([self.tensor(tensor) for tensor in flat.inputs])
        try:
            made = self.builder.add(flat.op, inputs, flat.name, flat.region, flat.at, self._layers.get(layer))
        except ShapeError as error:  # the first call of a shared layer gave it other weights
            raise fault(flat.at.file, f"{flat.op.op_name}: {error}", None, flat.at.layer) from None
        self.made[flat] = made
        self._layers.setdefault(layer, made)

    def call(self, flat: FlatCall) -> None:
        """Adds the calls in a use of a shared model, in one order for all its uses, and the use.

        An output that nothing needs in any use is left out, as in a model that is called once.
        """
        ends = [tensor for tensor in flat.outputs if tensor in self.needed]
        if flat.first in self._orders:
            here = {standing(unit): unit for unit in flat.units}
            flat.units = [here[unit] for unit in self._orders[flat.first]]
        else:
            flat.units = creation_order(flat.units, ends)
            self._orders[flat.first] = [standing(unit) for unit in flat.units]
            self.builder.take_name(flat.name, flat.at)
        self.units(flat.units)
        outputs = tuple([self.tensor(tensor) for tensor in ends])
        inputs = tuple([self.tensor(tensor) for tensor in flat.inputs])
        nodes = tuple([self.made[node] for node in nodes_in(flat.units)])
        if not nodes:  # the model gives what it is called on
            return
        call = SharedCall(flat.name, inputs, outputs, nodes, self._models.get(flat.first))
        self._models.setdefault(flat.first, call)
        self.builder.calls.append(call)

    def tensor(self, tensor: FlatTensor) -> Tensor:
        """The tensor of the graph."""
        return self.made[tensor] if isinstance(tensor, FlatNode) else tensor
