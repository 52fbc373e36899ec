"""What the kinds of random cases have in common."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple


class Outcome(NamedTuple):
    """What became of a case.

    Attributes:
        input: what was tried, as a file to keep.
        refused: whether it ended in an error that it may end in.
        fault: what is wrong; None where nothing is.
    """

    input: bytes
    refused: bool
    fault: str | None


Case = Callable[[random.Random], Outcome]
"""One case, which follows from the random numbers alone."""
