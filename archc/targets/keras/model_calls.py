"""The inputs and the model of generated source."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from archc.codegen.tree import Comment, Number, call, list_of

_DEEP = 750  # layers, from which on Python's limit may be too low


def input_call(shape: ast.expr, name: ast.expr, dtype: str = "float32") -> ast.expr:
    """`keras.Input(shape, name=name)`, with a type where it is not Keras's own."""
    typed = {} if dtype == "float32" else {"dtype": ast.Constant(dtype)}
    return call("keras.Input", [shape], {"name": name, **typed})


def model_call(inputs: Sequence[ast.expr], outputs: Sequence[ast.expr], name: ast.expr) -> ast.expr:
    """`keras.Model(inputs, outputs, name=name)`; several inputs or outputs are lists."""
    return call("keras.Model", [one_or_list(inputs), one_or_list(outputs)], {"name": name})


def one_or_list(tensors: Sequence[ast.expr]) -> ast.expr:
    """The tensor, or a list of several."""
    return tensors[0] if len(tensors) == 1 else list_of(tensors)


def raised_recursion_limit(layers: int) -> list[ast.stmt]:
    """The statements that let Keras build a deep model, where it calls itself once for each layer on a path."""
    if layers < _DEEP:
        return []
    limit = Number(f"{-(-layers // 1000) * 1000 + 1000:_}")
    highest = call("max", [limit, call("sys.getrecursionlimit")])
    comment = Comment("Keras goes back from the outputs by recursion, layer by layer")
    return [comment, ast.Expr(call("sys.setrecursionlimit", [highest]))]
