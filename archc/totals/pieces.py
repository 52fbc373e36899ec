"""The steps of a file in pieces, each of which is remembered by the values that it reads."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from archc.language.rounds import Rounds
from archc.language.steps import Loop, Step, StepGroup, Steps, names_given, steps_within, values_of
from archc.language.template import GivenName, NamePattern, ParsedValue, Template, family_pattern, is_constant, names_in


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Steps in a row that are remembered together.

    Attributes:
        reads: the names that they may read, the current tensor first.
        patterns: the patterns of the computed names that they may read.
        pieces: what they consist of, where parts of them are remembered too; else they are expanded as a whole.
    """

    steps: Steps
    reads: tuple[str, ...]
    patterns: frozenset[NamePattern]
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A loop or a group, whose rounds are remembered one by one.

    Attributes:
        rounds: of a loop; None for a group.
        body: the steps inside.
    """

    step: Step
    rounds: Rounds | None
    body: Run


Piece = Run | Part


def pieces_of(steps: Steps) -> tuple[Piece, ...]:
    """The pieces of steps, in order.

    Steps that read the same parameters are one piece: whatever changes the one changes the other.
    """
    return tuple(_pieces(steps, {"x", *(name for name, _, _ in names_given(steps))}))


def _pieces(steps: Steps, given: AbstractSet[GivenName]) -> Iterator[Piece]:
    patterns = {name for name in given if isinstance(name, NamePattern)}
    run: list[Step] = []
    known: set[str] = set()
    for step in steps:
        own = set(_reads((step,))) - given
        body = _body(step)
        if run and (body is not None or not (own <= known or known <= own)):
            yield _run(tuple(run), patterns)
            run, known = [], set()
        if body is not None:
            rounds = step.head.rounds if isinstance(step.head, Loop) else None
            inner = tuple(_pieces(body, given))
            divided = len(inner) > 1 or any(isinstance(piece, Part) for piece in inner)
            yield Part(step, rounds, _run(body, patterns, inner if divided else ()))
        else:
            run.append(step)
            known |= own
    if run:
        yield _run(tuple(run), patterns)


def _run(steps: Steps, patterns: AbstractSet[NamePattern], pieces: tuple[Piece, ...] = ()) -> Run:
    """Steps that are remembered together, where steps of the file give computed names of some patterns."""
    reads = _reads(steps)
    tensors = [name for step in steps_within(steps) for name in _tensors(step) if isinstance(name, Template)]
    read = {family_pattern(name) for name in reads} | {name.pattern for name in tensors}
    return Run(steps, reads, frozenset(patterns & read), pieces)


def _body(step: Step) -> Steps | None:
    """The steps of a loop or a group that is no more than its rounds; None for any other step."""
    head = step.head
    if not isinstance(head, Loop | StepGroup) or not head.body or step.as_ or step.name == "":
        return None
    shape = None if is_constant(step.shape) else step.shape
    others = (step.from_, step.when, shape, step.output, step.share, step.share_inside)
    return None if any(other is not None for other in others) else head.body


def _reads(steps: Steps) -> tuple[str, ...]:
    """The names that steps may read, the current tensor first."""
    found = {"x": None}
    for step in steps_within(steps):
        found |= dict.fromkeys(name for name in _tensors(step) if isinstance(name, str))
        found |= {name: None for value in values_of(step) for name, _ in names_in(value)}
    return tuple(found)


def _tensors(step: Step) -> Iterator[ParsedValue]:
    """The names of tensors that a step takes, and expressions that are tensors."""
    yield from step.from_ or ()
    yield from (name for name, _ in step.head.tensors())
