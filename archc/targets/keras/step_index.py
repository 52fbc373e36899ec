"""The steps of a function by what the writer of source asks about them, in one pass over all steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from archc.language import steps as syntax
from archc.language.template import NamePattern, Template


class StepIndex(NamedTuple):
    """Which steps of a function share weights, mark outputs, and are written once.

    Attributes:
        shares: the steps of each share whose name is a text.
        computes_shares: whether the name of a share is computed, so that it may be any.
        marks: the steps of each output whose name is a text.
        computed_marks: the first step of each pattern of the computed names of outputs.
        once: the identities of the steps that are written exactly once, whatever the parameters are.
        looped: the identities of the steps inside of loops.
    """

    shares: Mapping[str, list[syntax.Step]]
    computes_shares: bool
    marks: Mapping[str, list[syntax.Step]]
    computed_marks: Mapping[NamePattern, syntax.Step]
    once: frozenset[int]
    looped: frozenset[int]


def step_index(layers: syntax.Steps) -> StepIndex:
    """The index of the steps of a function, with those inside of steps."""
    shares, marks = defaultdict[str, list[syntax.Step]](list), defaultdict[str, list[syntax.Step]](list)
    computed: dict[NamePattern, syntax.Step] = {}
    looped, computes_shares = set[int](), False
    for step in syntax.steps_within(layers):
        if isinstance(step.share, str):
            shares[step.share].append(step)
        computes_shares |= not isinstance(step.share, str | None)
        if isinstance(step.output, str):
            marks[step.output].append(step)
        elif step.output is not None:
            pattern = step.output.pattern if isinstance(step.output, Template) else NamePattern(("", ""))
            computed.setdefault(pattern, step)
        if id(step) not in looped:
            looped.update(id(inner) for body in _repeated(step.head) for inner in syntax.steps_within(body))
    once = frozenset(map(id, unconditional(layers)))
    return StepIndex(shares, computes_shares, marks, computed, once, frozenset(looped))


def _repeated(head: syntax.Head) -> Iterator[syntax.Steps]:
    """The lists of steps that a loop repeats."""
    if isinstance(head, syntax.Loop):
        yield head.body
    elif isinstance(head, syntax.UseMerge):
        yield from (branch.steps or () for branch in head.branches if branch.rounds is not None)


def unconditional(steps: syntax.Steps) -> Iterator[syntax.Step]:
    """The steps that are written exactly once, whatever the parameters are: outside loops and conditions."""
    for step in steps:
        if step.when is not None or isinstance(step.head, syntax.Loop | syntax.Let):
            continue
        match step.head:
            case syntax.StepGroup(body) | syntax.SideGroup(body):
                yield from unconditional(body)
            case syntax.UseMerge(branches=branches):
                for branch in branches:
                    if branch.rounds is None:
                        yield from unconditional(branch.steps or ())
        yield step
