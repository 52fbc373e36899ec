"""Checks of steps that no expansion reached: those that `when` leaves out, and blocks that nothing uses.

What expansion finds it tells with more to say, and the collector tells the same fault once; so this comes after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from archc.collector import Collector
from archc.diagnostics import Position, closest, did_you_mean, printable
from archc.elaborate.blocks import unknown_block
from archc.language.document import Block, Parameter
from archc.language.steps import (
    Arguments,
    Branch,
    Step,
    Steps,
    UseBlock,
    UseMerge,
    UseOp,
    UseParameter,
    names_given,
    steps_within,
    values_of,
)
from archc.language.template import Compiled, Formula, Template, names_in
from archc.library.specs import Namespace, Spec
from archc.ops import registry


def check_unreached(spec: Spec, collector: Collector) -> None:
    """Reports what is wrong in any step of a spec, whether or not it is there at the values of the parameters."""
    outside = {declared.name for declared in spec.inputs}
    _Scope(spec.layers, spec.params, outside, spec.blocks, collector).check()
    for block, namespace in _all_blocks(spec.blocks):
        _Scope(block.layers, block.params, set(block.inputs), namespace, collector).check()
    _check_circles(spec.blocks, collector)


def _all_blocks(blocks: Namespace) -> Iterator[tuple[Block, Namespace]]:
    """The blocks of a file, and those that they see in theirs."""
    seen: set[Block] = set()
    looked_through = {id(blocks)}
    pending = list(blocks.values())
    while pending:
        block, namespace = pending.pop()
        if block not in seen:
            seen.add(block)
            yield block, namespace
        if id(namespace) not in looked_through:
            looked_through.add(id(namespace))
            pending.extend(namespace.values())


class _Scope:
    """The steps that share one namespace."""

    def __init__(
        self, steps: Steps, params: Mapping[str, Parameter], outside: set[str], blocks: Namespace, collector: Collector
    ) -> None:
        self.steps, self.params, self.blocks, self.collector = steps, params, blocks, collector
        self.known = {"x", *outside, *params}
        self.steps_within = tuple(steps_within(steps))
        self.giving = list(names_given(steps))
        self.known.update(name for name, _, _ in self.giving)

    def check(self) -> None:
        for name, at, _ in self.giving:
            kind = "parameter" if name in self.params else "block" if name in self.blocks else None
            if kind:
                self.collector.add("name", f"`{name}` is the name of a {kind} already", at, "choose another name")
        for step in self.steps_within:
            self.head(step)
            for value in values_of(step):
                if value is not None and type(value) is not str:
                    self.names(value)
            for name in step.from_ or ():
                self.tensor(name, step.place("from"))

    def names(self, value: Compiled) -> None:
        for name, at in names_in(value):
            if name not in self.known and not self.collector.reported("unknown-name", at):
                known = sorted(found for found in self.known if "$" not in found)
                hint = did_you_mean(name, known) or f"known here: {', '.join(known[:20])}"
                self.collector.add("unknown-name", f"nothing is called `{printable(name[:60])}` here", at, hint)

    def tensor(self, name: Compiled, at: Position) -> None:
        """Reports the name of a tensor that no step gives."""
        key = name.fixed if isinstance(name, Template) else name
        if not isinstance(key, str) or key in self.known or self.collector.reported("unknown-tensor", at):
            return
        if "$" in key:
            known = sorted(found.replace("$", "") for found in self.known if "$" in found)
            shown = key.replace("$", "")
        else:
            known, shown = sorted(found for found in self.known if "$" not in found), key
        self.collector.add(
            "unknown-tensor", f"no tensor is called `{printable(shown[:60])}` here", at, did_you_mean(shown, known)
        )

    def head(self, step: Step) -> None:
        head = step.head
        if isinstance(head, UseOp):
            self.arguments_of_op(head.op.__name__, head.arguments, step)
        elif isinstance(head, UseMerge):
            self.arguments_of_op(head.op.__name__, head.arguments, step)
            self.branches(head.branches)
        elif isinstance(head, UseBlock):
            self.block(head.block, head.arguments, step)
        elif isinstance(head, UseParameter):
            self.choices(head, step)

    def branches(self, branches: Iterable[Branch]) -> None:
        for branch in branches:
            if branch.steps is None and not isinstance(branch.tensor, Formula):
                self.tensor(branch.tensor, branch.at)

    def arguments_of_op(self, word: str, arguments: Arguments, step: Step) -> None:
        self.arguments(arguments, step, *_signature(word), word)

    def block(self, word: str, arguments: Arguments, step: Step) -> None:
        if word not in self.blocks:
            if not self.collector.reported("unknown-block", step.at):
                message, hint = unknown_block(word, self.blocks)
                self.collector.add("unknown-block", message, step.at, hint)
            return
        params = self.blocks[word][0].params
        required = [name for name, parameter in params.items() if parameter.required]
        self.arguments(arguments, step, tuple(params), required, f"the block `{word}`")

    def arguments(
        self, arguments: Arguments, step: Step, known: tuple[str, ...], required: Iterable[str], what: str
    ) -> None:
        """Holds the names of arguments to those that an op or block has, and needs."""
        if arguments.first is not ...:
            return
        meant = set()
        for name in arguments.named:
            if name not in known:
                found = closest(name, known)
                meant.add(found)
                hint = f"did you mean `{found}`?" if found else f"it has: {', '.join(known) or 'none'}"
                message = f"`{printable(name[:60])}` is no argument of {what}"
                self.collector.add("unknown-argument", message, arguments.key_place(name), hint)
        for name in required:
            if name not in arguments.named and name not in meant:
                message = f"{what} needs `{name}`"
                self.collector.add("missing-argument", message, step.at, f"add it: `{name}: …`")

    def choices(self, head: UseParameter, step: Step) -> None:
        """Holds a head by parameter to a parameter whose choices are ops and blocks that take its arguments."""
        parameter = self.params.get(head.parameter)
        if parameter is None:
            if head.parameter in self.known:
                message = f"`${head.parameter}` is no parameter, so it cannot stand for an op or a block"
                self.collector.add("head", message, step.at)
            return
        if parameter.choices is None:
            message = f"`${head.parameter}` stands for an op or a block, but the parameter has no `choices`"
            self.collector.add("head", message, step.at, f"`{head.parameter}: {{type: str, choices: [...]}}`")
            return
        for choice in parameter.choices:
            if choice in registry():
                self.arguments_of_op(choice, head.arguments, step)
            elif choice in self.blocks:
                self.block(choice, head.arguments, step)
            else:
                words = (*registry(), *self.blocks)
                message = f"`{printable(str(choice)[:60])}`, a choice of `{head.parameter}`, is no op and no block"
                self.collector.add("head", message, parameter.at, did_you_mean(str(choice), words))


@cache
def _signature(word: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The arguments of an op, and those that it requires."""
    fields = registry()[word].model_fields
    return tuple(fields), tuple(name for name, field in fields.items() if field.is_required())


# --- circles ---


def _check_circles(blocks: Namespace, collector: Collector) -> None:
    """Reports blocks that use themselves, where no expansion went that way."""
    finished: set[Block] = set()
    for block, namespace in blocks.values():
        trail = [block]
        pending = [_used_by(block, namespace, finished)]
        while pending:
            step, used, seen = next(pending[-1], (None, None, None))
            if step is None or used is None or seen is None:
                pending.pop()
                finished.add(trail.pop())
            elif used in trail:
                _report_circle(trail[trail.index(used) :], step, used, collector)
            elif used not in finished:
                trail.append(used)
                pending.append(_used_by(used, seen, finished))


def _used_by(block: Block, namespace: Namespace, finished: set[Block]) -> Iterator[tuple[Step, Block, Namespace]]:
    """The blocks that a block may use, with the step; none where it is looked through already."""
    if block in finished:
        return
    for step in steps_within(block.layers):
        for word in _words(step, block):
            if word in namespace:
                yield step, *namespace[word]


def _report_circle(circle: list[Block], step: Step, used: Block, collector: Collector) -> None:
    places = [inner.at for block in circle for inner in steps_within(block.layers)]
    if any(collector.reported("recursion", at) for at in places):
        return
    names = " > ".join([*(block.name for block in circle), used.name])
    collector.add("recursion", f"the block `{used.name}` uses itself: {names}", step.at)


def _words(step: Step, block: Block) -> tuple[str, ...]:
    """The blocks that a step may use."""
    if isinstance(step.head, UseBlock):
        return (step.head.block,)
    if isinstance(step.head, UseParameter):
        parameter = block.params.get(step.head.parameter)
        return tuple(str(choice) for choice in (parameter.choices or ())) if parameter else ()
    return ()
