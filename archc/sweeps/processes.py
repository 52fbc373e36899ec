"""Computes a sweep in several processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import NamedTuple

from archc.diagnostics import SpecError
from archc.sweeps.engine import Report
from archc.sweeps.variants import Chunk, Variants, Work

_TRIES = 2


class _Begun(NamedTuple):
    """A chunk that a worker computes, the how many-th try it is, and the executor of the worker."""

    start: int
    stop: int
    tries: int
    executor: ProcessPoolExecutor


class Processes:
    """Workers with an executor each, so that a worker that dies is known by its chunk."""

    def __init__(self, work: Work, jobs: int, report: Report) -> None:
        self.work, self.workers, self.report = work, jobs, report
        self.others = set(multiprocessing.active_children())
        self.idle = deque(self._executor() for _ in range(jobs))
        self.begun: dict[Future[Chunk], _Begun] = {}

    def free(self) -> int:
        """The number of idle workers."""
        return len(self.idle)

    def begin(self, start: int, stop: int) -> None:
        """Gives a chunk to an idle worker."""
        self._submit(_Begun(start, stop, 1, self.idle.popleft()))

    def next(self) -> Chunk:
        """Waits for the first chunk; that of a worker that died is computed once more.

        Raises:
            SpecError: the worker of a chunk died twice, or the condition has no value.
        """
        while True:
            future = next(iter(wait(self.begun, return_when=FIRST_COMPLETED).done))
            begun = self.begun.pop(future)
            try:
                chunk = future.result()
            except BrokenProcessPool:
                begun.executor.shutdown(wait=False)
                self._retry(begun)
                continue
            self.idle.append(begun.executor)
            return chunk

    def close(self, *, at_once: bool) -> None:
        """Ends the workers."""
        if at_once:
            for process in set(multiprocessing.active_children()) - self.others:
                process.terminate()
        for executor in (*self.idle, *(begun.executor for begun in self.begun.values())):
            executor.shutdown(cancel_futures=True)

    def _executor(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(1, context, initializer=_start_worker, initargs=(self.work,))

    def _submit(self, begun: _Begun) -> None:
        with _interrupts_blocked():
            try:
                future = begun.executor.submit(_computed, begun.start, begun.stop)
            except BrokenProcessPool:  # its worker died when it had nothing to do
                begun = begun._replace(executor=self._executor())
                future = begun.executor.submit(_computed, begun.start, begun.stop)
        self.begun[future] = begun

    def _retry(self, begun: _Begun) -> None:
        variants = f"the variants {begun.start + 1:,} to {begun.stop:,}"
        if begun.tries == _TRIES:
            message = f"a worker that computed {variants} has died, and so did the one that did it again"
            raise SpecError.of("sweep-worker", message)
        self.report(f"a worker has died; {variants} are computed again")
        self._submit(begun._replace(tries=begun.tries + 1, executor=self._executor()))


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Blocks interrupts, also in the processes that are started in the meantime, which keep it so.

    An interrupt at a terminal goes to all processes; it is a matter of the first one.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_variants: Variants | None = None
"""The variants of the sweep that this worker is for."""


def _start_worker(work: Work) -> None:
    """Prepares a worker, which ends with the process that started it."""
    global _variants  # noqa: PLW0603
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _variants = Variants(work)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _computed(start: int, stop: int) -> Chunk:
    assert _variants is not None
    return _variants.chunk(start, stop)
