"""Where the current tensor and the names of a spec are read, and which names steps assign."""

from __future__ import annotations

from collections.abc import Container

from archc.language import steps as syntax
from archc.language.template import GivenName, ParsedValue, names_in


def reads_current(steps: syntax.Steps, needed: bool) -> bool:
    """Whether steps read the current tensor before them; `needed` is whether that after them is read."""
    for step in reversed(steps):
        needed = _reads_current(step, needed)
    return needed


def _reads_current(step: syntax.Step, needed: bool) -> bool:
    named = bool(step.as_) or step.output is not None
    reads = _head_reads_current(step.head, needed, named)
    if step.from_ is not None:
        reads = needed and not moves_current(step)
        reads = reads or any(name == "x" or reads_any(name, {"x"}) for name in step.from_)
    else:
        reads = reads or any(reads_any(value, {"x"}) for value in syntax.values_of(step))
    if step.when is not None:
        reads |= reads_current(step.otherwise, needed) if step.otherwise is not None else needed
    return reads


def _head_reads_current(head: object, needed: bool, named: bool) -> bool:
    match head:
        case syntax.UseOp(op):
            return op.arity[0] > 0
        case syntax.UseMerge(branches=branches):
            in_rounds = any(branch.rounds is not None for branch in branches)
            by_name = any(branch.tensor == "x" for branch in branches)
            within = any(reads_current(branch.steps, True) for branch in branches if branch.steps is not None)
            return not branches or by_name or within or in_rounds
        case syntax.Loop(_, body):
            return needed or named or reads_current(body, False)
        case syntax.StepGroup(body):
            return reads_current(body, needed or named)
        case syntax.SideGroup(body):
            return needed or reads_current(body, True)
        case syntax.Let() | syntax.NoHead():
            return needed or named
    return True


def moves_current(step: syntax.Step) -> bool:
    """Whether another tensor may be current after a step."""
    if isinstance(step.head, syntax.Let):
        return step.from_ is not None
    return step.head.moves


def names_assigned(steps: syntax.Steps) -> set[GivenName]:
    """The names that steps assign, computed ones by their pattern."""
    return {name for name, _, _ in syntax.names_given(steps)}


def names_assigned_in(branch: syntax.Branch) -> set[GivenName]:
    """The names that a branch assigns, those of its rounds included."""
    rounds = () if branch.rounds is None else branch.rounds.names()
    return names_assigned(branch.steps or ()).union(name for name, _ in rounds)


def reads_any(value: ParsedValue, names: Container[object]) -> bool:
    """Whether a value reads one of these names."""
    return any(name in names for name, _ in names_in(value))
