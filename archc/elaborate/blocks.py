"""Uses of blocks: the values of their parameters, their inputs and outputs."""

from __future__ import annotations

from collections.abc import Mapping

from archc import limits
from archc.diagnostics import Poisoned, SpecError, closest, did_you_mean, printable
from archc.elaborate.add_layer import add_layer
from archc.elaborate.elaboration import StepContext, find_tensor
from archc.elaborate.op_arguments import named_values
from archc.elaborate.parameters import check_value, default_value
from archc.elaborate.scope import Frame, MaybeTensor, Outputs
from archc.elaborate.signatures import block_signature, unknown_block
from archc.ir.graph import Tensor
from archc.language.arguments import Arguments
from archc.language.document import Block, ParameterDeclaration
from archc.language.steps import UseBlock, UseOp, UseParameter
from archc.language.template import ParsedValue, evaluate
from archc.language.value import POISON, Value, describe
from archc.library.specs import Namespace
from archc.ops import registry

_COST = 19  # steps that a use of a block counts as, beside its own


def expand_block(head: UseBlock, context: StepContext) -> Outputs:
    """Expands the steps of a block in a scope of their own."""
    run = context.run
    context.frame.spend(_COST)
    block, namespace = context.frame.blocks.get(head.block) or _closest_block(head.block, context)
    if not block.readable:
        raise Poisoned
    if block in run.stack:
        run.has_unknowns = True
        circle = " > ".join([*(used.name for used in run.stack[run.stack.index(block) :]), block.name])
        context.report(SpecError.of("recursion", f"the block `{block.name}` uses itself: {circle}"))
        return context.inputs[:1] * max(len(block.outputs), 1)
    if len(run.stack) >= limits.DEPTH:
        hint = "repeat with `for`, or take a block out of the chain"
        raise SpecError.of("too-deep", f"blocks use one another more than {limits.DEPTH} deep", context.step.at, hint)
    frame = _frame(block, namespace, head.arguments, context)
    inputs = _inputs(block, context)
    frame.update(zip(block.inputs, inputs, strict=False))
    part = context.part("block", block.name)
    run.stack.append(block)
    try:
        last = run.expand_steps(run, block.layers, inputs[0], frame, part)
    finally:
        run.stack.pop()
    outputs = _outputs(block, frame, context) if block.outputs else (last,)
    context.register(part, outputs[-1])
    return outputs


def expand_parameter(head: UseParameter, context: StepContext) -> Outputs:
    """Expands the op or block that a parameter names."""
    return expand_call(named_head(head, context), context)


def expand_call(head: UseOp | UseBlock, context: StepContext) -> Outputs:
    """Expands an op or a block."""
    return add_layer(head, context) if isinstance(head, UseOp) else expand_block(head, context)


def named_head(head: UseParameter, context: StepContext) -> UseOp | UseBlock:
    """The head that a parameter names.

    Raises:
        SpecError: it names none.
        Poisoned: there is no such parameter, or its value is wrong, which is reported.
    """
    frame, name, at = context.frame, head.parameter, context.step.at
    if name not in frame:
        meant = closest(name, frame.names())
        frame.unknown_name(name, head.at)
        if meant is None or not isinstance(frame[meant], str):
            raise Poisoned
        name = meant
    word = frame[name]
    if word is POISON:
        raise Poisoned
    if not isinstance(word, str):
        raise SpecError.of("head", f"`${name}` must name an op or a block, but is {describe(word)}", at)
    if not word[:1].isupper():
        return UseBlock(word, head.arguments)
    class_ = registry().get(word)
    if class_ is None:
        message = f"there is no op `{printable(word[:60])}`"
        raise SpecError.of("unknown-op", message, at, did_you_mean(word, registry()))
    return UseOp(class_, head.arguments)


def _closest_block(word: str, context: StepContext) -> tuple[Block, Namespace]:
    """Reports an unknown block; returns the one with the closest name."""
    blocks = context.frame.blocks
    context.report(unknown_block(word, blocks, context.step.at))
    meant = closest(word, blocks)
    if meant is None:
        raise Poisoned
    return blocks[meant]


# --- parameters ---


def _frame(block: Block, namespace: Namespace, arguments: Arguments, context: StepContext) -> Frame:
    """The scope of a block's steps with the values of its parameters; what is wrong with them is reported."""
    run = context.run
    named = _named(block, arguments, context)
    given, written = named_values(named, arguments, block_signature(block), context)
    frame = Frame({}, run, namespace)
    for parameter in block.params.values():
        frame[parameter.name] = POISON
        try:
            frame[parameter.name] = _value(block, parameter, given, frame, context)
        except SpecError as error:
            at = context.place(arguments, written[parameter.name]) if parameter.name in written else None
            context.report(error, at)
        except Poisoned:
            continue
    for name, key in written.items():
        frame.origins[name] = context.place(arguments, key)
    return frame


def _named(block: Block, arguments: Arguments, context: StepContext) -> Mapping[str, ParsedValue]:
    """The arguments by name; `block: $settings` gives a map of them."""
    if arguments.first is None:
        return arguments.named
    first = evaluate(arguments.first.value, context.frame)
    if isinstance(first, dict):
        return first
    hint = None
    if not isinstance(first, Tensor):
        hint = f"write `{block.name}: {{{next(iter(block.params), 'name')}: {first}}}`"
    message = f"expected the arguments of a block by name, got {describe(first)}"
    raise SpecError.of("argument", message, arguments.at, hint)


def _value(
    block: Block, parameter: ParameterDeclaration, given: Mapping[str, Value], frame: Frame, context: StepContext
) -> Value:
    """The value of a parameter in one use of its block.

    Raises:
        SpecError: it has none, or one that it cannot have.
        Poisoned: its error is reported.
    """
    name = parameter.name
    if name not in given:
        if parameter.required:
            raise block_signature(block).missing(name, context.step.at)
        return default_value(parameter, frame)
    value = given[name]
    if value is POISON:
        raise Poisoned
    try:
        check_value(parameter, value, parameter.type if parameter.named_type else None)
    except SpecError as error:
        message, hint = f"{error.first.message}, in the block `{block.name}`", error.first.hint
        raise SpecError.of("argument", message, None, hint, about=name) from None
    return value


# --- tensors ---


def _inputs(block: Block, context: StepContext) -> tuple[MaybeTensor, ...]:
    """The inputs of a block.

    Raises:
        SpecError: the step has another number of them.
    """
    wanted, inputs = max(len(block.inputs), 1), context.inputs
    if len(inputs) != wanted:
        names = ", ".join(f"`{name}`" for name in block.inputs) or "one input"
        hint = f"name them: `from: [{', '.join(block.inputs)}]`" if wanted > 1 else "`from` names one tensor here"
        message = f"the block `{block.name}` takes {names}, but got {len(inputs)} input{'s' if len(inputs) > 1 else ''}"
        raise SpecError.of("inputs", message, context.step.place("from"), hint)
    return inputs


def _outputs(block: Block, frame: Frame, context: StepContext) -> Outputs:
    """The tensors that a block names as its outputs."""
    outputs: list[MaybeTensor] = []
    for name, at in block.outputs:
        try:
            outputs.append(find_tensor(name, at, frame, context.run))
        except SpecError as error:
            context.report(error, at)
            outputs.append(POISON)
        except Poisoned:
            outputs.append(POISON)
    return tuple(outputs)
