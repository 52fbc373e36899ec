"""The outputs of steps in generated source: the variables that they are assigned to, and the outputs of the network."""

from __future__ import annotations

import ast

from archc.codegen.expressions import text_value
from archc.codegen.kinds import static_kind
from archc.codegen.tree import assign, attribute, call, starred, subscript, tuple_of, variable
from archc.diagnostics import SpecError
from archc.ir.op import Op
from archc.language.arguments import Arguments
from archc.language.steps import Step, UseChoice, UseOp
from archc.language.template import ParsedValue, Template
from archc.language.yaml_data import Map
from archc.targets.keras.calls import identity_call
from archc.targets.keras.function_state import EmitContext, FunctionState, InsertionPoint, is_same_variable
from archc.targets.keras.liveness import reads_any


def assign_output(context: EmitContext, output: ast.expr) -> None:
    """Assigns the outputs of a layer or a block to the names that its step gives, else to the next variable."""
    function, step, body = context.function, context.step, context.point.body
    name, current = step.current_name, output_variable(context.point, step)
    targets = [current if other is name else function.tensor(other, context.bindings) for other in step.as_ or (name,)]
    if len(targets) == 1 and _leaves_several(context):
        others = starred(variable("_"))
        targets = [current, others] if step.goes_on_from_first else [others, current]
    target = tuple_of(targets) if len(targets) > 1 else current
    if not isinstance(name, Template):
        body.append(assign([target], output))
        return
    if len(step.as_) > 1 and reads_any(name, {"x", *(other for other in step.as_ if isinstance(other, str))}):
        raise SpecError.of("no-source", "this name is computed from what the step names itself", step.place("as"))
    if len(targets) > 1:
        body.append(assign([target], output))
        body.append(assign([function.item(name, context.bindings)], current))
    else:
        body.append(assign([function.item(name, context.bindings), current], output))


def _leaves_several(context: EmitContext) -> bool:
    """Whether a step leaves several tensors.

    Raises:
        SpecError: that depends on the parameters.
    """
    step = context.step
    if not isinstance(step.head, UseOp) or step.head.op.states is Op.states:
        return context.function.plan.output_count(step.head) > 1
    returned = _returns_state(step.head.arguments, context)
    if not isinstance(returned, bool):
        message = "whether this layer leaves its states depends on the parameters"
        raise SpecError.of("no-source", message, step.at, "write `return_state` as `true` or `false`")
    return returned


def _returns_state(arguments: Arguments, context: EmitContext) -> ParsedValue:
    """The `return_state` of a recurrent layer, or of the one in a wrapper; None where a map has it."""
    if arguments.first is not None:
        return False if static_kind(arguments.first.value, context.bindings.kinds).what != "map" else None
    inner = arguments.named.get("layer")
    inner = next(iter(inner.values())) if isinstance(inner, Map) else None
    return (inner if isinstance(inner, Map) else arguments.named).get("return_state", False)


def output_variable(point: InsertionPoint, step: Step) -> ast.expr:
    """The variable of the tensor of a step that becomes the current one."""
    function = point.function
    if not step.as_:
        return point.variable if step.output is None else marked_variable(function, step.output)
    if len(step.as_) > 1 and isinstance(step.head, UseChoice) and function.plan.ops(step.head):
        message = "a layer leaves its output first, and a block the tensor that the path goes on from last"
        raise SpecError.of("no-source", message, step.at, "name the op or the block")
    name = step.current_name
    if isinstance(name, Template) and step.output is not None:
        return marked_variable(function, step.output)
    return function.variables[name] if isinstance(name, str) and name in function.read else point.variable


def own_variable(function: FunctionState, step: Step) -> ast.expr | None:
    """The variable that the steps in a step may assign to, if nothing else assigns it and nothing reads it before."""
    if not step.as_:
        return None if step.output is None else marked_variable(function, step.output)
    name = step.as_[-1]
    if not isinstance(name, str) or name not in function.read or name in function.plan.inputs or function.depth:
        return None
    return function.variables[name] if function.assigned[name] == 1 else None


def assign_current(point: InsertionPoint, step: Step) -> None:
    """Assigns the current tensor to the names that a step gives to what its steps output."""
    if not step.as_ and step.output is None:
        return
    target = output_variable(point, step)
    if not is_same_variable(target, point.current):
        match point.body:
            case [*_, ast.Assign([ast.Name() as last, *others], value)] if is_same_variable(
                last, point.current
            ) and is_same_variable(last, point.variable):
                point.body[-1] = assign([target, *others], value)
            case _:
                point.body.append(assign([target], point.current))
    point.current = target
    if isinstance(name := step.current_name, Template):
        point.body.append(assign([point.function.item(name, point.function.bindings(target))], target))


# --- outputs of the network ---


def marked_variable(function: FunctionState, name: ParsedValue) -> ast.expr:
    """The variable of an output of the network."""
    first = name.parts[0] if isinstance(name, Template) else name
    word = first if isinstance(first, str) else "output"
    if word not in function.marked_variables:
        wanted = word.rstrip("_")
        wanted = f"{wanted}_output" if wanted in function.names.taken else wanted
        function.marked_variables[word] = function.new_variable(wanted)
    return function.marked_variables[word]


def mark_output(context: EmitContext, tensor: ast.expr) -> None:
    """Keeps the output of a step as an output of the network, if the step is marked."""
    function, step, body = context.function, context.step, context.point.body
    if step.output is None:
        return
    if function.collected is not None and not function.collects_names:
        body.append(ast.Expr(call(attribute(function.collected, "append"), [tensor])))
    elif function.collected is not None or not isinstance(step.output, str):
        if reads_any(step.output, {"x"}):
            raise SpecError.of("no-source", "the name of this output is computed from a tensor", step.place("output"))
        name = text_value(step.output, context.bindings)
        body.append(assign([subscript(function.collected or function.table("outputs"), name)], tensor))
    else:
        assigned = function.marked[step.output] > 1 or any(
            function.assigned[name] > 1 for name in step.as_ if isinstance(name, str)
        )
        kept = marked_variable(function, step.output) if assigned else tensor
        if not (kept is tensor or is_same_variable(kept, tensor)):
            body.append(assign([kept], tensor))
        function.outputs[step.output] = kept


def as_output(function: FunctionState, tensor: ast.expr, name: ParsedValue, current: ast.expr) -> ast.expr:
    """The tensor as an output of this name: through an `Identity` where its layer has another name, or may have."""
    names = function.plan.names
    if isinstance(name, str) and name in names.certain:
        return tensor
    text = text_value(name, function.bindings(current))
    if isinstance(name, str) and name in names.renamed:
        return identity_call(tensor, text)
    function.module.used.add("named_output")
    return call("named_output", [tensor, text])


def network_output(function: FunctionState, name: ParsedValue, current: ast.expr) -> ast.expr:
    """The tensor that a name under `outputs` stands for: one that is marked, else one that `as` names."""
    bindings = function.bindings(current)
    if not isinstance(name, str):
        return function.tensor(name, bindings)
    index = function.plan.index
    computed = [step for pattern, step in index.computed_marks.items() if pattern.may_be(name)]
    marked = index.marks.get(name, [])
    conditional = any(step.when is not None for step in marked)
    if (computed or conditional) and name in function.variables:
        raise SpecError.of(
            "no-source", f"`{name}` is one of two tensors, depending on the parameters", (computed or marked)[0].at
        )
    if marked:
        return function.outputs[name]
    if computed:
        return subscript(function.table("outputs"), text_value(name, bindings))
    return function.tensor(name, bindings)
