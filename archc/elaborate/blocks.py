"""Uses of blocks: the values of their parameters, their inputs and outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from functools import lru_cache
from typing import NamedTuple, NoReturn

from archc import limits
from archc.diagnostics import Poisoned, Position, Related, SpecError, closest, shortened
from archc.elaborate.add_layer import add_layer
from archc.elaborate.elaboration import Frame, MaybeTensor, Outputs
from archc.elaborate.nested_networks import expand_network
from archc.elaborate.op_arguments import named_values
from archc.elaborate.parameters import check_value, default_value, type_of
from archc.elaborate.repeated_uses import added_again, begin_use, end_use, use_key
from archc.elaborate.shares import Shares
from archc.elaborate.signatures import block_signature, unknown_block
from archc.elaborate.step_context import StepContext
from archc.language.arguments import Arguments
from archc.language.document import Block, NestedNetwork, ParameterDeclaration
from archc.language.name_rules import is_name, layer_label
from archc.language.steps import Step, UseBlock, UseChoice, UseOp, families_of, steps_within
from archc.language.template import Formula, ParsedValue, evaluate, is_constant
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
    with nullcontext() if head.block in context.frame.blocks else run.silent():
        given = _given(block, head.arguments, context)
    is_plain = not isinstance(block, NestedNetwork) and context.step.share_inside is None
    key = use_key(block, namespace, given.values, context) if is_plain else None
    if key is not None and run.memory is not None and (use := run.memory.find(key, len(run.stack))) is not None:
        part = context.part("block", block.name)
        outputs = added_again(use, part, context)
        context.register(part, outputs[-1])
        return outputs
    with nullcontext() if head.block in context.frame.blocks else run.silent():
        frame = _frame(block, namespace, given, context)
        inputs = _inputs(block, context)
    frame.update(zip(block.inputs, inputs, strict=False))
    part = context.part("block", block.name)
    frame.prefix = part.prefix
    if context.step.share_inside is not None:
        frame.shares = _shares_inside(block, context)
    start = begin_use(key, context)
    run.stack.append(block)
    try:
        if isinstance(block, NestedNetwork):
            at = context.place(head.arguments, "outputs")
            outputs = expand_network(block, given.values.get("outputs"), at, inputs[0], frame, part)
        else:
            last = run.expand_steps(block.layers, inputs[0], frame, part)
            outputs = _outputs(block, frame, context) if block.outputs else (last,)
    finally:
        run.stack.pop()
    if start is not None:
        end_use(start, part, outputs, context)
    context.register(part, outputs[-1])
    return outputs


def _shares_inside(block: Block, context: StepContext) -> Shares:
    """What the uses of a block with one `share_inside` share.

    Raises:
        SpecError: the block has nothing that can be shared, or another block, or a step, has the name.
    """
    at, shares = context.step.place("share_inside"), context.frame.shares
    name = layer_label(evaluate(context.step.share_inside, context.frame), "name of a share", at)
    if not any(step.share is not None or step.share_inside is not None for step in steps_within(block.layers)):
        message = f"no step of the {block.kind} `{block.name}` has a `share`"
        hint = "give the layers that its uses have in common a `share` there"
        raise SpecError.of("share", message, at, hint)
    first, inside = shares.first.get(name), shares.inside.get(name)
    if first is not None:
        _report_other_use(name, block, f"a `share` of `{first.head.callee}`", first.at, context)
    if inside is not None and inside.block != block.name:
        _report_other_use(name, block, f"one of `{inside.block}`", inside.at, context)
    return shares.inside.setdefault(name, Shares(block=block.name, at=context.step.at))


def _report_other_use(name: str, block: Block, before: str, first: Position | None, context: StepContext) -> NoReturn:
    """Reports that the name of a `share_inside` has another meaning already."""
    message = f"`{name}` names a `share_inside` of `{block.name}` here, and {before} before"
    error = SpecError.of("share", message, context.step.place("share_inside"), "give them different names")
    context.report(error, related=first_here(first))
    raise Poisoned


def first_here(at: Position | None) -> tuple[Related, ...]:
    """The first of the steps that an error is about."""
    return () if at is None else (Related("first here", at),)


def expand_choice(head: UseChoice, context: StepContext) -> Outputs:
    """Expands the op or block that a parameter names."""
    return expand_call(named_head(head, context), context)


def expand_call(head: UseOp | UseBlock, context: StepContext) -> Outputs:
    """Expands an op or a block.

    Raises:
        SpecError: an op has a `share_inside`.
    """
    if isinstance(head, UseOp) and context.step.share_inside is not None:
        message = f"only the use of a block has a `share_inside`, and this is {head.op.__name__}"
        hint = "the weights of a layer are shared by `share`"
        raise SpecError.of("share", message, context.step.place("share_inside"), hint)
    return add_layer(head, context) if isinstance(head, UseOp) else expand_block(head, context)


def named_head(head: UseChoice, context: StepContext) -> UseOp | UseBlock:
    """The head that a parameter or a row names.

    Raises:
        SpecError: it names none.
        Poisoned: the error is reported, or is one that the check of all choices reports.
    """
    word = evaluate(head.word, context.frame)
    if isinstance(word, str) and word in registry():
        return UseOp(registry()[word], head.arguments)
    if isinstance(word, str) and word in context.frame.blocks:
        return UseBlock(word, head.arguments)
    raise Poisoned


def _closest_block(word: str, context: StepContext) -> tuple[Block, Namespace]:
    """Reports an unknown block; returns the one with the closest name."""
    blocks = context.frame.blocks
    context.report(unknown_block(word, blocks, context.step.at))
    meant = closest(word, blocks)
    if meant is None:
        raise Poisoned
    return blocks[meant]


# --- parameters ---


class _Given(NamedTuple):
    """The arguments of a use of a block: the values by the names of parameters, and the names as they are written."""

    values: Mapping[str, Value]
    written: Mapping[str, str]
    arguments: Arguments


def _given(block: Block, arguments: Arguments, context: StepContext) -> _Given:
    """The values of the arguments; what is wrong is reported."""
    named = _named(block, arguments, context)
    values, written = named_values(named, arguments, block_signature(block), context)
    return _Given(values, written, arguments)


def _frame(block: Block, namespace: Namespace, given: _Given, context: StepContext) -> Frame:
    """The scope of a block's steps with the values of its parameters; what is wrong is reported."""
    frame = Frame({}, context.run, namespace, _families(block))
    frame.origins = _Origins(given, context)
    for name, parameter in block.params.items():
        frame[name] = POISON
        try:
            frame[name] = _value(block, parameter, given.values, frame, context)
        except SpecError as error:
            context.report(error, frame.origins.get(name))
        except Poisoned:
            pass
    if isinstance(block, NestedNetwork):
        frame.outputs = {}
    return frame


class _Origins(Mapping[str, Position]):
    """The positions of the arguments that give the parameters of a block their values, found when they are needed."""

    def __init__(self, given: _Given, context: StepContext) -> None:
        self.given, self.context = given, context

    def __getitem__(self, name: str) -> Position:
        return self.context.place(self.given.arguments, self.given.written[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self.given.written)

    def __len__(self) -> int:
        return len(self.given.written)


@lru_cache(maxsize=1000)
def _families(block: Block) -> frozenset[str]:
    return families_of(block.layers)


def _named(block: Block, arguments: Arguments, context: StepContext) -> Mapping[str, ParsedValue]:
    """The arguments by name; `block: $settings` gives a map of them."""
    if arguments.first is None:
        return arguments.named
    first = evaluate(arguments.first.value, context.frame)
    if isinstance(first, dict):
        return first
    raise not_by_name(block, arguments.first.value, first, arguments.at)


def not_by_name(block: Block, written: ParsedValue, value: Value, at: Position) -> SpecError:
    """The error for a value in place of a block's arguments."""
    given = shortened(str(value)) if isinstance(value, str | int | float) else "…"
    if isinstance(written, Formula):
        given = f"${written.text}" if is_name(written.text) else f"$({shortened(written.text)})"
    word = "outputs" if isinstance(block, NestedNetwork) else next(iter(block.params), "name")
    hint = f"write `{block.name}: {{{word}: {given}}}`"
    message = f"expected the arguments of a {block.kind} by name, got {describe(value)}"
    return SpecError.of("argument", message, at, hint)


def _value(
    block: Block, parameter: ParameterDeclaration, given: Mapping[str, Value], frame: Frame, context: StepContext
) -> Value:
    """The value of a parameter in one use of its block."""
    name = parameter.name
    if name not in given:
        if parameter.required:
            raise block_signature(block).missing(name, context.step.at)
        return default_value(parameter, _bound_type(block, parameter) or parameter.type, frame)
    value = given[name]
    if value is POISON:
        raise Poisoned
    check_argument(block, parameter, value)
    return value


def check_argument(block: Block, parameter: ParameterDeclaration, value: Value) -> None:
    """Checks a value that a use of a block gives to one of its parameters.

    Raises:
        SpecError: it has another type, is out of bounds, or is not one of the choices.
    """
    try:
        check_value(parameter, value, _bound_type(block, parameter))
    except SpecError as error:
        message, hint = f"{error.first.message}, in the {block.kind} `{block.name}`", error.first.hint
        raise SpecError.of("argument", message, None, hint, about=parameter.name) from None


def _bound_type(block: Block, parameter: ParameterDeclaration) -> str | None:
    """The type that binds a use: the one that is named; of a network that of a default too, as it binds a user."""
    if parameter.named_type or not isinstance(block, NestedNetwork):
        return parameter.type if parameter.named_type else None
    root = block.inherited.get(parameter.name, parameter)
    return type_of(root.default) if not root.required and is_constant(root.default) else None


# --- tensors ---


def _inputs(block: Block, context: StepContext) -> tuple[MaybeTensor, ...]:
    """The inputs of a block; another number of them is an error."""
    check_block_inputs(block, context.step, len(context.inputs))
    return context.inputs


def check_block_inputs(block: Block, step: Step, given: int) -> None:
    """Checks that a block takes as many inputs as a step gives.

    Raises:
        SpecError: it takes another number of them.
    """
    wanted = max(len(block.inputs), 1)
    if given != wanted:
        names = ", ".join(f"`{name}`" for name in block.inputs if name != "input_layer") or "one input"
        hint = f"name them: `from: [{', '.join(block.inputs)}]`" if wanted > 1 else "`from` names one tensor here"
        message = f"the {block.kind} `{block.name}` takes {names}, but got {given} input{'s' if given > 1 else ''}"
        raise SpecError.of("inputs", message, step.place("from"), hint)


def _outputs(block: Block, frame: Frame, context: StepContext) -> Outputs:
    """The tensors that a block names as its outputs."""
    outputs: list[MaybeTensor] = [POISON] * len(block.outputs)
    for index, (name, at) in enumerate(block.outputs):
        with context.reporting(at):
            outputs[index] = frame.tensor(name, at)
    return tuple(outputs)
