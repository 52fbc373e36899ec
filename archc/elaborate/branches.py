"""Merges and their branches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archc.diagnostics import Poisoned, SpecError
from archc.elaborate.add_layer import add_layer
from archc.elaborate.control_flow import rounds_of
from archc.elaborate.scope import Here, Leaves
from archc.ir.graph import Region, Tensor
from archc.language.steps import Branch, Rounds, UseMerge
from archc.language.template import Formula, evaluate
from archc.language.value import POISON, Poison

if TYPE_CHECKING:
    from archc.elaborate.elaboration import Elaboration


def use_merge(run: Elaboration, head: UseMerge, here: Here) -> Leaves:
    """Expands the branches, each from what reached the merge, and joins what they leave."""
    x, frame = here.taken[0], here.frame
    if not head.branches:
        merged = list(here.taken) if len(here.taken) > 1 else []
    elif head.rounds is not None:
        merged = _rounds(run, head.rounds, head.branches[0], here)
    else:
        merged = []
        for branch in head.branches:
            frame["x"] = x
            merged += _branch(run, branch, here)
    frame["x"] = x
    if not merged:
        raise SpecError.of("no-branch", f"{head.op.__name__} has no branch", here.step.at)
    return add_layer(run, head.op, head.arguments, tuple(merged), here)


def _rounds(run: Elaboration, rounds: Rounds, body: Branch, here: Here) -> list[Leaves]:
    """A branch a round."""
    merged: list[Leaves] = []
    for _ in rounds_of(rounds, here.frame):
        here.frame["x"] = here.taken[0]
        here.frame.spend(1)
        part = Region("branch", "", None, here.region, here.step.at, here.region.prefix)
        merged.append(run.steps(body.steps or (), here.taken[0], here.frame, part))
        here.frame["x"] = here.taken[0]
    return merged


def _branch(run: Elaboration, branch: Branch, here: Here) -> list[Leaves]:
    """What a branch leaves; a list where `$(…)` is a list of tensors."""
    frame = here.frame
    if branch.steps is not None:
        part = Region("branch", branch.label or "", None, here.region, here.step.at, here.region.prefix)
        return [run.steps(branch.steps, here.taken[0], frame, part)]
    try:
        if isinstance(branch.tensor, Formula):
            value = evaluate(branch.tensor, frame)
            if isinstance(value, list | tuple) and all(isinstance(item, Tensor | Poison) for item in value):
                return list(value)
            if not isinstance(value, Tensor):
                hint = "`$(…)` in a merge is a tensor, or a list of tensors"
                raise SpecError.of("type", f"`{branch.tensor.text}` is no tensor", branch.at, hint)
            return [value]
        return [run.tensor(branch.tensor, branch.at, frame)]
    except SpecError as error:
        run.collector.report(error, branch.at, related=here.uses())
    except Poisoned:
        pass
    return [POISON]
