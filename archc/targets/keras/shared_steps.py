"""Shared weights in generated source: a layer or a model that is made at its first use, and called again."""

from __future__ import annotations

import ast
from dataclasses import replace

from archc.codegen.expression_layout import one_line
from archc.codegen.expressions import text_parts, text_value
from archc.codegen.tree import (
    Part,
    assign,
    attribute,
    call,
    comparison,
    formatted,
    list_of,
    literal,
    subscript,
    tuple_of,
)
from archc.ir.graph import Input, SharedCall
from archc.ir.op import Op
from archc.ir.shape import Shape
from archc.language.steps import Loop, Step, Steps, UseBlock, UseMerge, UseOp, UseParameter, steps_within
from archc.language.template import Formula, Template
from archc.targets.keras import nested_models
from archc.targets.keras.calls import function_call, layer_constructor, step_arguments
from archc.targets.keras.function_plans import FunctionPlan, unconditional
from archc.targets.keras.function_state import StepContext
from archc.targets.keras.layer_steps import (
    batch_tensor,
    block_output,
    is_dispatched,
    layer_inputs,
    layer_name,
    name_of_parts,
    write_choices,
    write_use,
)
from archc.targets.keras.model_calls import input_call, model_call
from archc.targets.keras.refusals import refused
from archc.targets.keras.step_outputs import assign_output


def write_shared_use(context: StepContext) -> None:
    """Writes the call of a shared layer or model, which is made before it where this use is the first."""
    function, step = context.function, context.step
    if isinstance(step.head, UseParameter) and is_dispatched(step.head, function.plan):
        function.depth += 1
        write_choices(context, step.head, write_shared_use)
        function.depth -= 1
        return
    _check(function.plan, step)
    match step.head:
        case UseOp(op) if op.function is None:
            output = call(_shared(context), layer_inputs(op, context.inputs))
        case UseOp(op):
            if not (_is_function_with_weights(op) and _is_called_again(function.plan, step)):
                write_use(context)
                return
            if not op.arity[0]:
                context = replace(context, inputs=[batch_tensor(function)])
            output = call(_shared(context), context.inputs)
        case _:
            several = len(context.inputs) > 1
            output = call(_shared(context), [list_of(context.inputs)] if several else context.inputs)
    assign_output(context, output)


# --- whether a layer is called again ---


def _check(plan: FunctionPlan, step: Step) -> None:
    """Refuses what is a model inside the model only where it is called again, if that depends on the parameters."""
    again = _is_called_again(plan, step)
    if isinstance(step.head, UseOp):
        unclear = _is_function_with_weights(step.head.op) and again is None
    else:
        unclear = again is not False and any(map(_holds_functions_with_weights, plan.called(step.head)))
    if unclear:
        raise refused("Scale and Learned are made in another way where they are called again", step.place("share"))


def _is_called_again(plan: FunctionPlan, step: Step) -> bool | None:
    """Whether several steps have the share of a step; None where that depends on the parameters."""
    same = [other for other in steps_within(plan.layers) if other.share == step.share]
    computed = any(isinstance(other.share, Formula | Template) for other in steps_within(plan.layers))
    always = {id(other) for other in unconditional(plan.layers)}
    if computed or any(id(other) not in always for other in same):
        return False if len(same) == 1 and not computed and _is_outside_loops(same[0], plan.layers) else None
    return len(same) > 1


def _is_outside_loops(wanted: Step, steps: Steps) -> bool:
    return not any(
        step is wanted
        for around in steps_within(steps)
        if isinstance(around.head, Loop) or (isinstance(around.head, UseMerge) and around.head.rounds is not None)
        for step in steps_within((around,))
        if step is not around
    )


def _is_function_with_weights(op: type[Op]) -> bool:
    """Whether an op with weights is a function over Keras."""
    return op.function is not None and op.weights is not Op.weights


def _holds_functions_with_weights(plan: FunctionPlan) -> bool:
    """Whether a block, or one that it uses, has a layer with weights that is a function over Keras."""
    return any(map(_holds_functions_with_weights, plan.calls.values())) or any(
        _is_function_with_weights(op) for step in steps_within(plan.layers) for op in plan.ops(step.head)
    )


# --- what is shared ---


def _shared(context: StepContext) -> ast.expr:
    """The variable, or the item of a dictionary, of what is shared; made before this use where it is the first."""
    function, step, body = context.function, context.step, context.point.body
    name = text_value(step.share, context.bindings)
    key = one_line(name)
    found = function.shared.get(key)
    computed = any(not isinstance(other.share, str | None) for other in steps_within(function.plan.layers))
    if found is None and function.depth == 0 and isinstance(step.share, str) and not computed:
        found = function.shared[key] = function.new_variable(step.share)
        body += _made(context, found)
    elif found is None or isinstance(found, ast.Subscript):
        table = function.table("shared")
        found = function.shared[key] = subscript(table, name)
        body.append(ast.If(comparison(name, "not in", table), _made(context, found), []))
    return found


def _made(context: StepContext, target: ast.expr) -> list[ast.stmt]:
    """The statements that make a shared layer, or a model of a shared block or of a function with weights."""
    step, bindings = context.step, context.bindings
    if not isinstance(step.head, UseOp):
        own = [*context.point.prefix, *text_parts(step.share if step.name is None else step.name, bindings)]
        return _block_model(context, target, own)
    op = step.head.op
    if op.function is not None:
        return _function_model(context, step.head, op.function, target)
    arguments = step_arguments(op, step.head.arguments, bindings)
    return [assign([target], layer_constructor(op, arguments, layer_name(context, op)))]


def _function_model(context: StepContext, head: UseOp, called: str, target: ast.expr) -> list[ast.stmt]:
    """The statements that make a model of a function with weights."""
    function, step, bindings = context.function, context.step, context.bindings
    statements: list[ast.stmt] = []
    own: list[Part]
    if step.name is not None:
        own = [*context.point.prefix, *text_parts(step.name, bindings)]
    else:
        name = function.new_variable("name")
        statements.append(assign([name], function.automatic_name(head.op)))
        own = [name]
    entered = function.new_variable("entered")
    shape = subscript(attribute(context.inputs[0], "shape"), ast.Slice(literal(1)))
    statements.append(assign([entered], input_call(shape, formatted([*own, "_input"]))))
    function.module.used.add(called)
    arguments = step_arguments(head.op, head.arguments, bindings)
    output = function_call(head.op, [entered], arguments, name_of_parts(function, own))
    function.release(entered)
    model = model_call([entered], [output], name_of_parts(function, [*own, "_shared"]))
    return [*statements, assign([target], model)]


def _block_model(context: StepContext, target: ast.expr, own: list[Part]) -> list[ast.stmt]:
    """The statements that make a model of a block."""
    function, graph = context.function, context.function.module.graph
    first = _first_call(context)
    inputs: list[ast.expr] = []
    statements: list[ast.stmt] = []
    for number, tensor in enumerate(context.inputs):
        entered = function.new_variable("entered")
        shape = _shape(tensor, nested_models.input_shapes(graph, first)[number] if first is not None else ())
        source = first.inputs[number] if first is not None else None
        dtype = source.dtype if isinstance(source, Input) else "float32"
        entered_name = formatted([*own, f"_input_{number}" if number else "_input"])
        statements.append(assign([entered], input_call(shape, entered_name, dtype)))
        inputs.append(entered)
    assert isinstance(context.step.head, UseBlock | UseParameter)
    output = block_output(context, context.step.head, inputs)
    function.release(*inputs)
    return [*statements, assign([target], model_call(inputs, [output], name_of_parts(function, own)))]


def _shape(tensor: ast.expr, known: Shape) -> ast.expr:
    """The shape of an input of a model; a size that differs between its calls is left open."""
    shape = attribute(tensor, "shape")
    if None not in known:
        return subscript(shape, ast.Slice(literal(1)))
    sizes = (literal(None) if size is None else subscript(shape, literal(axis)) for axis, size in enumerate(known, 1))
    return tuple_of(sizes)


def _first_call(context: StepContext) -> SharedCall | None:
    """The call of a shared block that makes its layers, as the network is at its own values."""
    graph, at = context.function.module.graph, context.step.at
    found = [call for call in graph.calls if call.first is None and _is_of_step(call, context.step)]
    opened = {
        tuple(size is None for shape in nested_models.input_shapes(graph, one) for size in shape) for one in found
    }
    if len(opened) > 1:
        raise refused("the sizes that reach this shared block differ in one use of the steps, but not in all", at)
    return found[0] if found else None


def _is_of_step(call: SharedCall, step: Step) -> bool:
    return any(part.at == step.at for node in call.nodes[:1] for part in node.region.chain())
