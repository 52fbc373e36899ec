"""Shared weights in generated source: a layer or a model that is made at its first use, and called again."""

from __future__ import annotations

import ast
from dataclasses import replace

from archc.codegen import tree
from archc.codegen.expression_layout import one_line
from archc.codegen.expressions import text_parts, text_value
from archc.diagnostics import SpecError
from archc.ir.graph import SharedCall
from archc.ir.op import Op
from archc.ir.shape import Shape
from archc.language.steps import Step, UseBlock, UseChoice, UseOp, steps_within
from archc.targets.keras import layer_steps
from archc.targets.keras.calls import (
    function_call,
    input_call,
    layer_call,
    layer_constructor,
    model_call,
    step_arguments,
)
from archc.targets.keras.function_plans import FunctionPlan
from archc.targets.keras.function_state import EmitContext
from archc.targets.keras.shared_blocks import input_shapes
from archc.targets.keras.step_outputs import assign_output


def write_shared_use(context: EmitContext) -> None:
    """Writes the call of a shared layer or model, which is made before it where this use is the first."""
    function, step = context.function, context.step
    if isinstance(step.head, UseChoice) and layer_steps.is_dispatched(step.head, function.plan):
        function.depth += 1
        layer_steps.write_choices(context, step.head, write_shared_use)
        function.depth -= 1
        return
    _check(function.plan, step)
    match step.head:
        case UseOp(op, given) if op.function is None:
            inputs = layer_steps.layer_inputs(op, context.inputs)
            arguments = step_arguments(op, given, context.bindings) if op.called_with else {}
            output = layer_call(op, _shared(context), inputs, arguments)
            output = layer_steps.with_named_mask(function.module, op, output)
        case UseOp(op):
            if not (_is_function_with_weights(op) and _is_called_again(function.plan, step)):
                layer_steps.write_use(context)
                return
            if not op.arity[0]:
                context = replace(context, inputs=[layer_steps.batch_tensor(function)])
            output = tree.call(_shared(context), context.inputs)
        case _:
            several = len(context.inputs) > 1
            output = tree.call(_shared(context), [tree.list_of(context.inputs)] if several else context.inputs)
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
        raise SpecError.of(
            "no-source", "Scale and Learned are made in another way where they are called again", step.place("share")
        )


def _is_called_again(plan: FunctionPlan, step: Step) -> bool | None:
    """Whether several steps have the share of a step; None where that depends on the parameters."""
    index = plan.index
    same = index.shares[step.share] if isinstance(step.share, str) else []
    if plan.extra_arguments[-1:] == ["shared"]:
        return None
    if index.computes_shares or any(id(other) not in index.once for other in same):
        alone = len(same) == 1 and not index.computes_shares and id(step) not in index.looped
        return False if alone else None
    return len(same) > 1


def _is_function_with_weights(op: type[Op]) -> bool:
    """Whether an op with weights is a function over Keras."""
    return op.function is not None and op.weights is not Op.weights


def _holds_functions_with_weights(plan: FunctionPlan) -> bool:
    """Whether a block, or one that it uses, has a layer with weights that is a function over Keras."""
    return any(map(_holds_functions_with_weights, plan.calls.values())) or any(
        _is_function_with_weights(op) for step in steps_within(plan.layers) for op in plan.ops(step.head)
    )


# --- what is shared ---


def _shared(context: EmitContext) -> ast.expr:
    """The variable, or the item of a dictionary, of what is shared; made before this use where it is the first."""
    function, step, body = context.function, context.step, context.point.body
    name = text_value(step.share, context.bindings)
    key = one_line(name)
    found = function.shared.get(key)
    computed = function.plan.index.computes_shares or function.shared_argument is not None
    if found is None and function.depth == 0 and isinstance(step.share, str) and not computed:
        found = function.shared[key] = function.new_variable(step.share)
        body += _made(context, found)
    elif found is None or isinstance(found, ast.Subscript):
        table = function.table("shared")
        found = function.shared[key] = tree.subscript(table, name)
        body.append(ast.If(tree.operation(name, "not in", table), _made(context, found), []))
    return found


def _made(context: EmitContext, target: ast.expr) -> list[ast.stmt]:
    """The statements that make a shared layer, or a model of a shared block or of a function with weights."""
    step, bindings = context.step, context.bindings
    if not isinstance(step.head, UseOp):
        own = [*context.point.prefix, *text_parts(step.share if step.name is None else step.name, bindings)]
        return _block_model(context, target, own)
    op = step.head.op
    if op.function is not None:
        return _function_model(context, step.head, op.function, target)
    arguments = step_arguments(op, step.head.arguments, bindings)
    return [tree.assign([target], layer_constructor(op, arguments, layer_steps.layer_name(context, op)))]


def _function_model(context: EmitContext, head: UseOp, called: str, target: ast.expr) -> list[ast.stmt]:
    """The statements that make a model of a function with weights."""
    function, step, bindings = context.function, context.step, context.bindings
    statements: list[ast.stmt] = []
    own: list[tree.Part]
    if step.name is not None:
        own = [*context.point.prefix, *text_parts(step.name, bindings)]
    else:
        name = function.new_variable("name")
        statements.append(tree.assign([name], function.automatic_name(head.op)))
        own = [name]
    entered = function.new_variable("entered")
    shape = tree.subscript(tree.attribute(context.inputs[0], "shape"), ast.Slice(tree.literal(1)))
    statements.append(tree.assign([entered], input_call(shape, tree.formatted([*own, "_input"]))))
    function.module.used.add(called)
    arguments = step_arguments(head.op, head.arguments, bindings)
    output = function_call(head.op, [entered], arguments, layer_steps.name_of_parts(function, own))
    function.release(entered)
    model = model_call([entered], [output], layer_steps.name_of_parts(function, [*own, "_shared"]))
    return [*statements, tree.assign([target], model)]


def _block_model(context: EmitContext, target: ast.expr, own: list[tree.Part]) -> list[ast.stmt]:
    """The statements that make a model of a block."""
    function, graph = context.function, context.function.module.graph
    first = _first_call(context)
    inputs: list[ast.expr] = []
    statements: list[ast.stmt] = []
    for number, tensor in enumerate(context.inputs):
        entered = function.new_variable("entered")
        shape = _shape(tensor, input_shapes(graph, first)[number] if first is not None else ())
        source = first.inputs[number] if first is not None else None
        dtype = source.dtype if source is not None else "float32"
        entered_name = tree.formatted([*own, f"_input_{number}" if number else "_input"])
        statements.append(tree.assign([entered], input_call(shape, entered_name, dtype)))
        inputs.append(entered)
    assert isinstance(context.step.head, UseBlock | UseChoice)
    output = layer_steps.block_output(context, context.step.head, inputs)
    function.release(*inputs)
    return [*statements, tree.assign([target], model_call(inputs, [output], layer_steps.name_of_parts(function, own)))]


def _shape(tensor: ast.expr, known: Shape) -> ast.expr:
    """The shape of an input of a model; a size that differs between its calls is left open."""
    shape = tree.attribute(tensor, "shape")
    if None not in known:
        return tree.subscript(shape, ast.Slice(tree.literal(1)))
    keys = map(tree.literal, range(1, len(known) + 1))
    sizes = zip(known, keys, strict=True)
    return tree.tuple_of(tree.literal(None) if size is None else tree.subscript(shape, key) for size, key in sizes)


def _first_call(context: EmitContext) -> SharedCall | None:
    """The call of a shared block that makes its layers, as the network is at its own values."""
    graph, at = context.function.module.graph, context.step.at
    found = [made for made in graph.calls if made.first is None and _is_of_step(made, context.step)]
    opened = {tuple(size is None for shape in input_shapes(graph, one) for size in shape) for one in found}
    if len(opened) > 1:
        raise SpecError.of(
            "no-source", "the input sizes of this shared block differ in one use of these steps, but not in all", at
        )
    return found[0] if found else None


def _is_of_step(made: SharedCall, step: Step) -> bool:
    return any(part.at == step.at for node in made.nodes[:1] for part in node.region.chain())
