"""Calls of Keras's layers as code: of an op as it is validated, and of one as a spec writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archc.codegen.expressions import Names, value
from archc.codegen.kinds import kind_of
from archc.codegen.layout import Code, call, joined
from archc.codegen.literals import literal, quoted
from archc.ir.naming import snake_case
from archc.ir.op import COMMON, Op
from archc.language.steps import Arguments
from archc.language.template import Compiled, Formula, is_constant
from archc.language.yaml_reader import Map
from archc.ops import registry
from archc.ops.weight_arguments import Configured, OneOf


def layer(class_: type[Op], arguments: Mapping[str, Code], name: Code) -> Code:
    """The layer, made and not yet called: `layers.Conv2D(64, 3, name="conv")`.

    Args:
        class_: the op; one that Keras has a layer for.
        arguments: by name, `**` for what a map holds.
        name: the layer's name, as code.
    """
    given = dict(arguments)
    rest = given.pop("**", None)
    unnamed, named = _parted(class_, given)
    unpacked = [] if rest is None else [joined("**", rest)]
    return call(f"layers.{class_.__name__}", unnamed, [*named, ("name", name)], unpacked)


def _parted(class_: type[Op], arguments: Mapping[str, Code]) -> tuple[list[Code], list[tuple[str, Code]]]:
    """The arguments that people write without their names, and the others."""
    given = dict(arguments)
    unnamed = []
    for field in class_.positional_arguments():
        if field not in given:
            break
        unnamed.append(given.pop(field))
    return unnamed, _ordered(class_, given)


def function(class_: type[Op], taken: list[Code], arguments: Mapping[str, Code], name: Code) -> Code:
    """The call of the function that defines an op Keras has no layer for."""
    given = dict(arguments)
    rest = given.pop("**", None)
    unpacked = [] if rest is None else [joined("**", rest)]
    return call(class_.function or "", taken, [*_ordered(class_, given), ("name", name)], unpacked)


def _ordered(class_: type[Op], given: Mapping[str, Code]) -> list[tuple[str, Code]]:
    """Arguments in the order of Keras's signature, those that all layers have at the end."""
    return [(field, given[field]) for field in (*class_.own_arguments(), *COMMON) if field in given]


# --- of a validated op ---


def arguments_of(op: Op) -> dict[str, Code]:
    """The arguments that differ from Keras's defaults."""
    return {name: validated(held, type(op).model_fields[name].annotation) for name, held in op.arguments().items()}


def nameless(op: Op) -> Code:
    """The op with its arguments alone, for a reader: `Conv2D(64, 3, padding="same")`."""
    return call(op.op_name, *_parted(type(op), arguments_of(op)))


def validated(held: Any, annotation: Any = None) -> Code:
    """A validated argument; one number stands for all axes."""
    if isinstance(held, Op):
        return layer(type(held), arguments_of(held), quoted(snake_case(held.op_name)))
    if isinstance(held, Configured):
        written = [(name, validated(item)) for name, item in held.arguments().items()]
        return call(f"keras.{held.kind}.{held.configured_name}", [], written)
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


# --- as a spec writes it ---


def written_arguments(class_: type[Op], arguments: Arguments, names: Names) -> dict[str, Code]:
    """The arguments of a step, without those that say what Keras does anyway."""
    if arguments.first is not ...:
        if kind_of(arguments.first, names.kinds).what == "map":
            return {"**": value(arguments.first, names)}
        return _written(class_, {class_.first_argument() or "": arguments.first}, names)
    return _written(class_, arguments.named, names)


def _written(class_: type[Op], given: Mapping[str, Compiled], names: Names) -> dict[str, Code]:
    fields = class_.model_fields
    return {
        field: _argument(fields[field], item, names)
        for field, item in given.items()
        if fields[field].is_required() or not is_constant(item) or item != fields[field].default
    }


def _argument(field: Any, item: Compiled, names: Names) -> Code:
    configured = next((held for held in field.metadata if isinstance(held, OneOf)), None)
    if configured is not None:
        return _configured(configured, item, names)
    if isinstance(item, Formula):
        return value(item, names)
    if _holds_layer(field.annotation) and item is not None:
        head, inner = next(iter(item.items())) if isinstance(item, Map) else (item, None)
        class_ = registry()[head]
        named = inner if isinstance(inner, Map) else {} if inner is None else {class_.first_argument() or "": inner}
        return layer(class_, _written(class_, named, names), quoted(snake_case(head)))
    return value(item, names)


def _holds_layer(annotation: Any) -> bool:
    kinds = (annotation, *getattr(annotation, "__args__", ()))
    return any(isinstance(kind, type) and issubclass(kind, Op) for kind in kinds)


def _configured(field: OneOf, item: Compiled, names: Names) -> Code:
    """An initializer, regularizer or constraint."""
    if is_constant(item):
        return validated(field.read(item))
    if not isinstance(item, Map):
        return value(item, names)
    head, inner = next(iter(item.items()))
    class_ = next(found for name, found in field.load().items() if head in (name, snake_case(name)))
    named = inner if isinstance(inner, Map) else {next(iter(class_.model_fields)): inner}
    return call(
        f"keras.{class_.kind}.{class_.__name__}", [], [(name, value(held, names)) for name, held in named.items()]
    )
