"""The steps of a function as statements over Keras: the dispatch over kinds of steps, and those that hold steps."""

from __future__ import annotations

import ast
from dataclasses import replace

from archc.codegen import tree
from archc.codegen.expressions import Bindings, Unwritable, expression, text_parts, text_value, value
from archc.codegen.kinds import static_kind
from archc.diagnostics import SpecError
from archc.language import steps as syntax
from archc.language.expression import Unary
from archc.language.rounds import Rounds
from archc.language.template import Formula, ParsedValue, Template
from archc.targets.keras.calls import layer_call, layer_constructor, step_arguments
from archc.targets.keras.function_state import EmitContext, InsertionPoint
from archc.targets.keras.layer_steps import layer_name, with_named_mask, write_use
from archc.targets.keras.liveness import moves_current, names_assigned, names_assigned_in, reads_any, reads_current
from archc.targets.keras.shared_steps import write_shared_use
from archc.targets.keras.step_outputs import (
    assign_current,
    assign_output,
    mark_output,
    output_variable,
    own_variable,
)


def write_steps(steps: syntax.Steps, point: InsertionPoint, needed: bool) -> None:
    """Writes steps one after the other; `needed` is whether the current tensor after them is read."""
    needs = [needed]
    for step in reversed(steps):
        needs.append(reads_current((step,), needs[-1]))
    for step, read_later in zip(steps, needs[-2::-1], strict=True):
        if step.note is not None:
            point.body.append(tree.Comment(step.note))
        try:
            if step.when is None:
                _write_step(step, point, read_later)
            else:
                _write_conditional(step, point, read_later)
        except Unwritable as error:
            raise SpecError.of("no-source", str(error), step.at) from None


def _write_step(step: syntax.Step, point: InsertionPoint, needed: bool) -> None:
    """Writes a step without its condition."""
    context = EmitContext(point, step, _inputs(step, point))
    named = bool(step.as_) or step.output is not None
    match step.head:
        case syntax.UseOp() | syntax.UseBlock() | syntax.UseChoice():
            (write_use if step.share is None else write_shared_use)(context)
            point.current = output_variable(point, step)
        case syntax.UseMerge():
            _write_merge(context, step.head)
            point.current = output_variable(point, step)
        case syntax.Let():
            _write_let(context, step.head, needed or named)
            assign_current(point, step)
        case syntax.SideGroup(body):
            _write_side(context, body, needed)
            return
        case syntax.Loop():
            _take_input(context)
            _write_loop(context, step.head, needed or named)
            assign_current(point, step)
        case syntax.StepGroup(body):
            _take_input(context)
            within = replace(point, prefix=_prefix_within(context))
            write_steps(body, within, needed or named)
            point.current = within.current
            assign_current(point, step)
        case _:
            _take_input(context)
            assign_current(point, step)
    mark_output(context, point.current)


def _inputs(step: syntax.Step, point: InsertionPoint) -> list[ast.expr]:
    """The inputs of a step."""
    if step.from_ is None:
        return [point.current]
    bindings, inputs = point.function.bindings(point.current), list[ast.expr]()
    for name in step.from_:
        tensor = point.function.tensor(name, bindings)
        if static_kind(name, bindings.kinds).what != "list" or isinstance(name, str | Template):
            inputs.append(tensor)
        elif isinstance(step.head, syntax.UseBlock | syntax.UseMerge) and step.share is None:
            inputs.append(tree.starred(tensor))
        else:
            raise Unwritable("only a merge and a block take a list of tensors with `from`")
    return inputs


def _take_input(context: EmitContext) -> None:
    """Makes the input of a step the current tensor, in a variable."""
    context.point.current = context.inputs[0]
    if not isinstance(context.point.current, ast.Name):
        context.point.assign_current()


# --- conditions ---


def _write_conditional(step: syntax.Step, point: InsertionPoint, needed: bool) -> None:
    """Writes a step that is there only if its `when` is true."""
    function = point.function
    replaces = moves_current(step)
    bindings = function.bindings(_inputs(step, point)[0])
    if replaces and needed and step.otherwise is None:
        point.assign_current()
    if not replaces or step.otherwise is not None:
        point.keep_current(names_assigned((step,)), needed)
    arms = [step._replace(when=None, otherwise=None)]
    if step.otherwise is not None:
        arms.append(arms[0]._replace(head=syntax.StepGroup(step.otherwise)))
    condition, opposite = value(step.when, bindings), _opposite(step.when, bindings)
    written = []
    function.depth += 1
    for arm in arms:
        within = replace(point, body=[])
        _write_step(arm, within, needed)
        if replaces and needed:
            within.assign_current()
        written.append(_without_comments_alone(within.body))
    function.depth -= 1
    if replaces and needed:
        point.current = point.variable
    if written[0]:
        point.body.append(ast.If(condition, written[0], written[1] if len(written) > 1 else []))
    elif any(written):
        point.body.append(ast.If(opposite, written[1], []))


def _opposite(condition: ParsedValue, bindings: Bindings) -> ast.expr:
    """The condition that another is not true."""
    if isinstance(condition, Formula):
        return expression(Unary("not", condition.expression, 0), bindings)
    return tree.negated(value(condition, bindings))


def _without_comments_alone(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements; none where all are comments."""
    return [] if all(isinstance(statement, tree.Comment) for statement in body) else body


# --- loops, sides, assignments ---


def _write_loop(context: EmitContext, head: syntax.Loop, needed: bool) -> None:
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
        point.body.append(tree.loop(target, items, body))


def _write_side(context: EmitContext, body: syntax.Steps, needed: bool) -> None:
    """Writes the steps of a side, after which the current tensor is the one before it."""
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
    mark_output(EmitContext(within, step, [within.current]), within.current)


def _write_let(context: EmitContext, head: syntax.Let, needed: bool) -> None:
    """Writes assignments, as one where a value reads a name that another assigns."""
    point, function = context.point, context.function
    if context.step.from_ is not None:
        _take_input(context)
    needed = needed or any(reads_any(item, {"x"}) for item in head.values.values())
    point.keep_current(head.values, needed)
    bindings = function.bindings(point.current)
    items = [(name, item) for name, item in head.values.items() if name in function.read]
    values = [(function.variables[name], value(item, bindings)) for name, item in items]
    kinds = {name: static_kind(item, bindings.kinds) for name, item in items}
    function.kinds |= kinds
    values = [(variable, given) for variable, given in values if ast.dump(variable) != ast.dump(given)]
    crossed = any(reads_any(item, {name for name, _ in items[:place]}) for place, (_, item) in enumerate(items))
    if crossed and len(values) > 1:
        variables, given = zip(*values, strict=True)
        point.body.append(tree.assign([tree.tuple_of(variables)], tree.tuple_of(given)))
    else:
        point.body += [tree.assign([variable], given) for variable, given in values]


def _prefix_within(context: EmitContext) -> tuple[tree.Part, ...]:
    """The prefix of the names of layers in a step; a variable where the steps in it assign what it reads."""
    point, step = context.point, context.step
    if step.beginning is None:
        return point.prefix
    parts = (*point.prefix, *text_parts(step.beginning, context.bindings), "_")
    if not reads_any(step.beginning, names_assigned((step,)) | {"x"}):
        return parts
    variable = context.function.new_variable("prefix")
    point.body.append(tree.assign([variable], tree.formatted(parts)))
    return (variable,)


# --- merges ---


def _write_merge(context: EmitContext, head: syntax.UseMerge) -> None:
    """Writes the branches of a merge, each into a variable of its own, and the layer that merges them."""
    function, step = context.function, context.step
    assigned = names_assigned((step._replace(as_=()),))
    reached = replace(context.point, current=context.inputs[0])
    reached.keep_current(assigned, needed=True)
    name: ast.expr | None = None
    if step.name is not None and reads_any(step.name, assigned):
        name = function.new_variable("name")
        text = text_value(step.name, function.bindings(reached.current), reached.prefix)
        reached.body.append(tree.assign([name], text))
    own: list[ast.expr] = []
    if not head.branches:
        tensors: ast.expr = tree.list_of(context.inputs)
    else:
        tensors = _write_branches(head.branches, reached, own)
    merging = replace(context, inputs=[reached.current])
    arguments = step_arguments(head.op, head.arguments, merging.bindings)
    constructor = layer_constructor(head.op, arguments, name or layer_name(merging, head.op))
    output = layer_call(head.op, constructor, [tensors], arguments)
    assign_output(merging, with_named_mask(function.module, head.op, output))
    function.release(*own)


def _write_branches(branches: tuple[syntax.Branch, ...], point: InsertionPoint, own: list[ast.expr]) -> ast.expr:
    """Writes branches, and returns the list of their outputs; `own` gets their variables."""
    function, tensors = point.function, list[ast.expr]()
    bindings = function.bindings(point.current)
    assigned = [names_assigned_in(branch) & function.variables.keys() for branch in branches]
    last = {function.variables[name].id: number for number, names in enumerate(assigned, start=1) for name in names}
    for number, branch in enumerate(branches, start=1):
        if branch.rounds is not None:
            tensors.append(tree.starred(_write_rounds(branch.rounds, branch, point, own)))
            continue
        if branch.steps is None and static_kind(branch.tensor, bindings.kinds).what == "list":
            tensors.append(tree.starred(function.tensor(branch.tensor, bindings)))
            continue
        variable = function.new_variable(branch.label or f"branch_{number}")
        own.append(variable)
        within = replace(point, variable=variable)
        if branch.steps is None:
            within.current = function.tensor(branch.tensor, bindings)
        else:
            write_steps(branch.steps, within, True)
        if any(last.get(read.id, 0) > number for read in tree.names_in_tree(within.current)):
            within.assign_current()
        tensors.append(within.current)
    match tensors:
        case [ast.Starred(several)]:
            return several
    return tree.list_of(tensors)


def _write_rounds(rounds: Rounds, branch: syntax.Branch, point: InsertionPoint, own: list[ast.expr]) -> ast.expr:
    """Writes a branch for each round of a loop, and returns the list of their outputs; `own` gets the variables."""
    function = point.function
    word = branch.label or "branch"
    collected, variable = function.new_variable(branch.label or "branches"), function.new_variable(word)
    own += [collected, variable]
    point.body.append(tree.assign([collected], tree.list_of([])))
    target, items = function.bind_loop(rounds, point.current)
    within = replace(point, body=[], variable=variable)
    function.depth += 1
    write_steps(branch.steps or (), within, True)
    function.depth -= 1
    within.body.append(ast.Expr(tree.call(tree.attribute(collected, "append"), [within.current])))
    point.body.append(tree.loop(target, items, within.body))
    return collected
