"""Shared weights: a step that calls the layers of an earlier one again."""

from __future__ import annotations

from archc.diagnostics import Poisoned, Related, SpecError
from archc.elaborate.blocks import expand_call, named_head
from archc.elaborate.elaboration import Outputs, Replay, SharedStep
from archc.elaborate.step_context import StepContext
from archc.ir.builder import NameTaken
from archc.ir.graph import SharedCall, Tensor
from archc.language.name_rules import layer_label
from archc.language.steps import Head, UseBlock, UseChoice, UseOp
from archc.language.template import evaluate
from archc.language.value import POISON


def expand_shared(head: Head, context: StepContext) -> Outputs:
    """Expands a step that has the weights of the first one with its `share`."""
    at = context.step.place("share")
    if not isinstance(head, UseOp | UseBlock | UseChoice):
        hint = "share the steps inside, or make a block of them"
        raise SpecError.of("share", "only an op or a block can be shared", at, hint)
    share = layer_label(evaluate(context.step.share, context.frame), "name of a share", at)
    call = named_head(head, context) if isinstance(head, UseChoice) else head
    key = _key(call, context)
    first = context.frame.shares.get(share)
    if first is None:
        return _first_use(call, share, key, context)
    related = [Related("first here", first.at)]
    if first.key != key:
        message = f"the first step with the share `{share}` has another head or other arguments"
        context.report(SpecError.of("share", message, at), related=related)
        raise Poisoned
    if POISON in first.outputs:
        raise Poisoned
    name = first.call.name if first.call is not None else first.nodes[0].name if first.nodes else None
    if context.name is not None and name is not None and context.full_name != name:
        message = "a later use of a shared layer has the name of the first, or none"
        error = SpecError.of("share", message, context.step.place("name"), f"the first is called `{name}`")
        context.report(error, related=related)
    return _later_use(call, first, context._replace(name=None))


def _key(head: UseOp | UseBlock, context: StepContext) -> tuple[object, str]:
    """What must be equal in all uses: the op or block, and its arguments."""
    first = head.arguments.first
    given = evaluate(dict(head.arguments.named) if first is None else first.value, context.frame)
    apart = head.op.tensor_arguments if isinstance(head, UseOp) else ()  # of each call, as the inputs are
    listed = sorted(item for item in given.items() if item[0] not in apart) if isinstance(given, dict) else given
    return (head.op if isinstance(head, UseOp) else head.block), repr(listed)


def _first_use(head: UseOp | UseBlock, share: str, key: tuple[object, str], context: StepContext) -> Outputs:
    """The use that makes the layers; later uses call these again."""
    run, builder = context.run, context.run.builder
    before, calls_before = len(builder.nodes), len(builder.calls)
    outputs = expand_call(head, context)
    nodes, inner = tuple(builder.nodes[before:]), tuple(builder.calls[calls_before:])
    call = None
    if isinstance(head, UseBlock) and (ends := _ends(context, outputs)):
        again = next(run.replayed.calls, None) if run.replayed is not None else None
        first = None if again is None else again.first or again
        name = context.full_name or _share_name(share, context) if first is None else first.name
        call = SharedCall(name, *ends, builder.kept(nodes), first)
        builder.calls.append(call)
    context.frame.shares[share] = SharedStep(key, nodes, inner, call, outputs, context.step.at)
    return outputs


def _share_name(share: str, context: StepContext) -> str:
    """Takes the name of the share for the inner model that Keras makes of a block without a name."""
    full, at = f"{context.region.prefix}{share}", context.step.place("share")
    try:
        context.run.builder.take_name(full, at)
    except NameTaken as error:
        error_ = SpecError.of("name-taken", f"duplicate name `{full}` of the shared block", at, "name the step")
        context.report(error_, related=[Related("first here", error.first)])
    return full


def _later_use(head: UseOp | UseBlock, first: SharedStep, context: StepContext) -> Outputs:
    """Expands a later use; inside a shared block that is itself used again, the outer replay goes on after it."""
    run, builder = context.run, context.run.builder
    outer, before, calls_before = run.replayed, len(builder.nodes), len(builder.calls)
    run.replayed = Replay(iter(first.nodes), iter(first.calls))
    try:
        outputs = expand_call(head, context)
    finally:
        run.replayed = outer
    nodes = tuple(builder.nodes[before:])
    _check_types(first, context)
    if first.call is not None and (ends := _ends(context, outputs)):
        kept = builder.kept(nodes)
        builder.calls.append(SharedCall(first.call.name, *ends, kept, first.call.first or first.call))
    if outer is not None:
        outer.pass_over(len(nodes), len(builder.calls) - calls_before)
    return outputs


def _check_types(first: SharedStep, context: StepContext) -> None:
    """Reports inputs of another type than in the first use, as a model in the model casts its inputs to one."""
    given = zip(first.call.inputs if first.call is not None else (), context.inputs, strict=False)
    for mine, other in given:
        if isinstance(other, Tensor) and mine.dtype != other.dtype:
            message = (
                f"this use of the shared block has an input of type {other.dtype} where the first has {mine.dtype}"
            )
            context.report(SpecError.of("share", message, context.step.at), related=[Related("first here", first.at)])


def _ends(context: StepContext, outputs: Outputs) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]] | None:
    """The inputs and outputs of a use; None where one is poison."""
    inputs = tuple(tensor for tensor in context.inputs if isinstance(tensor, Tensor))
    made = tuple(tensor for tensor in outputs if isinstance(tensor, Tensor))
    if len(inputs) + len(made) < len(context.inputs) + len(outputs):
        return None
    return inputs, made
