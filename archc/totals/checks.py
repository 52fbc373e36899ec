"""What is checked of a spec whatever its layers become: that holds, or not, for all of many settings at once."""

from __future__ import annotations

from collections.abc import Mapping

from archc.collector import Collector
from archc.elaborate.choices import by_row
from archc.elaborate.unreached import check_unreached
from archc.language.steps import Loop, UseMerge, steps_within
from archc.language.template import names_in
from archc.language.value import Value
from archc.library.specs import Spec
from archc.totals.values import frozen


class StaticChecks:
    """The checks of steps that are not reached, and of parameters that nothing reads, remembered.

    They depend on which parameters a user sets; and on the values of those that rows follow from, where rows name ops
    and blocks.
    """

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._rows = _read_by_rows(spec)
        self._found: dict[object, bool] = {}

    def hold(self, given: Mapping[str, Value]) -> bool:
        """Whether nothing is wrong where a user sets these values.

        Raises:
            Unknown: one of the values is no value of a spec.
        """
        key = frozenset(given), *[(name, frozen(given[name])) for name in self._rows if name in given]
        found = self._found.get(key)
        if found is None:
            collector = Collector()
            check_unreached(self._spec, given, collector, complete=True, allow_unused=False, made=())
            found = self._found[key] = not collector
        return found


def _read_by_rows(spec: Spec) -> set[str]:
    """The parameters that lists of rows follow from, where a row names an op or a block."""
    steps = list(steps_within(spec.layers))
    if not any(by_row(step.head, spec.params) for step in steps):
        return set()
    rounds = [step.head.rounds for step in steps if isinstance(step.head, Loop)]
    merges = [step.head for step in steps if isinstance(step.head, UseMerge)]
    rounds += [branch.rounds for merge in merges for branch in merge.branches if branch.rounds is not None]
    pending = [name for each in rounds for name, _ in names_in(each.items)]
    found: set[str] = set()
    while pending:
        name = pending.pop()
        if name in spec.params and name not in found:
            found.add(name)
            pending += [read for read, _ in names_in(spec.params[name].default)]
    return found
