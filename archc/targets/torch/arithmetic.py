"""Arithmetic of tensors, in PyTorch."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from archc.codegen.tree import call, code, literal
from archc.ir.graph import Node
from archc.ir.op import Op
from archc.ir.shape import axis_indices
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
    in_keras_order,
    in_torch_order,
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
    named = {"keepdim": literal(True)} if op.keepdims else {}
    if image(shape) == image(node.shape):
        return Translation(_reduced(op, X, [dimension(index, len(shape)) for index in reduced], named))
    made = _reduced(op, in_keras_order(X, shape), [index + 1 for index in reduced], named)
    return Translation(in_torch_order(made, node.shape))


def _reduced(op: Op, x: ast.expr, axes: list[int], named: Mapping[str, ast.expr]) -> ast.expr:
    axis = literal(axes[0]) if len(axes) == 1 else literal(tuple(sorted(axes)))
    return call(code(_OF_AXES[type(op)], x=x), [axis], named)


@translate.register
def _matmul(_: Matmul, node: Node) -> Translation:
    return _of_tensors(node, lambda tensors: code("x @ y", x=tensors[0], y=tensors[1]))


@translate.register
def _einsum(op: Einsum, node: Node) -> Translation:
    return _of_tensors(node, lambda tensors: call("torch.einsum", [literal(op.equation), *tensors]))


def _of_tensors(node: Node, made: Callable[[list[ast.expr]], ast.expr]) -> Translation:
    """What is made of tensors whose axes are in Keras's order."""
    tensors = [in_keras_order(input_tensor(place), tensor.shape) for place, tensor in enumerate(node.inputs)]
    return Translation(in_torch_order(made(tensors), node.shape))
