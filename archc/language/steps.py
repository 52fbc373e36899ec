"""The steps of a spec as they are written: heads, modifiers, and the steps in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from archc.diagnostics import Position, SpecError, printable
from archc.ir.op import Op
from archc.language.parser import parse
from archc.language.template import Compiled, Formula, Template, names_in
from archc.language.yaml_reader import Map

MODIFIERS = ("name", "from", "as", "when", "shape", "output", "share", "note")
FORMS = ("for", "do", "else", "side", "let")


class Arguments(NamedTuple):
    """What a head is given.

    Attributes:
        named: the arguments by their names.
        first: a value for the first argument, where no names are written; `...` where there is none.
        at: where they stand.
        data: the mapping that they were written as, for positions; None for `first`.
        constant: whether they hang on no name.
    """

    named: dict[str, Compiled]
    first: Compiled
    at: Position
    data: Map | None
    constant: bool

    def place(self, name: object) -> Position:
        """Where the value of an argument stands."""
        return self.data.values_at.get(str(name), self.at) if self.data is not None else self.at

    def key_place(self, name: object) -> Position:
        """Where the name of an argument stands."""
        return self.data.keys_at.get(str(name), self.at) if self.data is not None else self.at


class UseOp(NamedTuple):
    """`Conv2D: {filters: 64, kernel_size: 3}`."""

    op: type[Op]
    arguments: Arguments


class UseBlock(NamedTuple):
    """`conv_bn: {filters: 64}`."""

    block: str
    arguments: Arguments


class UseParameter(NamedTuple):
    """`$unit: {width: 64}`: the op or block that a parameter names."""

    parameter: str
    arguments: Arguments


class Branch(NamedTuple):
    """One of the tensors that a merge takes.

    Attributes:
        label: what a reader calls it; None where the branches are a list.
        steps: its steps; None where it is a tensor, or tensors, by name.
        tensor: the name or the expression of what it takes.
        at: where it stands.
    """

    label: str | None
    steps: Steps | None
    tensor: Compiled
    at: Position


class Rounds(NamedTuple):
    """`for: i, c in enumerate(widths)`: the names, nested as in Python, and what they are taken from."""

    targets: Targets
    items: Formula
    at: Position


Targets = str | tuple[Any, ...]


class UseMerge(NamedTuple):
    """`Add: [[], {conv: …}]`, or a branch for each round of a loop."""

    op: type[Op]
    arguments: Arguments
    branches: tuple[Branch, ...]
    rounds: Rounds | None


class Loop(NamedTuple):
    """`for` and `do`."""

    rounds: Rounds
    body: Steps


class Group(NamedTuple):
    """`do`."""

    body: Steps


class Side(NamedTuple):
    """`side`."""

    body: Steps


class Let(NamedTuple):
    """`let`."""

    values: dict[str, Compiled]
    data: Map


class Stay:
    """No head: the path moves, or is named."""


class Unreadable:
    """A step whose fault is reported."""


Head = UseOp | UseBlock | UseParameter | UseMerge | Loop | Group | Side | Let | Stay | Unreadable


class Step(NamedTuple):
    """One step: a head and its modifiers, each None where it is not written.

    Attributes:
        head: what the step does.
        at: where it begins.
        data: the mapping that it is written as, for positions; None for a word alone.
        modified: whether it has modifiers.
        otherwise: the steps for the other case of `when`.
    """

    head: Head
    at: Position
    data: Map | None = None
    modified: bool = False
    name: Compiled = None
    from_: tuple[Compiled, ...] | None = None
    as_: tuple[Compiled, ...] = ()
    when: Compiled = None
    shape: Compiled = None
    output: Compiled = None
    share: Compiled = None
    note: str | None = None
    otherwise: Steps | None = None

    def place(self, modifier: str) -> Position:
        """Where the value of a modifier stands."""
        return self.data.values_at.get(modifier, self.at) if self.data is not None else self.at


Steps = tuple[Step, ...]


def steps_within(steps: Steps) -> Iterator[Step]:
    """All steps, those in loops, groups, sides and branches included, in the order of the file."""
    for step in steps:
        yield step
        match step.head:
            case Loop(_, body) | Group(body) | Side(body):
                yield from steps_within(body)
            case UseMerge(branches=branches):
                for branch in branches:
                    yield from steps_within(branch.steps or ())
        yield from steps_within(step.otherwise or ())


def values_of(step: Step) -> Iterator[Compiled]:
    """All that a step itself evaluates, without the steps in it."""
    yield from (step.name, step.when, step.shape, step.output, step.share)
    yield from step.from_ or ()
    yield from step.as_
    match step.head:
        case UseOp(_, arguments) | UseBlock(_, arguments):
            yield from (*arguments.named.values(), arguments.first)
        case UseParameter(parameter, arguments):
            yield from (*arguments.named.values(), arguments.first)
            yield Formula(parse(parameter).expression, parameter, step.at._replace(column=step.at.column + 1), 0)
        case UseMerge(_, arguments, branches, rounds):
            yield from (*arguments.named.values(), arguments.first)
            yield from (branch.tensor for branch in branches)
            yield from () if rounds is None else (rounds.items,)
        case Loop(rounds):
            yield rounds.items
        case Let(values):
            yield from values.values()


def names_read(steps: Steps) -> Iterator[tuple[str, Position]]:
    """The names that expressions read anywhere in steps, and where."""
    for step in steps_within(steps):
        for value in values_of(step):
            yield from names_in(value)


def names_given(steps: Steps) -> Iterator[tuple[str, Position, Step]]:
    """The names that steps give, with where and the step; a computed `as` gives its fixed part."""
    for step in steps_within(steps):
        for item in step.as_:
            if isinstance(item, str):
                yield item, step.place("as"), step
            elif isinstance(item, Template):
                yield item.fixed, step.place("as"), step
        match step.head:
            case Let(values, data):
                yield from ((name, data.keys_at[name], step) for name in values)
            case Loop(rounds) | UseMerge(rounds=Rounds() as rounds):
                yield from ((name, rounds.at, step) for name in flat(rounds.targets))


def flat(targets: Targets) -> Iterator[str]:
    """The names among nested targets."""
    if isinstance(targets, str):
        yield targets
    else:
        for target in targets:
            yield from flat(target)


_LAYER_NAME = re.compile(r"[A-Za-z0-9_.\-]+")


def check_layer_name(name: str, key: str, at: Position) -> None:
    """Checks the name of a layer, an output or a share.

    Raises:
        SpecError: it is empty, too long, or has other characters than letters, digits, `_`, `-` and `.`.
    """
    if not _LAYER_NAME.fullmatch(name) or len(name) > 200 or name.strip(".") == "":
        hint = "letters, digits, `_`, `-` and `.`, up to 200 of them"
        raise SpecError.of("name", f"`{printable(name[:60])}` cannot be the {key}", at, hint)
