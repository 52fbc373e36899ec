"""Shared weights: a step that calls the layers of an earlier one again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archc.diagnostics import Poisoned, Related, SpecError
from archc.elaborate.add_layer import use_op
from archc.elaborate.blocks import op_or_block, use_block
from archc.elaborate.scope import Here, Leaves, Several, Shared
from archc.ir.builder import NameTaken
from archc.ir.graph import SharedCall, Tensor
from archc.language.steps import UseBlock, UseOp, UseParameter, check_layer_name
from archc.language.template import evaluate
from archc.language.value import POISON

if TYPE_CHECKING:
    from archc.elaborate.elaboration import Elaboration


def use_shared(run: Elaboration, head: Any, here: Here) -> Leaves | Several:
    """Expands a step that has the weights of the first with its `share`."""
    at = here.step.place("share")
    if not isinstance(head, UseOp | UseBlock | UseParameter):
        hint = "share the steps inside, or make a block of them"
        raise SpecError.of("share", "an op or a block is shared, not a loop, a group or a merge", at, hint)
    share = str(evaluate(here.step.share, here.frame))
    check_layer_name(share, "name of a share", at)
    chosen = op_or_block(run, head, here) if isinstance(head, UseParameter) else head
    key = _key(chosen, here)
    first = here.frame.shares.get(share)
    if first is None:
        return _first_use(run, chosen, share, key, here)
    related = [Related("first here", first.at)]
    if first.key != key:
        message = f"`{share}` is shared with a step that has another head or other arguments"
        run.collector.add("share", message, at, related=related)
        raise Poisoned
    if first.leaves is POISON:
        raise Poisoned
    if here.name is not None and first.nodes and here.full_name != _name_of(first):
        hint = f"the first is called `{_name_of(first)}`"
        message = "a later use of a shared layer has the first's name, or none"
        run.collector.add("share", message, here.step.place("name"), hint, related=related)
    return _used_again(run, chosen, first, here._replace(name=None))


def _key(head: UseOp | UseBlock, here: Here) -> tuple[object, str]:
    """What must be equal in all uses: the op or block, and its arguments."""
    arguments = head.arguments
    given = evaluate(dict(arguments.named) if arguments.first is ... else arguments.first, here.frame)
    listed = sorted(given.items()) if isinstance(given, dict) else given
    return (head.op if isinstance(head, UseOp) else head.block), repr(listed)


def _name_of(first: Shared) -> str:
    return first.call.name if first.call is not None else first.nodes[0].name


def _expanded(run: Elaboration, head: UseOp | UseBlock, here: Here) -> Leaves | Several:
    return use_op(run, head, here) if isinstance(head, UseOp) else use_block(run, head, here)


def _first_use(
    run: Elaboration, head: UseOp | UseBlock, share: str, key: tuple[object, str], here: Here
) -> Leaves | Several:
    """The use that makes the layers; the others call these again."""
    before = len(run.builder.nodes)
    left = _expanded(run, head, here)
    nodes = tuple(run.builder.nodes[before:])
    call = None
    if isinstance(head, UseBlock) and (ends := _ends(run, here, left)):
        call = SharedCall(here.full_name or _free_name(run, share, here), *ends, nodes)
        run.builder.calls.append(call)
    here.frame.shares[share] = Shared(key, nodes, call, left, here.step.at)
    return left


def _free_name(run: Elaboration, share: str, here: Here) -> str:
    """Takes the name of the share for the model inside the model that Keras makes of an unnamed block."""
    full = f"{here.region.prefix}{share}"
    try:
        run.builder.take_name(full, here.step.place("share"))
    except NameTaken as error:
        related = [Related("first here", error.first)]
        message = f"the name `{full}` of the shared block comes twice"
        run.collector.add("name-taken", message, here.step.place("share"), "name the step", related=related)
    return full


def _used_again(run: Elaboration, head: UseOp | UseBlock, first: Shared, here: Here) -> Leaves | Several:
    """Expands a later use; inside a shared block that is itself used again, the outer recording goes on."""
    outer, before = run.replayed, len(run.builder.nodes)
    run.replayed = iter(first.nodes)
    try:
        left = _expanded(run, head, here)
    finally:
        run.replayed = outer
    nodes = tuple(run.builder.nodes[before:])
    if outer is not None:
        for _ in nodes:
            next(outer, None)
    if first.call is not None and (ends := _ends(run, here, left)):
        run.builder.calls.append(SharedCall(first.call.name, *ends, nodes, first.call))
    return left


def _ends(run: Elaboration, here: Here, left: Leaves | Several) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]] | None:
    """What a use takes and leaves; None within another use that is recorded, or where a fault took a tensor's place."""
    outputs = tuple(left) if isinstance(left, Several) else (left,)
    taken = tuple(tensor for tensor in here.taken if isinstance(tensor, Tensor))
    made = tuple(tensor for tensor in outputs if isinstance(tensor, Tensor))
    if run.replayed is not None or len(taken) + len(made) < len(here.taken) + len(outputs):
        return None
    return taken, made
