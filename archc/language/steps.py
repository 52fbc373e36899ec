"""The steps of a spec as they are written: heads, modifiers, and the steps inside of steps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from archc.diagnostics import Position
from archc.ir.op import Op, SeveralOutputs
from archc.language.arguments import Arguments
from archc.language.expression import Name
from archc.language.rounds import Rounds
from archc.language.template import Formula, GivenName, NamePattern, ParsedValue, Template
from archc.language.yaml_data import Map


class Branch(NamedTuple):
    """One of the branches of a merge, or one for each round of a loop.

    Attributes:
        label: its name in the spec; None where the branches are a list.
        steps: its steps; None where the branch is a tensor, or several, by name.
        tensor: the name of the tensor, or an expression.
        at: the position.
        rounds: of the loop; None where it is one branch.
    """

    label: str | None
    steps: Steps | None
    tensor: ParsedValue
    at: Position
    rounds: Rounds | None = None


# --- heads ---


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """What a step does, and what all passes over the steps need to know of it.

    Attributes:
        moves: whether the output of the step becomes the current tensor.
        adds_layers: whether there is a layer, or a part of the network, that can have a name.
        holds_layers: whether it is a part of the network, in which layers have names.
    """

    moves: ClassVar[bool] = True
    adds_layers: ClassVar[bool] = True
    holds_layers: ClassVar[bool] = True

    @property
    def bodies(self) -> tuple[Steps, ...]:
        """The lists of steps inside."""
        return ()

    def evaluated(self) -> Iterable[ParsedValue]:
        """The values that it evaluates, without those of the steps inside."""
        return ()

    def tensors(self) -> Iterable[tuple[ParsedValue, Position]]:
        """The names of the tensors that it reads, without those of the steps inside."""
        return ()

    def names(self) -> Iterable[tuple[GivenName, Position]]:
        """The names that it gives, without those of the steps inside."""
        return ()


@dataclass(frozen=True, slots=True, eq=False)
class UseOp(Head):
    """`Conv2D: {filters: 64, kernel_size: 3}`.

    Attributes:
        guessed: whether the op is the closest to one that there is not; then its errors are not reported.
    """

    op: type[Op]
    arguments: Arguments
    guessed: bool = False

    holds_layers: ClassVar[bool] = False

    def evaluated(self) -> Iterable[ParsedValue]:
        return self.arguments.values()


@dataclass(frozen=True, slots=True, eq=False)
class UseBlock(Head):
    """`conv_bn: {filters: 64}`."""

    block: str
    arguments: Arguments

    def evaluated(self) -> Iterable[ParsedValue]:
        return self.arguments.values()


@dataclass(frozen=True, slots=True, eq=False)
class UseChoice(Head):
    """`$unit: {width: 64}`, `$row.unit: {width: 64}`: the op or block that a parameter or a row names.

    Attributes:
        word: the name as an expression.
    """

    word: Formula
    arguments: Arguments

    @property
    def parameter(self) -> str | None:
        """The name, where the expression is a name alone."""
        return self.word.expression.name if isinstance(self.word.expression, Name) else None

    @property
    def title(self) -> str:
        """The last name in the expression: `unit`."""
        return str(re.findall(r"[A-Za-z_]\w*", self.word.text)[-1])

    def evaluated(self) -> Iterable[ParsedValue]:
        yield from self.arguments.values()
        yield self.word


@dataclass(frozen=True, slots=True, eq=False)
class UseMerge(Head):
    """`Add: [[], {conv: …}]`; `guessed` is that of `UseOp`."""

    op: type[Op]
    arguments: Arguments
    branches: tuple[Branch, ...]
    guessed: bool = False

    holds_layers: ClassVar[bool] = False

    @property
    def bodies(self) -> tuple[Steps, ...]:
        return tuple(branch.steps for branch in self.branches if branch.steps is not None)

    def evaluated(self) -> Iterable[ParsedValue]:
        yield from self.arguments.values()
        yield from (branch.tensor for branch in self.branches)
        yield from (branch.rounds.items for branch in self.branches if branch.rounds is not None)

    def tensors(self) -> Iterable[tuple[ParsedValue, Position]]:
        return ((branch.tensor, branch.at) for branch in self.branches if branch.steps is None)

    def names(self) -> Iterable[tuple[GivenName, Position]]:
        rounds = (branch.rounds for branch in self.branches if branch.rounds is not None)
        return (name for each in rounds for name in each.names())


@dataclass(frozen=True, slots=True, eq=False)
class Loop(Head):
    """`for` and `do`."""

    rounds: Rounds
    body: Steps

    @property
    def bodies(self) -> tuple[Steps, ...]:
        return (self.body,)

    def evaluated(self) -> Iterable[ParsedValue]:
        yield self.rounds.items

    def names(self) -> Iterable[tuple[GivenName, Position]]:
        return self.rounds.names()


@dataclass(frozen=True, slots=True, eq=False)
class _Body(Head):
    body: Steps

    @property
    def bodies(self) -> tuple[Steps, ...]:
        return (self.body,)


class StepGroup(_Body):
    """`do`."""


class SideGroup(_Body):
    """`side`."""

    moves: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, eq=False)
class Let(Head):
    """`let`."""

    values: dict[str, ParsedValue]
    data: Map

    adds_layers: ClassVar[bool] = False
    holds_layers: ClassVar[bool] = False

    def evaluated(self) -> Iterable[ParsedValue]:
        yield from self.values.values()

    def names(self) -> Iterable[tuple[GivenName, Position]]:
        return ((name, self.data.keys_at[name]) for name in self.values)


class NoHead(Head):
    """A step of modifiers alone: it moves the current tensor, or names it."""

    adds_layers: ClassVar[bool] = False
    holds_layers: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, eq=False)
class Unreadable(Head):
    """Stands for a head that cannot be read; its error is reported.

    Attributes:
        given: the names that it gives.
    """

    given: tuple[tuple[GivenName, Position], ...] = ()

    def names(self) -> Iterable[tuple[GivenName, Position]]:
        return iter(self.given)


# --- steps ---


class Step(NamedTuple):
    """One step: a head and its modifiers, each None where it is not written.

    Attributes:
        head: what the step does.
        at: the position.
        data: the mapping that has the positions; None for a word alone.
        modified: whether it has modifiers.
        otherwise: the steps where `when` is false.
    """

    head: Head
    at: Position
    data: Map | None = None
    modified: bool = False
    name: ParsedValue = None
    prefix: ParsedValue = None
    from_: tuple[ParsedValue, ...] | None = None
    as_: tuple[ParsedValue, ...] = ()
    when: ParsedValue = None
    shape: ParsedValue = None
    output: ParsedValue = None
    share: ParsedValue = None
    share_inside: ParsedValue = None
    note: str | None = None
    otherwise: Steps | None = None

    @property
    def beginning(self) -> ParsedValue:
        """What the names of the layers inside begin with."""
        return self.prefix if self.name is None else self.name

    @property
    def current_name(self) -> ParsedValue:
        """The name of the tensor that becomes the current one."""
        return self.as_[0 if self.goes_on_from_first else -1] if self.as_ else None

    @property
    def goes_on_from_first(self) -> bool:
        """Whether the path goes on from the first tensor that the step leaves: a layer's output, not its states."""
        return isinstance(self.head, UseOp) and not issubclass(self.head.op, SeveralOutputs)

    def place(self, modifier: str) -> Position:
        """The position of a modifier's value."""
        return self.data.values_at.get(modifier, self.at) if self.data is not None else self.at


Steps = tuple[Step, ...]


def steps_within(steps: Steps) -> Iterator[Step]:
    """All steps, with those inside of steps, in the order of the file."""
    for step in steps:
        yield step
        for body in step.head.bodies:
            yield from steps_within(body)
        if step.otherwise:
            yield from steps_within(step.otherwise)


def values_of(step: Step) -> Iterator[ParsedValue]:
    """All values that a step evaluates, without those of the steps inside."""
    yield from (step.name, step.prefix, step.when, step.shape, step.output, step.share, step.share_inside)
    yield from step.from_ or ()
    yield from step.as_
    yield from step.head.evaluated()


def names_given(steps: Steps) -> Iterator[tuple[GivenName, Position, Step]]:
    """The names that steps give, with their positions and steps."""
    for step in steps_within(steps):
        for item in step.as_:
            if isinstance(item, str | Template):
                yield item if isinstance(item, str) else item.pattern, step.place("as"), step
        for name, at in step.head.names():
            yield name, at, step


def families_of(steps: Steps) -> frozenset[str]:
    """The names of the lists of tensors whose computed names steps give: `skip` for `as: skip$(i)`."""
    return families_among(name for name, _, _ in names_given(steps))


def families_among(given: Iterable[GivenName]) -> frozenset[str]:
    """The names of the lists of tensors among names that steps give."""
    families = {name.family for name in given if isinstance(name, NamePattern)}
    return frozenset(name for name in families if name is not None)
