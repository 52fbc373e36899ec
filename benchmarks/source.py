"""Python source of a long network."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import archc
from benchmarks.chains import chain, written
from benchmarks.row import Row, Side
from benchmarks.timing import loop_seconds, seconds_of
from benchmarks.warm import LONG


def _written_out(flat: bool, folder: Path) -> tuple[Side, Side]:
    network = archc.load(written(folder, chain(LONG)))
    return partial(seconds_of, partial(network.source, flat=flat)), loop_seconds


def rows() -> Iterator[Row]:
    row = partial(Row, against="a loop", rounds=2, warm_up=False)
    yield row("structured source of 20,000 layers written out", sides=partial(_written_out, False), goal=41)
    yield row("flat source of 20,000 layers written out", sides=partial(_written_out, True))
