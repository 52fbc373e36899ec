"""The numbers of weights that are given in the spec and never change, as a new PyTorch module gets them."""

from __future__ import annotations

import ast

from archc.codegen import tree
from archc.codegen.tree import code, literal
from archc.ops.weight_arguments import Initializer, canonical_value, initializer_of, is_drawn
from archc.targets.torch.plan import HeldModule
from archc.targets.torch.translation import ModuleParameter, number


def constant_weights(held: HeldModule) -> list[ast.stmt]:
    """The statements that fill the weights of a module that is not trained, where the spec gives all their numbers.

    Weights that have the initializers of their op are those of PyTorch, or are loaded.
    """
    op, parameters = held.node.op, held.module.parameters
    given = [initializer_of(op, parameter.weight) for parameter in parameters]
    if op.trainable or not any(isinstance(initializer, Initializer) for initializer in given):
        return []
    filled = [initializer for initializer in given if initializer is not None and not is_drawn(initializer)]
    if len(filled) < len(parameters):
        return []
    return [_filled(held, parameter, how) for parameter, how in zip(parameters, filled, strict=True)]


def _filled(held: HeldModule, parameter: ModuleParameter, initializer: str | Initializer) -> ast.stmt:
    """The statement that fills one weight; a table of numbers has Keras's order of axes in the source too."""
    name, arguments = canonical_value(initializer)
    weight = tree.attribute(tree.attribute(tree.code(f"self.{held.name}"), parameter.name), "data")
    if name == "Constant" and isinstance(arguments["value"], float):
        return ast.Expr(code("x.fill_(value)", x=weight, value=number(arguments["value"])))
    if name == "Constant":
        table = code("torch.tensor(values)", values=literal(_lists(arguments["value"]), tuples=False))
    else:
        shape = next(own.shape for own in held.node.weights if own.name == parameter.weight)
        table = tree.call("torch.eye", map(literal, shape))
        if arguments["gain"] != 1:
            table = code("x * gain", x=table, gain=number(arguments["gain"]))
    if parameter.order != tuple(range(len(parameter.order))):
        table = tree.call(tree.attribute(table, "permute"), map(literal, parameter.order))
    if parameter.shape:
        table = tree.call(tree.attribute(table, "reshape"), map(literal, parameter.shape))
    return ast.Expr(code("x.copy_(table)", x=weight, table=table))


def _lists(table: object) -> object:
    return [_lists(row) for row in table] if isinstance(table, tuple) else table
