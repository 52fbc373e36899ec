"""Turns the garbage collector off while many objects are made that stay."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


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
