"""The steps of a function as statements over Keras: the dispatch over kinds of steps, and those that hold steps."""

from __future__ import annotations

import ast
from dataclasses import replace

from archc.codegen.expressions import Bindings, Unwritable, expression, text_parts, value
from archc.codegen.kinds import static_kind
from archc.codegen.tree import Comment, Part, assign, formatted, loop, negated, tuple_of
from archc.language.expression import Unary
from archc.language.steps import Let, Loop, SideGroup, Step, StepGroup, Steps, UseBlock, UseMerge, UseOp, UseParameter
from archc.language.template import Formula, ParsedValue
from archc.targets.keras.function_state import InsertionPoint, StepContext
from archc.targets.keras.layer_steps import write_use
from archc.targets.keras.liveness import names_assigned, reads_any, reads_current
from archc.targets.keras.merge_steps import write_merge
from archc.targets.keras.refusals import refused
from archc.targets.keras.shared_steps import write_shared_use
from archc.targets.keras.step_outputs import assign_current, mark_output, output_variable, own_variable


def write_steps(steps: Steps, point: InsertionPoint, needed: bool) -> None:
    """Writes steps one after the other.

    Args:
        steps: what is written.
        point: where their statements go.
        needed: whether the current tensor behind them is read.
    """
    needs = [needed]
    for step in reversed(steps):
        needs.append(reads_current((step,), needs[-1]))
    for step, read_later in zip(steps, needs[-2::-1], strict=True):
        if step.note is not None:
            point.body.append(Comment(step.note))
        try:
            if step.when is None:
                _write_step(step, point, read_later)
            else:
                _write_conditional(step, point, read_later)
        except Unwritable as error:
            raise refused(str(error), step.at) from None


def _write_step(step: Step, point: InsertionPoint, needed: bool) -> None:
    """Writes a step without its condition."""
    context = StepContext(point, step, _inputs(step, point))
    named = bool(step.as_) or step.output is not None
    match step.head:
        case UseOp() | UseBlock() | UseParameter():
            (write_use if step.share is None else write_shared_use)(context)
            point.current = output_variable(point, step)
        case UseMerge():
            write_merge(context, step.head, write_steps)
            point.current = output_variable(point, step)
        case Let():
            _write_let(context, step.head, needed)
        case SideGroup(body):
            _write_side(context, body, needed)
            return
        case Loop():
            _take_input(context)
            _write_loop(context, step.head, needed or named)
            assign_current(point, step)
        case StepGroup(body):
            _take_input(context)
            within = replace(point, prefix=_prefix_within(context))
            write_steps(body, within, needed or named)
            point.current = within.current
            assign_current(point, step)
        case _:
            _take_input(context)
            assign_current(point, step)
    mark_output(context, point.current)


def _inputs(step: Step, point: InsertionPoint) -> list[ast.expr]:
    """The tensors that reach a step."""
    if step.from_ is None:
        return [point.current]
    bindings = point.function.bindings(point.current)
    return [point.function.tensor(name, bindings) for name in step.from_]


def _take_input(context: StepContext) -> None:
    """Makes the input of a step the current tensor, in a variable."""
    context.point.current = context.inputs[0]
    if not isinstance(context.point.current, ast.Name):
        context.point.assign_current()


# --- conditions ---


def _write_conditional(step: Step, point: InsertionPoint, needed: bool) -> None:
    """Writes a step that is there only if its `when` is true."""
    function = point.function
    moves = not isinstance(step.head, SideGroup | Let)
    bindings = function.bindings(_inputs(step, point)[0])
    if moves and needed and step.otherwise is None:
        point.assign_current()
    if not moves or step.otherwise is not None:
        point.keep_current(names_assigned((step,)), needed)
    arms = [step._replace(when=None, otherwise=None)]
    if step.otherwise is not None:
        arms.append(arms[0]._replace(head=StepGroup(step.otherwise)))
    condition, opposite = value(step.when, bindings), _opposite(step.when, bindings)
    written = []
    function.depth += 1
    for arm in arms:
        within = replace(point, body=[])
        _write_step(arm, within, needed)
        if moves and needed:
            within.assign_current()
        written.append(_without_comments_alone(within.body))
    function.depth -= 1
    if moves and needed:
        point.current = point.variable
    if written[0]:
        point.body.append(ast.If(condition, written[0], written[1] if len(written) > 1 else []))
    elif any(written):
        point.body.append(ast.If(opposite, written[1], []))


def _opposite(condition: ParsedValue, bindings: Bindings) -> ast.expr:
    """The condition that another is not true."""
    if isinstance(condition, Formula):
        return expression(Unary("not", condition.expression, 0), bindings)
    return negated(value(condition, bindings))


def _without_comments_alone(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements; none where all are comments."""
    return [] if all(isinstance(statement, Comment) for statement in body) else body


# --- loops, sides, assignments ---


def _write_loop(context: StepContext, head: Loop, needed: bool) -> None:
    """Writes a loop; the current tensor has one variable in all rounds."""
    point, function = context.point, context.point.function
    carried = needed or reads_current(head.body, needed=False)
    prefix = _prefix_within(replace(context, inputs=[point.current]))
    target, items = function.bind_loop(head.rounds, point.current)
    if carried:
        point.assign_current()
    within = replace(point, body=[], prefix=prefix)
    function.depth += 1
    write_steps(head.body, within, needed=carried)
    function.depth -= 1
    if carried:
        within.assign_current()
    if body := _without_comments_alone(within.body):
        point.body.append(loop(target, items, body))


def _write_side(context: StepContext, body: Steps, needed: bool) -> None:
    """Writes the steps of a side, behind which the current tensor is what it was."""
    point, function, step = context.point, context.function, context.step
    point.keep_current(names_assigned((step,)), needed)
    current = point.current if step.from_ is None else context.inputs[0]
    variable = own_variable(function, step) or function.new_variable("side")
    within = replace(point, current=current, variable=variable)
    if not isinstance(current, ast.Name):
        within.assign_current()
    within.prefix = _prefix_within(replace(context, inputs=[current]))
    write_steps(body, within, needed=bool(step.as_) or step.output is not None)
    assign_current(within, step)
    mark_output(StepContext(within, step, [within.current]), within.current)


def _write_let(context: StepContext, head: Let, needed: bool) -> None:
    """Writes assignments, as one where a value reads a name that another assigns."""
    function, bindings = context.function, context.bindings
    items = [(name, item) for name, item in head.values.items() if name in function.read]
    values = [(function.variables[name], value(item, bindings)) for name, item in items]
    kinds = {name: static_kind(item, bindings.kinds) for name, item in items}
    context.point.keep_current(head.values, needed)
    function.kinds |= kinds
    values = [(variable, given) for variable, given in values if ast.dump(variable) != ast.dump(given)]
    crossed = any(reads_any(item, {name for name, _ in items[:place]}) for place, (_, item) in enumerate(items))
    if crossed and len(values) > 1:
        variables, given = zip(*values, strict=True)
        context.point.body.append(assign([tuple_of(variables)], tuple_of(given)))
    else:
        context.point.body += [assign([variable], given) for variable, given in values]


def _prefix_within(context: StepContext) -> tuple[Part, ...]:
    """What stands before the names of layers in a step; a variable where the steps in it assign what it reads."""
    point, step = context.point, context.step
    if step.name is None:
        return point.prefix
    parts = (*point.prefix, *text_parts(step.name, context.bindings), "_")
    if not reads_any(step.name, names_assigned((step,)) | {"x"}):
        return parts
    variable = context.function.new_variable("prefix")
    point.body.append(assign([variable], formatted(parts)))
    return (variable,)
