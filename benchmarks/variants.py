"""Networks of a family at many values of its parameters."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import archc
from benchmarks.row import Row, Side
from benchmarks.timing import loop_seconds, seconds_of

FAMILY = "wide_resnet"

Settings = dict[str, Any]


def settings() -> Iterator[Settings]:
    """Values of the parameters of networks like ResNet-50, of up to 8 units a stage."""
    choose = random.Random(0)
    while True:
        yield {"depths": [choose.randint(1, 8) for _ in range(4)], "widen": choose.choice([1, 2, 3, 4])}


def _each(work: Callable[[Settings], object], count: int, known: int = 0) -> Side:
    """The seconds of some work for one network, each time for other networks, after `known` that are not measured."""
    given = settings()
    for one in islice(given, known):
        work(one)

    def measured() -> float:
        chosen = list(islice(given, count))
        return seconds_of(lambda: [work(one) for one in chosen]) / count

    return measured


def _graphs(_: Path) -> tuple[Side, Side]:
    family = archc.family(FAMILY)
    return _each(lambda one: family(**one).params, 50), loop_seconds


def _identities(_: Path) -> tuple[Side, Side]:
    family = archc.family(FAMILY)
    return _each(lambda one: family.id(**one), 50), loop_seconds


def _totals(_: Path) -> tuple[Side, Side]:
    family = archc.family(FAMILY)
    return _each(lambda one: family.totals(**one), 2_000, known=2_000), loop_seconds


def _read(_: Path) -> tuple[Side, Side]:
    return _each(lambda one: archc.load(FAMILY, **one).params, 10), loop_seconds


def rows() -> Iterator[Row]:
    row = partial(Row, against="a loop")
    yield row(f"a network of {FAMILY}, read anew", sides=_read)
    yield row(f"a network of {FAMILY}, its graph", sides=_graphs, goal=0.017)
    yield row(f"a network of {FAMILY}, its identity", sides=_identities)
    yield row(f"a network of {FAMILY}, its totals", sides=_totals, goal=0.001)
