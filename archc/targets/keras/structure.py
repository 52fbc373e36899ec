"""What the functions of generated source are, and what each is handed, read from the steps of a spec."""

from __future__ import annotations

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
from archc.language.template import Formula, ParsedValue, Template, names_in
from archc.library.specs import Namespace, Spec
from archc.ops import registry


@dataclass(slots=True, eq=False)
class Section:
    """The steps that become one function: a block's, or the network's own.

    Attributes:
        block: None for the network.
        blocks: that its steps see.
        uses: the sections of the blocks that it uses, by name.
        named: whether it has layers with names.
        numbered: whether it has layers without a name that are numbered as they are made.
        batch: whether it needs a tensor of the batch, for what takes nothing from the path.
        bare: whether a use has nothing before the names of its layers, or a parameter is called `name`.
        prefixed: whether a use has something before the names of its layers.
        outputs: the names of what it leaves, where it says so.
    """

    block: Block | None
    params: Mapping[str, ParameterDeclaration]
    inputs: tuple[str, ...]
    layers: Steps
    blocks: Namespace
    uses: dict[str, Section] = field(default_factory=dict)
    named: bool = False
    numbered: bool = False
    batch: bool = False
    bare: bool = False
    prefixed: bool = False
    outputs: tuple[ParsedValue, ...] = ()

    def read(self) -> set[str]:
        """The names that its steps read, or its outputs; not those that only name what nothing reads."""
        read = {str(name) for name in self.outputs} | {name for item in self.outputs for name in _names_in(item)}
        before = -1
        while before != len(read):
            before = len(read)
            for step in steps_within(self.layers):
                read.update(name for item in _values(step, read) for name in _names_in(item))
        return read

    @property
    def handed(self) -> str | None:
        """What it is handed for the names of its layers: the `name` of the use, or a `prefix` that may be empty."""
        if self.block is None or not (self.named and self.prefixed):
            return None
        return "prefix" if self.bare else "name"


def _values(step: Step, read: set[str]) -> Iterator[ParsedValue]:
    """What a step evaluates, or takes by name; of a `let`, what it names for something that reads it."""
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


def sections(spec: Spec) -> list[Section]:
    """The functions of a spec's source, each behind those that it calls; the network is the last."""
    inputs = tuple(declared.name for declared in spec.inputs)
    outputs = tuple(name for name, _ in spec.outputs or ())
    whole = Section(None, spec.params, inputs, spec.layers, spec.blocks, bare=True, outputs=outputs)
    found: dict[Block, Section] = {}
    ordered: list[Section] = []
    _follow(whole, found, ordered)
    certain = counted(ordered)
    for section in ordered:
        section.numbered = any(word not in certain for word in _unnamed(section, section.layers))
    _until_settled(ordered, _need_of)
    _until_settled(ordered, _prefix_of)
    return ordered


def _follow(section: Section, found: dict[Block, Section], ordered: list[Section]) -> None:
    for word in _used(section):
        block, namespace = section.blocks[word]
        if block not in found:
            made = Section(block, block.params, block.inputs, block.layers, namespace, bare="name" in block.params)
            made.outputs = tuple(name for name, _ in block.outputs)
            found[block] = made
            _follow(made, found, ordered)
        section.uses[word] = found[block]
    ordered.append(section)


def _used(section: Section) -> Iterator[str]:
    """The names of the blocks that a section uses."""
    for step in steps_within(section.layers):
        if isinstance(step.head, UseBlock):
            yield step.head.block
        elif isinstance(step.head, UseParameter):
            yield from (choice for choice in chosen(step.head, section) if choice not in registry())


def chosen(head: UseParameter, section: Section) -> tuple[str, ...]:
    """The ops and blocks that a head by parameter may be."""
    parameter = section.params[head.parameter]
    return tuple(str(choice) for choice in parameter.choices or ())


def _until_settled(ordered: list[Section], find: Callable[[Section], None]) -> None:
    """Looks at all sections until nothing more is found."""
    before: list[tuple[bool, bool, bool, bool, bool]] = []
    while before != (now := [(s.named, s.numbered, s.batch, s.bare, s.prefixed) for s in ordered]):
        before = now
        for section in reversed(ordered):
            find(section)


def _need_of(section: Section) -> None:
    for step in steps_within(section.layers):
        _need(step, section)


def _prefix_of(section: Section) -> None:
    _prefix(section, section.layers, closed=section.prefixed and not section.bare)


def _need(step: Step, section: Section) -> None:
    head = step.head
    used = called(head, section)
    ops = _ops(step, section)
    section.named |= (bool(ops) or step.share is not None) and step.name is not None
    section.named |= any(other.named for other in used) or (step.share is not None and bool(used))
    section.numbered |= any(other.numbered for other in used)
    section.batch |= any(op.arity[0] == 0 for op in ops) or any(other.batch for other in used)
    for other in used if len(used) > 1 else ():  # what one parameter chooses from is handed the same
        other.named |= any(each.named for each in used)
        other.numbered |= any(each.numbered for each in used)
        other.batch |= any(each.batch for each in used)


def _choices(head: object, section: Section) -> tuple[str, ...]:
    return chosen(head, section) if isinstance(head, UseParameter) else ()


def called(head: object, section: Section) -> list[Section]:
    """The sections that a step may call."""
    if isinstance(head, UseBlock):
        return [section.uses[head.block]]
    return [section.uses[choice] for choice in _choices(head, section) if choice in section.uses]


def tensors_left(head: object, section: Section) -> int:
    """The number of tensors that a step leaves; by a parameter that names a block, as its first choice does."""
    used = called(head, section)
    return max(len(used[0].block.outputs), 1) if used and used[0].block is not None else 1


def _prefix(section: Section, steps: Steps, *, closed: bool) -> None:
    """Finds what stands before the names of layers in the blocks that steps use.

    Args:
        section: that the steps are of.
        steps: the section's, or a part of them.
        closed: whether something stands before the names here, whatever use of the section it is.
    """
    for step in steps:
        inside = closed or step.name is not None
        used = called(step.head, section)
        for other in used:
            other.bare |= not inside or any(each.bare for each in used)
            other.prefixed |= inside or section.prefixed or any(each.prefixed for each in used)
        match step.head:
            case Loop(_, body) | StepGroup(body) | SideGroup(body):
                _prefix(section, body, closed=inside)
            case UseMerge(branches=branches):
                for branch in branches:
                    _prefix(section, branch.steps or (), closed=closed)
        _prefix(section, step.otherwise or (), closed=inside)


# --- shared weights ---


def is_called_again(section: Section, share: ParsedValue) -> bool | None:
    """Whether there are several uses of what is shared; None where that depends on the parameters."""
    same = [step for step in steps_within(section.layers) if step.share == share]
    computed = any(isinstance(step.share, Formula | Template) for step in steps_within(section.layers))
    once = _once(section.layers)
    if computed or any(step not in once for step in same):
        return False if len(same) == 1 and not computed and _is_outside_loops(same[0], section.layers) else None
    return len(same) > 1


def _is_outside_loops(wanted: Step, steps: Steps) -> bool:
    return not any(
        step is wanted
        for around in steps_within(steps)
        if isinstance(around.head, Loop) or (isinstance(around.head, UseMerge) and around.head.rounds is not None)
        for step in steps_within((around,))
        if step is not around
    )


def holds_own_weights(section: Section) -> bool:
    """Whether a block, or one that it uses, has a layer with weights that is a function over Keras."""
    return any(map(holds_own_weights, section.uses.values())) or any(
        has_own_weights(op) for step in steps_within(section.layers) for op in _ops(step, section)
    )


def has_own_weights(op: type[Op]) -> bool:
    """Whether an op with weights is a function over Keras."""
    return op.function is not None and op.weights is not Op.weights


def _ops(step: Step, section: Section) -> list[type[Op]]:
    """The ops that a step may be."""
    ops = [registry()[choice] for choice in _choices(step.head, section) if choice in registry()]
    return [*ops, step.head.op] if isinstance(step.head, UseOp | UseMerge) else ops


# --- layers without a name ---


def counted(sections: list[Section]) -> set[str]:
    """The words whose layers without a name all stand in the network's own steps, outside loops and conditions."""
    whole = sections[-1]
    straight = _straight(whole.layers)
    every = [word for section in sections for word in _unnamed(section, section.layers)]
    return {word for word in every if straight.count(word) == every.count(word)}


def _unnamed(section: Section, steps: Steps) -> list[str]:
    words: list[str] = []
    for step in steps_within(steps):
        if step.name is not None:
            continue
        if isinstance(step.head, UseOp | UseMerge):
            words.append(snake_case(step.head.op.__name__))
        elif isinstance(step.head, UseParameter):
            words += [snake_case(choice) for choice in chosen(step.head, section) if choice in registry()]
    return words


def _straight(steps: Steps) -> list[str]:
    """The words of layers without a name that are there once, whatever the parameters are."""
    return [
        snake_case(step.head.op.__name__)
        for step in _once(steps)
        if step.name is None and isinstance(step.head, UseOp | UseMerge)
    ]


def _once(steps: Steps) -> list[Step]:
    """The steps that are there once, whatever the parameters are."""
    found: list[Step] = []
    for step in steps:
        if step.when is not None or isinstance(step.head, Loop | Let):
            continue
        match step.head:
            case StepGroup(body) | SideGroup(body):
                found += _once(body)
            case UseMerge(branches=branches, rounds=None):
                for branch in branches:
                    found += _once(branch.steps or ())
        found.append(step)
    return found
