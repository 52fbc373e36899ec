"""Merges, and arithmetic with constants, in PyTorch."""

from __future__ import annotations

import ast

from archc.codegen.tree import call, code, list_of, literal, operation, tuple_of
from archc.ir.graph import Node
from archc.ir.shape import Shape, axis_index
from archc.ops.merging import Add, Average, Concatenate, Maximum, Minimum, Multiply, Subtract
from archc.ops.preprocessing import Rescaling
from archc.targets.torch.translation import (
    UNCHANGED,
    Translation,
    Untranslated,
    X,
    as_wide,
    dimension,
    image,
    input_tensor,
    number,
    translates,
)


def _operands(node: Node) -> list[ast.expr]:
    """The inputs as arithmetic takes them.

    Raises:
        Untranslated: one is a scalar among tensors with axes.
    """
    rank = len(node.shape)
    if any(not tensor.shape for tensor in node.inputs) and rank:
        raise Untranslated(f"{node.op.op_name} of a scalar")
    return [as_wide(input_tensor(place), tensor.shape, rank) for place, tensor in enumerate(node.inputs)]


def _joined(node: Node, operator: str) -> Translation:
    """The inputs with an operator between them."""
    joined, *others = _operands(node)
    for other in others:
        joined = operation(joined, operator, other)
    return Translation(joined) if others else UNCHANGED


@translates(Add)
def _add(node: Node, _: Add) -> Translation:
    return _joined(node, "+")


@translates(Subtract)
def _subtract(node: Node, _: Subtract) -> Translation:
    return _joined(node, "-")


@translates(Multiply)
def _multiply(node: Node, _: Multiply) -> Translation:
    return _joined(node, "*")


@translates(Average)
def _average(node: Node, _: Average) -> Translation:
    total = _joined(node, "+").output
    return UNCHANGED if total is None else Translation(operation(total, "/", literal(len(node.inputs))))


def _nested(node: Node, function: str) -> Translation:
    """A function of two tensors over all inputs."""
    nested, *others = _operands(node)
    for other in others:
        nested = call(function, [nested, other])
    return Translation(nested) if others else UNCHANGED


@translates(Maximum)
def _maximum(node: Node, _: Maximum) -> Translation:
    return _nested(node, "torch.maximum")


@translates(Minimum)
def _minimum(node: Node, _: Minimum) -> Translation:
    return _nested(node, "torch.minimum")


@translates(Concatenate)
def _concatenate(node: Node, op: Concatenate) -> Translation:
    if len(node.inputs) == 1:
        return UNCHANGED
    tensors = tuple_of(input_tensor(place) for place in range(len(node.inputs)))
    along = dimension(axis_index(op.axis, node.shape), len(node.shape))
    return Translation(call("torch.cat", [tensors, literal(along)]))


def _constant(value: float | tuple[float, ...], shape: Shape) -> ast.expr:
    """Numbers that arithmetic with a tensor of this shape takes: one, or one a channel."""
    if not isinstance(value, tuple):
        return number(value)
    listed = code("x.new_tensor(numbers)", numbers=list_of(map(number, value)))
    return code("numbers.view(-1, 1, 1)", numbers=listed) if image(shape) else listed


@translates(Rescaling)
def _rescaling(node: Node, op: Rescaling) -> Translation:
    output: ast.expr = X
    if op.scale != 1:
        output = operation(output, "*", _constant(op.scale, node.shape))
    if not isinstance(op.offset, tuple) and op.offset < 0:
        output = operation(output, "-", _constant(-op.offset, node.shape))
    elif op.offset != 0:
        output = operation(output, "+", _constant(op.offset, node.shape))
    return UNCHANGED if output is X else Translation(output)
