"""Checked facts, which a notebook shows as a table. It loads nothing until then."""

from __future__ import annotations

from archc.analysis.facts import CheckedFact


class Facts(list[CheckedFact]):
    """The facts of a network with their verdicts."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        from archc.analysis.facts import counts
        from archc.notebook.markup import element, lines, table_markup
        from archc.report.check import fact_remarks, facts_table, verdict_counts

        table = table_markup(facts_table(self)) if self else ""
        return element("div", lines([verdict_counts(counts(self))]) + table + lines(fact_remarks(self)))
