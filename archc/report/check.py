"""Documented facts and their verdicts: a table, remarks, JSON, and warnings of a build."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from archc.analysis.facts import CheckedFact, Verdict, condition_text, counts
from archc.diagnostics import Diagnostic
from archc.report import figures
from archc.report.table import Column, Table


class VerdictWords(NamedTuple):
    """How a verdict is shown.

    Attributes:
        one: beside a fact.
        many: after a number of facts.
        style: of a row on a terminal.
    """

    one: str
    many: str
    style: str


VERDICT_WORDS: Mapping[Verdict, VerdictWords] = {
    "agrees": VerdictWords("agrees", "agree", ""),
    "explained": VerdictWords("explained", "explained", "cyan"),
    "differs": VerdictWords("differs", "differ", "bold red"),
    "set_aside": VerdictWords("not applicable", "not applicable", "dim"),
}


def facts_table(facts: Sequence[CheckedFact]) -> Table:
    """Facts as a table, in the order of the file."""
    elsewhere = any(fact.when for fact in facts)
    columns = (
        Column("verdict"), Column("fact"), Column("of"), *([Column("at")] if elsewhere else []),
        Column("documented", right=True), Column("computed", right=True), Column("source", drop_order=1),
    )  # fmt: skip
    rows = [
        [
            VERDICT_WORDS[fact.verdict].one,
            fact.fact.replace("_", " "),
            fact.of or "",
            *([condition_text(fact.when or {})] if elsewhere else []),
            figures.fact_value(fact.documented),
            figures.fact_value(fact.computed) if fact.computed is not None or fact.verdict != "differs" else "–",
            fact.source or "",
        ]
        for fact in facts
    ]
    return Table(columns, rows, [VERDICT_WORDS[fact.verdict].style for fact in facts])


def fact_remarks(facts: Sequence[CheckedFact]) -> list[str]:
    """A line for each fact that is explained or differs."""
    remarks = []
    for fact in facts:
        if fact.verdict in ("explained", "differs"):
            place = f"{fact.at}: " if fact.verdict == "differs" else ""
            remarks.append(f"{place}{_documented_and_computed(fact)}")
    return remarks


def fact_warnings(facts: Sequence[CheckedFact]) -> list[Diagnostic]:
    """A warning for each fact that differs."""
    from archc.codes import CODES

    advice = CODES["fact-differs"].advice
    return [
        Diagnostic("fact-differs", _documented_and_computed(fact), fact.at, advice, about=fact.of)
        for fact in facts
        if fact.verdict == "differs"
    ]


def _documented_and_computed(fact: CheckedFact) -> str:
    subject = fact.subject
    known = fact.computed is not None or fact.verdict == "explained"
    computed = f"computed {figures.fact_value(fact.computed)}" if known else "nothing computed"
    reason = f": {fact.because}" if fact.because else ""
    return f"{subject}: documented {figures.fact_value(fact.documented)}, {computed}{reason}"


def verdict_counts(counted: Mapping[Verdict, int]) -> str:
    """`12 facts: 11 agree, 1 explained`."""
    total = sum(counted.values())
    parts = [f"{counted[verdict]:,} {words.many}" for verdict, words in VERDICT_WORDS.items() if counted[verdict]]
    return f"{total:,} fact{'' if total == 1 else 's'}" + (f": {', '.join(parts)}" if parts else "")


def check_json(specs: Sequence[tuple[str, Sequence[CheckedFact]]]) -> dict[str, Any]:
    """The facts of specs for programs; a spec has the name that the user called it."""
    entries = [{"spec": label, "facts": [_fact_json(fact) for fact in checked]} for label, checked in specs]
    return {"format": "archc-check", "version": 1, "specs": entries, "counts": counts_of_all(specs)}


def counts_of_all(specs: Sequence[tuple[str, Sequence[CheckedFact]]]) -> dict[Verdict, int]:
    """The counts of several specs in all."""
    return counts([fact for _, checked in specs for fact in checked])


def _fact_json(fact: CheckedFact) -> dict[str, Any]:
    fields = {**fact._asdict(), "at": str(fact.at)}
    del fields["because"]
    return fields
