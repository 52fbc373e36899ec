"""Keras source of a graph, a line a layer: its output under the layer's name, its shape as a comment."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from archc.codegen.identifiers import Names
from archc.codegen.printer import one_line_assignment, remark
from archc.codegen.tree import Verbatim, assign, call, docstring, function, list_of, literal, tuple_of, variable
from archc.ir.graph import Graph, Input, Node, SharedCall, Tensor
from archc.ir.shape import Shape, shape_text
from archc.targets.keras import nested_models
from archc.targets.keras.calls import function_call, layer_constructor, op_arguments
from archc.targets.keras.copied_functions import reserved_names
from archc.targets.keras.model import model_name
from archc.targets.keras.model_calls import input_call, model_call, one_or_list, raised_recursion_limit


def flat_function(graph: Graph, name: str, model: str, text: tuple[str, ...]) -> tuple[ast.FunctionDef, set[str]]:
    """The function that makes the model, and the names of the modules and functions that it needs.

    Args:
        graph: the network.
        name: of the function.
        model: the name of the network.
        text: the lines of the function's docstring.
    """
    writer = _FlatWriter(graph, Names({*reserved_names(), name}))
    writer.add_inputs()
    inputs = [writer.tensors[entered] for entered in graph.inputs]
    writer.add(graph.nodes, inputs[0], graph.calls)
    outputs = [writer.tensors[tensor] for tensor in graph.outputs.values()]
    deep = raised_recursion_limit(len(graph.nodes))
    if deep:
        writer.used.add("sys")
    result = ast.Return(model_call(inputs, outputs, ast.Constant(model_name(model))))
    lines = Verbatim(["# fmt: off", *writer.lines, "# fmt: on"])
    body = [*docstring(text), lines, *deep, result]
    return function(name, [], [], body, "keras.Model"), writer.used


class _FlatWriter:
    """The lines of the function.

    Attributes:
        names: of its variables.
        tensors: the variable of each tensor.
        layers: the variables of what is called again: a layer, or the model that a shared block is.
        done: the calls of layers that a call of a model makes.
        called_again: the first calls of layers that are called again.
        used: the functions that the lines call.
        lines: the assignments so far.
    """

    def __init__(self, graph: Graph, names: Names) -> None:
        self.graph, self.names = graph, names
        self.tensors: dict[Tensor, ast.expr] = {}
        self.layers: dict[Node | SharedCall, ast.expr] = {}
        self.used: set[str] = set()
        self.lines: list[str] = []
        self.done: set[Node] = set()
        self.called_again = {node.first for node in graph.nodes if node.first is not None}

    def assign(self, wanted: str, value: ast.expr, comment: str = "") -> ast.expr:
        """Writes an assignment to a new variable, and returns the variable."""
        target = variable(self.names.give(wanted))
        self.add_line(target, value, comment)
        return target

    def add_line(self, target: ast.expr, value: ast.expr, comment: str) -> None:
        """Writes an assignment, with a comment behind it."""
        line = one_line_assignment(assign([target], value))
        self.lines.append(f"{line}  # {comment}" if comment else line)

    def add_inputs(self) -> None:
        """Writes the inputs of the network."""
        for entered in self.graph.inputs:
            self.tensors[entered] = self.input(entered.name, entered.shape, entered.dtype)

    def input(self, name: str, shape: Shape, dtype: str = "float32") -> ast.expr:
        """Writes an input, and returns its variable."""
        return self.assign(name, input_call(literal(shape), ast.Constant(name), dtype), shape_text(shape))

    def add(self, nodes: Iterable[Node], batch: ast.expr, calls: tuple[SharedCall, ...]) -> None:
        """Writes the calls of layers, in order.

        Args:
            nodes: in a valid order.
            batch: a tensor of the batch, for ops without inputs.
            calls: the uses of shared blocks among the nodes.
        """
        inside = nested_models.outermost_calls(calls)
        for node in nodes:
            if node in self.done:
                continue
            if (called := inside.get(node)) is not None:
                self.call_model(called, calls)
            else:
                self.call_layer(node, batch)

    def call_layer(self, node: Node, batch: ast.expr) -> None:
        """Writes the call of a layer, which is made before it where it is called again."""
        inputs = [self.tensors[tensor] for tensor in node.inputs]
        op, name = node.op, ast.Constant(node.name)
        shared = node.first is not None or node in self.called_again
        if op.function is not None and not (shared and node.weights):
            self.used.add(op.function)
            output = function_call(type(op), inputs or [batch], op_arguments(op), name)
        elif op.function is not None:
            output = call(self.shared_function(node, op.function), inputs or [batch])
        else:
            layer = layer_constructor(type(op), op_arguments(op), name)
            output = call(
                self.shared_layer(node, layer) if shared else layer, [list_of(inputs)] if op.merges else inputs
            )
        note = f", {remark(node.note)}" if node.note else ""
        self.tensors[node] = self.assign(node.name, output, f"{shape_text(node.shape)}{note}")

    def shared_layer(self, node: Node, layer: ast.expr) -> ast.expr:
        """The variable of a layer that is called again."""
        first = node.first or node
        if first not in self.layers:
            self.layers[first] = self.assign(f"{node.name}_layer", layer)
        return self.layers[first]

    def shared_function(self, node: Node, called: str) -> ast.expr:
        """The variable of the model that a function with weights becomes where it is called again."""
        first = node.first or node
        if first not in self.layers:
            entered = self.input(f"{node.name}_input", (*node.inputs, *self.graph.inputs)[0].shape)
            self.used.add(called)
            output = function_call(type(node.op), [entered], op_arguments(node.op), ast.Constant(node.name))
            name = f"{node.name}_shared"
            self.layers[first] = self.assign(name, model_call([entered], [output], ast.Constant(name)))
        return self.layers[first]

    def call_model(self, called: SharedCall, calls: tuple[SharedCall, ...]) -> None:
        """Writes the call of the model that a shared block is, which is made before its first call."""
        first = called.first or called
        exposed = nested_models.output_tensors(self.graph, first)
        if first not in self.layers:
            self.make_model(first, exposed, calls)
        inputs = [self.tensors[tensor] for tensor in called.inputs]
        outputs = [nested_models.tensor_in_call(called, first, tensor) for tensor in exposed]
        variables = [variable(self.names.give(f"{tensor.name}_left")) for tensor in outputs]
        self.tensors.update(zip(outputs, variables, strict=True))
        self.done.update(called.nodes)
        target = variables[0] if len(variables) == 1 else tuple_of(variables)
        shapes = ", ".join(shape_text(tensor.shape) for tensor in outputs)
        self.add_line(target, call(self.layers[first], [one_or_list(inputs)]), shapes)

    def make_model(self, first: SharedCall, exposed: list[Tensor], calls: tuple[SharedCall, ...]) -> None:
        """Writes the model that a shared block is."""
        outside, self.tensors = self.tensors, {}
        for number, shape in enumerate(nested_models.input_shapes(self.graph, first)):
            tensor, suffix = first.inputs[number], f"_{number}" if number else ""
            dtype = tensor.dtype if isinstance(tensor, Input) else "float32"
            self.tensors[tensor] = self.input(f"{first.name}_input{suffix}", shape, dtype)
        inputs = list(self.tensors.values())
        self.add(first.nodes, inputs[0], nested_models.calls_inside(calls, first))
        outputs = [self.tensors[tensor] for tensor in exposed]
        self.tensors = outside
        self.layers[first] = self.assign(first.name, model_call(inputs, outputs, ast.Constant(first.name)))
