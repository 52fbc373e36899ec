"""Runs the benchmarks, prints their costs and ratios, and holds the ratios to recorded ones."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import building, cold, comparing, drawing, growth, source, transplanting, variants, warm
from benchmarks.records import record, recorded, worse
from benchmarks.row import HEADING, Measured, Row, measured

PARTS = {
    "cold": cold.rows,
    "warm": warm.rows,
    "comparing": comparing.rows,
    "variants": variants.rows,
    "source": source.rows,
    "drawing": drawing.rows,
    "growth": growth.rows,
    "building": building.rows,
    "transplanting": transplanting.rows,
}


def results(parts: list[str]) -> Iterator[Measured]:
    """Measures the rows of these parts, and prints each."""
    print(HEADING)
    for part in parts:
        print(part, flush=True)
        for row in PARTS[part]():
            result = _measured(row)
            print(result, flush=True)
            yield result


def _measured(row: Row) -> Measured:
    with TemporaryDirectory() as folder:
        return measured(row, Path(folder))


def checked(parts: list[str]) -> int:
    """Says which rows are worse than recorded, measured twice; the exit status, 1 where there are any."""
    known, found = recorded(), list[str]()
    for result in results(parts):
        key = result.row.key
        if key not in known:
            found.append(f"{key}: not recorded")
        elif worse(result, known[key]) and (message := worse(_measured(result.row), known[key])):
            found.append(message)
    print(*found or ["nothing is worse than recorded"], sep="\n")
    return 1 if found else 0


def _part(name: str) -> str:
    if name not in PARTS:
        raise argparse.ArgumentTypeError(f"no part is called {name}; there are: {', '.join(PARTS)}")
    return name


def main() -> int:
    """Runs the parts that are named; all without names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", type=_part, metavar="PART", help=", ".join(PARTS))
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help="say what is worse than recorded; status 1 then")
    how.add_argument("--record", action="store_true", help="record the ratios")
    options = parser.parse_args()
    parts = options.parts or list(PARTS)
    if options.check:
        return checked(parts)
    keys = [row.key for part in PARTS.values() for row in part()]
    for result in results(parts):
        if options.record:
            record(result, keys)
    return 0


if __name__ == "__main__":
    sys.exit(main())
