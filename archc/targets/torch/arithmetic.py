"""Arithmetic of tensors, in PyTorch."""

from __future__ import annotations

import ast
from collections.abc import Callable

from archc.codegen.tree import call, code, literal
from archc.ir.graph import Node
from archc.ir.op import Op
from archc.ir.shape import Shape, axis_indices
from archc.ops.arithmetic import (
    Absolute,
    Divide,
    Einsum,
    Exp,
    Log,
    Matmul,
    Max,
    Mean,
    Min,
    Power,
    Sqrt,
    Square,
    Sum,
)
from archc.targets.torch.translation import (
    Translation,
    X,
    dimension,
    image,
    input_tensor,
    number,
    translate,
)

_OF_EACH: dict[type[Op], str] = {
    Absolute: "x.abs()",
    Exp: "x.exp()",
    Log: "x.log()",
    Sqrt: "x.sqrt()",
    Square: "x.square()",
}
_OF_AXES: dict[type[Op], str] = {Max: "x.amax", Mean: "x.mean", Min: "x.amin", Sum: "x.sum"}


@translate.register
def _of_each(op: Absolute | Exp | Log | Sqrt | Square, _: Node) -> Translation:
    return Translation(code(_OF_EACH[type(op)]))


@translate.register
def _power(op: Power, _: Node) -> Translation:
    return Translation(code("x.pow(exponent)", exponent=number(op.exponent)))


@translate.register
def _divide(_: Divide, _node: Node) -> Translation:
    return Translation(code("x / y", x=input_tensor(0), y=input_tensor(1)))


@translate.register
def _reduction(op: Max | Mean | Min | Sum, node: Node) -> Translation:
    """What comes out is an image only if an image came in whose axes are kept, or a tensor of four axes."""
    shape = node.inputs[0].shape
    reduced = axis_indices(op.axis, shape)
    x: ast.expr
    if image(shape) == image(node.shape):
        x, axes = X, [dimension(index, len(shape)) for index in reduced]
    else:
        x, axes = _features_last(X, shape), [index + 1 for index in reduced]
    named = {"keepdim": literal(True)} if op.keepdims else {}
    axis = literal(axes[0]) if len(axes) == 1 else literal(tuple(sorted(axes)))
    return Translation(_channels_first(call(code(_OF_AXES[type(op)], x=x), [axis], named), node.shape, image(shape)))


@translate.register
def _matmul(_: Matmul, node: Node) -> Translation:
    return _of_tensors(node, lambda tensors: code("x @ y", x=tensors[0], y=tensors[1]))


@translate.register
def _einsum(op: Einsum, node: Node) -> Translation:
    return _of_tensors(node, lambda tensors: call("torch.einsum", [literal(op.equation), *tensors]))


def _of_tensors(node: Node, made: Callable[[list[ast.expr]], ast.expr]) -> Translation:
    """What is made of tensors whose axes are in Keras's order."""
    tensors = [_features_last(input_tensor(place), tensor.shape) for place, tensor in enumerate(node.inputs)]
    return Translation(_channels_first(made(tensors), node.shape, False))


def _features_last(tensor: ast.expr, shape: Shape) -> ast.expr:
    """The tensor with its axes in Keras's order."""
    return code("x.permute(0, 2, 3, 1)", x=tensor) if image(shape) else tensor


def _channels_first(tensor: ast.expr, shape: Shape, already: bool) -> ast.expr:
    """The tensor as an image of PyTorch's, if it is an image and is not one already."""
    return code("x.permute(0, 3, 1, 2)", x=tensor) if image(shape) and not already else tensor
