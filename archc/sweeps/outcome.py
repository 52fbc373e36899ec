"""What a sweep found: the rows, each network once, and how many variants gave none."""

from __future__ import annotations

from archc.diagnostics import printable
from archc.sweeps.variants import Chunk, Refusal, Row


class Outcome:
    """The sum of chunks, which come in the order of the variants.

    Attributes:
        rows: of different networks; of equal ones the first.
        left_out: the count of variants for which the condition does not hold.
        equal: the count of variants whose network is that of an earlier row.
    """

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.left_out = 0
        self.equal = 0
        self._refusals: dict[tuple[str, str], Refusal] = {}
        self._known: set[str] = set()

    def add(self, chunk: Chunk) -> list[Row]:
        """Adds a chunk; gives its rows that are new."""
        new = []
        self.left_out += chunk.left_out
        for refusal in chunk.refusals:
            found = self._refusals.setdefault((refusal.code, refusal.message), refusal._replace(variants=0))
            self._refusals[refusal.code, refusal.message] = found._replace(variants=found.variants + refusal.variants)
        for row in chunk.rows:
            if row.identity in self._known:
                self.equal += 1
            else:
                self._known.add(row.identity)
                new.append(row)
        self.rows += new
        return new

    @property
    def refusals(self) -> list[Refusal]:
        """Why variants are no networks, the most frequent reason first."""
        return sorted(self._refusals.values(), key=lambda refusal: (-refusal.variants, refusal.first))


_REASONS = 10


def outcome_lines(outcome: Outcome, variants: int) -> list[str]:
    """What became of the variants, and why some are no networks."""
    refused = sum(refusal.variants for refusal in outcome.refusals)
    counted = (
        (outcome.left_out, "left out by the condition"),
        (outcome.equal, "equal to an earlier one"),
        (refused, "cannot be built"),
    )
    parts = [f"{len(outcome.rows):,} networks", *(f"{count:,} {what}" for count, what in counted if count)]
    lines = [f"{variants:,} variants: {', '.join(parts)}"]
    for refusal in outcome.refusals[:_REASONS]:
        lines.append(f"  {refusal.variants:,} cannot be built: {refusal.code}  {refusal.message}")
        lines.append(f"    the first is the variant {refusal.first + 1:,}: {refusal.example}")
    if len(outcome.refusals) > _REASONS:
        lines.append(f"  and {len(outcome.refusals) - _REASONS:,} more reasons")
    return [printable(line) for line in lines]
