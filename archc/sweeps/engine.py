"""What computes the variants of a sweep, a chunk at a time: this process, others on this machine, or a cluster."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Protocol

from archc.sweeps.variants import Chunk, Variants, Work

CHUNK = 200
"""The variants of a chunk: some tenths of a second, which is what an interrupt loses."""
_AHEAD = 8  # chunks of each worker, between the first that is not done and the last that is begun

Report = Callable[[str], None]
"""Takes a sentence about what happened, for the user."""


class Engine(Protocol):
    """Computes chunks, several at one time.

    Attributes:
        workers: how many.
    """

    workers: int

    def free(self) -> int:
        """How many chunks it can begin now."""

    def begin(self, start: int, stop: int) -> None:
        """Begins a chunk."""

    def next(self) -> Chunk:
        """Waits for a chunk that was begun, whichever is done first.

        Raises:
            SpecError: a worker was lost again, or the condition has no value.
        """

    def close(self, *, at_once: bool) -> None:
        """Ends the workers, at once or when they have done what they began."""


class OneProcess:
    """Computes in this process."""

    def __init__(self, work: Work) -> None:
        self.workers = 1
        self.variants = Variants(work)
        self.begun: list[tuple[int, int]] = []

    def free(self) -> int:
        """One if nothing is begun."""
        return 1 - len(self.begun)

    def begin(self, start: int, stop: int) -> None:
        """Notes a chunk."""
        self.begun.append((start, stop))

    def next(self) -> Chunk:
        """Computes the chunk that was begun."""
        return self.variants.chunk(*self.begun.pop())

    def close(self, *, at_once: bool) -> None:
        """There is nothing to end."""


def chunks(engine: Engine, start: int, stop: int) -> Generator[Chunk]:
    """The chunks from one variant to before another, in order; the engine is closed at the end."""
    begun, done = start, dict[int, Chunk]()
    ahead = _AHEAD * CHUNK * engine.workers
    whole = False
    try:
        while start < stop:
            while begun < stop and engine.free() and begun - start < ahead:
                engine.begin(begun, min(begun + CHUNK, stop))
                begun += CHUNK
            chunk = engine.next()
            done[chunk.start] = chunk
            while start in done:
                chunk = done.pop(start)
                start = chunk.stop
                yield chunk
        whole = True
    finally:
        engine.close(at_once=not whole)
