"""Shared weights: a step that calls the layers of an earlier one again."""

from __future__ import annotations

from archc.diagnostics import Poisoned, Related, SpecError
from archc.elaborate.add_layer import INDEPENDENT
from archc.elaborate.blocks import expand_call, first_here, named_head
from archc.elaborate.elaboration import Outputs
from archc.elaborate.shares import Replay, SharedHead, SharedStep
from archc.elaborate.step_context import StepContext
from archc.ir.builder import NameTaken
from archc.ir.graph import Node, SharedCall, Tensor
from archc.language.name_rules import layer_label
from archc.language.steps import Head, UseBlock, UseChoice, UseOp
from archc.language.template import evaluate
from archc.language.value import POISON, describe

MISSING = "not given"


def expand_shared(head: Head, context: StepContext) -> Outputs:
    """Expands a step that has the weights of the first one with its `share`."""
    at = context.step.place("share")
    if not isinstance(head, UseOp | UseBlock | UseChoice):
        hint = "share the steps inside, or make a block of them"
        raise SpecError.of("share", "only an op or a block can be shared", at, hint)
    share = layer_label(evaluate(context.step.share, context.frame), "name of a share", at)
    call = named_head(head, context) if isinstance(head, UseChoice) else head
    own = _shared_head(call, context)
    first = context.frame.shares.first.get(share)
    if (inside := context.frame.shares.inside.get(share)) is not None:
        message = f"`{share}` names a `share` of `{own.callee}` here, and a `share_inside` of `{inside.block}` before"
        error = SpecError.of("share", message, at, "give them different names")
        context.report(error, related=first_here(inside.at))
        raise Poisoned
    if first is None:
        return _first_use(call, share, own, context)
    related = [Related("first here", first.at)]
    if (difference := _difference(own, first.head)) is not None:
        message, argument = difference
        place = at if argument is None else context.place(call.arguments, argument)
        context.report(SpecError.of("share", f"{message} with the share `{share}`", place), related=related)
        raise Poisoned
    if POISON in first.outputs:
        raise Poisoned
    if first.nodes and not context.run.builder.kept(first.nodes):
        message = f"nothing needs the first step with the share `{share}`, so that it is left out"
        hint = "let the first use of the network leave what needs it"
        context.report(SpecError.of("share", message, at, hint), related=related)
        raise Poisoned
    name, given = first.name, context.full_name
    if given is not None and name is not None and given.removeprefix(context.frame.prefix) != name:
        message = "a later use of a shared layer has the name of the first, or none"
        error = SpecError.of("share", message, context.step.place("name"), f"the first is called `{name}`")
        context.report(error, related=related)
    return _later_use(call, first, context._replace(name=None))


def _shared_head(head: UseOp | UseBlock, context: StepContext) -> SharedHead:
    """The op or block of a step with its arguments, without those that belong to the call."""
    first = head.arguments.first
    given = evaluate(dict(head.arguments.named) if first is None else first.value, context.frame)
    if not isinstance(given, dict):
        given = {(head.op.first_argument() if isinstance(head, UseOp) else None) or "": given}
    if isinstance(head, UseBlock):
        return SharedHead(head.block, given)
    own = {name: value for name, value in given.items() if name not in head.op.called_with}
    return SharedHead(head.op.__name__, own)


def _difference(own: SharedHead, first: SharedHead) -> tuple[str, str | None] | None:
    """How a step differs from the first one with its share, and in which argument; None where it does not."""
    if own.callee != first.callee:
        return f"this is `{own.callee}`, but `{first.callee}` in the first step", None
    for name in {**own.arguments, **first.arguments}:
        here, there = own.arguments.get(name, MISSING), first.arguments.get(name, MISSING)
        if repr(here) != repr(there):
            ours, theirs = (MISSING if one is MISSING else describe(one) for one in (here, there))
            return f"`{name}` is {ours}, but {theirs} in the first step", name if here is not MISSING else None
    return None


def _first_use(head: UseOp | UseBlock, share: str, own: SharedHead, context: StepContext) -> Outputs:
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
    made = call or (nodes[0] if nodes else None)
    own_name = None if made is None else made.name.removeprefix(context.frame.prefix)
    context.frame.shares.first[share] = SharedStep(own, own_name, nodes, inner, call, outputs, context.step.at)
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
    if isinstance(head, UseBlock):
        _check_calls(first, nodes, context)
        _check_types(first, context)
    if first.call is not None and (ends := _ends(context, outputs)):
        kept = builder.kept(nodes)
        builder.calls.append(SharedCall(first.call.name, *ends, kept, first.call.first or first.call))
    if outer is not None:
        outer.pass_over(len(nodes), len(builder.calls) - calls_before)
    return outputs


def _check_calls(first: SharedStep, nodes: tuple[Node, ...], context: StepContext) -> None:
    """Reports a layer that is called with other arguments than in the first use: Keras makes the calls once."""
    for mine, again in zip(first.nodes, nodes, strict=False):
        if mine.op != again.op:
            message = f"this use of the shared block calls {again.op.op_name} with other arguments than the first"
            context.report(
                SpecError.of("share", message, again.at, INDEPENDENT), related=[Related("first here", first.at)]
            )


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
