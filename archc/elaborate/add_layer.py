"""Adds the layer of an op to the graph, or calls an earlier one again."""

from __future__ import annotations

from typing import Any

from archc import limits
from archc.diagnostics import Related, SpecError
from archc.elaborate.elaboration import LayerOutputs, MaybeTensor, Outputs
from archc.elaborate.op_arguments import RefusedOp, make_op
from archc.elaborate.recovery import certain_error, estimate_shape, stand_in
from archc.elaborate.step_context import StepContext
from archc.ir.builder import NameTaken
from archc.ir.dtype import FLOATS, INTEGERS, DtypeError
from archc.ir.graph import Node, Tensor
from archc.ir.op import Op, SeveralOutputs
from archc.ir.shape import ShapeError, UnknownSizeError, shape_text
from archc.language.steps import Step, UseMerge, UseOp
from archc.language.value import POISON, Poison, Value

INDEPENDENT = "the layers of a shared block cannot depend on its inputs"
"""The hint where a shared block differs between its uses."""


def add_layer(head: UseOp | UseMerge, context: StepContext) -> Outputs:
    """Adds a layer over the inputs of a step; the output of one that fails is estimated."""
    if not head.guessed:
        return _add_layer(head, context)
    context.run.has_unknowns = True
    with context.run.silent():
        return _add_layer(head, context)


def _add_layer(head: UseOp | UseMerge, context: StepContext) -> Outputs:
    inputs: tuple[Any, ...] = _inputs(head.op, context)
    made = make_op(head, context)
    if isinstance(made, RefusedOp):
        return _estimate(head.op, made.arguments, made.wrong, inputs, context)
    inputs += made.tensors
    if len(context.frame.run.builder.nodes) >= limits.LAYERS:
        raise SpecError.of("too-many-layers", f"the network has more than {limits.LAYERS:,} layers", context.step.at)
    if POISON in inputs:
        return _estimate(head.op, made.op.arguments(), set(), inputs, context)
    return _add(made.op, head, inputs, context)


def _inputs(class_: type[Op], context: StepContext) -> tuple[MaybeTensor, ...]:
    """The tensors that the op takes; another number of them is an error."""
    inputs, least = context.inputs, class_.arity[0]
    check_input_count(class_, context.step, len(inputs))
    if least == 0:
        return ()
    return inputs * least if len(inputs) == 1 and class_.repeats_input else inputs


def check_input_count(class_: type[Op], step: Step, given: int) -> None:
    """Checks that an op takes as many inputs as a step gives.

    Raises:
        SpecError: it takes another number of them.
    """
    least, most = class_.arity
    if least == 0 and step.from_ is not None:
        raise SpecError.of("inputs", f"{class_.__name__} takes no input", step.place("from"), "remove `from`")
    if least == 0 or (given == 1 and class_.repeats_input):
        return
    if given < least or (most is not None and given > most):
        count = f"{least}" if least == most else f"{least} or more" if most is None else f"{least} to {most}"
        message = f"{class_.__name__} takes {count} input{'' if count == '1' else 's'}, but got {given}"
        raise SpecError.of("inputs", message, step.place("from"), "take one: `from: a`" if most == 1 else None)


def _add(op: Op, head: UseOp | UseMerge, inputs: tuple[Tensor, ...], context: StepContext) -> Outputs:
    run, step = context.frame.run, context.step
    if isinstance(op, SeveralOutputs):
        return _add_parts(op, head, inputs, context)
    first = _replayed(op, context) if run.replayed is not None else None
    try:
        part = context.part_of_its_name if first is None else None
        if part is not None and part in run.own_names:
            raise NameTaken(part, run.own_names[part][0].at)
        name, output = context.full_name, context.output_name if head in run.names.layers else None
        if part is not None:
            name, output = None, part
        node = run.builder.add(op, inputs, name, context.region, step.at, first, step.note, output=output)
        if part is not None:
            run.own_names[part] = node, step.place("name")
        return _outputs(node, head, context)
    except NameTaken as error:
        context.name_taken(error)
        spare = f"{error.name}?{len(run.builder.nodes)}"
        return _outputs(run.builder.add(op, inputs, spare, context.region, step.at), head, context)
    except DtypeError as error:
        wrong: set[str] = set()
        context.report(_refused_type(op, error, inputs))
    except ShapeError as error:
        wrong = _refused_shape(error, op, head, inputs, context)
    right = {name: value for name, value in op.arguments().items() if name not in wrong}
    return _estimate(type(op), right, wrong, inputs, context)


def _outputs(node: Node, head: UseOp | UseMerge, context: StepContext) -> Outputs:
    """All outputs of a layer that is added."""
    if type(node.op).states is Op.states:
        return LayerOutputs((node,))
    states = context.run.builder.add_states(node)
    if context.run.replayed is not None:
        context.run.replayed.pass_over(len(states), 0)
    missing = 0
    if not states and not head.arguments.named.keys() <= node.op.values().keys():  # one unknown may have meant them
        missing = _states_named(type(node.op), context)
    return LayerOutputs((node, *states, *[POISON] * missing))


def _states_named(class_: type[Op], context: StepContext) -> int:
    """How many states of a layer with an error a step names: no error follows from it that there are none."""
    return max(len(context.step.as_) - 1, 0) if class_.states is not Op.states else 0


def _add_parts(op: SeveralOutputs, head: UseOp | UseMerge, inputs: tuple[Tensor, ...], context: StepContext) -> Outputs:
    """Adds the layers that one op stands for, as a part of the network where the step has a name."""
    run, step, made = context.run, context.step, list[Node]()
    try:
        parts = op.parts(inputs[0].shape)
    except ShapeError as error:
        _refused_shape(error, op, head, inputs, context)
        return _estimate(type(op), {}, set(), inputs, context)
    region = context.part("group")
    beginning = region.prefix if region.name else ""
    if not region.name and run.replayed is None:
        beginning = f"{run.builder.next_name(op.automatic_word())}_"
    for number, part in enumerate(parts):
        if len(run.builder.nodes) >= limits.LAYERS:
            raise SpecError.of("too-many-layers", f"the network has more than {limits.LAYERS:,} layers", step.at)
        first = _replayed(part, context) if run.replayed is not None else None
        note, name = step.note if number == len(parts) - 1 else None, f"{beginning}{number}"
        try:
            made.append(run.builder.add(part, inputs, name, region, step.at, first, note))
        except NameTaken as error:
            context.name_taken(error)
            made.append(run.builder.add(part, inputs, f"{name}?{len(run.builder.nodes)}", region, step.at))
    context.register(region, made[-1])
    return tuple(made)


def _refused_shape(
    error: ShapeError, op: Op, head: UseOp | UseMerge, inputs: tuple[Tensor, ...], context: StepContext
) -> set[str]:
    """Reports shapes that an op cannot take; returns what `_report_shape` does."""
    if not isinstance(error, UnknownSizeError):
        return _report_shape(error, op, head, inputs, context)
    certain = certain_error(op, tuple(tensor.shape for tensor in inputs))
    if certain is not None:
        return _report_shape(certain, op, head, inputs, context)
    if not context.run.has_unknowns:
        context.report(SpecError.of("unknown-size", f"{op.op_name}: {error}"))
    return set()


def _refused_type(op: Op, error: DtypeError, inputs: tuple[Tensor, ...]) -> SpecError:
    """The error for a layer that cannot take tensors of these types."""
    hint = "declare the input with `dtype: float32`, or begin with `Rescaling`, which makes floats of integers"
    is_whole = all(tensor.dtype in INTEGERS for tensor in inputs) and "int64" in op.input_types
    if is_whole or not op.input_types & FLOATS:
        types = [dtype for dtype in ("string", "int64") if dtype in op.input_types]
        hint = f"declare the input with {' or '.join(f'`dtype: {dtype}`' for dtype in types)}"
    elif any(tensor.dtype == "string" for tensor in inputs):
        hint = "turn texts into numbers: `StringLookup`, `TextVectorization` and `Hashing` do"
    return SpecError.of("input-type", f"{op.op_name}: {error}", hint=hint)


def _replayed(op: Op, context: StepContext) -> Node:
    """The call to share weights with, inside a block that is used again."""
    recorded = next(context.run.replayed.nodes, None) if context.run.replayed is not None else None
    if recorded is None or recorded.op.as_made() != op.as_made():
        first = f"{recorded.op.op_name} with other arguments" if recorded is not None else "no layer"
        message = f"this use of the shared block has {op.op_name} where the first has {first}"
        raise SpecError.of("share", message, context.step.at, INDEPENDENT)
    return recorded.first or recorded


def _report_shape(
    error: ShapeError, op: Op, head: UseOp | UseMerge, inputs: tuple[Tensor, ...], context: StepContext
) -> set[str]:
    """Reports shapes that an op cannot take, at the argument to change.

    Returns:
        The arguments that do not fit the input; none where several inputs do not fit each other.
    """
    named = [name for name in error.arguments if name in head.arguments.named]
    at = context.place(head.arguments, named[0]) if named else context.step.at
    known = [tensor for tensor in dict.fromkeys(inputs[:8]) if isinstance(tensor, Node)]
    ends = [Related(f"`{node.name}` has the shape {shape_text(node.shape)}", node.at) for node in known]
    shown = ", ".join(f"{shape_text(tensor.shape)} from {_source(tensor)}" for tensor in inputs[:8])
    hint = f"its inputs: {shown}" if inputs else None
    context.report(SpecError.of("shape", f"{op.op_name}: {error}", at, hint), related=ends)
    return set(error.arguments) if len(inputs) == 1 else set()


def _source(tensor: Tensor) -> str:
    return f"`{tensor.name}`" if tensor.name != "?" else "a step with an error"


def _estimate(
    class_: type[Op],
    arguments: dict[str, Value],
    wrong: set[str],
    inputs: tuple[MaybeTensor, ...],
    context: StepContext,
) -> Outputs:
    """The output of a layer that failed, as far as it is known; its name stays taken."""
    context.reserve_name(context.step.at)
    context.run.has_unknowns = True
    if issubclass(class_, SeveralOutputs):
        return (POISON,) * max(len(context.step.as_), 1)
    shapes = tuple(None if isinstance(tensor, Poison) else tensor.shape for tensor in inputs)
    shape = estimate_shape(class_, arguments, wrong, shapes)
    output = POISON if shape is None else stand_in(shape)
    return LayerOutputs((output, *[POISON] * _states_named(class_, context)))
