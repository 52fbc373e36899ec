"""Heads with steps inside: merges, loops, groups and sides; and those that add no layer: `let`, and none."""

from __future__ import annotations

from collections.abc import Iterator

from archc.diagnostics import SpecError
from archc.elaborate.add_layer import add_layer
from archc.elaborate.elaboration import MaybeTensor, Outputs
from archc.elaborate.step_context import StepContext
from archc.ir.graph import Region, Tensor
from archc.language.rounds import Rounds
from archc.language.steps import Branch, Let, Loop, NoHead, SideGroup, Step, StepGroup, UseMerge
from archc.language.targets import unpacked
from archc.language.template import Formula, Template, evaluate
from archc.language.value import POISON, Poison, Scope, Value, describe_type


def expand_merge(head: UseMerge, context: StepContext) -> Outputs:
    """Expands the branches, each from the input of the merge, and joins their outputs."""
    frame, current = context.frame, context.inputs[0]
    merged: list[MaybeTensor] = []
    listed = any(not isinstance(name, str | Template) for name in context.step.from_ or ())  # of any length
    if not head.branches and (len(context.inputs) > 1 or listed):
        merged += context.inputs
    for branch in head.branches:
        frame["x"] = current
        for _ in bind_rounds(branch.rounds, frame) if branch.rounds is not None else (None,):
            frame.spend(1)
            merged += _branch(branch, context)
    frame["x"] = current
    if not merged:
        raise no_branch(head, context.step)
    return add_layer(head, context._replace(inputs=tuple(merged)))


def no_branch(head: UseMerge, step: Step) -> SpecError:
    """The error for a merge that has nothing to join."""
    return SpecError.of("no-branch", f"{head.op.__name__} has no branch", step.at)


def _branch(branch: Branch, context: StepContext) -> list[MaybeTensor]:
    """The output of a branch; several tensors where `$(…)` is a list of them."""
    frame, region, current = context.frame, context.region, context.inputs[0]
    frame["x"] = current
    if branch.steps is not None:
        part = Region("branch", branch.label or "", None, region, context.step.at, region.prefix)
        return [context.run.expand_steps(branch.steps, current, frame, part)]
    with context.reporting(branch.at):
        if not isinstance(branch.tensor, Formula):
            return [frame.tensor(branch.tensor, branch.at)]
        value = evaluate(branch.tensor, frame)
        if isinstance(value, list | tuple) and all(isinstance(item, Tensor | Poison) for item in value):
            return list(value)
        if isinstance(value, Tensor):
            return [value]
        hint = "`$(…)` in a merge is a tensor, or a list of tensors"
        raise SpecError.of("type", f"`{branch.tensor.text}` is not a tensor", branch.at, hint)
    return [POISON]


def expand_loop(head: Loop, context: StepContext) -> Outputs:
    """Expands the steps once for each item; tensors and values flow from round to round."""
    run, frame, body, current = context.run, context.frame, head.body, context.inputs[0]
    part = context.part("loop")
    for _ in bind_rounds(head.rounds, frame):
        if body:
            inner = Region("round", "", None, part, part.at, part.prefix)
            current = frame["x"] = run.expand_steps(body, current, frame, inner)
    context.register(part, current)
    return (current,)


def bind_rounds(rounds: Rounds, frame: Scope) -> Iterator[None]:
    """Binds the names of a loop, round by round.

    Raises:
        SpecError: there is no list to take items from, or an item does not fit the names.
    """
    items = evaluate(rounds.items, frame)
    if not isinstance(items, list | tuple):
        hint = "`range(n)` is the list from 0 to n - 1"
        message = f"`for` takes a list, but `{rounds.items.text}` is {describe_type(items)}"
        raise SpecError.of("type", message, rounds.items.at, hint)
    frame.spend(len(items))
    for item in items:
        try:
            frame.update(unpacked(rounds.targets, item))
        except SpecError as error:
            raise error.at(rounds.at) from None
        yield


def expand_group(head: StepGroup | SideGroup, context: StepContext) -> Outputs:
    """Expands the steps of a group, or of a side."""
    part = context.part("side" if isinstance(head, SideGroup) else "group")
    output = context.run.expand_steps(head.body, context.inputs[0], context.frame, part)
    context.register(part, output)
    return (output,)


def expand_let(head: Let, context: StepContext) -> Outputs:
    """Names values and tensors; all values are evaluated before any is named."""
    _check_nameless(context)
    context.frame.spend(len(head.values))
    values: dict[str, Value] = {}
    for name, value in head.values.items():
        values[name] = context.evaluated(value, head.data.values_at[name])
    context.frame.update(values)
    return context.inputs[:1]


def expand_nothing(_head: NoHead, context: StepContext) -> Outputs:
    """The output of a step without a head is its input."""
    _check_nameless(context)
    return context.inputs[:1]


def _check_nameless(context: StepContext) -> None:
    if context.name is not None:
        hint = "`as` names a tensor"
        message = "this step adds no layer, so it has no `name`"
        raise SpecError.of("name", message, context.step.place("name"), hint)
