"""The memory of a process that runs one command and ends."""

from __future__ import annotations

import atexit
import gc
from functools import cache

_MANY = 100_000  # objects; at Python's 700 the collector takes a tenth of the time of a short command


@cache
def keep_until_the_end() -> None:
    """Makes the garbage collector rare, and keeps it from looking at all objects once more when the process ends."""
    gc.set_threshold(_MANY, *gc.get_threshold()[1:])
    atexit.register(gc.freeze)
