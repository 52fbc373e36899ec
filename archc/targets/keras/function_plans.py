"""The functions of generated source, and the arguments that each needs, by an analysis of the steps of a spec."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from archc.elaborate.choices import Choices, by_row, choices_by_row
from archc.ir.op import Op, SeveralOutputs
from archc.language import steps as syntax
from archc.language.arguments import Arguments
from archc.language.document import Block, NestedNetwork, ParameterDeclaration
from archc.language.output_names import OutputNames, output_names
from archc.language.template import ParsedValue, names_in
from archc.language.value import Value
from archc.library.specs import Namespace, Spec
from archc.ops import registry
from archc.targets.keras.nested_functions import as_block, wanted_outputs
from archc.targets.keras.step_index import StepIndex, step_index, unconditional


@dataclass(slots=True, eq=False)
class FunctionPlan:
    """The steps that become one function: a block's, or the network's own.

    Attributes:
        block: None for the network.
        blocks: the blocks that its steps may use.
        outputs: the names of its outputs, where it declares them.
        unprefixed: whether a call has no prefix for the names of its layers, or a parameter is called `name`.
        prefixed: whether a call has a prefix for the names of its layers.
        calls: the plans of the blocks that it uses, by the name and the identity of the arguments.
        needs: `name` if it has layers with names; `names` if it has layers without a name, which are numbered as they
            are made; `batch` if it needs a tensor of the batch, for an op without inputs; `shared` if a call has a
            `share_inside`.
        index: its steps by what they share and mark.
        names: of the layers that are named after an output of the network.
        rows: what rows of the file name.
    """

    block: Block | None
    params: Mapping[str, ParameterDeclaration]
    inputs: tuple[str, ...]
    layers: syntax.Steps
    blocks: Namespace
    outputs: tuple[ParsedValue, ...]
    unprefixed: bool
    prefixed: bool = False
    calls: dict[tuple[str, int], FunctionPlan] = field(default_factory=dict)
    needs: set[str] = field(default_factory=set)
    index: StepIndex = field(init=False)
    names: OutputNames = field(default_factory=lambda: OutputNames({}, set(), set()))
    rows: Choices = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.index = step_index(self.layers)

    def names_read(self) -> set[str]:
        """The names that its steps and outputs read, without what only assigns names that nothing reads."""
        read = {str(name) for name in self.outputs} | {name for output in self.outputs for name in _names_in(output)}
        assigned: list[tuple[str, ParsedValue]] = []
        for step in syntax.steps_within(self.layers):
            if isinstance(step.head, syntax.Let):
                assigned += step.head.values.items()
            for value in (*(step.from_ or ()), *_values(step)):
                if value is not None:
                    read.update(_names_in(value))
        before = -1
        while before != len(read):
            before = len(read)
            read.update(other for name, value in assigned if name in read for other in _names_in(value))
        return read

    @property
    def extra_arguments(self) -> list[str]:
        """The arguments beside its parameters; for the names of layers `name`, or `prefix`, which may be empty."""
        words: list[str] = [word for word in ("names", "batch") if word in self.needs]
        if self.block is not None and "name" in self.needs and self.prefixed:
            words.append("prefix" if self.unprefixed else "name")
        return [*words, "shared"] if "shared" in self.needs else words

    def choices(self, head: object) -> tuple[str, ...]:
        """The ops and blocks that a head by parameter may be; none of another head."""
        if not isinstance(head, syntax.UseChoice):
            return ()
        named = self.rows.get(head) if by_row(head, self.params) else self.params[head.parameter or ""].choices
        return tuple(str(choice) for choice in named or ())

    def called(self, head: object) -> list[FunctionPlan]:
        """The functions that a step of this head may call."""
        if isinstance(head, syntax.UseBlock):
            return [self.call(head.block, head.arguments)]
        if isinstance(head, syntax.UseChoice):
            blocks = [choice for choice in self.choices(head) if choice not in registry()]
            return [self.call(choice, head.arguments) for choice in blocks]
        return []

    def call(self, block: str, arguments: Arguments) -> FunctionPlan:
        """The function that a use of a block with these arguments calls."""
        return self.calls[block, id(arguments)]

    def ops(self, head: object) -> list[type[Op]]:
        """The ops that a step of this head may be."""
        ops = [registry()[choice] for choice in self.choices(head) if choice in registry()]
        return [*ops, head.op] if isinstance(head, syntax.UseOp | syntax.UseMerge) else ops

    def output_count(self, head: object) -> int:
        """The number of tensors that a step of this head outputs, 2 for several; by a parameter, as its first block."""
        if isinstance(head, syntax.UseOp) and issubclass(head.op, SeveralOutputs):
            return 2
        called = self.called(head)
        return max(len(called[0].block.outputs), 1) if called and called[0].block is not None else 1


def _values(step: syntax.Step) -> Iterator[ParsedValue]:
    """What a step evaluates, without what a `let` assigns."""
    if isinstance(step.head, syntax.Let):
        return iter((step.when, step.output, *step.as_))
    return syntax.values_of(step)


def _names_in(value: ParsedValue) -> Iterator[str]:
    """The names that a value reads; a text is the name of a tensor."""
    if isinstance(value, str):
        yield value
    yield from (name for name, _ in names_in(value))


def function_plans(spec: Spec, given: Mapping[str, Value]) -> list[FunctionPlan]:
    """The functions of a spec's source, each after those that it calls; the network's is the last.

    `given` are the values of parameters that a user sets.
    """
    inputs = tuple(declared.name for declared in spec.inputs)
    outputs = tuple(name for name, _ in spec.outputs or ())
    network = FunctionPlan(None, spec.params, inputs, spec.layers, spec.blocks, outputs, unprefixed=True)
    network.names = output_names(spec.layers, outputs)
    network.rows = choices_by_row(spec, given)
    ordered: list[FunctionPlan] = []
    _plan_calls(network, {}, ordered)
    constant = constant_names(ordered)
    for plan in ordered:
        if any(word not in constant for word in _unnamed(plan)):
            plan.needs.add("names")
    _to_fixpoint(ordered, _propagate_needs)
    _to_fixpoint(ordered, _propagate_prefixes)
    return ordered


_Planned = dict[tuple[Block, tuple[str, ...]], FunctionPlan]
"""The functions of blocks; of a network one for each list of outputs."""


def _plan_calls(plan: FunctionPlan, planned: _Planned, ordered: list[FunctionPlan]) -> None:
    """Plans the functions that a function calls, and adds it after them."""
    for word, arguments in _blocks_used(plan):
        block, namespace = plan.blocks[word]
        wanted = wanted_outputs(block, arguments) if isinstance(block, NestedNetwork) else ()
        key = block, tuple(map(str, wanted))
        if key not in planned:
            if isinstance(block, NestedNetwork):
                block = as_block(block, wanted, arguments.place("outputs"))
            outputs = tuple(name for name, _ in block.outputs)
            unprefixed = "name" in block.params
            made = FunctionPlan(block, block.params, block.inputs, block.layers, namespace, outputs, unprefixed)
            planned[key] = made
            _plan_calls(made, planned, ordered)
        plan.calls[word, id(arguments)] = planned[key]
    ordered.append(plan)


def _blocks_used(plan: FunctionPlan) -> Iterator[tuple[str, Arguments]]:
    """The names of the blocks that the steps of a function use, with the arguments."""
    for step in syntax.steps_within(plan.layers):
        if isinstance(step.head, syntax.UseBlock):
            yield step.head.block, step.head.arguments
        elif isinstance(step.head, syntax.UseChoice):
            blocks = [choice for choice in plan.choices(step.head) if choice not in registry()]
            yield from ((choice, step.head.arguments) for choice in blocks)


def _to_fixpoint(plans: list[FunctionPlan], propagate: Callable[[FunctionPlan], None]) -> None:
    """Propagates what functions need between all of them, until nothing changes."""
    before = None
    while before != (now := [(len(plan.needs), plan.unprefixed, plan.prefixed) for plan in plans]):
        before = now
        for plan in reversed(plans):
            propagate(plan)


def _propagate_needs(plan: FunctionPlan) -> None:
    """What a function needs follows from its layers and from the functions that it calls."""
    for step in syntax.steps_within(plan.layers):
        called, ops, shared = plan.called(step.head), plan.ops(step.head), step.share is not None
        needs = {need for other in called for need in other.needs}
        for other in called:  # the functions that one parameter chooses from have the same arguments
            other.needs |= needs | ({"shared"} if step.share_inside is not None else set())
        plan.needs |= needs - {"shared"}
        if (shared and called) or ((shared or ops) and step.name is not None):
            plan.needs.add("name")
        if any(op.arity[0] == 0 for op in ops):
            plan.needs.add("batch")


def _propagate_prefixes(plan: FunctionPlan) -> None:
    _propagate_prefix(plan, plan.layers, closed=plan.prefixed and not plan.unprefixed)


def _propagate_prefix(plan: FunctionPlan, steps: syntax.Steps, *, closed: bool) -> None:
    """Finds which functions have a prefix before the names of their layers.

    Args:
        plan: the function that the steps are part of.
        steps: where they are called.
        closed: whether every call of the function has a prefix here.
    """
    for step in steps:
        inside = closed or step.beginning is not None
        called = plan.called(step.head)
        for other in called:
            other.unprefixed |= not inside or any(each.unprefixed for each in called)
            other.prefixed |= inside or plan.prefixed or any(each.prefixed for each in called)
        match step.head:
            case syntax.Loop(_, body) | syntax.StepGroup(body) | syntax.SideGroup(body):
                _propagate_prefix(plan, body, closed=inside)
            case syntax.UseMerge(branches=branches):
                for branch in branches:
                    _propagate_prefix(plan, branch.steps or (), closed=closed)
        _propagate_prefix(plan, step.otherwise or (), closed=inside)


# --- layers without a name ---


def constant_names(plans: list[FunctionPlan]) -> set[str]:
    """The kinds of layers whose automatic names are constants: all stand in the network's steps, and always exist."""
    every = Counter(word for plan in plans for word in _unnamed(plan))
    always = Counter(
        step.head.op.automatic_word()
        for step in unconditional(plans[-1].layers)
        if step.name is None and isinstance(step.head, syntax.UseOp | syntax.UseMerge)
        if step.head not in plans[-1].names.layers
    )
    return {word for word, count in every.items() if always[word] == count}


def _unnamed(plan: FunctionPlan) -> Iterator[str]:
    """The kinds of the layers without a name, as Keras writes them in names."""
    for step in syntax.steps_within(plan.layers):
        if step.name is None and step.head not in plan.names.layers:
            yield from (op.automatic_word() for op in plan.ops(step.head))
