"""The graph as the source of a PyTorch module, which needs torch alone.

Tensors of three axes are images and have their channels first, (N, C, H, W); all others keep Keras's order, features
last. What the module computes is what the Keras model computes, training apart in two things: PyTorch's moving variance
is that of a sample, Keras's that of a population; and new weights begin as PyTorch's layers begin, whichever
initializers a spec names. Regularizers and constraints, which PyTorch leaves to the optimizer, are not translated.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping
from textwrap import wrap
from typing import NamedTuple

from archc.codegen.layout import WIDTH
from archc.codegen.module import module_source
from archc.codegen.source_request import SourceRequest
from archc.codegen.tree import (
    Argument,
    assign,
    attribute,
    call,
    code,
    docstring,
    function,
    literal,
    names_in_tree,
    substituted,
    tuple_of,
    variable,
)
from archc.ir.graph import Graph, Node, Tensor
from archc.ir.shape import Shape
from archc.targets.torch.functions import FUNCTIONS
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
        *docstring([*request.heading.network, "", *_inputs_and_outputs(graph, inputs)]),
        _init(plan),
        _forward(graph, flow, plan, inputs),
    ]
    network = ast.ClassDef(class_name(request.name), [code("nn.Module")], [], members, [])
    used = {name.id for name in names_in_tree(network)}
    functions = [text.rstrip() for name, text in FUNCTIONS.items() if name in used]
    for text in functions:
        used.update(name.id for name in names_in_tree(ast.parse(text)))
    functional = ["from torch.nn import functional as F"] if "F" in used else []
    imports = ["import torch", "from torch import nn", *functional]
    main = call("print", [call(network.name)])
    return module_source(request.heading.module, [imports], [*functions, network], main)


def _init(plan: Plan) -> ast.stmt:
    """The method that makes the modules."""
    body: list[ast.stmt] = [ast.Expr(code("super().__init__()"))]
    for held in plan.modules:
        module = attribute(variable("self"), held.name)
        body.append(assign([module], held.module.constructor))
        if held.module.parameters and not held.node.op.trainable:
            body.append(ast.Expr(call(attribute(module, "requires_grad_"), [literal(False)])))
    return function("__init__", [Argument("self")], [], body, "None")


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
        origins: for each tensor, the one that holds its numbers.
        users: for each tensor that holds numbers, the places of the calls that take it; the outputs come last.
    """

    calls: list[Node]
    origins: Mapping[Tensor, Tensor]
    users: Mapping[Tensor, set[int]]


def _data_flow(graph: Graph, plan: Plan) -> _DataFlow:
    origins: dict[Tensor, Tensor] = {tensor: tensor for tensor in graph.inputs}
    calls: list[Node] = []
    users: defaultdict[Tensor, set[int]] = defaultdict(set)
    for node in plan.nodes:
        if plan.translations[node].output is None:
            origins[node] = origins[node.inputs[0]]
            continue
        origins[node] = node
        for tensor in node.inputs:
            users[origins[tensor]].add(len(calls))
        calls.append(node)
    for tensor in graph.outputs.values():
        users[origins[tensor]].add(len(calls))
    return _DataFlow(calls, origins, users)


def _input_names(graph: Graph, flow: _DataFlow, plan: Plan) -> dict[Tensor, str]:
    """The names of the inputs: `x` where there is one, and the first line alone takes it."""
    alone = len(graph.inputs) == 1 and flow.users[graph.inputs[0]] <= {0}
    return {tensor: "x" if alone else plan.variables[tensor] for tensor in graph.inputs}


def _forward(graph: Graph, flow: _DataFlow, plan: Plan, inputs: Mapping[Tensor, str]) -> ast.stmt:
    """The method that computes: a line a call; a tensor that the next line alone takes is `x`."""
    variables = {tensor: variable(name) for tensor, name in inputs.items()}
    alone = len(graph.outputs) == 1
    body: list[ast.stmt] = []
    for place, node in enumerate(flow.calls):
        parts = {input_tensor(number).id: variables[flow.origins[tensor]] for number, tensor in enumerate(node.inputs)}
        modules = {held.module.part or "layer": code(f"self.{held.name}") for held in plan.called[node]}
        output = substituted(plan.translations[node].output, {**parts, **modules})
        variables[node] = variable("x" if flow.users[node] == {place + 1} else plan.variables[node])
        last = alone and place == len(flow.calls) - 1
        body.append(ast.Return(output) if last else assign([variables[node]], output))
    outputs: Iterable[ast.expr] = [variables[flow.origins[tensor]] for tensor in graph.outputs.values()]
    if not (alone and flow.calls):
        body.append(ast.Return(*outputs if alone else [tuple_of(outputs)]))
    arguments = [Argument(inputs[tensor], annotation="torch.Tensor") for tensor in graph.inputs]
    returns = "torch.Tensor" if alone else "tuple[torch.Tensor, ...]"
    return function("forward", [Argument("self"), *arguments], [], body, returns)
