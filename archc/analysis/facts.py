"""Documented facts with their verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args

from archc.diagnostics import Diagnostic, Position
from archc.ir.shape import shape_text

Verdict = Literal["agrees", "explained", "differs", "set_aside"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


class CheckedFact(NamedTuple):
    """What a document says, what the network has, and what follows.

    Attributes:
        fact: `shape`, `output`, `depth`, `macs` or a count of weights.
        of: the full name of a layer, part or output; None for the network, or a layer without a name.
        documented: a list of sizes, or the figure as it was written.
        computed: a list of sizes or a number; None where there is nothing of that name, or a size is unknown.
        verdict: of `VERDICTS`.
        source: where in the paper; None where the spec does not say.
        because: why the network differs from the document, as the spec says.
        at: where in the file.
        when: the values that it is documented for; None for those of the network.
    """

    fact: str
    of: str | None
    documented: Any
    computed: Any
    verdict: Verdict
    source: str | None
    because: str | None
    at: Position
    when: Mapping[str, Any] | None = None

    @property
    def subject(self) -> str:
        """What it is about: `params of conv1`, `macs at resolution=160`."""
        of = f" of {self.of}" if self.of else ""
        return f"{self.fact.replace('_', ' ')}{of}{f' at {condition_text(self.when)}' if self.when else ''}"

    def __repr__(self) -> str:
        of = "" if self.of is None else f" of {self.of}"
        documented, computed = _figure(self.documented), _figure(self.computed)
        return f"<{self.fact}{of}: documented {documented}, computed {computed}: {self.verdict}>"


def condition_text(when: Mapping[str, Any]) -> str:
    """The values that a fact is documented for: `resolution=160`."""
    return ", ".join(f"{name}={value}" for name, value in when.items())


def _figure(value: Any) -> str:
    if isinstance(value, list):
        return shape_text(value)
    return "nothing" if value is None else f"{value:,}" if type(value) is int else str(value)


class CheckedSpec(NamedTuple):
    """What a check finds of a spec without errors.

    Attributes:
        name: of the network; None where the file has only blocks for other specs.
        facts: with their verdicts, in the order of the file.
    """

    name: str | None
    warnings: tuple[Diagnostic, ...] = ()
    facts: Sequence[CheckedFact] = ()


def counts(facts: Sequence[CheckedFact]) -> dict[Verdict, int]:
    """How many facts got each verdict."""
    counted = Counter(fact.verdict for fact in facts)
    return {verdict: counted[verdict] for verdict in VERDICTS}
