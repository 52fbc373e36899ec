"""Computes a sweep on a Ray cluster, whose machines need archc of the same version and no files of the sweep."""

from __future__ import annotations

import socket
from functools import lru_cache
from typing import Any

from archc.diagnostics import SpecError, printable
from archc.sweeps.variants import Chunk, Variants, Work

_RETRIES = 3  # of a chunk whose worker is lost
_PATIENCE = 10  # seconds
_BEGUN = 2  # chunks for each core, so that none waits


class RayCluster:
    """Chunks as tasks of Ray, which computes those of lost workers again."""

    def __init__(self, work: Work, address: str | None) -> None:
        try:
            import ray
        except ImportError:
            raise SpecError.of("no-ray", "`--engine ray` needs Ray, and it is not installed") from None
        self.ray: Any = ray
        try:
            _check_reachable(address)
            ray.init(address=address, log_to_driver=False, logging_level="error")
        except (OSError, ValueError, RuntimeError) as error:
            message = f"the Ray cluster cannot be reached: {printable(str(error)[:200])}"
            raise SpecError.of("usage", message, None, "`--address HOST:PORT`, or `--address auto`") from None
        self.workers = _BEGUN * max(1, int(ray.cluster_resources().get("CPU", 1)))
        self.task = ray.remote(max_retries=_RETRIES)(_computed)
        self.work, self.digest = ray.put(work), work.digest
        self.begun: dict[Any, tuple[int, int]] = {}

    def free(self) -> int:
        """How many tasks can be begun."""
        return self.workers - len(self.begun)

    def begin(self, start: int, stop: int) -> None:
        """Begins a task."""
        self.begun[self.task.remote(self.work, self.digest, start, stop)] = start, stop

    def next(self) -> Chunk:
        """Waits for the first task.

        Raises:
            SpecError: workers were lost again and again, or the condition has no value.
        """
        done = self.ray.wait([*self.begun], num_returns=1)[0][0]
        start, stop = self.begun.pop(done)
        try:
            chunk: Chunk = self.ray.get(done)
        except self.ray.exceptions.RayTaskError as error:
            raise error.cause from None
        except self.ray.exceptions.RayError:
            message = f"the workers that computed the variants {start + 1:,} to {stop:,} were lost {_RETRIES + 1} times"
            raise SpecError.of("sweep-worker", message) from None
        return chunk

    def close(self, *, at_once: bool) -> None:
        """Ends the tasks, and the connection with the cluster."""
        for task in self.begun if at_once else ():
            self.ray.cancel(task, force=True)
        self.ray.shutdown()


def _check_reachable(address: str | None) -> None:
    """Checks that something listens at `HOST:PORT`, for which Ray itself would wait for many minutes.

    Raises:
        OSError: nothing does.
    """
    host, _, port = (address or "").rpartition(":")
    if port.isdecimal() and "/" not in host:
        socket.create_connection((host, int(port)), _PATIENCE).close()


def _computed(work: Work, digest: str, start: int, stop: int) -> Chunk:
    _works[digest] = work
    try:
        return _variants(digest).chunk(start, stop)
    finally:
        del _works[digest]


_works: dict[str, Work] = {}


@lru_cache(maxsize=1)
def _variants(digest: str) -> Variants:
    """The variants of a sweep, which a worker keeps from one chunk to the next."""
    return Variants(_works[digest])
