"""Layers in generated source, and calls of the functions that blocks are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from archc.codegen.expressions import Names as Scope
from archc.codegen.expressions import Part, formatted, parts_of, text, value
from archc.codegen.kinds import kind_of
from archc.codegen.layout import Code, call, display, index, joined
from archc.codegen.literals import quoted
from archc.codegen.statements import If, Statement
from archc.ir.naming import snake_case
from archc.ir.op import Op
from archc.language.steps import Arguments, Step, UseBlock, UseOp, UseParameter
from archc.ops import registry
from archc.targets.keras import calls, leaving
from archc.targets.keras.refusals import refused
from archc.targets.keras.structure import Section, called, chosen, tensors_left

if TYPE_CHECKING:
    from archc.targets.keras.function_writer import FunctionWriter
    from archc.targets.keras.path import Flow

Used = UseOp | UseBlock | UseParameter


def used(
    writer: FunctionWriter,
    step: Step,
    head: Used,
    taken: list[Code],
    flow: Flow,
    prefix: tuple[Part, ...],
    out: list[Statement],
) -> None:
    """Writes a layer, or the call of a block's function."""
    if is_split(head, writer.section):
        out.append(_one_of(writer, step, head, taken, flow, prefix))  # type: ignore[arg-type]
        return
    left = (
        layer(writer, head.op, head.arguments, step, taken, prefix)
        if isinstance(head, UseOp)
        else block(writer, head, step, taken, prefix)
    )
    leaving.assign(writer, step, head, left, taken, flow, out)


def is_split(head: object, section: Section) -> bool:
    """Whether a head by parameter is written as a case for each choice: ops, or blocks that leave different numbers."""
    if not isinstance(head, UseParameter):
        return False
    several = {tensors_left(UseBlock(choice, head.arguments), section) for choice in called_words(head, section)}
    return len(called_words(head, section)) < len(chosen(head, section)) or len(several) > 1


def called_words(head: UseParameter, section: Section) -> list[str]:
    """The blocks among the choices of a head by parameter."""
    return [choice for choice in chosen(head, section) if choice in section.uses]


def as_chosen(head: UseParameter, choice: str) -> UseOp | UseBlock:
    """The head that one choice of a head by parameter is."""
    op = registry().get(choice)
    return UseBlock(choice, head.arguments) if op is None else UseOp(op, head.arguments)


def _one_of(
    writer: FunctionWriter, step: Step, head: UseParameter, taken: list[Code], flow: Flow, prefix: tuple[Part, ...]
) -> Statement:
    """Writes a head by parameter as a case for each choice."""
    cases: tuple[Statement, ...] = ()
    for choice in reversed(chosen(head, writer.section)):
        own: list[Statement] = []
        used(writer, step, as_chosen(head, choice), taken, flow, prefix, own)
        cases = (If(is_choice(writer, head, choice), tuple(own), cases),)
    return cases[0]


def is_choice(writer: FunctionWriter, head: UseParameter, choice: str) -> Code:
    """The condition that a parameter names this choice."""
    return joined(writer.codes[head.parameter], f" == {quoted(choice)}")


# --- layers ---


def layer(
    writer: FunctionWriter,
    op: type[Op],
    arguments: Arguments,
    step: Step,
    taken: list[Code],
    prefix: tuple[Part, ...],
) -> Code:
    """The code of a layer that is called on tensors."""
    scope = writer.scope(taken[0])
    given = calls.written_arguments(op, arguments, scope)
    name = layer_name(writer, op, step, prefix, scope)
    if op.function is not None:
        writer.page.use(op.function)
        return calls.function(op, taken if op.arity[0] else [batch_tensor(writer)], given, name)
    return call(calls.layer(op, given, name), reaching(op, taken))


def reaching(op: type[Op], taken: list[Code]) -> list[Code]:
    """The tensors that a layer is called on; attention to itself takes one twice."""
    if op.merges:
        return [display("[", taken, "]")]
    return taken * op.arity[0] if len(taken) == 1 and op.repeats_input else taken


def batch_tensor(writer: FunctionWriter) -> Code:
    """A tensor of the batch."""
    return writer.batch or writer.page.inputs[0]


def layer_name(writer: FunctionWriter, op: type[Op], step: Step, prefix: tuple[Part, ...], scope: Scope) -> Code:
    """A layer's name: its own, else the one that Keras gives it in a new model."""
    if step.name is not None:
        return text(step.name, scope, prefix)
    return writer.page.automatic_name(snake_case(op.__name__), writer.counter)


# --- blocks ---


def block(
    writer: FunctionWriter,
    head: UseBlock | UseParameter,
    step: Step,
    taken: list[Code],
    prefix: tuple[Part, ...],
    entered: list[Code] | None = None,
) -> Code:
    """The code of a call of a block's function.

    Args:
        writer: of the function that calls it.
        head: the block, or the parameter that names it.
        step: what is written.
        taken: the tensors that reach it.
        prefix: before the names of layers.
        entered: what it is called on, if not on these: what enters a model inside the model.
    """
    sections = called(head, writer.section)
    scope = writer.scope(taken[0])
    rest: list[Code] = []
    if head.arguments.first is not ...:
        rest = [joined("**", _settings(writer, head.arguments, sections, scope))]
    arguments: list[tuple[str, Code]] = []
    for name, given in head.arguments.named.items():
        arguments.append((writer.page.parameters[name], value(given, scope)))
        for section in sections:
            writer.page.tell(section, name, kind_of(given, scope.kinds))
    batch = entered[0] if entered else batch_tensor(writer)
    handed = _handed_down(writer, sections[0], step, prefix, scope, batch)
    callee: Code = writer.page.functions[sections[0]]
    if isinstance(head, UseParameter):
        callee = index(writer.page.table(head, writer.section), writer.codes[head.parameter])
    return call(callee, entered or taken, [*arguments, *handed], rest)


def _settings(writer: FunctionWriter, arguments: Arguments, sections: list[Section], scope: Scope) -> Code:
    """The map that holds a block's arguments, whose parameters must then have their own names in Python too."""
    kind = kind_of(arguments.first, scope.kinds)
    for section in sections:
        for name in section.params:
            if writer.page.parameters[name] != name:
                message = f"the parameter `{name}` has another name in Python, so no map can hold its value"
                raise refused(message, arguments.at, "give the arguments by name, or rename the parameter")
            if kind.fields is not None and name in kind.fields:
                writer.page.tell(section, name, kind.fields[name])
    return value(arguments.first, scope)


def _handed_down(
    writer: FunctionWriter, section: Section, step: Step, prefix: tuple[Part, ...], scope: Scope, batch: Code
) -> Iterable[tuple[str, Code]]:
    """What a block's function is handed beside its parameters."""
    handed = writer.page.handed
    if section.numbered:
        yield handed["names"], writer.counter
    if section.batch:
        yield handed["batch"], batch
    own = [*prefix, *(parts_of(step.name, scope) if step.name is not None else ())]
    if section.handed == "prefix" and own:
        yield handed["prefix"], named(writer, [*own, ("_", False)] if step.name is not None else own)
    elif section.handed == "name":
        whole = named(writer, own[:-1]) if step.name is None else text(step.name, scope, prefix)
        yield handed["name"], whole


def named(writer: FunctionWriter, parts: list[Part]) -> Code:
    """A name, or what stands before names, of its parts."""
    return parts[0][0] if parts == [(writer.handed, True)] else formatted(parts)
