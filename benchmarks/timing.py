"""Fair timing on a noisy machine: the sides in turn, medians, ratios pair by pair."""

from __future__ import annotations

import gc
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median


def process_seconds(arguments: list[str]) -> float:
    """The CPU time of a process, user and system; its modules are compiled, as an installation leaves them."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    nowhere = subprocess.DEVNULL
    subprocess.run([sys.executable, *arguments], check=True, env=environment, stdout=nowhere, stderr=nowhere)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def in_turn(sides: dict[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """The seconds of each side, the sides taken in turn; the first round is not counted."""
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for round_ in range(rounds + 1):
        for name, side in sides.items():
            seconds = side()
            if round_:
                taken[name].append(seconds)
    return taken


def ratio(a: list[float], b: list[float]) -> float:
    """The median of a/b over the rounds."""
    return median(x / y for x, y in zip(a, b, strict=True))


def seconds_of(work: Callable[[], object]) -> float:
    """The CPU time of some work in this process, after what was left over is collected."""
    gc.collect()
    started = time.process_time()
    work()
    return time.process_time() - started
