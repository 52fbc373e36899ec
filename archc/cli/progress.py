"""What a long command does at this moment, on a terminal's standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Tell = Callable[[int, str], None]
"""Takes the number of what is done, and what comes next."""


@contextmanager
def progress(total: int | None, first: str) -> Iterator[Tell]:
    """Shows how far a command is while it runs; nothing where standard error is no terminal.

    Args:
        total: the number of what is to be done; None where it is not known.
        first: what the command begins with.
    """
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda _done, _next: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    counted = () if total is None else (BarColumn(), MofNCompleteColumn())
    columns = (*counted, TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(first, total=total)
        yield lambda done, following: shown.update(task, completed=done, description=following)
