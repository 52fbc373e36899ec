"""What computes chunks: they come in order, and a worker that dies is replaced."""

from __future__ import annotations

import multiprocessing
import pickle
import socket
import sys
from functools import partial
from itertools import pairwise
from random import Random
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from archc.diagnostics import SpecError
from archc.sweeps.engine import chunks
from archc.sweeps.processes import Processes
from archc.sweeps.ray_cluster import RayCluster
from archc.sweeps.variants import Chunk, Variants
from tests.sweeps.families import work


class AnyOrder:
    """Gives chunks in any order."""

    workers = 5

    def __init__(self) -> None:
        self.begun: list[tuple[int, int]] = []
        self.most = 0
        self.closed: bool | None = None
        self.random = Random(1)

    def free(self) -> int:
        return self.workers - len(self.begun)

    def begin(self, start: int, stop: int) -> None:
        self.begun.append((start, stop))
        self.most = max(self.most, stop)

    def next(self) -> Chunk:
        begun = self.begun.pop(self.random.randrange(len(self.begun)))
        return Chunk(*begun, (), 0, ())

    def close(self, *, at_once: bool) -> None:
        self.closed = at_once


def test_chunks_come_in_order_and_not_far_ahead_of_the_first_that_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archc.sweeps.engine.CHUNK", 3)
    engine = AnyOrder()
    found = []
    for chunk in chunks(engine, 7, 500):
        found.append(chunk)
        assert engine.most - chunk.stop <= 3 * 8 * 5
    assert all(one.stop == other.start for one, other in pairwise(found))
    assert (found[0].start, found[-1].stop, engine.closed) == (7, 500, False)


def test_the_engine_is_closed_at_once_where_the_rows_are_not_wanted() -> None:
    engine = AnyOrder()
    made = chunks(engine, 0, 5000)
    next(made)
    made.close()
    assert engine.closed


@pytest.fixture
def pool() -> Any:
    reports: list[str] = []
    engine = Processes(work(where="set.width > 0"), 1, reports.append)
    yield engine, reports
    engine.close(at_once=True)


def kill_worker() -> None:
    for process in multiprocessing.active_children():
        process.kill()
        process.join()


def test_the_chunk_of_a_worker_that_dies_is_computed_again_once(pool: tuple[Processes, list[str]]) -> None:
    engine, reports = pool
    expected = Variants(engine.work).chunk(0, 30)
    engine.begin(0, 30)
    kill_worker()
    assert engine.next() == expected
    assert reports == ["a worker has died; the variants 1 to 30 are computed again"]
    kill_worker()  # while it has nothing to do
    engine.begin(0, 30)
    kill_worker()
    engine._retry = lambda begun: type(engine)._retry(engine, begun._replace(tries=2))  # type: ignore[method-assign]
    with pytest.raises(SpecError) as caught:
        engine.next()
    assert caught.value.first.code == "sweep-worker"


class FakeRay(ModuleType):
    """Ray as far as a sweep needs it; what travels is pickled, and the last task that was begun is done first."""

    class exceptions:  # noqa: N801
        class RayError(Exception):
            """Of the system."""

        class RayTaskError(RayError):
            """Of the task itself, as `cause`."""

    def __init__(self) -> None:
        super().__init__("ray")
        self.tasks: list[Any] = []
        self.lost = False
        self.put = pickle.dumps
        self.init = self.shutdown = self.cancel = lambda *_, **__: None
        self.cluster_resources = lambda: {"CPU": 2.0}

    def remote(self, max_retries: int) -> Any:
        assert max_retries > 0
        return lambda function: SimpleNamespace(remote=lambda *arguments: self.begin(function, arguments))

    def begin(self, function: Any, arguments: Any) -> Any:
        work_, *others = arguments
        self.tasks.append(partial(function, pickle.loads(work_), *others))
        return self.tasks[-1]

    def wait(self, tasks: list[Any], num_returns: int) -> Any:
        assert num_returns == 1
        return [self.tasks.pop()], tasks

    def get(self, task: Any) -> Any:
        if self.lost:
            raise self.exceptions.RayError
        try:
            return task()
        except SpecError as error:
            wrapped = self.exceptions.RayTaskError()
            wrapped.cause = error  # type: ignore[attr-defined]
            raise wrapped from None


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> FakeRay:
    fake = FakeRay()
    monkeypatch.setitem(sys.modules, "ray", fake)
    monkeypatch.setattr("archc.sweeps.engine.CHUNK", 4)
    return fake


@pytest.mark.usefixtures("ray")
def test_a_cluster_computes_the_same_chunks() -> None:
    made = work()
    found = list(chunks(RayCluster(made, None), 0, 30))
    assert [row for chunk in found for row in chunk.rows] == list(Variants(made).chunk(0, 30).rows)


@pytest.mark.parametrize(("where", "code"), [("params < 'a'", "type"), (None, "sweep-worker")])
def test_an_error_in_a_cluster_is_that_of_the_sweep(ray: FakeRay, where: str | None, code: str) -> None:
    ray.lost = where is None
    with pytest.raises(SpecError) as caught:
        list(chunks(RayCluster(work(where=where), None), 0, 30))
    assert caught.value.first.code == code


@pytest.mark.usefixtures("ray")
def test_a_cluster_that_is_not_there_is_said_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        RayCluster(work(), f"127.0.0.1:{port}")
    with pytest.raises(SpecError, match="cannot be reached"):
        RayCluster(work(), f"127.0.0.1:{port}")
