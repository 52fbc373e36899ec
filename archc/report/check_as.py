"""A model held to the facts of a spec: what to mend, the facts that differ because of it, and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from archc.diff.counterpart_facts import HeldFact, HeldFacts
from archc.report import figures
from archc.report.check import VERDICT_WORDS, check_json
from archc.report.diff import MARK_STYLES
from archc.report.mends import Mends, mends_of
from archc.report.table import Column, Table

_NAMED = 5  # absent layers and parts that are named
_MOST = 20  # differences that are listed


def held_tables(held: HeldFacts, mends: Mends, *, full: bool) -> list[Table]:
    """What is to mend, numbered; then the facts that differ because of it, or all facts.

    What is expected is the documented value; where the spec explains another, that one.
    """
    most = len(mends.mends) if full or len(mends.mends) <= _MOST + 1 else _MOST
    tables = [_mends_table(mends, most)] if mends.mends else []
    shown = [each for each in zip(held.facts, mends.of_facts, strict=True) if full or each[0].fact.verdict == "differs"]
    return [*tables, _facts_table(shown, most, full=full)] if shown else tables


def _mends_table(mends: Mends, most: int) -> Table:
    columns = [
        Column(right=True),
        Column(),
        Column("to mend"),
        Column("how it differs"),
        Column("in the spec", drop_order=1),
    ]
    rows = [[str(number), mend.mark, mend.name, mend.text, mend.of_spec] for number, mend in enumerate(mends.mends, 1)]
    styles = [MARK_STYLES[mend.mark] for mend in mends.mends]
    if more := len(rows) - most:
        rows[most:] = [["", "", f"{more:,} more", "`--full` shows all", ""]]
        styles[most:] = ["dim"]
    if not any(mend.of_spec for mend in mends.mends):
        return Table(columns[:-1], [row[:-1] for row in rows], styles)
    return Table(columns, rows, styles)


def _facts_table(shown: Sequence[tuple[HeldFact, tuple[int, ...]]], most: int, *, full: bool) -> Table:
    columns = (
        Column("verdict"), Column("fact"), Column("expected", right=True), Column("model", right=True),
        Column("because of"), Column("source", drop_order=1),
    )  # fmt: skip
    rows = [[*_cells(one), _numbers(of, most), one.fact.source or ""] for one, of in shown]
    empty = {index for index in range(len(columns)) if not any(row[index] for row in rows)}
    left_out = {*empty, *([] if full else [0])}
    used = [index for index in range(len(columns)) if index not in left_out]
    styles = [VERDICT_WORDS[one.fact.verdict].style for one, _ in shown] if full else []
    return Table([columns[index] for index in used], [[row[index] for index in used] for row in rows], styles)


def _cells(one: HeldFact) -> Iterator[str]:
    fact, own = one.fact, one.described
    expected = own.computed if own is not None and own.verdict == "explained" else fact.documented
    yield VERDICT_WORDS[fact.verdict].one
    yield fact.subject
    yield figures.fact_value(expected)
    yield figures.fact_value(fact.computed) if fact.computed is not None or fact.verdict != "differs" else "–"


def _numbers(places: Sequence[int], most: int) -> str:
    """The numbers of causes that are listed: `1-3, 5`, and `…` for the others."""
    runs: list[list[int]] = []
    for place in places:
        if place >= most:
            break
        if runs and runs[-1][-1] == place:
            runs[-1][-1] = place + 1
        else:
            runs.append([place + 1, place + 1])
    texts = [f"{first}-{last}" if last > first else f"{first}" for first, last in runs]
    return ", ".join([*texts, *(["…"] if places and places[-1] >= most else [])])


def held_remarks(held: HeldFacts, mends: Mends, left: str, right: str) -> list[str]:
    """What the tables do not say: absent parts of the model, and differences that no fact is about.

    Args:
        held: the facts.
        mends: what is to mend.
        left: the spec of the facts, as an argument of `archc diff`.
        right: the model, as an argument of `archc diff`.
    """
    absent = list(dict.fromkeys(one.absent for one in held.facts if one.absent is not None))
    remarks = []
    if absent:
        more = f" and {len(absent) - _NAMED:,} more" if len(absent) > _NAMED + 1 else ""
        named = absent[:_NAMED] if more else absent
        remarks.append(f"the model has no {', '.join(f'`{name}`' for name in named)}{more}")
    if mends.others:
        many = "difference changes" if mends.others == 1 else "differences change"
        remarks.append(f"{mends.others:,} more {many} no documented fact: `archc diff {left} {right}`")
    return remarks


def held_json(specs: Sequence[tuple[str, HeldFacts]], described: str) -> dict[str, Any]:
    """The facts for programs; each fact with what the spec has, and the lines of the diff that make it differ."""
    document = check_json([(label, [one.fact for one in held.facts]) for label, held in specs])
    for entry, (_, held) in zip(document["specs"], specs, strict=True):
        mends = mends_of(held)
        entry["as"] = described
        entry["to_mend"] = [mend.line for mend in mends.mends]
        entry["other_differences"] = mends.others
        for written, one, of in zip(entry["facts"], held.facts, mends.of_facts, strict=True):
            written["spec"] = None if one.described is None else one.described.computed
            written["causes"] = [mends.mends[place].line for place in of]
    return document
