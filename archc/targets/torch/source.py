"""The graph as the source of a PyTorch module, which needs torch alone.

Tensors of three axes are images and have their channels first, (N, C, H, W); all others keep Keras's order, features
last. The module computes what the Keras model computes. Training differs in two things: PyTorch's moving variance is
that of a sample, Keras's that of a population; and new weights have PyTorch's initial values, whichever initializers a
spec names, but for weights that are not trained and whose numbers the spec gives. Regularizers and constraints, which
belong to the optimizer in PyTorch, are not translated.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping
from textwrap import wrap
from typing import NamedTuple

from archc.codegen import tree
from archc.codegen.layout import WIDTH
from archc.codegen.module import SourceRequest, module_source
from archc.ir.dtype import FLOATS
from archc.ir.graph import Graph, Node, Tensor
from archc.ir.shape import Shape
from archc.ops.core import Embedding, ReversibleEmbedding
from archc.targets.torch.constant_weights import constant_weights
from archc.targets.torch.functions import FUNCTIONS
from archc.targets.torch.masks import mask_tensor
from archc.targets.torch.names import class_name, identifiers
from archc.targets.torch.plan import Plan, plan_module
from archc.targets.torch.translation import image, input_tensor


def source(request: SourceRequest) -> str:
    """A module whose last class is the network; `ResNet-50` makes `ResNet50`.

    Raises:
        SpecError: some layers have no translation; the message names them all.
    """
    graph = request.graph
    plan = plan_module(graph)
    flow = _data_flow(graph, plan)
    inputs = _input_names(graph, flow, plan)
    members: list[ast.stmt] = [
        *tree.docstring([*request.heading.network, "", *_inputs_and_outputs(graph, inputs)]),
        *_output_names(graph),
        _init(plan),
        _forward(graph, flow, plan, inputs),
    ]
    network = ast.ClassDef(class_name(request.name), [tree.code("nn.Module")], [], members, [])
    used = {name.id for name in tree.names_in_tree(network)}
    functions: list[str] = []
    for name, text in reversed(FUNCTIONS.items()):  # one that another calls stands before it
        if name in used:
            functions.insert(0, text.rstrip())
            used.update(inner.id for inner in tree.names_in_tree(ast.parse(text)))
    functional = ["from torch.nn import functional as F"] if "F" in used else []
    imports = ["import torch", "from torch import nn", *functional]
    main = tree.call("print", [tree.call(network.name)])
    return module_source(request.heading.module, [imports], [*functions, network], main)


def _output_names(graph: Graph) -> list[ast.stmt]:
    """The attribute with the names of the outputs, where the spec gives any."""
    if not graph.named_outputs:
        return []
    return [tree.assign([tree.variable("output_names")], tree.literal(tuple(graph.outputs)))]


def _init(plan: Plan) -> ast.stmt:
    """The method that makes the modules."""
    body: list[ast.stmt] = [ast.Expr(tree.code("super().__init__()"))]
    for held in plan.modules:
        module = tree.attribute(tree.variable("self"), held.name)
        body.append(tree.assign([module], held.module.constructor))
        if held.module.parameters and not held.node.op.trainable:
            body += constant_weights(held)
            body.append(ast.Expr(tree.call(tree.attribute(module, "requires_grad_"), [tree.literal(False)])))
    return tree.function("__init__", [tree.Argument("self")], [], body, "None")


def _inputs_and_outputs(graph: Graph, inputs: Mapping[Tensor, str]) -> list[str]:
    """The inputs and outputs with their shapes, as lines of the docstring."""
    takes = [f"`{inputs[tensor]}` {_shape(tensor.shape)}" for tensor in graph.inputs]
    leaves = [_shape(tensor.shape) for tensor in graph.outputs.values()]
    if len(leaves) > 1:
        named = zip(identifiers(graph.outputs), leaves, strict=True)
        leaves = [f"`{name}` {shape}" for name, shape in named]
    return wrap(f"Takes {', '.join(takes)} and leaves {', '.join(leaves)}.", WIDTH - 8)


def _shape(shape: Shape) -> str:
    """The shape in PyTorch, the batch before it."""
    ordered = (shape[2], *shape[:2]) if image(shape) else shape
    return f"({', '.join(['N', *('?' if size is None else str(size) for size in ordered)])})"


class _DataFlow(NamedTuple):
    """The computation without the layers that change nothing.

    Attributes:
        calls: the calls of layers that are lines.
        origins: for each tensor, the one that it equals.
        users: for each of these, the places of the calls that use it; the outputs of the network come last.
    """

    calls: list[Node]
    origins: Mapping[Tensor, Tensor]
    users: Mapping[Tensor, set[int]]


def _data_flow(graph: Graph, plan: Plan) -> _DataFlow:
    origins: dict[Tensor, Tensor] = {tensor: tensor for tensor in graph.inputs}
    calls: list[Node] = []
    users: defaultdict[Tensor, set[int]] = defaultdict(set)
    states = graph.states()
    for node in plan.nodes:
        if plan.translations[node].output is None:
            origins[node] = origins[node.inputs[0]]
            continue
        origins[node] = node
        for tensor in node.inputs or graph.inputs[:1]:  # what has no input takes the size of the batch
            users[origins[tensor]].add(len(calls))
        calls.append(node)
        origins |= {state: state for state in states.get(node, {}).values()}
    for tensor in graph.outputs.values():
        users[origins[tensor]].add(len(calls))
    return _DataFlow(calls, origins, users)


def _input_names(graph: Graph, flow: _DataFlow, plan: Plan) -> dict[Tensor, str]:
    """The names of the inputs: `x` where there is one, and the first line alone uses it."""
    alone = len(graph.inputs) == 1 and flow.users[graph.inputs[0]] <= {0}
    return {tensor: "x" if alone else plan.variables[tensor] for tensor in graph.inputs}


def _forward(graph: Graph, flow: _DataFlow, plan: Plan, inputs: Mapping[Tensor, str]) -> ast.stmt:
    """The method that computes: a line a call; a tensor that the next line alone uses is `x`."""
    variables = {tensor: tree.variable(name) for tensor, name in inputs.items()}
    mask_variables = {mask: tree.variable(name) for mask, name in plan.mask_names.items()}
    alone, states = len(graph.outputs) == 1, graph.states()
    body: list[ast.stmt] = []
    for place, node in enumerate(flow.calls):
        taken = len(node.op.split_inputs(node.inputs)[0])
        parts = {
            input_tensor(number).id: _operand(node, flow.origins[tensor].dtype, variables[flow.origins[tensor]])
            if number < taken
            else variables[flow.origins[tensor]]
            for number, tensor in enumerate(node.inputs or graph.inputs[:1])
        }
        masks = plan.masks.get(node, {})
        parts |= {mask_tensor(place).id: mask_variables[mask] for place, mask in masks.items()}
        line = plan.mask_lines.get(node)
        if line is not None:
            given = {mask_tensor(place).id: mask_variables[mask] for place, mask in enumerate(line.parts) if mask}
            target = mask_variables[line.mask]
            body.append(tree.assign([target], tree.substituted(line.value, {**parts, **given})))
        modules = {held.module.part or "layer": tree.code(f"self.{held.name}") for held in plan.called[node]}
        output = tree.substituted(plan.translations[node].output, {**parts, **modules})
        variables[node] = tree.variable("x" if flow.users[node] == {place + 1} else plan.variables[node])
        if count := len(node.op.states(*[tensor.shape for tensor in node.inputs])):
            left = {0: node, **states.get(node, {})}
            read = {index: tensor for index, tensor in left.items() if flow.users[tensor]}
            variables |= {
                tensor: tree.variable(plan.variables[tensor]) for tensor in read.values() if tensor is not node
            }
            targets = [variables[read[index]] if index in read else tree.variable("_") for index in range(count + 1)]
            body.append(tree.assign([tree.tuple_of(targets)], output))
            continue
        last = alone and place == len(flow.calls) - 1
        body.append(ast.Return(output) if last else tree.assign([variables[node]], output))
    outputs: Iterable[ast.expr] = [
        _as_float(variables[origin], origin.dtype) if tensor.dtype == "float32" else variables[origin]
        for tensor, origin in ((tensor, flow.origins[tensor]) for tensor in graph.outputs.values())
    ]
    if not body or not isinstance(body[-1], ast.Return):
        body.append(ast.Return(*outputs if alone else [tree.tuple_of(outputs)]))
    arguments = [tree.Argument(inputs[tensor], annotation="torch.Tensor") for tensor in graph.inputs]
    returns = "torch.Tensor" if alone else "tuple[torch.Tensor, ...]"
    return tree.function("forward", [tree.Argument("self"), *arguments], [], body, returns)


# --- types ---


def _operand(node: Node, dtype: str, tensor: ast.expr) -> ast.expr:
    """An input of a layer in the type that the layer computes with, to which Keras casts it."""
    if isinstance(node.op, Embedding) or (isinstance(node.op, ReversibleEmbedding) and not node.op.reverse):
        return tensor if dtype in ("int32", "int64") else tree.code("x.int()", x=tensor)
    kept = node.op.keeps_type and dtype not in FLOATS
    return tensor if kept or node.dtype != "float32" else _as_float(tensor, dtype)


def _as_float(tensor: ast.expr, dtype: str) -> ast.expr:
    return tensor if dtype == "float32" else tree.code("x.float()", x=tensor)
