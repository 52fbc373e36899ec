"""Heads that add no layer themselves: loops, groups, sides, `let`, and steps without a head."""

from __future__ import annotations

from collections.abc import Iterator

from archc.diagnostics import Poisoned, SpecError
from archc.elaborate.elaboration import StepContext
from archc.elaborate.scope import Frame, Outputs
from archc.ir.graph import Region
from archc.language.rounds import Rounds, Targets, target_names
from archc.language.steps import Let, Loop, NoHead, SideGroup, StepGroup
from archc.language.template import evaluate
from archc.language.value import POISON, Value, describe, describe_type


def expand_loop(head: Loop, context: StepContext) -> Outputs:
    """Expands the steps once for each item; tensors and values flow from round to round."""
    run, frame, current = context.run, context.frame, context.inputs[0]
    part = context.part("loop")
    for _ in bind_rounds(head.rounds, frame):
        if head.body:
            inner = Region("round", "", None, part, context.step.at, part.prefix)
            current = frame["x"] = run.expand_steps(run, head.body, current, frame, inner)
    context.register(part, current)
    return (current,)


def bind_rounds(rounds: Rounds, frame: Frame) -> Iterator[None]:
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
        _bind(rounds.targets, item, rounds, frame)
        yield


def _bind(targets: Targets, item: Value, rounds: Rounds, frame: Frame) -> None:
    if isinstance(targets, str):
        frame[targets] = item
        return
    if not isinstance(item, list | tuple) or len(item) != len(targets):
        came = f"a list of {len(item)}" if isinstance(item, list | tuple) else describe(item)
        names = ", ".join(target_names(targets))
        hint = "`enumerate` gives the number and the item" if isinstance(item, int) else "give each value a name"
        message = f"`{names}` take {len(targets)} values in each round, but got {came}"
        raise SpecError.of("type", message, rounds.at, hint)
    for target, value in zip(targets, item, strict=True):
        _bind(target, value, rounds, frame)


def expand_group(head: StepGroup | SideGroup, context: StepContext) -> Outputs:
    """Expands the steps of a group, or of a side."""
    run = context.run
    part = context.part("side" if isinstance(head, SideGroup) else "group")
    output = run.expand_steps(run, head.body, context.inputs[0], context.frame, part)
    context.register(part, output)
    return (output,)


def expand_let(head: Let, context: StepContext) -> Outputs:
    """Names values and tensors; all values are evaluated before any is named."""
    _check_nameless(context)
    context.frame.spend(len(head.values))
    values: dict[str, Value] = {}
    for name, value in head.values.items():
        values[name] = POISON
        try:
            values[name] = evaluate(value, context.frame)
        except SpecError as error:
            context.report(error, head.data.values_at[name])
        except Poisoned:
            continue
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
