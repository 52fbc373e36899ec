"""Networks of a family at many values of its parameters."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import archc
from benchmarks.timing import in_turn, ratio, seconds_of

FAMILY = "wide_resnet"
ROUNDS = 5

Settings = dict[str, Any]


def settings(seed: int) -> Iterator[Settings]:
    """Values of the parameters of networks like ResNet-50, of up to 8 units a stage."""
    choose = random.Random(seed)
    while True:
        yield {"depths": [choose.randint(1, 8) for _ in range(4)], "widen": choose.choice([1, 2, 3, 4])}


def each_of(work: Callable[[Settings], object], count: int) -> Callable[[], float]:
    """The seconds that some work takes for one network; each time for other networks."""
    given = settings(count)

    def measured() -> float:
        chosen = list(islice(given, count))
        return seconds_of(lambda: [work(one) for one in chosen]) / count

    return measured


def report() -> Iterator[str]:
    """Networks a second, as totals and as graphs, and how many times as many as by reading the text each time."""
    family = archc.family(FAMILY)
    text = family.spec.sources[0].text
    for one in islice(settings(0), 2_000):  # what parts of networks do is remembered
        family.totals(**one)
    sides = {
        "read from the text": each_of(lambda one: archc.loads(text, **one).params, 10),
        "as graphs": each_of(lambda one: family(**one).params, 50),
        "with their identities": each_of(lambda one: family.id(**one), 50),
        "as totals": each_of(lambda one: family.totals(**one), 2_000),
    }
    taken = in_turn(sides, ROUNDS)
    yield f"networks of {FAMILY} at other values of its parameters, a CPU second (median)"
    for name, seconds in taken.items():
        each = sorted(seconds)[len(seconds) // 2]
        yield f"  {name:24} {1 / each:9,.0f}   {ratio(taken['read from the text'], seconds):7.1f} times as many"
