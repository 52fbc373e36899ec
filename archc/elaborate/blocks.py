"""Uses of blocks: the values of their parameters, their inputs, what they leave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from archc import limits
from archc.diagnostics import Poisoned, SpecError, closest, did_you_mean, printable
from archc.elaborate.add_layer import use_op
from archc.elaborate.parameters import check_value, default_value
from archc.elaborate.scope import Frame, Here, Leaves, Several
from archc.ir.graph import Tensor
from archc.language.document import Block, Parameter
from archc.language.steps import Arguments, UseBlock, UseOp, UseParameter
from archc.language.template import evaluate
from archc.language.value import POISON, Value, written
from archc.library.specs import Namespace
from archc.ops import registry

if TYPE_CHECKING:
    from archc.elaborate.elaboration import Elaboration


_COST = 19  # steps that a use of a block counts as, beside its own


def use_block(run: Elaboration, head: UseBlock, here: Here) -> Leaves | Several:
    """Expands the steps of a block in a scope of their own."""
    frame = here.frame
    frame.spend(_COST)
    block, namespace = frame.blocks.get(head.block) or _meant(run, head.block, here)
    if block in run.stack:
        _report_circle(run, block, here)
        return here.taken[0]
    if len(run.stack) >= limits.DEPTH:
        hint = "repeat with `for`, or take a block out of the chain"
        raise SpecError.of("too-deep", f"blocks use one another more than {limits.DEPTH} deep", here.step.at, hint)
    inner = _scope(run, block, head.arguments, namespace, here)
    tensors = _inputs(block, here)
    inner.update(zip(block.inputs, tensors, strict=False))
    with run.part("block", block.name, here) as part:
        run.stack.append(block)
        try:
            last = run.steps(block.layers, tensors[0], inner, part)
        finally:
            run.stack.pop()
        left = _outputs(run, block, inner) if block.outputs else last
        run.register(part, left)
    return left


def use_parameter(run: Elaboration, head: UseParameter, here: Here) -> Leaves | Several:
    """Uses the op or block that a parameter names."""
    chosen = op_or_block(run, head, here)
    return use_op(run, chosen, here) if isinstance(chosen, UseOp) else use_block(run, chosen, here)


def op_or_block(run: Elaboration, head: UseParameter, here: Here) -> UseOp | UseBlock:
    """The head that a parameter names.

    Raises:
        SpecError: it names none.
        Poisoned: there is no such parameter, or its own fault is reported.
    """
    frame, name, at = here.frame, head.parameter, here.step.at
    if name not in frame:
        meant = closest(name, frame.names())
        run.collector.add(
            "unknown-name", f"nothing is called `{name}` here", at, frame.about(name), related=here.uses()
        )
        if meant is None or not isinstance(frame[meant], str):
            raise Poisoned
        name = meant
    word = frame[name]
    if word is POISON:
        raise Poisoned
    if not isinstance(word, str):
        raise SpecError.of("head", f"`${name}` must name an op or a block, but is {written(word)}", at)
    if not word[:1].isupper():
        return UseBlock(word, head.arguments)
    class_ = registry().get(word)
    if class_ is None:
        raise SpecError.of("unknown-op", f"`{printable(word[:60])}` is no op", at, did_you_mean(word, registry()))
    return UseOp(class_, head.arguments)


def _meant(run: Elaboration, word: str, here: Here) -> tuple[Block, Namespace]:
    """Reports an unknown block, and gives the one to go on with."""
    blocks = here.frame.blocks
    meant = closest(word, blocks)
    message, hint = unknown_block(word, blocks)
    run.collector.add("unknown-block", message, here.step.at, hint)
    if meant is None:
        raise Poisoned
    return blocks[meant]


def unknown_block(word: str, blocks: Mapping[str, object]) -> tuple[str, str]:
    """The message and the hint for a word that no block has."""
    hint = did_you_mean(word, blocks)
    if hint is None and (op := closest(word, registry())):
        hint = f"ops begin with a capital: did you mean `{op}`?"
    return f"`{printable(word[:60])}` is no block", hint or f"blocks here: {', '.join(blocks) or 'none'}"


def _report_circle(run: Elaboration, block: Block, here: Here) -> None:
    """Reports a block that uses itself; expansion goes on as if that use were absent."""
    run.state.doubtful = True
    circle = [used.name for used in run.stack[run.stack.index(block) :]]
    message = f"the block `{block.name}` uses itself: {' > '.join([*circle, block.name])}"
    run.collector.add("recursion", message, here.step.at)


# --- the scope ---


class _Call(NamedTuple):
    """What a use gives a block: by name, and where a misspelt name is taken for another, by that."""

    block: Block
    arguments: Arguments
    given: dict[str, Value]
    written: dict[str, str]


def _scope(run: Elaboration, block: Block, arguments: Arguments, namespace: Namespace, here: Here) -> Frame:
    """The scope of a block's steps with the values of its parameters; what is wrong with them is reported."""
    call = _Call(block, arguments, {}, {})
    for name, value in _named(block, arguments, here.frame).items():
        meant = name if name in block.params else _meant_argument(run, call, name)
        if meant is None:
            continue
        call.written[meant] = name
        call.given[meant] = POISON
        try:
            call.given[meant] = evaluate(value, here.frame)
        except SpecError as error:
            run.collector.report(error, arguments.place(name), related=here.uses())
        except Poisoned:
            continue
    inner = Frame({}, run.state, run.collector, namespace)
    for parameter in block.params.values():
        inner[parameter.name] = POISON
        try:
            inner[parameter.name] = _value(call, parameter, inner, here)
        except SpecError as error:
            run.collector.report(error, here.step.at, related=here.uses())
        except Poisoned:
            continue
    for name in call.written:
        inner.origins[name] = here.place(arguments, call.written[name])
    return inner


def _named(block: Block, arguments: Arguments, frame: Frame) -> Mapping[str, Value]:
    """The arguments by name, compiled; `block: $settings` gives a map of them."""
    if arguments.first is ...:
        return arguments.named
    first = evaluate(arguments.first, frame)
    if isinstance(first, dict):
        return first
    hint = None
    if not isinstance(first, Tensor):
        hint = f"write `{block.name}: {{{next(iter(block.params), 'name')}: {first}}}`"
    message = f"the arguments of a block have names, but {written(first)} came"
    raise SpecError.of("argument", message, arguments.at, hint)


def _meant_argument(run: Elaboration, call: _Call, name: str) -> str | None:
    """Reports an unknown argument, and gives the one to take it for."""
    block, arguments = call.block, call.arguments
    meant = closest(name, block.params)
    hint = f"did you mean `{meant}`?" if meant else f"it has: {', '.join(block.params) or 'none'}"
    message = f"`{printable(name[:60])}` is no argument of the block `{block.name}`"
    run.collector.add("unknown-argument", message, arguments.key_place(name), hint)
    return None if meant in arguments.named else meant


def _value(call: _Call, parameter: Parameter, inner: Frame, here: Here) -> Value:
    """The value of a parameter in one use of its block.

    Raises:
        SpecError: it has none, or one that it may not have.
        Poisoned: its fault is reported.
    """
    name = parameter.name
    if name not in call.given:
        if parameter.required:
            raise SpecError.of(
                "missing-argument",
                f"the block `{call.block.name}` needs `{name}`",
                here.step.at,
                f"add it: `{name}: …`",
            )
        return default_value(parameter, inner)
    value = call.given[name]
    if value is POISON:
        raise Poisoned
    try:
        check_value(parameter, value, parameter.type if parameter.named_type else None)
    except SpecError as error:
        at = here.place(call.arguments, call.written[name])
        raise SpecError.of("argument", f"{error.first.message}, in `{call.block.name}`", at, error.first.hint) from None
    return value


# --- tensors ---


def _inputs(block: Block, here: Here) -> tuple[Leaves, ...]:
    wanted = max(len(block.inputs), 1)
    if len(here.taken) != wanted:
        names = ", ".join(f"`{name}`" for name in block.inputs) or "one tensor"
        reach = f"{len(here.taken)} reach it" if len(here.taken) > 1 else "one reaches it"
        hint = f"name them: `from: [{', '.join(block.inputs)}]`" if wanted > 1 else "`from` names one tensor here"
        message = f"the block `{block.name}` takes {names}, but {reach}"
        raise SpecError.of("inputs", message, here.step.place("from"), hint)
    return here.taken


def _outputs(run: Elaboration, block: Block, frame: Frame) -> Leaves | Several:
    """The tensors that a block names as its outputs."""
    left = Several()
    for name, at in block.outputs:
        try:
            left.append(run.tensor(name, at, frame))
        except SpecError as error:
            run.collector.report(error, at)
            left.append(POISON)
        except Poisoned:
            left.append(POISON)
    return left
