"""What steps of a spec read and give: the path, and names."""

from __future__ import annotations

from collections.abc import Container

from archc.language.rounds import Rounds, target_names
from archc.language.steps import (
    Let,
    Loop,
    NoHead,
    SideGroup,
    Step,
    StepGroup,
    Steps,
    UseMerge,
    UseOp,
    names_given,
    steps_within,
    values_of,
)
from archc.language.template import GivenName, ParsedValue, names_in


def reads_path(steps: Steps, after: bool) -> bool:
    """Whether steps need the tensor that reaches them.

    Args:
        steps: one after the other.
        after: whether what they leave is needed.
    """
    for step in reversed(steps):
        after = _reads(step, after)
    return after


def _reads(step: Step, after: bool) -> bool:
    named = bool(step.as_) or step.output is not None
    reads = _head_reads(step.head, after, named)
    if step.from_ is not None:
        reads = after if isinstance(step.head, SideGroup | Let) else False
        reads |= any(name == "x" or _reads_x(name) for name in step.from_)
    else:
        reads |= any(_reads_x(value) for value in values_of(step))
    if step.when is not None:
        reads |= reads_path(step.otherwise, after) if step.otherwise is not None else after
    return reads


def _head_reads(head: object, after: bool, named: bool) -> bool:
    match head:
        case UseOp(op):
            return op.arity[0] > 0
        case UseMerge(branches=branches, rounds=rounds):
            steps = [branch.steps for branch in branches if branch.steps is not None]
            named = any(branch.tensor == "x" for branch in branches)
            return not branches or named or any(reads_path(each, True) for each in steps) or rounds is not None
        case Loop(_, body):
            return after or named or reads_path(body, False)
        case StepGroup(body):
            return reads_path(body, after or named)
        case SideGroup(body):
            return after or reads_path(body, True)
        case Let():
            return after
        case NoHead():
            return after or named
    return True


def _reads_x(value: ParsedValue) -> bool:
    return any(name == "x" for name, _ in names_in(value))


def assigned(steps: Steps) -> set[GivenName]:
    """The names that steps give, those with an expression by their fixed part."""
    found = {name for name, _, _ in names_given(steps)}
    for step in steps_within(steps):
        match step.head:
            case Loop(rounds) | UseMerge(rounds=Rounds() as rounds):
                found.update(target_names(rounds.targets))
    return found


def reads_any(value: ParsedValue, names: Container[object]) -> bool:
    """Whether a value reads one of these names."""
    return any(name in names for name, _ in names_in(value))
