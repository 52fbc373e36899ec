"""The steps of a file in pieces, each of which is remembered by the values that it reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from archc.language.rounds import Rounds
from archc.language.steps import Loop, Step, StepGroup, Steps, UseMerge, names_given, steps_within, values_of
from archc.language.template import ParsedValue, is_constant, names_in


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Steps in a row that are remembered together.

    Attributes:
        reads: the names that they may read, the current tensor first.
        pieces: what they consist of, where parts of them are remembered too; else they are expanded as a whole.
    """

    steps: Steps
    reads: tuple[str, ...]
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
    given = {"x", *(name for name, _, _ in names_given(steps) if isinstance(name, str))}
    return tuple(_pieces(steps, given))


def _pieces(steps: Steps, given: set[str]) -> Iterator[Piece]:
    run: list[Step] = []
    known: set[str] = set()
    for step in steps:
        own = set(_reads((step,))) - given
        body = _body(step)
        if run and (body is not None or not (own <= known or known <= own)):
            yield Run(tuple(run), _reads(tuple(run)))
            run, known = [], set()
        if body is not None:
            rounds = step.head.rounds if isinstance(step.head, Loop) else None
            inner = tuple(_pieces(body, given))
            divided = len(inner) > 1 or any(isinstance(piece, Part) for piece in inner)
            yield Part(step, rounds, Run(body, _reads(body), inner if divided else ()))
        else:
            run.append(step)
            known |= own
    if run:
        yield Run(tuple(run), _reads(tuple(run)))


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
        names: list[ParsedValue] = [*(step.from_ or ()), *(name for name, _ in step.head.tensors())]
        found |= dict.fromkeys(name for name in names if isinstance(name, str))
        found |= {name: None for value in values_of(step) for name, _ in names_in(value)}
        if isinstance(step.head, UseMerge):
            found |= {name: None for branch in step.head.branches for name, _ in names_in(branch.tensor)}
    return tuple(found)
