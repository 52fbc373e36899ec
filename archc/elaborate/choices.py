"""What the heads by value of a file may be, where a row names them: `$row.unit`, with `for: row in rows`.

Rows are items of lists that follow from parameters alone, so that they are known before any step runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress

from archc.collector import Collector
from archc.diagnostics import Poisoned, SpecError
from archc.elaborate.parameters import spec_values
from archc.language import steps as syntax
from archc.language.document import ParameterDeclaration
from archc.language.rounds import Rounds
from archc.language.targets import target_names, unpacked
from archc.language.template import ParsedValue, evaluate, names_in
from archc.language.value import POISON, Scope, StepLimit, Value
from archc.library.specs import Spec

Choices = Mapping[syntax.UseChoice, tuple[Value, ...]]
"""What heads by row may be: names of ops and blocks, and whatever else stands in their place."""

_Bound = list[dict[str, Value]]


def by_row(head: syntax.Head, params: Mapping[str, ParameterDeclaration]) -> bool:
    """Whether a head is named by a row, and not by one of these parameters."""
    return isinstance(head, syntax.UseChoice) and head.parameter not in params


def choices_by_row(spec: Spec, given: Mapping[str, Value]) -> Choices:
    """What rows name, at the values of the file and at those that a user sets.

    A head is left out if its row does not follow from parameters alone.
    """
    if not any(by_row(step.head, spec.params) for step in syntax.steps_within(spec.layers)):
        return {}
    search = _Search(spec)
    for settings in ({}, given) if given else ({},):
        values = spec_values(spec.params, spec.root_params, settings, Scope({}, StepLimit()), Collector())
        known = {name: value for name, value in values.items() if value is not POISON}
        with suppress(SpecError):  # more rounds than a spec may have, which elaboration reports
            search.steps(spec.layers, set(spec.params), [known])
    return {head: tuple(named.values()) for head, named in search.found.items()}


class _Search:
    """One pass over the steps of a file.

    Attributes:
        found: the values of each head, by their texts.
        assigned: the names that `as` and `let` give anywhere, whose values are not known before the steps run.
    """

    def __init__(self, spec: Spec) -> None:
        self.params, self.limit = spec.params, StepLimit()
        self.found: dict[syntax.UseChoice, dict[str, Value]] = {}
        self.assigned: set[object] = set()
        for step in syntax.steps_within(spec.layers):
            self.assigned.update(step.head.values if isinstance(step.head, syntax.Let) else (), step.as_)

    def steps(self, steps: syntax.Steps, known: set[str], bound: _Bound) -> None:
        """Notes what heads are; `known` are the names that follow from parameters, `bound` all their values."""
        for step in steps:
            if isinstance(step.head, syntax.UseChoice) and by_row(step.head, self.params):
                self.head(step.head, known, bound)
            for body, rounds in _bodies(step):
                if rounds is None:
                    self.steps(body, known, bound)
                    continue
                targets = set(target_names(rounds.targets))
                if _follows(rounds.items, known) and not targets & self.assigned:
                    self.steps(body, known | targets, list(self.rounds(rounds, bound)))
                else:
                    self.steps(body, known - targets, bound)
                known = known - targets

    def head(self, head: syntax.UseChoice, known: set[str], bound: _Bound) -> None:
        if not _follows(head.word, known):
            return
        named = self.found.setdefault(head, {})
        for values in bound:
            with suppress(SpecError, Poisoned):
                value = evaluate(head.word, Scope(values, self.limit))
                named.setdefault(repr(value), value)

    def rounds(self, rounds: Rounds, bound: _Bound) -> Iterator[dict[str, Value]]:
        """The values of all names in each round of a loop."""
        for values in bound:
            items: Value = None
            with suppress(SpecError, Poisoned):
                items = evaluate(rounds.items, Scope(values, self.limit))
            for item in items if isinstance(items, list | tuple) else ():
                Scope({}, self.limit).spend(1)
                with suppress(SpecError):
                    yield values | dict(unpacked(rounds.targets, item))


def _follows(value: ParsedValue, known: set[str]) -> bool:
    return all(name in known for name, _ in names_in(value))


def _bodies(step: syntax.Step) -> Iterator[tuple[syntax.Steps, Rounds | None]]:
    """The steps inside of a step, with the loop that repeats them."""
    match step.head:
        case syntax.Loop(rounds, body):
            yield body, rounds
        case syntax.UseMerge(branches=branches):
            yield from ((branch.steps or (), branch.rounds) for branch in branches)
        case head:
            yield from ((body, None) for body in head.bodies)
    yield step.otherwise or (), None
