"""The functions of generated source, and the arguments that each needs, by an analysis of the steps of a spec."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from archc.ir.naming import snake_case
from archc.ir.op import Op
from archc.language.document import Block, ParameterDeclaration
from archc.language.steps import (
    Let,
    Loop,
    SideGroup,
    Step,
    StepGroup,
    Steps,
    UseBlock,
    UseMerge,
    UseOp,
    UseParameter,
    steps_within,
    values_of,
)
from archc.language.template import ParsedValue, names_in
from archc.library.specs import Namespace, Spec
from archc.ops import registry


@dataclass(slots=True, eq=False)
class FunctionPlan:
    """The steps that become one function: a block's, or the network's own.

    Attributes:
        block: None for the network.
        blocks: the blocks that its steps may use.
        calls: the plans of the blocks that it uses, by name.
        names_layers: whether it has layers with names.
        numbers_layers: whether it has layers without a name, which are numbered as they are made.
        needs_batch: whether it needs a tensor of the batch, for an op without inputs.
        unprefixed: whether a use puts nothing before the names of its layers, or a parameter is called `name`.
        prefixed: whether a use puts something before the names of its layers.
        outputs: the names of its outputs, where it declares them.
    """

    block: Block | None
    params: Mapping[str, ParameterDeclaration]
    inputs: tuple[str, ...]
    layers: Steps
    blocks: Namespace
    outputs: tuple[ParsedValue, ...]
    unprefixed: bool
    calls: dict[str, FunctionPlan] = field(default_factory=dict)
    names_layers: bool = False
    numbers_layers: bool = False
    needs_batch: bool = False
    prefixed: bool = False

    def names_read(self) -> set[str]:
        """The names that its steps and outputs read, without what only assigns names that nothing reads."""
        read = {str(name) for name in self.outputs} | {name for output in self.outputs for name in _names_in(output)}
        before = -1
        while before != len(read):
            before = len(read)
            for step in steps_within(self.layers):
                read.update(name for value in _values(step, read) for name in _names_in(value))
        return read

    @property
    def name_argument(self) -> str | None:
        """The argument for the names of its layers: `name`, that of the use, or `prefix`, which may be empty."""
        if self.block is None or not (self.names_layers and self.prefixed):
            return None
        return "prefix" if self.unprefixed else "name"

    def choices(self, head: object) -> tuple[str, ...]:
        """The ops and blocks that a head by parameter may be; none of another head."""
        if not isinstance(head, UseParameter):
            return ()
        return tuple(str(choice) for choice in self.params[head.parameter].choices or ())

    def called(self, head: object) -> list[FunctionPlan]:
        """The functions that a step of this head may call."""
        if isinstance(head, UseBlock):
            return [self.calls[head.block]]
        return [self.calls[choice] for choice in self.choices(head) if choice in self.calls]

    def ops(self, head: object) -> list[type[Op]]:
        """The ops that a step of this head may be."""
        ops = [registry()[choice] for choice in self.choices(head) if choice in registry()]
        return [*ops, head.op] if isinstance(head, UseOp | UseMerge) else ops

    def output_count(self, head: object) -> int:
        """The number of tensors that a step of this head outputs; by a parameter, as its first block does."""
        called = self.called(head)
        return max(len(called[0].block.outputs), 1) if called and called[0].block is not None else 1


def _values(step: Step, read: set[str]) -> Iterator[ParsedValue]:
    """What a step evaluates, or takes by name; of a `let`, the values of names that are read."""
    yield from step.from_ or ()
    if isinstance(step.head, Let):
        yield from (value for name, value in step.head.values.items() if name in read)
        yield step.when
        return
    yield from values_of(step)


def _names_in(value: ParsedValue) -> Iterator[str]:
    """The names that a value reads; a text is the name of a tensor."""
    if isinstance(value, str):
        yield value
    yield from (name for name, _ in names_in(value))


def function_plans(spec: Spec) -> list[FunctionPlan]:
    """The functions of a spec's source, each behind those that it calls; the network's is the last."""
    inputs = tuple(declared.name for declared in spec.inputs)
    outputs = tuple(name for name, _ in spec.outputs or ())
    network = FunctionPlan(None, spec.params, inputs, spec.layers, spec.blocks, outputs, unprefixed=True)
    ordered: list[FunctionPlan] = []
    _plan_calls(network, {}, ordered)
    constant = constant_names(ordered)
    for plan in ordered:
        plan.numbers_layers = any(word not in constant for word in _unnamed(plan))
    _to_fixpoint(ordered, _propagate_needs)
    _to_fixpoint(ordered, _propagate_prefixes)
    return ordered


def _plan_calls(plan: FunctionPlan, planned: dict[Block, FunctionPlan], ordered: list[FunctionPlan]) -> None:
    """Plans the functions that a function calls, and puts it behind them."""
    for word in _blocks_used(plan):
        block, namespace = plan.blocks[word]
        if block not in planned:
            outputs = tuple(name for name, _ in block.outputs)
            unprefixed = "name" in block.params
            made = FunctionPlan(block, block.params, block.inputs, block.layers, namespace, outputs, unprefixed)
            planned[block] = made
            _plan_calls(made, planned, ordered)
        plan.calls[word] = planned[block]
    ordered.append(plan)


def _blocks_used(plan: FunctionPlan) -> Iterator[str]:
    """The names of the blocks that the steps of a function use."""
    for step in steps_within(plan.layers):
        if isinstance(step.head, UseBlock):
            yield step.head.block
        yield from (choice for choice in plan.choices(step.head) if choice not in registry())


def _to_fixpoint(plans: list[FunctionPlan], propagate: Callable[[FunctionPlan], None]) -> None:
    """Propagates what functions need between all of them, until nothing changes."""
    before: list[tuple[bool, bool, bool, bool, bool]] = []
    while before != (now := [(*_needs(plan), plan.unprefixed, plan.prefixed) for plan in plans]):
        before = now
        for plan in reversed(plans):
            propagate(plan)


def _needs(plan: FunctionPlan) -> tuple[bool, bool, bool]:
    return plan.names_layers, plan.numbers_layers, plan.needs_batch


def _propagate_needs(plan: FunctionPlan) -> None:
    """What a function needs follows from its layers and from the functions that it calls."""
    for step in steps_within(plan.layers):
        called = plan.called(step.head)
        ops = plan.ops(step.head)
        names, numbers, batch = (
            (any(needs) for needs in zip(*map(_needs, called), strict=True)) if called else (False,) * 3
        )
        shared = step.share is not None
        plan.names_layers |= names or (shared and bool(called)) or ((shared or bool(ops)) and step.name is not None)
        plan.numbers_layers |= numbers
        plan.needs_batch |= batch or any(op.arity[0] == 0 for op in ops)
        for other in called:  # the functions that one parameter chooses from have the same arguments
            other.names_layers |= names
            other.numbers_layers |= numbers
            other.needs_batch |= batch


def _propagate_prefixes(plan: FunctionPlan) -> None:
    _propagate_prefix(plan, plan.layers, closed=plan.prefixed and not plan.unprefixed)


def _propagate_prefix(plan: FunctionPlan, steps: Steps, *, closed: bool) -> None:
    """Finds what stands before the names of layers in the functions that steps call.

    Args:
        plan: the function that the steps are of.
        steps: its steps, or a part of them.
        closed: whether something stands before the names here, whatever call of the function it is.
    """
    for step in steps:
        inside = closed or step.name is not None
        called = plan.called(step.head)
        for other in called:
            other.unprefixed |= not inside or any(each.unprefixed for each in called)
            other.prefixed |= inside or plan.prefixed or any(each.prefixed for each in called)
        match step.head:
            case Loop(_, body) | StepGroup(body) | SideGroup(body):
                _propagate_prefix(plan, body, closed=inside)
            case UseMerge(branches=branches):
                for branch in branches:
                    _propagate_prefix(plan, branch.steps or (), closed=closed)
        _propagate_prefix(plan, step.otherwise or (), closed=inside)


# --- layers without a name ---


def constant_names(plans: list[FunctionPlan]) -> set[str]:
    """The kinds of layers whose automatic names are constants: all stand in the network's steps, and always exist."""
    every = Counter(word for plan in plans for word in _unnamed(plan))
    always = Counter(
        snake_case(step.head.op.__name__)
        for step in unconditional(plans[-1].layers)
        if step.name is None and isinstance(step.head, UseOp | UseMerge)
    )
    return {word for word, count in every.items() if always[word] == count}


def _unnamed(plan: FunctionPlan) -> Iterator[str]:
    """The kinds of the layers without a name, as Keras writes them in names."""
    for step in steps_within(plan.layers):
        if step.name is None:
            yield from (snake_case(op.__name__) for op in plan.ops(step.head))


def unconditional(steps: Steps) -> Iterator[Step]:
    """The steps that are written exactly once, whatever the parameters are: outside loops and conditions."""
    for step in steps:
        if step.when is not None or isinstance(step.head, Loop | Let):
            continue
        match step.head:
            case StepGroup(body) | SideGroup(body):
                yield from unconditional(body)
            case UseMerge(branches=branches, rounds=None):
                for branch in branches:
                    yield from unconditional(branch.steps or ())
        yield step
