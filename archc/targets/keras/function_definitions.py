"""The functions of generated source that keeps the structure of a spec: one for each block, one for the network."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Literal

from archc.codegen import tree
from archc.codegen.expressions import Unwritable, value
from archc.codegen.kinds import TENSOR
from archc.codegen.module import SourceRequest
from archc.codegen.tidy import tidied
from archc.diagnostics import SpecError
from archc.elaborate.expand import Settings
from archc.language.document import ParameterDeclaration
from archc.language.steps import Let, NoHead, SideGroup, Step, StepGroup, Steps, UseBlock, UseMerge, UseOp, steps_within
from archc.language.template import ParsedValue, is_constant
from archc.library.specs import Spec
from archc.targets.keras.calls import identity_call, input_call, model_call, raised_recursion_limit
from archc.targets.keras.function_plans import FunctionPlan, function_plans
from archc.targets.keras.function_state import FunctionState, InsertionPoint, ModuleState
from archc.targets.keras.liveness import moves_current
from archc.targets.keras.model import model_name
from archc.targets.keras.step_outputs import as_output, network_output
from archc.targets.keras.step_writer import write_steps


def function_definitions(request: SourceRequest) -> tuple[list[ast.FunctionDef], ModuleState]:
    """The functions, each after those that it calls, and what they share."""
    plans = function_plans(request.spec, request.settings.params)
    module = ModuleState(plans, request.heading.function, request.graph)
    written = [
        _network_function(plan, module, request) if plan.block is None else _block_function(plan, module)
        for plan in reversed(plans)  # callers first: their calls show the kinds of parameters
    ]
    return written[::-1], module


def _block_function(plan: FunctionPlan, module: ModuleState) -> ast.FunctionDef:
    """The function of a block."""
    defaults = {name: parameter.default for name, parameter in plan.params.items() if not parameter.required}
    state = FunctionState(plan, module, defaults)
    inputs = [state.variables[name] for name in plan.inputs] or [tree.variable("x")]
    arguments, opening = _arguments(state, plan.params.values(), defaults)
    extra = (state.counter, state.batch, state.shared_argument)
    arguments += [tree.Argument(argument.id) for argument in extra if argument is not None]
    if state.name_argument is not None:
        default = ast.Constant("") if "prefix" in plan.extra_arguments else None
        arguments.append(tree.Argument(state.name_argument.id, default))
    point = InsertionPoint(state, [], inputs[0], tree.variable("x"), state.prefix())
    outputs = plan.block.outputs if plan.block is not None else ()
    write_steps(plan.layers, point, needed=not outputs)
    tensors = [network_output(state, name, point.current) for name, _ in outputs] or [point.current]
    output = tensors[0] if len(tensors) == 1 else tree.tuple_of(tensors)
    body = tidied([*opening, *state.opening, *point.body, ast.Return(output)])
    return tree.function(module.functions[plan], [tree.Argument(entered.id) for entered in inputs], arguments, body)


def _arguments(
    state: FunctionState, params: Iterable[ParameterDeclaration], defaults: Mapping[str, ParsedValue]
) -> tuple[list[tree.Argument], list[ast.stmt]]:
    """The parameters as arguments, and the statements that assign the defaults that no signature can hold."""
    arguments: list[tree.Argument] = []
    opening: list[ast.stmt] = []
    for parameter in params:
        given = state.variables[parameter.name]
        default = defaults.get(parameter.name, ...)
        if default is ...:
            arguments.append(tree.Argument(given.id))
        elif is_constant(default) and not isinstance(default, dict):
            arguments.append(tree.Argument(given.id, tree.literal(default)))
        else:
            arguments.append(tree.Argument(given.id, tree.literal(None)))
            try:
                opening.append(_assign_if_none(given, value(default, state.bindings(None))))
            except Unwritable as error:
                raise SpecError.of("no-source", str(error), parameter.at) from None
    return arguments, opening


def _assign_if_none(target: ast.expr, default: ast.expr) -> ast.stmt:
    return ast.If(tree.operation(target, "is", tree.literal(None)), [tree.assign([target], default)], [])


# --- the network ---


def _network_function(plan: FunctionPlan, module: ModuleState, request: SourceRequest) -> ast.FunctionDef:
    """The function that makes the model; what a user set becomes the defaults."""
    spec, settings = request.spec, request.settings
    defaults = {name: settings.params.get(name, parameter.default) for name, parameter in plan.params.items()}
    state = FunctionState(plan, module, defaults)
    arguments, opening = _arguments(state, plan.params.values(), defaults)
    shapes, inputs = _inputs(state, spec, settings)
    if state.counter is not None:
        module.used |= {"automatic_name", "Counter"}
        counter = ast.Name(state.counter.id, ast.Store())
        state.opening.insert(0, ast.AnnAssign(counter, tree.code("Counter[str]"), tree.call("Counter"), 1))
    end = _end(spec.layers, plan)
    marks = [step for step in steps_within(spec.layers) if step.output is not None]
    if spec.outputs is None and marks and (end is None or _certain_marks(spec.layers) < len(marks)):
        state.collected = state.new_variable("outputs")
        state.collects_names = not all(state.is_named(step) for step in marks)
        empty: ast.expr = ast.Dict([], []) if state.collects_names else tree.list_of([])
        state.opening.append(tree.assign([state.collected], empty))
    point = InsertionPoint(state, [], module.inputs[0], tree.variable("x"), ())
    write_steps(spec.layers, point, needed=spec.outputs is None)
    deep = raised_recursion_limit(len(module.graph.nodes))
    if deep:
        module.used.add("sys")
    body = tidied([*opening, *inputs, *state.opening, *point.body, *deep, *_model(state, spec, point.current, end)])
    return tree.function(
        module.functions[plan], shapes, arguments, [*tree.docstring(request.heading.network), *body], "keras.Model"
    )


def _inputs(state: FunctionState, spec: Spec, settings: Settings) -> tuple[list[tree.Argument], list[ast.stmt]]:
    """The shapes as arguments, and the statements that make the inputs."""
    shapes: list[tree.Argument] = []
    statements: list[ast.stmt] = []
    for declared in spec.inputs:
        alone = len(spec.inputs) == 1
        given = settings.inputs.get(declared.name, settings.inputs.get(None) if alone else None)
        shape = list(given) if given is not None else declared.shape
        argument = state.new_variable("input_shape" if alone else f"{declared.name}_shape")
        if is_constant(shape):
            shapes.append(tree.Argument(argument.id, tree.literal(shape)))
        else:
            shapes.append(tree.Argument(argument.id, tree.literal(None)))
            statements.append(_assign_if_none(argument, value(shape, state.bindings(None))))
        assigned = state.variables.get(declared.name)
        wanted = declared.name if assigned is None else f"{declared.name}_input"
        entered = tree.variable("inputs") if alone else state.new_variable(wanted)
        made = input_call(argument, ast.Constant(declared.name), declared.dtype)
        statements.append(tree.assign([entered], made))
        if assigned is not None:
            statements.append(tree.assign([assigned], entered))
        state.variables.setdefault(declared.name, entered)
        state.kinds[declared.name] = TENSOR
        state.module.inputs.append(entered)
    return shapes, statements


def _certain_marks(steps: Steps) -> int:
    """The number of outputs that exist exactly once, whatever the parameters are."""
    count = 0
    for step in steps:
        if step.when is None:
            count += isinstance(step.output, str)
            count += _certain_marks(step.head.body) if isinstance(step.head, StepGroup | SideGroup) else 0
    return count


def _end(steps: Steps, plan: FunctionPlan) -> Literal["new", "marked"] | None:
    """Whether the last tensor is marked as an output, or is one that nothing marks; None where that depends."""
    for step in reversed(steps):
        if isinstance(step.head, SideGroup) and not _marks_new(step):
            return None
        if not moves_current(step) and (step.output is None or isinstance(step.head, SideGroup)):
            continue
        if step.when is not None:
            return None
        if step.output is not None:
            return "marked"
        match step.head:
            case UseOp() | UseMerge():
                return "new"
            case UseBlock() if not plan.called(step.head)[0].outputs:
                (called,) = plan.called(step.head)
                return _end(called.layers, called)
            case StepGroup(body) if body and step.from_ is None:
                return _end(body, plan)
        if not isinstance(step.head, NoHead | Let) or step.from_ is not None:
            return None
    return None


def _marks_new(side: Step) -> bool:
    """Whether all outputs that a side marks are outputs of its own layers."""
    marking = [step for step in steps_within((side,)) if step.output is not None and step is not side]
    own = side.head.body if isinstance(side.head, SideGroup) else ()
    new = side.output is None or (bool(own) and own[-1].when is None and isinstance(own[-1].head, UseOp | UseMerge))
    return new and all(isinstance(step.head, UseOp | UseMerge) for step in marking)


def _model(state: FunctionState, spec: Spec, last: ast.expr, end: str | None) -> list[ast.stmt]:
    """The statements that return the model between the inputs and the outputs."""
    name, statements = ast.Constant(model_name(spec.name)), list[ast.stmt]()
    graph = state.module.graph
    unmarked = identity_call(last, ast.Constant(graph.main)) if graph.main in graph.identities() else last
    if spec.outputs is not None:
        outputs = [as_output(state, network_output(state, output, last), output, last) for output, _ in spec.outputs]
    elif state.collected is None:
        outputs = [as_output(state, tensor, output, last) for output, tensor in state.outputs.items()]
        outputs += [] if end == "marked" else [unmarked]
    else:
        collected, tensors = state.collected, state.collected
        if state.collects_names:
            state.module.used.add("named_output")
            collected, tensors = state.new_variable("tensors"), tree.code("outputs.values()", outputs=tensors)
            made = tree.code("list(map(named_output, outputs.values(), outputs))", outputs=state.collected)
            statements.append(tree.assign([collected], made))
        add = ast.Expr(tree.call(tree.attribute(collected, "append"), [last if end is None else unmarked]))
        if end is None:
            new = tree.code("all(last is not output for output in outputs)", last=last, outputs=tensors)
            statements.append(ast.If(new, [add], []))
        elif end == "new":
            statements.append(add)
        outputs = [tree.code("outputs if len(outputs) > 1 else outputs[0]", outputs=collected)]
    return [*statements, ast.Return(model_call(state.module.inputs, outputs, name))]
