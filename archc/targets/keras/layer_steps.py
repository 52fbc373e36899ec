"""Layers in generated source, and calls of the functions that blocks are."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

from archc.codegen.expressions import text_parts, text_value, value
from archc.codegen.kinds import static_kind
from archc.codegen.tree import Part, attribute, call, formatted, list_of, operation, subscript, variable
from archc.diagnostics import Position, SpecError
from archc.ir.op import Op
from archc.language.steps import UseBlock, UseChoice, UseOp
from archc.language.template import ParsedValue
from archc.ops import registry
from archc.targets.keras.calls import function_call, layer_call, layer_constructor, step_arguments
from archc.targets.keras.function_plans import FunctionPlan
from archc.targets.keras.function_state import EmitContext, FunctionState, ModuleState, is_same_variable
from archc.targets.keras.step_outputs import assign_output


def write_use(context: EmitContext) -> None:
    """Writes a layer, or the call of a block's function."""
    head = context.step.head
    if isinstance(head, UseChoice) and is_dispatched(head, context.function.plan):
        write_choices(context, head, write_use)
    elif isinstance(head, UseOp):
        assign_output(context, layer_output(context, head))
    elif isinstance(head, UseBlock | UseChoice):
        assign_output(context, block_output(context, head))


def is_dispatched(head: UseChoice, plan: FunctionPlan) -> bool:
    """Whether a head by value has a case for each choice: ops, or blocks with different numbers of outputs."""
    blocks = [choice for choice in plan.choices(head) if choice not in registry()]
    counts = {plan.output_count(UseBlock(choice, head.arguments)) for choice in blocks}
    return len(blocks) < len(plan.choices(head)) or len(counts) != 1


def write_choices(context: EmitContext, head: UseChoice, write: Callable[[EmitContext], None]) -> None:
    """Writes a head by value as a case for each choice; `write` writes the step with the head that this is."""
    cases: list[ast.stmt] = []
    for choice in reversed(context.function.plan.choices(head)):
        op = registry().get(choice)
        chosen = UseBlock(choice, head.arguments) if op is None else UseOp(op, head.arguments)
        point = replace(context.point, body=[])
        write(EmitContext(point, context.step._replace(head=chosen), context.inputs))
        condition = operation(value(head.word, context.bindings), "==", ast.Constant(choice))
        cases = [ast.If(condition, point.body, cases)]
    context.point.body += cases


# --- layers ---


def layer_output(context: EmitContext, head: UseOp) -> ast.expr:
    """The call of a layer on the inputs of the step."""
    op, inputs = head.op, context.inputs
    arguments = step_arguments(op, head.arguments, context.bindings)
    name = layer_name(context, op)
    if op.function is not None:
        return function_call(op, inputs if op.arity[0] else [batch_tensor(context.function)], arguments, name)
    output = layer_call(op, layer_constructor(op, arguments, name), layer_inputs(op, inputs), arguments)
    return with_named_mask(context.function.module, op, output)


def with_named_mask(module: ModuleState, op: type[Op], output: ast.expr) -> ast.expr:
    """The output of a layer; where Keras joins masks, their operations get names that no layer has."""
    if op.mask_rule != "joins" or not module.has_masks:
        return output
    module.used.add("named_mask")
    return call("named_mask", [output])


def layer_inputs(op: type[Op], inputs: list[ast.expr]) -> list[ast.expr]:
    """What a layer is called on; attention to itself takes one tensor twice."""
    if op.merges:
        return [list_of(inputs)]
    return inputs * op.arity[0] if len(inputs) == 1 and op.repeats_input else inputs


def batch_tensor(function: FunctionState) -> ast.expr:
    """A tensor of the batch."""
    return function.batch or function.module.inputs[0]


def layer_name(context: EmitContext, op: type[Op]) -> ast.expr:
    """The name of a layer: its own, else that of the output that it makes, or the one that Keras gives it."""
    output = context.function.plan.names.layers.get(context.step.head)
    if output is not None:
        return text_value(output, context.bindings)
    if context.step.name == "":
        return _name_around(context)
    if context.step.name is not None:
        return text_value(context.step.name, context.bindings, context.point.prefix)
    return context.function.automatic_name(op)


def _name_around(context: EmitContext) -> ast.expr:
    """The name of the part around a layer: the prefix of the names in it without its last `_`."""
    *before, last = context.point.prefix or ("",)
    if isinstance(last, str):
        rest = last.removesuffix("_")
        return name_of_parts(context.function, [*before, rest] if rest else before)
    return call(attribute(formatted([*before, last]) if before else last, "removesuffix"), [ast.Constant("_")])


# --- blocks ---


def block_output(context: EmitContext, head: UseBlock | UseChoice, inputs: list[ast.expr] | None = None) -> ast.expr:
    """The call of a block's function on the inputs of the step, or on those of a model in the model."""
    function, bindings = context.function, context.bindings
    called = function.plan.called(head)
    unpacked = None
    if head.arguments.first is not None:
        unpacked = _parameter_map(context, head.arguments.first.value, head.arguments.at, called)
    arguments: dict[str, ast.expr] = {}
    for name, given in head.arguments.named.items():
        if name not in called[0].params:  # the outputs of a network, which its function has
            continue
        arguments[function.module.parameters[name]] = value(given, bindings)
        for plan in called:
            function.module.add_kind(plan, name, static_kind(given, bindings.kinds))
    batch = inputs[0] if inputs else batch_tensor(function)
    arguments |= _extra_arguments(context, called[0], batch)
    callee: ast.expr = variable(function.module.functions[called[0]])
    if isinstance(head, UseChoice):
        callee = subscript(function.module.table(head, function.plan), value(head.word, bindings))
    return call(callee, inputs or context.inputs, arguments, unpacked)


def _parameter_map(context: EmitContext, settings: ParsedValue, at: Position, called: list[FunctionPlan]) -> ast.expr:
    """The map that holds a block's arguments, whose parameters must then have their own names in Python too."""
    module, bindings = context.function.module, context.bindings
    kind = static_kind(settings, bindings.kinds)
    for plan in called:
        for name in plan.params:
            if module.parameters[name] != name:
                message = f"the parameter `{name}` has another name in Python, so no map can hold its value"
                raise SpecError.of("no-source", message, at, "give the arguments by name, or rename the parameter")
            if kind.fields is not None and name in kind.fields:
                module.add_kind(plan, name, kind.fields[name])
    return value(settings, bindings)


def _extra_arguments(context: EmitContext, plan: FunctionPlan, batch: ast.expr) -> dict[str, ast.expr]:
    """The arguments of a block's function that are not its parameters."""
    function, beginning, prefix = context.function, context.step.beginning, context.point.prefix
    words = function.module.extra_arguments
    found: dict[str, ast.expr] = {}
    own = [*prefix, *(text_parts(beginning, context.bindings) if beginning is not None else ())]
    for word in plan.extra_arguments:
        match word:
            case "names" if function.counter is not None:
                found[words[word]] = function.counter
            case "batch":
                found[words[word]] = batch
            case "prefix" if own:
                found[words[word]] = name_of_parts(function, [*own, "_"] if beginning is not None else own)
            case "name" if beginning is None:
                found[words[word]] = name_of_parts(function, own[:-1])
            case "name":
                found[words[word]] = text_value(beginning, context.bindings, prefix)
            case "shared":
                found[words[word]] = _shared_inside(context)
    return found


def _shared_inside(context: EmitContext) -> ast.expr:
    """The dictionary of what the uses of a block with one `share_inside` share; an empty one for a use without it."""
    empty = ast.Dict([], [])
    if context.step.share_inside is None:
        return empty
    name = text_value(context.step.share_inside, context.bindings)
    return call(attribute(context.function.table("shared"), "setdefault"), [name, empty])


def name_of_parts(function: FunctionState, parts: list[Part]) -> ast.expr:
    """A name or a prefix of its parts."""
    match parts:
        case [ast.Name() as only] if function.name_argument is not None and is_same_variable(
            only, function.name_argument
        ):
            return only
    return formatted(parts)
