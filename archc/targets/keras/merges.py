"""Merges in generated source: the branches, each into a variable of its own, and the layer that joins them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archc.codegen.expressions import Part, text
from archc.codegen.kinds import kind_of
from archc.codegen.layout import Code, call, display, flat
from archc.codegen.statements import Assign, Do, For, Statement
from archc.language.rounds import Rounds
from archc.language.steps import Branch, Step, UseMerge
from archc.targets.keras import calls, layers, leaving
from archc.targets.keras.path import Flow
from archc.targets.keras.reads import assigned, reads_any

if TYPE_CHECKING:
    from archc.targets.keras.function_writer import FunctionWriter


def merged(
    writer: FunctionWriter,
    step: Step,
    head: UseMerge,
    taken: list[Code],
    flow: Flow,
    prefix: tuple[Part, ...],
    out: list[Statement],
) -> None:
    """Writes the branches of a merge, and the layer that joins them."""
    anew = assigned((step._replace(as_=()),))
    reached = Flow(taken[0], flow.target)
    writer.protect(reached, anew, out, after=True)
    early: str | None = None
    if step.name is not None and reads_any(step.name, anew):
        early = writer.names.give("name")
        out.append(Assign((early,), text(step.name, writer.scope(reached.current), prefix)))
    given: list[str] = []
    if not head.branches:
        joint: Code = display("[", taken, "]")
    elif head.rounds is not None:
        joint = _rounds(writer, head.rounds, head.branches[0], reached, prefix, out, given)
    else:
        joint = _branches(writer, head.branches, reached, prefix, out, given)
    scope = writer.scope(reached.current)
    arguments = calls.written_arguments(head.op, head.arguments, scope)
    name = layers.layer_name(writer, head.op, step, prefix, scope) if early is None else early
    left = call(calls.layer(head.op, arguments, name), [joint])
    leaving.assign(writer, step, head, left, [reached.current], flow, out)
    for variable in given:
        writer.names.release(variable)


def _branches(
    writer: FunctionWriter,
    branches: tuple[Branch, ...],
    flow: Flow,
    prefix: tuple[Part, ...],
    out: list[Statement],
    given: list[str],
) -> Code:
    """Writes branches, and gives the list of what they leave."""
    left: list[Code] = []
    for number, branch in enumerate(branches, start=1):
        later = assigned(tuple(step for other in branches[number:] for step in other.steps or ()))
        scope = writer.scope(flow.current)
        if branch.steps is None and kind_of(branch.tensor, scope.kinds).what == "list":
            left.append(f"*{flat(writer.tensor(branch.tensor, scope))}")
            continue
        target = writer.names.give(branch.label or f"branch_{number}")
        given.append(target)
        inner = Flow(flow.current, target)
        if branch.steps is None:
            inner.current = writer.tensor(branch.tensor, scope)
        else:
            writer.steps(branch.steps, inner, prefix, out, after=True)
        writer.protect(inner, later, out, after=True)
        left.append(inner.current)
    if len(left) == 1 and isinstance(left[0], str) and left[0].startswith("*"):
        return left[0][1:]
    return display("[", left, "]")


def _rounds(
    writer: FunctionWriter,
    rounds: Rounds,
    branch: Branch,
    flow: Flow,
    prefix: tuple[Part, ...],
    out: list[Statement],
    given: list[str],
) -> Code:
    """Writes a branch a round, and gives the list that gathers them."""
    listed, target = writer.names.give("branches"), writer.names.give("branch")
    given += [listed, target]
    out.append(Assign((listed,), "[]"))
    body: list[Statement] = []
    targets, items = writer.bind(rounds, flow.current)
    inner = Flow(flow.current, target)
    writer.depth += 1
    writer.steps(branch.steps or (), inner, prefix, body, after=True)
    writer.depth -= 1
    body.append(Do(call(f"{listed}.append", [inner.current])))
    out.append(For(targets, items, tuple(body)))
    return listed
