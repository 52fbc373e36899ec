"""Calls of Keras's layers and models as syntax trees: of an op as it is validated, and of one as a spec writes it."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from archc.codegen.expression_layout import one_line
from archc.codegen.expressions import Bindings, Unwritable, value
from archc.codegen.kinds import static_kind
from archc.codegen.tree import Comment, Number, call, list_of, literal, tuple_of, variable
from archc.diagnostics import shortened_list
from archc.ir.naming import snake_case
from archc.ir.op import COMMON, Op
from archc.language.arguments import Arguments
from archc.language.template import Formula, ParsedValue, is_constant
from archc.language.yaml_data import Map, Seq
from archc.ops.activation_arguments import ActivationFunction
from archc.ops.configured import Configured, OneOf

_DEEP = 750  # layers, from which on Python's limit may be too low


def layer_constructor(op: type[Op], arguments: Mapping[str, ast.expr], name: ast.expr) -> ast.expr:
    """The layer, made and not yet called: `layers.Conv2D(64, 3, name="conv")`.

    Args:
        op: one that Keras has a layer for.
        arguments: by name; those that a map holds under `**`.
        name: the layer's name.
    """
    made_with = {field: value for field, value in arguments.items() if field not in op.called_with}
    positional, named = _split(op, made_with)
    return call(f"layers.{op.__name__}", positional, {**named, "name": name}, arguments.get("**"))


def layer_call(op: type[Op], layer: ast.expr, inputs: list[ast.expr], arguments: Mapping[str, ast.expr]) -> ast.expr:
    """The call of a layer that is made, with those of all its arguments that Keras takes at the call.

    Args:
        op: of the layer.
        layer: the layer.
        inputs: all tensors that it takes; the one that stands for a list, of a merge.
        arguments: all arguments, by name.

    Raises:
        Unwritable: a map holds the arguments, so that these cannot be told apart.
    """
    if op.called_with and "**" in arguments:
        raise Unwritable(f"a map holds the arguments of {op.__name__}, some of which Keras takes at the call")
    further = {name: list_of(tensors) for name, tensors in op.called_with_inputs(inputs).items()}
    entered = inputs if op.merges else op.called_on(inputs)
    return call(
        layer, entered, {**further, **{field: arguments[field] for field in op.called_with if field in arguments}}
    )


def function_call(op: type[Op], inputs: list[ast.expr], arguments: Mapping[str, ast.expr], name: ast.expr) -> ast.expr:
    """The call of the function that defines an op which Keras has no layer for."""
    return call(op.function or "", inputs, {**_ordered(op, arguments), "name": name}, arguments.get("**"))


def _split(op: type[Op], arguments: Mapping[str, ast.expr]) -> tuple[list[ast.expr], dict[str, ast.expr]]:
    """The arguments that people write without their names, and the others."""
    named = dict(arguments)
    positional = []
    for field in _positional(op):
        if field not in named:
            break
        positional.append(named.pop(field))
    return positional, _ordered(op, named)


def _ordered(op: type[Op], arguments: Mapping[str, ast.expr]) -> dict[str, ast.expr]:
    """Arguments in the order of Keras's signature, those that all layers have at the end."""
    return {field: arguments[field] for field in _keras_order(op) if field in arguments}


@cache
def _keras_order(op: type[Op]) -> tuple[str, ...]:
    return (*op.own_arguments(), *COMMON)


@cache
def _positional(op: type[Op]) -> tuple[str, ...]:
    return tuple(op.positional_arguments())


# --- of a validated op ---


def op_arguments(op: Op) -> dict[str, ast.expr]:
    """The arguments that differ from Keras's defaults."""
    fields = type(op).model_fields
    return {name: _argument(held, fields[name].annotation) for name, held in op.arguments().items()}


def op_text(op: Op) -> str:
    """The op with its arguments alone, long lists in short, on one line: `Conv2D(64, 3, padding="same")`."""
    arguments = {name: _short(written) for name, written in op_arguments(op).items()}
    return one_line(call(op.op_name, *_split(type(op), arguments)))


def _short(written: ast.expr) -> ast.expr:
    """A list as its first items, and a name that stands for the others."""
    if not isinstance(written, ast.Tuple):
        return written
    shown, others = shortened_list([ast.unparse(item) for item in written.elts])
    return tuple_of([*written.elts[: len(shown)], variable(others)]) if others else written


def _argument(held: Any, annotation: Any = None) -> ast.expr:
    """A validated argument; one number stands for all axes."""
    if isinstance(held, Op):
        return layer_constructor(type(held), op_arguments(held), ast.Constant(snake_case(held.op_name)))
    if isinstance(held, tuple) and held and isinstance(held[0], Op):
        from archc.ops.cells import cell_names

        named = cell_names([cell.op_name for cell in held])
        return list_of(
            layer_constructor(type(cell), op_arguments(cell), ast.Constant(name))
            for name, cell in zip(named, held, strict=True)
        )
    if isinstance(held, Configured):
        arguments = {name: literal(item, tuples=False) for name, item in held.keras_arguments().items()}
        return _configured_call(type(held), arguments)
    return literal(_single(held) if _is_for_each_axis(annotation) else held)


def _is_for_each_axis(annotation: Any) -> bool:
    """Whether an argument has one value for each of a fixed number of axes, or None."""
    inner = getattr(annotation, "__args__", ())
    if getattr(annotation, "__origin__", None) is tuple:
        return ... not in inner
    return type(None) in inner and any(_is_for_each_axis(kind) for kind in inner)


def _single(held: Any) -> Any:
    """The one value that stands for all of a tuple, however deep."""
    if isinstance(held, tuple) and held:
        items = [_single(item) for item in held]
        if all(type(item) is int and item == items[0] for item in items):
            return items[0]
    return held


# --- of an op as a spec writes it ---


def step_arguments(op: type[Op], arguments: Arguments, bindings: Bindings) -> dict[str, ast.expr]:
    """The arguments of a step, without those that have Keras's defaults."""
    if arguments.first is not None:
        first_value = arguments.first.value
        if not isinstance(first_value, Map) and static_kind(first_value, bindings.kinds).what == "map":
            if op.first_argument_keys():
                raise Unwritable(f"a map holds the first argument of {op.__name__}, or all")
            return {"**": value(first_value, bindings)}
        first = op.first_argument()
        if first is None:
            raise Unwritable(f"{op.__name__} takes no argument without its name")
        return _step_arguments(op, {first: first_value}, bindings)
    return _step_arguments(op, arguments.named, bindings)


def _step_arguments(op: type[Op], given: Mapping[str, ParsedValue], bindings: Bindings) -> dict[str, ast.expr]:
    fields = op.model_fields
    return {
        field: _step_argument(op, field, item, bindings)
        for field, item in given.items()
        if fields[field].is_required() or not is_constant(item) or item != fields[field].default
    }


def _step_argument(op: type[Op], field: str, item: ParsedValue, bindings: Bindings) -> ast.expr:
    if (configured := _configured_arguments(op).get(field)) is not None:
        return _configured(configured, item, bindings)
    if isinstance(item, Formula) or field not in _layer_arguments(op):
        return value(item, bindings)
    if isinstance(item, Seq):
        from archc.ops.cells import Cell, StackedRNNCells, cell_names

        classes = [next(iter(cell)) if isinstance(cell, Map) else cell for cell in item]
        cells = list_of(
            _written_layer(cell, bindings, name) for name, cell in zip(cell_names(classes), item, strict=True)
        )
        if op.model_fields[field].annotation is not Cell:
            return cells
        return layer_constructor(StackedRNNCells, {"cells": cells}, ast.Constant(snake_case(StackedRNNCells.__name__)))
    return value(item, bindings) if item is None else _written_layer(item, bindings)


@cache
def _configured_arguments(op: type[Op]) -> Mapping[str, OneOf]:
    """The arguments of an op that are initializers, regularizers, constraints or activations."""
    fields = op.model_fields.items()
    return {name: held for name, field in fields for held in field.metadata if isinstance(held, OneOf)}


@cache
def _layer_arguments(op: type[Op]) -> frozenset[str]:
    """The arguments of an op that are layers, or lists of layers."""
    return frozenset(name for name, field in op.model_fields.items() if _holds_layer(field.annotation))


def _written_layer(item: ParsedValue, bindings: Bindings, name: str | None = None) -> ast.expr:
    """A layer or a cell inside a layer, with a name, else that of its kind."""
    from archc.ops.cells import op_class

    head, inner = next(iter(item.items())) if isinstance(item, Map) else (item, None)
    op = op_class(head)
    named = inner if isinstance(inner, Map) else {} if inner is None else {op.first_argument() or "": inner}
    return layer_constructor(op, _step_arguments(op, named, bindings), ast.Constant(name or snake_case(head)))


def _holds_layer(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, Op):
        return True
    return any(map(_holds_layer, getattr(annotation, "__args__", ())))


def _configured(field: OneOf, item: ParsedValue, bindings: Bindings) -> ast.expr:
    """An initializer, regularizer, constraint or activation."""
    if is_constant(item):
        return _argument(field.read(item))
    if not isinstance(item, Map):
        if static_kind(item, bindings.kinds).what == "map":
            raise Unwritable(f"a map holds one of Keras's {field.parent.kind}")
        return value(item, bindings)
    head, inner = next(iter(item.items()))
    class_ = field.words()[head]
    named = inner if isinstance(inner, Map) else {class_.first_argument() or "": inner}
    arguments = {name: value(held, bindings) for name, held in named.items()}
    if "value" in class_.model_fields:
        arguments["value"] = _as_list(arguments["value"])
    return _configured_call(class_, arguments)


def _configured_call(class_: type[Configured], arguments: Mapping[str, ast.expr]) -> ast.expr:
    """An initializer, regularizer, constraint or activation with its arguments."""
    if issubclass(class_, ActivationFunction):
        return call("activation_with", [ast.Constant(class_.function_name())], arguments)
    return call(f"keras.{class_.kind}.{class_.configured_name}", [], arguments)


def _as_list(tree: ast.expr) -> ast.expr:
    """Nested tuples of numbers as lists, which Keras saves as they are."""
    return list_of(map(_as_list, tree.elts)) if isinstance(tree, ast.Tuple) else tree


# --- models ---


def input_call(shape: ast.expr, name: ast.expr, dtype: str = "float32") -> ast.expr:
    """`keras.Input(shape, name=name)`, with a type where it is not Keras's own."""
    typed = {} if dtype == "float32" else {"dtype": ast.Constant(dtype)}
    return call("keras.Input", [shape], {"name": name, **typed})


def identity_call(tensor: ast.expr, name: ast.expr) -> ast.expr:
    """`layers.Identity(name=name)(tensor)`."""
    return call(call("layers.Identity", [], {"name": name}), [tensor])


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
