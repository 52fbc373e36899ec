"""The order in which the layers of a graph are called, for the model and for its source a line a layer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from archc.ir.graph import Graph, Node, SharedCall, Tensor
from archc.ir.shape import Shape
from archc.ir.state import State
from archc.targets.keras.shared_blocks import calls_within, input_shapes, inputs_read

T = TypeVar("T")


class Interpreter(ABC, Generic[T]):
    """Calls the layers of a graph on tensors of Keras, or on the variables of generated source.

    A shared block is a model inside the model, which is made before its first call.

    Attributes:
        tensors: what stands for each tensor of the graph.
        made: the layers and models that are called again, by their first calls.
        states: the further outputs of each layer that are read, by their numbers.
        called_again: the first calls of layers that are called again.
        entered: the inputs of the shared block that is made.
        read: the numbers of these that the layers and blocks in it read.
        nested: whether a shared block is made, in which sizes that differ between its calls are left open.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.tensors: dict[Tensor, T] = {}
        self.made: dict[Node | SharedCall, Any] = {}
        self.states = graph.states()
        self.called_again = {node.first for node in graph.nodes if node.first is not None}
        self.entered: list[T] = []
        self.read: dict[Node | SharedCall, list[int | None]] = {}
        self.nested = False
        self._done: set[Node] = set()

    def run(self) -> tuple[list[T], list[T]]:
        """Calls all layers; what stands for the inputs and the outputs of the network."""
        inputs = [self.input(entered.name, entered.shape, entered.dtype) for entered in self.graph.inputs]
        self.tensors.update(zip(self.graph.inputs, inputs, strict=True))
        self._call_all(self.graph.nodes, inputs[0], self.graph.calls)
        outputs = {name: self.tensors[tensor] for name, tensor in self.graph.outputs.items()}
        outputs |= {name: self.identity(outputs[name], name) for name in self.graph.identities()}
        return inputs, list(outputs.values())

    @abstractmethod
    def input(self, name: str, shape: Shape, dtype: str = "float32") -> T:
        """An input of a model."""

    @abstractmethod
    def model(self, inputs: list[T], outputs: list[T], name: str) -> T:
        """A model inside the model."""

    @abstractmethod
    def call_model(self, model: Any, inputs: list[T], outputs: list[Tensor]) -> Iterable[T]:
        """The call of a model inside the model; `outputs` are the tensors that it computes."""

    @abstractmethod
    def call_layer(self, node: Node, inputs: list[T], batch: T) -> list[T]:
        """The outputs of a layer; an op without inputs takes the size of the batch from `batch`."""

    @abstractmethod
    def call_function(self, node: Node, inputs: list[T]) -> T:
        """The call of the function that defines an op which Keras has no layer for."""

    @abstractmethod
    def identity(self, tensor: T, name: str) -> T:
        """The tensor as an output of this name."""

    def advance(self, layers: int) -> None:
        """Is called when these layers are done, outside nested models."""

    def function_model(self, node: Node, shape: Shape) -> T:
        """The model that a function with weights becomes, as a layer is what can be called again."""
        first = node.first or node
        if first not in self.made:
            entered = self.input(f"{node.name}_input", shape)
            output = self.call_function(node, [entered])
            self.made[first] = self.model([entered], [output], f"{node.name}_shared")
        model: T = self.made[first]
        return model

    def _call_all(self, nodes: Iterable[Node], batch: T, calls: tuple[SharedCall, ...]) -> None:
        """Calls layers in order, and the blocks among them; where these are nested, the outermost, which ends last."""
        blocks = {node: call for call in calls for node in call.nodes}
        for node in nodes:
            if node in self._done:
                continue
            if node in blocks:
                self._call_block(blocks[node], calls)
            elif not isinstance(node.op, State):
                outputs = self.call_layer(node, self._inputs(node), batch)
                self.tensors[node] = outputs[0]
                self.tensors.update({state: outputs[index] for index, state in self.states.get(node, {}).items()})
            if not self.nested:
                self.advance(len(blocks[node].nodes) if node in blocks else 1)

    def _call_block(self, call: SharedCall, calls: tuple[SharedCall, ...]) -> None:
        """Calls the model that a shared block is."""
        first = call.first or call
        exposed = self.graph.left_by(first)
        if first not in self.made:
            self.made[first] = self._block_model(first, exposed, calls)
        outputs = [call.counterpart(tensor) for tensor in exposed]
        given = self.call_model(self.made[first], self._inputs(call), outputs)
        self.tensors.update(zip(outputs, given, strict=True))
        self._done.update(call.nodes)

    def _inputs(self, reader: Node | SharedCall) -> list[T]:
        """What stands for the inputs of a layer, or of a call of a shared block."""
        numbers = self.read.get(reader) or [None] * len(reader.inputs)
        return [
            self.tensors[tensor] if number is None else self.entered[number]
            for tensor, number in zip(reader.inputs, numbers, strict=True)
        ]

    def _block_model(self, first: SharedCall, exposed: list[Node], calls: tuple[SharedCall, ...]) -> T:
        outside = self.tensors, self.entered, self.read, self.nested
        inputs = []
        for number, (tensor, shape) in enumerate(zip(first.inputs, input_shapes(self.graph, first), strict=True)):
            name = f"{first.name}_input_{number}" if number else f"{first.name}_input"
            inputs.append(self.input(name, shape, tensor.dtype))
        self.tensors, self.entered, self.read, self.nested = {}, inputs, inputs_read(self.graph, first), True
        self._call_all(first.nodes, inputs[0], calls_within(calls, first))
        outputs = [self.tensors[tensor] for tensor in exposed]
        self.tensors, self.entered, self.read, self.nested = outside
        return self.model(inputs, outputs, first.name)
