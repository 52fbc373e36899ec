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
    translate,
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


_OPERATORS = {"Add": "+", "Average": "+", "Multiply": "*", "Subtract": "-"}


@translate.register
def _arithmetic(op: Add | Average | Multiply | Subtract, node: Node) -> Translation:
    """The inputs with an operator between them."""
    operands = _operands(node)
    if len(operands) == 1:
        return UNCHANGED
    output = operation(operands, _OPERATORS[op.op_name] * (len(operands) - 1))
    return Translation(operation([output, literal(len(operands))], "/") if isinstance(op, Average) else output)


@translate.register
def _extreme(op: Maximum | Minimum, node: Node) -> Translation:
    """A function of two tensors over all inputs."""
    output, *others = _operands(node)
    for other in others:
        output = call(f"torch.{op.op_name.lower()}", [output, other])
    return Translation(output) if others else UNCHANGED


@translate.register
def _concatenate(op: Concatenate, node: Node) -> Translation:
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


@translate.register
def _rescaling(op: Rescaling, node: Node) -> Translation:
    output: ast.expr = X
    if op.scale != 1:
        output = operation([output, _constant(op.scale, node.shape)], "*")
    if not isinstance(op.offset, tuple) and op.offset < 0:
        output = operation([output, _constant(-op.offset, node.shape)], "-")
    elif op.offset != 0:
        output = operation([output, _constant(op.offset, node.shape)], "+")
    return UNCHANGED if output is X else Translation(output)
