"""A row of the benchmarks: what is measured, what it is compared with in the same run, and how much is good enough."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Literal

from benchmarks.timing import in_turn

Side = Callable[[], float]
"""Does some work, and gives what it cost."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that a user waits for. Of costs and of ratios, less is better.

    Attributes:
        name: what is measured.
        against: what it is compared with.
        sides: what is measured and what it is compared with; it gets a folder that is there for this row alone.
        goal: the largest ratio that is good enough; None where nothing is aimed at.
        rounds: how often each side is measured.
        warm_up: whether a first round is not counted.
        unit: of the costs: CPU seconds, or MiB of memory.
    """

    name: str
    against: str
    sides: Callable[[Path], tuple[Side, Side]]
    goal: float | None = None
    rounds: int = 5
    warm_up: bool = True
    unit: Literal["s", "MiB"] = "s"

    @property
    def key(self) -> str:
        """What it is called in `recorded.json`."""
        return f"{self.name} / {self.against}"


@dataclass(frozen=True, slots=True)
class Measured:
    """The medians of the costs of both sides, and the median of their ratios."""

    row: Row
    cost: float
    cost_of_other: float
    ratio: float

    def __str__(self) -> str:
        row = self.row
        costs = f"{_cost(self.cost, row.unit):>10}  {_cost(self.cost_of_other, row.unit):>10}"
        goal = "" if row.goal is None else f"{times(row.goal)}{'' if self.ratio <= row.goal else ' !'}"
        return f"  {row.name:56} {costs}  {times(self.ratio):>9}  {goal:11}  {row.against}"


HEADING = f"{'':58} {'archc':>10}  {'other':>10}  {'ratio':>9}  {'goal':11}  other"
"""Above the lines of `Measured`; a `!` beside a goal says that it is not reached."""


def measured(row: Row, folder: Path) -> Measured:
    """Measures both sides of a row in turn."""
    ours, others = in_turn(row.sides(folder), row.rounds, warm_up=row.warm_up)
    ratio = median(one / other for one, other in zip(ours, others, strict=True))
    return Measured(row, median(ours), median(others), ratio)


def times(ratio: float) -> str:
    """A ratio with three figures: `1.45x`, `0.00123x`."""
    return f"{ratio:#.3g}x" if ratio < 1000 else f"{ratio:,.0f}x"


def _cost(cost: float, unit: str) -> str:
    if unit == "MiB":
        return f"{cost:.0f} MiB"
    if cost >= 0.1:
        return f"{cost:.3f} s"
    return f"{1e3 * cost:.2f} ms" if cost >= 1e-4 else f"{1e6 * cost:.1f} us"
