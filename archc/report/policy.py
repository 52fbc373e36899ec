"""What makes a comparison fail: classes, budgets, and what the settings of a repository ignore."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from archc.diff.classes import CLASSES, Class
from archc.diff.compare import Diff
from archc.ir.graph import Node
from archc.report.diff import CostBudget, classes_of, exceeded_budgets


class Finding(NamedTuple):
    """One difference of one class.

    Attributes:
        affected: the class.
        layers: the names of the layer in both networks; none for what is not about one layer.
    """

    affected: Class
    layers: tuple[str, ...] = ()


class Ignored(NamedTuple):
    """Differences that do not fail a run.

    Attributes:
        affected: their class; None for every class.
        layer: a pattern of names, with `*` and `?`; None for every difference.
    """

    affected: Class | None
    layer: str | None

    def covers(self, finding: Finding) -> bool:
        """Whether a difference is one of these."""
        named = self.layer is None or any(fnmatchcase(name, self.layer) for name in finding.layers)
        return named and self.affected in (None, finding.affected)


class Policy(NamedTuple):
    """What makes a comparison fail.

    Attributes:
        failing: the classes that give status 1.
        budgets: how much costs may grow.
        ignore: what does not fail it.
        file: where `ignore` stands; None where nothing is ignored.
    """

    failing: Sequence[Class]
    budgets: Sequence[CostBudget] = ()
    ignore: Sequence[Ignored] = ()
    file: str | None = None

    def ignores(self, finding: Finding) -> bool:
        """Whether a difference does not fail the run, whatever its class."""
        return any(each.covers(finding) for each in self.ignore)

    def fails(self, finding: Finding) -> bool:
        """Whether a difference fails the run."""
        return finding.affected in self.failing and not self.ignores(finding)


def findings(diff: Diff, budgets: Sequence[CostBudget]) -> list[Finding]:
    """All differences by class; at least one for each class of the diff."""
    found = [Finding(each, names(change.left, change.right)) for change in diff.changes for each in change.classes]
    found += [Finding(found, names(each.left, each.right)) for each in diff.rewired for found in each.classes]
    found += [Finding("cosmetic", names(mine, theirs)) for mine, theirs in diff.renamed]
    if not diff.loading.is_right:
        found += [Finding("weights", names(*pair)) for pair in (*diff.consequences, *diff.loading.misplaced)]
    found += [Finding("cost") for _ in exceeded_budgets(diff, budgets)]
    there = {finding.affected for finding in found}
    return found + [Finding(each) for each in classes_of(diff, budgets) if each not in there]


def failed_classes(diff: Diff, policy: Policy) -> list[Class]:
    """The classes that fail the run; none where it succeeds."""
    failed = {finding.affected for finding in findings(diff, policy.budgets) if policy.fails(finding)}
    return [each for each in CLASSES if each in failed]


def ignored(diff: Diff, policy: Policy) -> list[Finding]:
    """The differences that the policy ignores."""
    return [finding for finding in findings(diff, policy.budgets) if policy.ignores(finding)] if policy.ignore else []


def ignored_text(count: int, policy: Policy) -> str:
    """How many differences are ignored, and where that is said; empty for none."""
    return f"ignored, as {policy.file} says: {count:,} {'difference' if count == 1 else 'differences'}" if count else ""


def names(*layers: Node | None) -> tuple[str, ...]:
    """The names of a layer in both networks."""
    return tuple(dict.fromkeys(layer.name for layer in layers if layer is not None))
