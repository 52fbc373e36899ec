"""Merges, and arithmetic with constants, in PyTorch."""

from __future__ import annotations

import ast

from archc.codegen.tree import call, code, list_of, literal, operation, tuple_of
from archc.ir.graph import Node
from archc.ir.op import Op
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


_NESTED = 50  # calls in one another; Python allows 200 parentheses in one another
_OF_TWO: dict[type[Op], str] = {
    Add: "x + y",
    Average: "x + y",
    Maximum: "torch.maximum(x, y)",
    Minimum: "torch.minimum(x, y)",
    Multiply: "x * y",
    Subtract: "x - y",
}


@translate.register
def _merge(op: Add | Average | Maximum | Minimum | Multiply | Subtract, node: Node) -> Translation:
    """The first two inputs, then the result and the next."""
    merged, *others = _operands(node)
    if isinstance(op, Maximum | Minimum) and len(node.inputs) > _NESTED:
        raise Untranslated(f"{op.op_name} of more than {_NESTED} tensors")
    for other in others:
        merged = code(_OF_TWO[type(op)], x=merged, y=other)
    if isinstance(op, Average):
        merged = operation(merged, "/", literal(len(node.inputs)))
    return Translation(merged) if others else UNCHANGED


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
        output = operation(output, "*", _constant(op.scale, node.shape))
    if not isinstance(op.offset, tuple) and op.offset < 0:
        output = operation(output, "-", _constant(-op.offset, node.shape))
    elif op.offset != 0:
        output = operation(output, "+", _constant(op.offset, node.shape))
    return UNCHANGED if output is X else Translation(output)
