"""Which rows of a sweep a table has, and their order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from operator import le
from typing import NamedTuple

from archc.diagnostics import SpecError, did_you_mean, shortened
from archc.language.value import Value, is_number
from archc.sweeps.variants import Row


class Key(NamedTuple):
    """A column by which rows are compared: smaller is better, or larger is."""

    column: str
    place: int
    larger: bool

    def rank(self, row: Row) -> float | None:
        """The number of a row in which smaller is better; None where the column has no number."""
        value = row.values[self.place]
        return (-value if self.larger else value) if is_number(value) else None


def read_keys(option: str, text: str, columns: Sequence[str]) -> tuple[Key, ...]:
    """The columns of an option: `macs,params:max`.

    Args:
        option: the option, for messages.
        text: its value.
        columns: the names that there are.

    Raises:
        SpecError: there is no such column.
    """
    keys = []
    for part in text.split(","):
        column, colon, better = part.strip().partition(":")
        if column not in columns:
            hint = did_you_mean(column, columns) or f"there are: {', '.join(columns)}"
            raise SpecError.of("usage", f"`{option}`: there is no column `{shortened(column)}`", None, hint)
        if colon and better not in ("min", "max"):
            hint = f"`{column}` or `{column}:min` where smaller is better, `{column}:max` where larger is"
            raise SpecError.of("usage", f"`{option}`: `{shortened(better)}` is neither `min` nor `max`", None, hint)
        keys.append(Key(column, columns.index(column), better == "max"))
    return tuple(keys)


def in_order(rows: Sequence[Row], keys: Sequence[Key]) -> list[Row]:
    """The rows, the best first; equal ones in the order of the variants, unknown figures last."""
    return sorted(rows, key=lambda row: tuple(_sort_key(key, row) for key in keys))


def _sort_key(key: Key, row: Row) -> tuple[int, float, str]:
    """Numbers, then other values by their texts, then null."""
    rank, value = key.rank(row), row.values[key.place]
    if rank is not None:
        return 0, rank, ""
    return (2, 0, "") if value is None else (1, 0, json.dumps(value))


def pareto_front(rows: Sequence[Row], keys: Sequence[Key]) -> list[Row]:
    """The rows than which none is better by one key and as good by all others, in their order."""
    ranked = [(ranks, row) for row in rows if None not in (ranks := tuple(key.rank(row) for key in keys))]
    front: list[tuple[Value, ...]] = []
    for ranks, _ in sorted(ranked, key=lambda item: item[0]):
        if not any(_dominates(better, ranks) for better in reversed(front)):
            front.append(ranks)
    kept = set(front)
    return [row for ranks, row in ranked if ranks in kept]


def _dominates(better: Sequence[Value], other: Sequence[Value]) -> bool:
    return better != other and all(map(le, better, other))


class Selection(NamedTuple):
    """What is kept of all rows: the Pareto front, then the first ones in an order."""

    sort: tuple[Key, ...] = ()
    pareto: tuple[Key, ...] = ()
    top: int | None = None

    def of(self, rows: Sequence[Row]) -> list[Row]:
        """The rows of the table."""
        kept: Sequence[Row] = pareto_front(rows, self.pareto) if self.pareto else rows
        return in_order(kept, self.sort)[: self.top]


def read_selection(sort: str | None, pareto: str | None, top: int | None, columns: Sequence[str]) -> Selection:
    """The selection of options.

    Raises:
        SpecError: there is no such column.
    """
    by = () if sort is None else read_keys("--sort", sort, columns)
    front = () if pareto is None else read_keys("--pareto", pareto, columns)
    return Selection(by, front, top)
