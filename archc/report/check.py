"""Verdicts on what documents say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archc.analysis.fact_check import CheckedFact, Verdict
from archc.report import figures
from archc.report.table import Column, Table

WORDS: dict[Verdict, str] = {
    "agrees": "agrees",
    "explained": "explained",
    "differs": "differs",
    "set_aside": "set aside",
}
PLURALS: dict[Verdict, str] = {
    "agrees": "agree",
    "explained": "explained",
    "differs": "differ",
    "set_aside": "set aside",
}
STYLES: dict[Verdict, str] = {"agrees": "", "explained": "cyan", "differs": "bold red", "set_aside": "dim"}


def table(facts: Sequence[CheckedFact]) -> Table:
    """Facts as a table, in the order of the file."""
    columns = (
        Column("verdict"), Column("fact"), Column("of"), Column("documented", right=True),
        Column("computed", right=True), Column("source", needed=1),
    )  # fmt: skip
    rows = [
        [
            WORDS[fact.verdict],
            fact.fact.replace("_", " "),
            fact.of or "",
            figures.fact_value(fact.documented),
            figures.fact_value(fact.computed) if fact.computed is not None or fact.verdict != "differs" else "–",
            fact.source or "",
        ]
        for fact in facts
    ]
    return Table(columns, rows, [STYLES[fact.verdict] for fact in facts])


def remarks(facts: Sequence[CheckedFact]) -> list[str]:
    """What is to be said of the facts that do not simply agree."""
    lines = []
    for fact in facts:
        subject = f"{fact.fact.replace('_', ' ')}{f' of {fact.of}' if fact.of else ''}"
        documented, computed = figures.fact_value(fact.documented), figures.fact_value(fact.computed)
        if fact.verdict == "explained":
            lines.append(f"{subject}: documented {documented}, rightly {computed}: {fact.because}")
        elif fact.verdict == "differs":
            reason = f": {fact.because}" if fact.because else ""
            there = f"computed {computed}" if fact.computed is not None else "nothing computed"
            lines.append(f"{fact.at}: {subject}: documented {documented}, {there}{reason}")
    return lines


def counted(counts: dict[Verdict, int]) -> str:
    """`12 facts: 11 agree, 1 explained`."""
    total = sum(counts.values())
    words: dict[Verdict, str] = {
        "agrees": "agree",
        "explained": "explained",
        "differs": "differ",
        "set_aside": "set aside",
    }
    parts = [f"{counts[verdict]} {word}" for verdict, word in words.items() if counts[verdict]]
    return f"{total} fact{'' if total == 1 else 's'}" + (f": {', '.join(parts)}" if parts else "")


def entry(fact: CheckedFact) -> dict[str, Any]:
    """One fact for programs."""
    return {
        "fact": fact.fact,
        "of": fact.of,
        "documented": fact.documented,
        "computed": fact.computed,
        "verdict": fact.verdict,
        "source": fact.source,
        "at": str(fact.at),
    }
