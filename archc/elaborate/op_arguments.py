"""The values of the arguments of an op, and the op that they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from pydantic import ValidationError

from archc.diagnostics import Poisoned, Position, SpecError, closest, shortened
from archc.elaborate.signatures import Signature, op_signature
from archc.elaborate.step_context import StepContext
from archc.ir.graph import Tensor
from archc.ir.op import Op
from archc.language.arguments import Arguments
from archc.language.expression import Attribute
from archc.language.steps import UseMerge, UseOp
from archc.language.template import PLAIN, Formula, ParsedValue, evaluate
from archc.language.validation import Explained, explain
from archc.language.value import POISON, Value, describe
from archc.ops.argument_types import TENSOR


class MadeOp(NamedTuple):
    """An op with the tensors that its arguments are, in the order in which it takes them."""

    op: Op
    tensors: tuple[Tensor, ...] = ()


class RefusedOp(NamedTuple):
    """An op that cannot be made.

    Attributes:
        arguments: the arguments that are right, without those that are tensors.
        wrong: the names of those that are missing or wrong.
    """

    arguments: dict[str, Value]
    wrong: set[str]


def make_op(head: UseOp | UseMerge, context: StepContext) -> MadeOp | RefusedOp:
    """The op with its arguments; what is wrong with them is reported."""
    class_, arguments, ops = head.op, head.arguments, context.frame.run.ops
    written = id(arguments.named), class_  # constant arguments that are written alike are one mapping
    if arguments.constant and arguments.first is None and (op := ops.get(written)) is not None:
        return MadeOp(op)
    values = _values(class_, arguments, context)
    tensors = _taken_tensors(class_, values, arguments, context) if class_.tensor_arguments else ()
    wrong = {name for name, value in values.items() if value is POISON}
    right = {name: value for name, value in values.items() if name not in wrong} if wrong else values
    try:
        op = _op(class_, right, ops)
    except ValidationError as error:
        _report(error, class_, arguments, wrong, context)
    else:
        if not wrong:
            if arguments.constant and arguments.first is None:
                ops[written] = op
            return MadeOp(op, tensors)
    apart = wrong.union(class_.tensor_arguments)
    return RefusedOp({name: value for name, value in right.items() if name not in apart}, wrong)


_ops: dict[object, Op] = {}
"""Ops by their arguments, so that a process validates the same arguments once."""

_MOST_OPS = 20_000
_LONGEST = 2_000  # characters of the arguments of one of them


def _op(class_: type[Op], values: dict[str, Value], of_run: dict[object, Op]) -> Op:
    """The op with these arguments; one with long arguments is kept with the other ops of a run alone.

    Raises:
        ValidationError: it cannot have them.
    """
    written = repr(values)
    ops = _ops if len(written) <= _LONGEST else of_run
    op = ops.get((class_, written))
    if op is None:
        op = class_(**values)
        if len(_ops) >= _MOST_OPS:
            _ops.clear()
        ops[class_, written] = op
    return op


def _values(class_: type[Op], arguments: Arguments, context: StepContext) -> dict[str, Value]:
    """The values of the arguments by name; poison for one that is wrong, which is reported."""
    signature = op_signature(class_)
    named: Mapping[str, ParsedValue] = arguments.named
    if arguments.first is not None:
        first = context.evaluated(arguments.first.value, arguments.at)
        if not isinstance(first, dict) or class_.is_first_argument(first):
            return first_argument(first, class_, arguments, context.report)
        named = first
    values, _ = named_values(named, arguments, signature, context)
    for name, value in values.items():
        if isinstance(value, Tensor) and name not in class_.tensor_arguments:
            message = f"`{name}` of {signature.callee} is a tensor, which cannot be an argument"
            hint = "a tensor reaches a step as its input: the current tensor, `from` or a branch"
            context.report(SpecError.of("argument", message, arguments.place(name), hint, about=name))
            values[name] = POISON
    return values


def _taken_tensors(
    class_: type[Op], values: dict[str, Value], arguments: Arguments, context: StepContext
) -> tuple[Tensor, ...]:
    """The tensors that arguments are, for which the values then have the mark of one; others are reported."""
    tensors: list[Tensor] = []
    for name in class_.tensor_arguments:
        value = values.get(name)
        if isinstance(value, Tensor):
            tensors.append(value)
            values[name] = TENSOR
        elif value is not None and value is not POISON:
            context.report(not_a_tensor(name, value, class_, context.place(arguments, name)))
            values[name] = POISON
    return tuple(tensors)


def not_a_tensor(name: str, value: object, class_: type[Op], at: Position) -> SpecError:
    """The error for an argument that must be a tensor and is none."""
    message = f"`{name}` of {class_.__name__} must be a tensor, but is {describe(value)}"
    hint = "name an input, or a tensor that `as` names, as `$name`"
    if isinstance(value, str):
        hint = f"a tensor is read with a dollar sign: `{name}: ${shortened(value)}`"
    return SpecError.of("argument", message, at, hint, about=name)


def named_values(
    named: Mapping[str, ParsedValue], arguments: Arguments, signature: Signature, context: StepContext
) -> tuple[dict[str, Value], dict[str, str]]:
    """The values of arguments by their names, and the names as they are written.

    The value of one with an error is poison, and that of an optional one that an unknown one may mean.
    """
    values: dict[str, Value] = {}
    written: dict[str, str] = {}
    for key, value in named.items():
        name: str | None = key
        if key not in signature.arguments:
            context.report(signature.unknown(key, arguments.key_place(key)))
            name = closest(key, signature.arguments)
        if name is None or (name != key and name in named):
            continue
        written[name] = key
        values[name] = value if type(value) in PLAIN else _evaluated(value, key, arguments, context)
        if name != key and name not in signature.required:
            values[name] = POISON  # it may be another argument that is meant
    return values, written


def _evaluated(value: ParsedValue, key: str, arguments: Arguments, context: StepContext) -> Value:
    """The value of an argument; poison where it has none, which is reported."""
    try:
        return evaluate(value, context.frame)
    except SpecError as error:
        context.report(error, arguments.place(key))
    except Poisoned:
        pass
    return POISON


def first_argument(
    value: Value, class_: type[Op], arguments: Arguments, report: Callable[[SpecError], None]
) -> dict[str, Value]:
    """A value alone as the first argument; an op that cannot have it alone is reported."""
    name, required = next(iter(class_.own_arguments()), None), op_signature(class_).required
    if name is None:
        message = f"{class_.__name__} takes no argument, but got {describe(value)}"
        report(SpecError.of("argument", message, arguments.at, f"write `{class_.__name__}` alone"))
        return {}
    if value is not POISON and class_.first_argument() is not None:
        return {name: value}
    if value is not POISON:
        example = ", ".join(f"{field}: …" for field in required)
        message = f"{class_.__name__} needs more than one argument, but got only {describe(value)}"
        hint = f"write them by name: `{class_.__name__}: {{{example}}}`"
        report(SpecError.of("missing-argument", message, arguments.at, hint))
    return {**dict.fromkeys(required, POISON), name: value}


def _report(
    error: ValidationError, class_: type[Op], arguments: Arguments, wrong: set[str], context: StepContext
) -> None:
    """Reports the errors of a validation, and adds the names of the arguments to the wrong ones."""
    signature = op_signature(class_)
    for found in explain(error, class_):
        if found.missing:
            if found.path[0] not in wrong:
                context.report(signature.missing(found.path[0], context.step.at))
        else:
            named = [name for name in found.arguments if name in arguments.named]
            at = context.place(arguments, named[0]) if named else arguments.at
            hint = found.hint or (_size_hint(arguments.named[named[0]], context) if named else None)
            context.report(argument_error(found._replace(hint=hint), class_, at))
        wrong.update(found.arguments)


def _size_hint(written: ParsedValue, context: StepContext) -> str | None:
    """What to do about the size of a tensor that is known only at run time; None for any other value."""
    if not isinstance(written, Formula) or not isinstance(written.expression, Attribute):
        return None
    if written.expression.name not in ("height", "width", "channels") or evaluate(written, context.frame) is not None:
        return None
    return f"`{written.text}` is known only at run time: give the input that it comes from a size"


def argument_error(found: Explained, class_: type[Op], at: Position) -> SpecError:
    """The error for an argument that an op refuses, or for several that do not fit each other."""
    subject = " of ".join([*(f"`{part}`" for part in reversed(found.path)), class_.__name__])
    message = f"{subject}{' ' if found.path else ': '}{found.message}"
    about = " ".join(found.path or found.arguments)
    return SpecError.of("argument", message, at, found.hint, about=about)
