"""Merges and their branches."""

from __future__ import annotations

from archc.diagnostics import Poisoned, SpecError
from archc.elaborate.add_layer import add_layer
from archc.elaborate.control_flow import bind_rounds
from archc.elaborate.elaboration import StepContext, find_tensor
from archc.elaborate.scope import MaybeTensor, Outputs
from archc.ir.graph import Region, Tensor
from archc.language.steps import Branch, UseMerge
from archc.language.template import Formula, evaluate
from archc.language.value import POISON, Poison


def expand_merge(head: UseMerge, context: StepContext) -> Outputs:
    """Expands the branches, each from the input of the merge, and joins their outputs."""
    frame, current = context.frame, context.inputs[0]
    merged: list[MaybeTensor] = []
    if not head.branches and len(context.inputs) > 1:
        merged += context.inputs
    elif head.rounds is not None:
        for _ in bind_rounds(head.rounds, frame):
            frame.spend(1)
            merged += _branch(head.branches[0], context)
    else:
        for branch in head.branches:
            merged += _branch(branch, context)
    frame["x"] = current
    if not merged:
        raise SpecError.of("no-branch", f"{head.op.__name__} has no branch", context.step.at)
    return add_layer(head, context._replace(inputs=tuple(merged)))


def _branch(branch: Branch, context: StepContext) -> list[MaybeTensor]:
    """The output of a branch; several tensors where `$(…)` is a list of them."""
    run, frame, region, current = context.run, context.frame, context.region, context.inputs[0]
    frame["x"] = current
    if branch.steps is not None:
        part = Region("branch", branch.label or "", None, region, context.step.at, region.prefix)
        return [run.expand_steps(run, branch.steps, current, frame, part)]
    try:
        if not isinstance(branch.tensor, Formula):
            return [find_tensor(branch.tensor, branch.at, frame, run)]
        value = evaluate(branch.tensor, frame)
        if isinstance(value, list | tuple) and all(isinstance(item, Tensor | Poison) for item in value):
            return list(value)
        if isinstance(value, Tensor):
            return [value]
        hint = "`$(…)` in a merge is a tensor, or a list of tensors"
        raise SpecError.of("type", f"`{branch.tensor.text}` is not a tensor", branch.at, hint)
    except SpecError as error:
        context.report(error, branch.at)
    except Poisoned:
        pass
    return [POISON]
