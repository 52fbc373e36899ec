"""The translation of a layer to PyTorch, and the order of the axes of a tensor.

A tensor of three axes is an image and has its channels first in PyTorch: HxWxC is (N, C, H, W). Every other tensor has
its axes in Keras's order: features last.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import singledispatch
from typing import NamedTuple

from archc.codegen.tree import Number, call, code, literal, variable
from archc.ir.graph import Node
from archc.ir.op import Op
from archc.ir.shape import Shape


class ModuleParameter(NamedTuple):
    """A tensor in the state of a module, and the weight of Keras's layer that it is.

    Attributes:
        name: in the module.
        weight: Keras's name.
        order: of the axes of Keras's weight.
        shape: what the reordered weight is reshaped to; empty where it has its shape.
        gates: the order of the equal parts of the reordered weight's first axis; empty where they have Keras's.
        row: the row of Keras's weight that it is; None where it is the whole.
        factor: what its numbers are multiplied by; 0 for a second bias where Keras has one.
    """

    name: str
    weight: str
    order: tuple[int, ...]
    shape: tuple[int, ...] = ()
    gates: tuple[int, ...] = ()
    row: int | None = None
    factor: int = 1


class Module(NamedTuple):
    """A module that a layer holds.

    Attributes:
        constructor: the expression that makes it.
        parameters: its state, but for the count of batches.
        part: what its name ends in, where the layer holds several.
        counts: whether its state has a count of batches.
    """

    constructor: ast.expr
    parameters: tuple[ModuleParameter, ...] = ()
    part: str = ""
    counts: bool = False


class Translation(NamedTuple):
    """A layer in PyTorch.

    Attributes:
        output: the expression of the output, or of the tuple of all outputs of a layer that leaves states; `x`, `x_1`,
            `x_2` in it are the inputs and `layer` is the module, or a module's part; None where the layer changes
            nothing.
        modules: the modules that the layer holds.
    """

    output: ast.expr | None
    modules: tuple[Module, ...] = ()


class Untranslated(Exception):
    """A layer that has no translation; the message is what it is, such as `Conv2D with dtype`."""


UNCHANGED = Translation(None)
X = variable("x")
LAYER = code("layer(x)")


def one_module(constructor: ast.expr, *parameters: ModuleParameter, output: ast.expr = LAYER) -> Translation:
    """A layer that holds one module."""
    return Translation(output, (Module(constructor, parameters),))


def input_tensor(number: int) -> ast.Name:
    """The placeholder of an input in the output of a translation."""
    return variable(f"x_{number}") if number else X


# --- the translations, by op ---


@singledispatch
def translate(op: Op, _: Node) -> Translation:
    """The call of a layer in PyTorch, by the class of its op; `translated` looks at what all ops have.

    Raises:
        Untranslated: the op has no translation, or not with these arguments over these shapes.
    """
    raise Untranslated(op.op_name)


def is_translated(op: type[Op]) -> bool:
    """Whether an op has a translation, for some of its arguments at least."""
    return translate.dispatch(op) is not translate.dispatch(Op)


def translated(node: Node) -> Translation:
    """A layer in PyTorch.

    Raises:
        Untranslated: the op has no translation, or not with these arguments over these shapes.
    """
    check_types(node)
    return translate(node.op, node)


def check_types(node: Node) -> None:
    """Checks that a layer computes with the types of PyTorch's default.

    Raises:
        Untranslated: it does not.
    """
    if node.op.dtype is not None and is_translated(type(node.op)):
        raise Untranslated(f"{node.op.op_name} with `dtype`")
    if any(tensor.dtype == "string" for tensor in node.inputs):
        raise Untranslated(f"{node.op.op_name} of texts")


# --- axes ---


def image(shape: Shape) -> bool:
    """Whether a tensor of this shape has its channels first in PyTorch."""
    return len(shape) == 3


def dimension(index: int, rank: int) -> int:
    """PyTorch's dimension of an axis, which is counted from 0 without the batch."""
    return (2, 3, 1)[index] if rank == 3 else index + 1


def channels_dimension(rank: int) -> int:
    """PyTorch's dimension of the last axis, from the end where that reads better."""
    return 1 if rank in (1, 3) else -1


def channels_last(tensor: ast.expr, shape: Shape) -> ast.expr:
    """The tensor with its axes in Keras's order, where that makes a difference to the order of its numbers."""
    is_alike = image(shape) and (shape[2] == 1 or shape[:2] == (1, 1))
    return tensor if is_alike else in_keras_order(tensor, shape)


def in_keras_order(tensor: ast.expr, shape: Shape) -> ast.expr:
    """The tensor with its axes in Keras's order, whatever their sizes."""
    return code("x.permute(0, 2, 3, 1)", x=tensor) if image(shape) else tensor


def in_torch_order(tensor: ast.expr, shape: Shape) -> ast.expr:
    """A tensor whose axes are in Keras's order, with its channels first if it is an image."""
    return code("x.permute(0, 3, 1, 2)", x=tensor) if image(shape) else tensor


def as_wide(tensor: ast.expr, shape: Shape, rank: int) -> ast.expr:
    """The tensor as an operand of tensors with `rank` axes, aligned at the channels."""
    if len(shape) == rank:
        return tensor
    missing = ", ".join(["None"] * (rank - len(shape)))
    if rank != 3:
        return code(f"x[:, {missing}]", x=tensor)
    moved = tensor if len(shape) == 1 else code("x.transpose(1, 2)", x=tensor)
    return code(f"x[:, :, {missing}]", x=moved)


# --- arguments ---


def number(value: float) -> ast.expr:
    """A number as people write it: `0.01` for what floats make of 1 - 0.99."""
    known = rounded(value)
    if known == int(known) and abs(known) < 1e15:
        return literal(int(known))
    return Number(repr(known)) if known > 0 else ast.UnaryOp(ast.USub(), Number(repr(-known)))


def rounded(value: float) -> float:
    """A number without the error of the arithmetic that made it."""
    return float(f"{value:.12g}")


def sizes(values: Iterable[int]) -> ast.expr:
    """The sizes along the axes as an argument: one number where all are the same."""
    listed = tuple(values)
    return literal(listed[0] if len(set(listed)) == 1 else listed)


Value = ast.expr | bool | int | str | list[int] | tuple[int, ...]


def torch_call(callee: str, *positional: Value, **named: Value | None) -> ast.expr:
    """A call with plain values or expressions as arguments; a named one of None is omitted."""
    given = {name: _expression(value) for name, value in named.items() if value is not None}
    return call(callee, map(_expression, positional), given)


def _expression(value: Value) -> ast.expr:
    return value if isinstance(value, ast.expr) else literal(value, tuples=False)
