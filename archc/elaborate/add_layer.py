"""Layers: an op with its arguments, added to the graph or called again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from archc import limits
from archc.diagnostics import Poisoned, Related, SpecError, closest, printable
from archc.elaborate.recovery import certain_fault, likely_shape, stand_in
from archc.elaborate.scope import Here, Leaves
from archc.ir.builder import NameTaken
from archc.ir.graph import Node, Tensor
from archc.ir.op import Op
from archc.ir.shape import ShapeError, UnknownSizeError, shape_text
from archc.language import validation
from archc.language.steps import Arguments, UseOp
from archc.language.template import evaluate
from archc.language.value import POISON, Poison, Value, written

if TYPE_CHECKING:
    from archc.elaborate.elaboration import Elaboration


def use_op(run: Elaboration, head: UseOp, here: Here) -> Leaves:
    """Adds the layer of a step."""
    return add_layer(run, head.op, head.arguments, here.taken, here)


def add_layer(
    run: Elaboration, class_: type[Op], arguments: Arguments, taken: tuple[Leaves, ...], here: Here
) -> Leaves:
    """Adds a layer over the tensors that reach it; a layer that cannot be made leaves what is known of it."""
    taken = _fitting(class_, taken, here)
    op = run.made.get((id(arguments), class_)) if arguments.constant else None
    if op is None:
        given, wrong = _given(run, class_, arguments, here)
        op = None if wrong else _made(run, class_, arguments, given)
        if op is None:
            wrong |= _refused(run, class_, arguments, given, wrong, here)
            right = {name: value for name, value in given.items() if name not in wrong}
            _keep_name(run, here)
            return _recovered(run, class_, right, wrong, taken)
    if len(run.builder.nodes) >= limits.LAYERS:
        raise SpecError.of("too-many-layers", f"the network has more than {limits.LAYERS:,} layers", here.step.at)
    if POISON in taken:
        _keep_name(run, here)
        return _recovered(run, class_, op.arguments(), set(), taken)
    return _added(run, op, arguments, taken, here)


def _fitting(class_: type[Op], taken: tuple[Leaves, ...], here: Here) -> tuple[Leaves, ...]:
    """The tensors that the op takes; attention to itself takes one as query and value."""
    least, most = class_.arity
    if least == 0:
        if here.step.from_ is not None:
            message = f"{class_.__name__} takes nothing from the path"
            raise SpecError.of("inputs", message, here.step.place("from"), "remove `from`")
        return ()
    if len(taken) == 1 and class_.repeats_input:
        return taken * least
    if len(taken) < least or (most is not None and len(taken) > most):
        many = f"{least}" if least == most else f"{least} or more" if most is None else f"{least} to {most}"
        tensors = "tensor" if many == "1" else "tensors"
        reach = f"{len(taken)} reach it" if len(taken) != 1 else "one reaches it"
        hint = "take one: `from: a`" if most == 1 else None
        place = here.step.place("from")
        raise SpecError.of("inputs", f"{class_.__name__} takes {many} {tensors}, but {reach}", place, hint)
    return taken


# --- arguments ---


def _given(run: Elaboration, class_: type[Op], arguments: Arguments, here: Here) -> tuple[dict[str, Value], set[str]]:
    """The values of the arguments, and the names of those that have none; a misspelt name is taken for the closest."""
    if arguments.first is not ...:
        return _first(run, class_, arguments, here)
    given: dict[str, Value] = {}
    wrong: set[str] = set()
    fields = class_.model_fields
    for written_name, value in arguments.named.items():
        name: str | None = written_name
        if written_name not in fields:
            name = _meant(run, class_, written_name, arguments)
        if name is None:
            continue
        try:
            given[name] = evaluate(value, here.frame)
            if isinstance(given[name], Tensor):
                message = f"`{name}` of {class_.__name__} is a tensor, which is no argument"
                hint = "a tensor reaches a step by the path, `from` or a branch"
                raise SpecError.of("argument", message, arguments.place(written_name), hint)
        except SpecError as error:
            run.collector.report(error, arguments.place(written_name), related=here.uses())
            wrong.add(name)
        except Poisoned:
            wrong.add(name)
    return given, wrong


def _first(run: Elaboration, class_: type[Op], arguments: Arguments, here: Here) -> tuple[dict[str, Value], set[str]]:
    """The value that stands alone, as the op's first argument."""
    try:
        value = evaluate(arguments.first, here.frame)
    except SpecError as error:
        run.collector.report(error, arguments.at, related=here.uses())
        value = POISON
    except Poisoned:
        value = POISON
    if isinstance(value, dict):
        names = {name: name if name in class_.model_fields else _meant(run, class_, name, arguments) for name in value}
        return {names[name] or name: item for name, item in value.items() if names[name]}, set()
    own = next(iter(class_.own_arguments()), None)
    if own is None:
        message = f"{class_.__name__} takes no argument, but {written(value)} came"
        run.collector.add("argument", message, arguments.at, f"write `{class_.__name__}` alone", related=here.uses())
        return {}, set()
    if class_.first_argument() is None and value is not POISON:
        needed = [name for name in class_.model_fields if class_.model_fields[name].is_required()]
        example = ", ".join(f"{name}: …" for name in needed)
        hint = f"write them by name: `{class_.__name__}: {{{example}}}`"
        message = f"{class_.__name__} needs more than one argument, but {written(value)} stands alone"
        run.collector.add("missing-argument", message, arguments.at, hint, related=here.uses())
        return {own: value}, set(needed) - {own}
    if value is POISON:
        return {}, {own, *(name for name, field in class_.model_fields.items() if field.is_required())}
    return {own: value}, set()


def _meant(run: Elaboration, class_: type[Op], name: str, arguments: Arguments) -> str | None:
    """Reports an unknown argument, and gives the one to take it for."""
    known = list(class_.model_fields)
    meant = closest(name, known)
    hint = f"did you mean `{meant}`?" if meant else f"{class_.__name__} has: {', '.join(known)}"
    message = f"`{printable(name[:60])}` is no argument of {class_.__name__}"
    run.collector.add("unknown-argument", message, arguments.key_place(name), hint)
    return None if meant in arguments.named else meant


def _made(run: Elaboration, class_: type[Op], arguments: Arguments, given: dict[str, Value]) -> Op | None:
    """The op, made once for the same arguments; None where pydantic refuses them."""
    key: object = (id(arguments), class_) if arguments.constant else (class_, repr(given))
    op = run.made.get(key)
    if op is None:
        try:
            op = run.made[key] = class_(**given)
        except (ValidationError, TypeError):
            return None
    return op


def _refused(
    run: Elaboration, class_: type[Op], arguments: Arguments, given: dict[str, Value], silent: set[str], here: Here
) -> set[str]:
    """Reports the arguments that the op refuses, but for those whose fault is told; gives their names."""
    try:
        class_(**{name: value for name, value in given.items() if name not in silent})
    except ValidationError as error:
        return _reported(run, class_, arguments, error, silent, here)
    except TypeError:
        raise SpecError.of("argument", f"{class_.__name__} cannot take these arguments", arguments.at) from None
    return set()


def _reported(
    run: Elaboration, class_: type[Op], arguments: Arguments, error: ValidationError, silent: set[str], here: Here
) -> set[str]:
    """Reports the errors of a validation; gives the names of the arguments that are wrong or missing."""
    names: set[str] = set()
    for found in error.errors(include_url=False):
        top = str(found["loc"][0]) if found["loc"] else ""
        message, hint = validation.explained(found)
        if found["type"] == "missing" and len(found["loc"]) == 1:
            names.add(top)
            if top not in silent:
                hint = f"add it: `{top}: …`"
                what = f"{class_.__name__} needs `{top}`"
                run.collector.add("missing-argument", what, here.step.at, hint, related=here.uses())
            continue
        several = validation.conflicting(found)
        blamed = [top] if top else list(several)
        names.update(blamed)
        place = next((here.place(arguments, name) for name in blamed if name in arguments.named), arguments.at)
        subject = " of ".join([*(f"`{part}`" for part in reversed(found["loc"])), class_.__name__])
        between = ": " if several else " "
        run.collector.add("argument", f"{subject}{between}{message}", place, hint, related=here.uses())
    return names


def _named_in(message: str, names: Iterable[str]) -> list[str]:
    """The arguments that a message speaks of, in its order."""
    known = set(names)
    return [name for name in re.findall(r"`(\w+)`", message) if name in known]


# --- adding ---


def _added(run: Elaboration, op: Op, arguments: Arguments, taken: tuple[Any, ...], here: Here) -> Leaves:
    first = _replayed(run, op, here) if run.replayed is not None else None
    step = here.step
    try:
        return run.builder.add(op, taken, here.full_name, here.region, step.at, first, step.note)
    except NameTaken as error:
        run.name_taken(error, here)
        spare = f"{error.name}?{len(run.builder.nodes)}"
        return run.builder.add(op, taken, spare, here.region, step.at)
    except UnknownSizeError as error:
        certain = certain_fault(op, tuple(tensor.shape for tensor in taken))
        if certain is not None:
            blamed = _shape_fault(run, certain, op, arguments, taken, here)
        else:
            blamed = []
            if not run.state.doubtful:
                message = str(error) if str(error).startswith(op.op_name) else f"{op.op_name}: {error}"
                run.collector.add("unknown-size", message, step.at, related=here.uses())
    except ShapeError as error:
        blamed = _shape_fault(run, error, op, arguments, taken, here)
    _keep_name(run, here)
    right = {name: value for name, value in op.arguments().items() if name not in blamed}
    return _recovered(run, type(op), right, set(blamed), taken)


def _replayed(run: Elaboration, op: Op, here: Here) -> Node:
    """The call to share weights with, inside a block that is used again."""
    recorded = next(run.replayed, None) if run.replayed is not None else None
    if recorded is None or recorded.op != op:
        was = recorded.op.op_name if recorded else "none"
        message = f"this use of the shared block has {op.op_name} with other arguments where the first had {was}"
        hint = "what a shared block does may not depend on the tensor that reaches it"
        raise SpecError.of("share", message, here.step.at, hint)
    return recorded.first or recorded


def _shape_fault(
    run: Elaboration, error: ShapeError, op: Op, arguments: Arguments, tensors: tuple[Tensor, ...], here: Here
) -> list[str]:
    """Reports shapes that do not fit, at the argument to change, with what reaches it; gives the arguments to blame."""
    message = str(error)
    blamed = _named_in(message, arguments.named)
    if not blamed and message.startswith("a window"):
        blamed = [name for name in ("kernel_size", "pool_size") if name in arguments.named]
    at = here.place(arguments, blamed[0]) if blamed else here.step.at
    ends = [
        Related(f"`{end.name}` leaves {shape_text(end.shape)}", end.at) for end in tensors[:8] if isinstance(end, Node)
    ]
    reaching = ", ".join(f"{shape_text(tensor.shape)} from `{_called(tensor)}`" for tensor in tensors[:8])
    shown = message if message.startswith(op.op_name) else f"{op.op_name}: {message}"
    run.collector.add("shape", shown, at, f"what reaches it: {reaching}", related=[*ends, *here.uses()])
    return blamed if message.startswith("`") else []


def _called(tensor: Tensor) -> str:
    return tensor.name if tensor.name != "?" else "a step with a fault"


def _recovered(
    run: Elaboration, class_: type[Op], arguments: dict[str, Any], wrong: set[str], taken: tuple[Leaves, ...]
) -> Leaves:
    """What is known of the tensor that a layer would leave."""
    reached = tuple(None if isinstance(tensor, Poison) else tensor.shape for tensor in taken)
    shape = likely_shape(class_, arguments, wrong, reached)
    run.state.doubtful = True
    return POISON if shape is None else stand_in(shape)


def _keep_name(run: Elaboration, here: Here) -> None:
    """Takes the name of a layer that cannot be made, so that another of that name is found."""
    if run.replayed is not None or here.full_name is None:
        return
    try:
        run.builder.take_name(here.full_name, here.step.at)
    except NameTaken as error:
        run.name_taken(error, here)
