"""Keeps the garbage collector from scanning objects that stay: while many are made, and in a process that soon ends."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

_MANY = 100_000  # objects; at Python's 700 the collector takes a tenth of the time of a short command


@contextmanager
def without_collection() -> Iterator[None]:
    """Turns the garbage collector off.

    Reading, elaboration, building and the writing of source make many objects and drop few, hardly any in cycles. The
    collector would scan all live objects again and again as their number grows, which takes longer than to make them.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@cache
def collect_seldom() -> None:
    """Makes the garbage collector rare, and keeps it from looking at all objects once more when the process ends."""
    gc.set_threshold(_MANY, *gc.get_threshold()[1:])
    atexit.register(gc.freeze)
