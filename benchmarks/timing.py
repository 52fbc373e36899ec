"""Costs on a noisy machine: CPU time in place of the clock, both sides in turn, and a loop as measure of the pace."""

from __future__ import annotations

import gc
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence


def in_turn(sides: Sequence[Callable[[], float]], rounds: int, *, warm_up: bool = True) -> list[list[float]]:
    """The costs of each side, the sides taken in turn; the first round is not counted where it is to warm up."""
    taken = [[side() for side in sides] for _ in range(rounds + warm_up)][warm_up:]
    return [list(costs) for costs in zip(*taken, strict=True)]


def seconds_of(work: Callable[[], object]) -> float:
    """The CPU time of some work in this process, after what was left over is collected."""
    gc.collect()
    started = time.process_time()
    work()
    return time.process_time() - started


def loop_seconds() -> float:
    """The CPU time of a loop of plain Python that makes small objects, as what archc does is made of."""
    return seconds_of(_loop)


def _loop() -> None:
    kept: dict[int, tuple[int, str]] = {}
    for number in range(300_000):
        kept[number % 1000] = number, str(number)


def process_seconds(arguments: Sequence[str], **environment: str) -> float:
    """The CPU time of a process of Python, user and system.

    Its modules are compiled, as an installation leaves them.

    Args:
        arguments: of `python`.
        **environment: variables that it has beside those of this process.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _run([sys.executable, *arguments], environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


_PEAK = """\
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def process_mebibytes(arguments: Sequence[str], **environment: str) -> float:
    """The most memory that a process of Python has at once.

    A small process starts it: what starts a process counts as part of its peak.
    """
    printed = _run([sys.executable, "-S", "-c", _PEAK, sys.executable, *arguments], environment)
    return int(printed) / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def reported_seconds(arguments: Sequence[str]) -> float:
    """The CPU time that a process of Python prints itself, of a part of what it does."""
    return float(_run([sys.executable, *arguments], {}))


def _run(command: Sequence[str], environment: dict[str, str]) -> str:
    """What a process prints.

    Raises:
        subprocess.CalledProcessError: it could not run; findings, such as differences, are status 1.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    ran = subprocess.run(command, check=False, env=kept | environment, capture_output=True, text=True)
    if ran.returncode > 1:
        raise subprocess.CalledProcessError(ran.returncode, command, ran.stdout, ran.stderr)
    return ran.stdout
