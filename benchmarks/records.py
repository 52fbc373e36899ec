"""The ratios that were measured once, in `recorded.json`, and whether those measured now are worse."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from benchmarks.row import Measured, times

PATH = Path(__file__).with_name("recorded.json")
TOLERANCE = 0.25
"""The share by which a ratio differs from one run to the next without a reason in the code."""


def recorded() -> dict[str, float]:
    """The recorded ratios by the keys of rows; none before the first record."""
    found: dict[str, float] = json.loads(PATH.read_text(encoding="utf-8")) if PATH.exists() else {}
    return found


def record(result: Measured, keys: Iterable[str]) -> None:
    """Writes a ratio beside those that are recorded of other rows; `keys` are those of all rows that there are."""
    kept = recorded() | {result.row.key: float(f"{result.ratio:.3g}")}
    ordered = {key: kept[key] for key in keys if key in kept}
    PATH.write_text(json.dumps(ordered, indent=2) + "\n", encoding="utf-8")


def worse(result: Measured, known: float) -> str | None:
    """What got worse; None where the ratio is within the tolerance of the recorded one."""
    if result.ratio <= known * (1 + TOLERANCE):
        return None
    return f"{result.row.key}: {times(result.ratio)}, recorded {times(known)}"
