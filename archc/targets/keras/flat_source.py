"""Keras source of a graph, a line a layer: its tensor under the layer's name, its shape as a comment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from archc.codegen.identifiers import Names
from archc.codegen.layout import Code, call, display, flat
from archc.codegen.literals import literal, quoted
from archc.codegen.module import deepened
from archc.codegen.statements import Return, docstring, remark, statements
from archc.ir.graph import Graph, Input, Node, SharedCall, Tensor
from archc.ir.shape import Shape, shape_text
from archc.targets.keras import calls
from archc.targets.keras import nested_models as shares
from archc.targets.keras.model import model_name


@dataclass(slots=True)
class _Lines:
    """The lines of one function.

    Attributes:
        names: of its variables.
        tensors: the variable of each tensor.
        layers: the variables of what is called again: a layer, or the model that a shared block is.
        used: the functions that the lines call.
        lines: so far.
    """

    graph: Graph
    names: Names
    tensors: dict[Tensor, str] = field(default_factory=dict)
    layers: dict[Node | SharedCall, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    lines: list[str] = field(default_factory=list)

    def give(self, variables: Iterable[str], code: Code, remark: str = "") -> None:
        """Writes an assignment."""
        comment = f"  # {remark}" if remark else ""
        self.lines.append(f"    {', '.join(variables)} = {flat(code)}{comment}")

    def enter(self, name: str, shape: Shape, dtype: str | None, *, named: str | None = None) -> str:
        """Writes an input, and gives its variable."""
        variable = self.names.give(named or name)
        typed = [] if dtype in (None, "float32") else [("dtype", quoted(dtype or ""))]
        self.give(
            (variable,), call("keras.Input", [literal(shape)], [("name", quoted(name)), *typed]), shape_text(shape)
        )
        return variable

    def add(self, nodes: Iterable[Node], batch: str, calls: tuple[SharedCall, ...]) -> None:
        """Writes the calls of layers, in order.

        Args:
            nodes: in a valid order.
            batch: the variable of a tensor of the batch, for what takes nothing from the path.
            calls: the uses of shared blocks among the nodes.
        """
        inside = shares.outermost(calls)
        for node in nodes:
            if node in self.tensors:
                continue
            if (called := inside.get(node)) is not None:
                self.call_model(called, calls)
            else:
                self.call_layer(node, batch)

    def call_layer(self, node: Node, batch: str) -> None:
        """Writes the call of a layer, which is made before it where it is called again."""
        taken: list[Code] = [self.tensors[tensor] for tensor in node.inputs]
        shared = node.first is not None or any(other.first is node for other in self.graph.nodes)
        op, name = node.op, quoted(node.name)
        if op.function is not None and not (shared and node.weights):
            self.used.add(op.function)
            left = calls.function(type(op), taken or [batch], calls.arguments_of(op), name)
        elif op.function is not None:
            left = call(self.shared_function(node), taken or [batch])
        else:
            layer = calls.layer(type(op), calls.arguments_of(op), name)
            called: list[Code] = [display("[", taken, "]")] if op.merges else taken
            left = call(self.shared_layer(node, layer) if shared else layer, called)
        variable = self.tensors[node] = self.names.give(node.name)
        self.give((variable,), left, ", ".join([shape_text(node.shape), *([remark(node.note)] if node.note else [])]))

    def shared_layer(self, node: Node, layer: Code) -> str:
        """The variable of a layer that is called again."""
        first = node.first or node
        if first not in self.layers:
            self.layers[first] = self.names.give(f"{node.name}_layer")
            self.give((self.layers[first],), layer)
        return self.layers[first]

    def shared_function(self, node: Node) -> str:
        """The variable of the model that a function with weights becomes where it is called again."""
        first = node.first or node
        if first not in self.layers:
            shape = node.inputs[0].shape if node.inputs else self.graph.inputs[0].shape
            entered = self.enter(f"{node.name}_input", shape, None)
            self.used.add(node.op.function or "")
            left = calls.function(type(node.op), [entered], calls.arguments_of(node.op), quoted(node.name))
            variable = self.layers[first] = self.names.give(f"{node.name}_shared")
            self.give((variable,), call("keras.Model", [entered, left], [("name", quoted(f"{node.name}_shared"))]))
        return self.layers[first]

    def call_model(self, called: SharedCall, calls: tuple[SharedCall, ...]) -> None:
        """Writes the call of the model that a shared block is, which is made before its first call."""
        first = called.first or called
        exposed = shares.leaving(self.graph, first)
        if first not in self.layers:
            self.make_model(first, exposed, calls)
        taken: list[Code] = [self.tensors[tensor] for tensor in called.inputs]
        left = [shares.own(called, first, tensor) for tensor in exposed]
        for tensor in left:
            self.tensors[tensor] = self.names.give(f"{tensor.name}_left")
        for node in called.nodes:
            self.tensors.setdefault(node, "")
        shown = ", ".join(shape_text(tensor.shape) for tensor in left)
        self.give([self.tensors[tensor] for tensor in left], call(self.layers[first], [_one_or_list(taken)]), shown)

    def make_model(self, first: SharedCall, exposed: list[Tensor], calls: tuple[SharedCall, ...]) -> None:
        """Writes the model that a shared block is."""
        outside = self.tensors
        self.tensors = {}
        for number, shape in enumerate(shares.entering(self.graph, first)):
            tensor, suffix = first.inputs[number], f"_{number}" if number else ""
            dtype = tensor.dtype if isinstance(tensor, Input) else None
            self.tensors[tensor] = self.enter(f"{first.name}_input{suffix}", shape, dtype)
        entered: list[Code] = list(self.tensors.values())
        self.add(first.nodes, flat(entered[0]), shares.inner(calls, first))
        left: list[Code] = [self.tensors[tensor] for tensor in exposed]
        self.tensors = outside
        variable = self.layers[first] = self.names.give(first.name)
        model = call("keras.Model", [_one_or_list(entered), _one_or_list(left)], [("name", quoted(first.name))])
        self.give((variable,), model)


def _one_or_list(codes: list[Code]) -> Code:
    return codes[0] if len(codes) == 1 else display("[", codes, "]")


def function(graph: Graph, name: str, model: str, text: tuple[str, ...], taken: Iterable[str]) -> tuple[str, set[str]]:
    """The function that makes the model, and the names of the functions that it calls.

    Args:
        graph: the network.
        name: of the function.
        model: the name of the network.
        text: the function's docstring.
        taken: names that the module has given.
    """
    written = _Lines(graph, Names({*taken, name}))
    for made in graph.inputs:
        written.tensors[made] = written.enter(made.name, made.shape, made.dtype)
    entered: list[Code] = [written.tensors[made] for made in graph.inputs]
    written.add(graph.nodes, flat(entered[0]), graph.calls)
    left: list[Code] = [written.tensors[tensor] for tensor in graph.outputs.values()]
    result = call("keras.Model", [_one_or_list(entered), _one_or_list(left)], [("name", quoted(model_name(model)))])
    lines = [f"def {name}() -> keras.Model:", *docstring(text, 4), "    # fmt: off", *written.lines, "    # fmt: on"]
    if deep := deepened(len(graph.nodes)):
        written.used.add("sys")
    return "\n".join([*lines, *statements([*deep, Return(result)], 4)]), written.used
