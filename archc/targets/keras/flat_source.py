"""Keras source of a graph, a line a layer: its output under the layer's name, its shape as a comment."""

from __future__ import annotations

import ast

from archc.codegen import tree
from archc.codegen.identifiers import Names
from archc.codegen.printer import one_line_assignment, remark
from archc.ir.graph import Graph, Node, Tensor, plain_name
from archc.ir.masks import masks
from archc.ir.shape import Shape, shape_text
from archc.targets.keras import calls
from archc.targets.keras.copied_functions import functions_in, reserved_names
from archc.targets.keras.interpreter import Interpreter
from archc.targets.keras.model import model_name


def flat_function(graph: Graph, name: str, model: str, text: tuple[str, ...]) -> tuple[ast.FunctionDef, set[str]]:
    """The function that makes the model, and the names of the modules and functions that it needs.

    Args:
        graph: the network.
        name: of the function.
        model: the name of the network.
        text: the lines of the function's docstring.
    """
    writer = _FlatWriter(graph, Names({*reserved_names(), name}))
    inputs, outputs = writer.run()
    deep = calls.raised_recursion_limit(len(graph.nodes))
    if deep:
        writer.used.add("sys")
    result = ast.Return(calls.model_call(inputs, outputs, ast.Constant(model_name(model))))
    lines = tree.Verbatim(["# fmt: off", *writer.lines, "# fmt: on"])
    body = [*tree.docstring(text), lines, *deep, result]
    return tree.function(name, [], [], body, "keras.Model"), writer.used


class _FlatWriter(Interpreter[ast.expr]):
    """The lines of the function, its variables, and the functions that it calls."""

    def __init__(self, graph: Graph, names: Names) -> None:
        super().__init__(graph)
        self.names, self.used, self.lines = names, set[str](), list[str]()
        self.masks = masks(graph)

    def assign(self, wanted: str, value: ast.expr, comment: str = "") -> ast.expr:
        """Writes an assignment to a new variable, and returns the variable."""
        target = tree.variable(self.names.give(wanted))
        self.add_line(target, value, comment)
        return target

    def add_line(self, target: ast.expr, value: ast.expr, comment: str) -> None:
        """Writes an assignment, with a comment after it."""
        self.used |= functions_in(value)
        line = one_line_assignment(tree.assign([target], value))
        self.lines.append(f"{line}  # {comment}" if comment else line)

    def input(self, name: str, shape: Shape, dtype: str = "float32") -> ast.expr:
        return self.assign(name, calls.input_call(tree.literal(shape), ast.Constant(name), dtype), shape_text(shape))

    def identity(self, tensor: ast.expr, name: str) -> ast.expr:
        return self.assign(name, calls.identity_call(tensor, ast.Constant(name)))

    def model(self, inputs: list[ast.expr], outputs: list[ast.expr], name: str) -> ast.expr:
        return self.assign(name, calls.model_call(inputs, outputs, ast.Constant(name)))

    def call_model(self, model: ast.expr, inputs: list[ast.expr], outputs: list[Tensor]) -> list[ast.expr]:
        variables: list[ast.expr] = [tree.variable(self.names.give(f"{plain_name(tensor)}_left")) for tensor in outputs]
        target = variables[0] if len(variables) == 1 else tree.tuple_of(variables)
        shapes = ", ".join(shape_text(tensor.shape) for tensor in outputs)
        self.add_line(target, tree.call(model, [calls.one_or_list(inputs)]), shapes)
        return variables

    def call_layer(self, node: Node, inputs: list[ast.expr], batch: ast.expr) -> list[ast.expr]:
        op = node.op
        shared = node.first is not None or node in self.called_again
        if op.function is None:
            layer = self.layer(node, shared=shared)
            taken, tensors = op.split_inputs(inputs)
            entered: list[ast.expr] = [tree.list_of(taken)] if op.merges else taken
            output = calls.layer_call(type(op), layer, entered, calls.op_arguments(op) | tensors)
            if op.masking == "joins" and node in self.masks:
                self.used.add("named_mask")
                output = tree.call("named_mask", [output])
        elif shared and node.weights:
            model = self.function_model(node, (*node.inputs, *self.graph.inputs)[0].shape)
            output = tree.call(model, inputs or [batch])
        else:
            output = self.call_function(node, inputs or [batch])
        note = f", {remark(node.note)}" if node.note else ""
        states = self.states.get(node, {})
        shapes = [node.shape, *op.states(*[tensor.shape for tensor in node.inputs])]
        wanted = [node.name, *(plain_name(states[i]) if i in states else "_" for i in range(1, len(shapes)))]
        variables: list[ast.expr] = [tree.variable(name if name == "_" else self.names.give(name)) for name in wanted]
        target = variables[0] if len(variables) == 1 else tree.tuple_of(variables)
        self.add_line(target, output, f"{', '.join(map(shape_text, shapes))}{note}")
        return variables

    def call_function(self, node: Node, inputs: list[ast.expr]) -> ast.expr:
        """The call of the function that an op is, which the module gets a copy of."""
        return calls.function_call(type(node.op), inputs, calls.op_arguments(node.op), ast.Constant(node.name))

    def layer(self, node: Node, *, shared: bool) -> ast.expr:
        """The layer, in a variable where it is called again."""
        first = node.first or node
        if first in self.made:
            variable: ast.expr = self.made[first]
            return variable
        layer = calls.layer_constructor(type(node.op), calls.op_arguments(node.op), ast.Constant(node.name))
        if not shared:
            return layer
        self.made[first] = self.assign(f"{node.name}_layer", layer)
        return self.layer(node, shared=True)
