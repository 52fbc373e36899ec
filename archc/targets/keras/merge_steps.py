"""Merges in generated source: the branches, and the layer that merges them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

from archc.codegen.expressions import text_value
from archc.codegen.kinds import static_kind
from archc.codegen.tree import assign, attribute, call, list_of, loop, starred
from archc.language.rounds import Rounds
from archc.language.steps import Branch, Steps, UseMerge
from archc.targets.keras.calls import layer_constructor, step_arguments
from archc.targets.keras.function_state import InsertionPoint, StepContext
from archc.targets.keras.layer_steps import layer_name
from archc.targets.keras.liveness import names_assigned, reads_any
from archc.targets.keras.step_outputs import assign_output

WriteSteps = Callable[[Steps, InsertionPoint, bool], None]
"""Writes steps at a point; the last argument is whether the current tensor behind them is read."""


def write_merge(context: StepContext, head: UseMerge, write_steps: WriteSteps) -> None:
    """Writes the branches of a merge, each into a variable of its own, and the layer that merges them.

    Args:
        context: of the step.
        head: its head.
        write_steps: writes the steps of a branch.
    """
    function, step = context.function, context.step
    assigned = names_assigned((step._replace(as_=()),))
    reached = replace(context.point, current=context.inputs[0])
    reached.keep_current(assigned, needed=True)
    name: ast.expr | None = None
    if step.name is not None and reads_any(step.name, assigned):
        name = function.new_variable("name")
        text = text_value(step.name, function.bindings(reached.current), reached.prefix)
        reached.body.append(assign([name], text))
    own: list[ast.expr] = []
    if not head.branches:
        tensors: ast.expr = list_of(context.inputs)
    elif head.rounds is not None:
        tensors = _write_rounds(head.rounds, head.branches[0], reached, own, write_steps)
    else:
        tensors = _write_branches(head.branches, reached, own, write_steps)
    merging = replace(context, inputs=[reached.current])
    arguments = step_arguments(head.op, head.arguments, merging.bindings)
    constructor = layer_constructor(head.op, arguments, name or layer_name(merging, head.op))
    assign_output(merging, call(constructor, [tensors]))
    function.release(*own)


def _write_branches(
    branches: tuple[Branch, ...], point: InsertionPoint, own: list[ast.expr], write_steps: WriteSteps
) -> ast.expr:
    """Writes branches.

    Args:
        branches: of the merge.
        point: where their statements go.
        own: gets the variables of the branches.
        write_steps: writes the steps of a branch.

    Returns:
        The list of their outputs.
    """
    function, tensors = point.function, list[ast.expr]()
    bindings = function.bindings(point.current)
    for number, branch in enumerate(branches, start=1):
        later = names_assigned(tuple(step for other in branches[number:] for step in other.steps or ()))
        if branch.steps is None and static_kind(branch.tensor, bindings.kinds).what == "list":
            tensors.append(starred(function.tensor(branch.tensor, bindings)))
            continue
        variable = function.new_variable(branch.label or f"branch_{number}")
        own.append(variable)
        within = replace(point, variable=variable)
        if branch.steps is None:
            within.current = function.tensor(branch.tensor, bindings)
        else:
            write_steps(branch.steps, within, True)
        within.keep_current(later, needed=True)
        tensors.append(within.current)
    match tensors:
        case [ast.Starred(several)]:
            return several
    return list_of(tensors)


def _write_rounds(
    rounds: Rounds, branch: Branch, point: InsertionPoint, own: list[ast.expr], write_steps: WriteSteps
) -> ast.expr:
    """Writes a branch for each round of a loop.

    Args:
        rounds: of the loop.
        branch: what each round writes.
        point: where the loop goes.
        own: gets the variables of the branches.
        write_steps: writes the steps of a branch.

    Returns:
        The list that collects their outputs.
    """
    function = point.function
    collected, variable = function.new_variable("branches"), function.new_variable("branch")
    own += [collected, variable]
    point.body.append(assign([collected], list_of([])))
    target, items = function.bind_loop(rounds, point.current)
    within = replace(point, body=[], variable=variable)
    function.depth += 1
    write_steps(branch.steps or (), within, True)
    function.depth -= 1
    within.body.append(ast.Expr(call(attribute(collected, "append"), [within.current])))
    point.body.append(loop(target, items, within.body))
    return collected
