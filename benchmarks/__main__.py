"""Runs the benchmarks and prints their figures as ratios measured in one run."""

from __future__ import annotations

import sys

from benchmarks import building, cold, comparing, drawing, transplanting, variants, warm

PARTS = {
    "cold": cold.report,
    "warm": warm.report,
    "building": building.report,
    "comparing": comparing.report,
    "drawing": drawing.report,
    "transplanting": transplanting.report,
    "variants": variants.report,
}


def main(names: list[str]) -> None:
    """Runs the parts of these names; all without names."""
    for name in names or list(PARTS):
        if name not in PARTS:
            raise SystemExit(f"no benchmark is called {name}; there are: {', '.join(PARTS)}")
        for line in PARTS[name]():
            print(line, flush=True)


main(sys.argv[1:])
