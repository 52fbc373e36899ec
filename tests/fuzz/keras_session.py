"""What cases with Keras have in common: a limit of memory beside what Keras takes, and models that are forgotten."""

from __future__ import annotations

import resource
from pathlib import Path
from random import Random

import keras

from tests.fuzz.outcome import Case, Outcome

_SESSION = 100  # cases, after which Keras forgets their models


def limited(case: Case, memory: int) -> Case:
    """The case in a process that may take this much memory, in bytes, beside what it has now."""
    taken = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + memory,) * 2)
    count = 0

    def counted(random: Random) -> Outcome:
        nonlocal count
        count += 1
        if count % _SESSION == 0:
            keras.backend.clear_session()
        return case(random)

    return counted
