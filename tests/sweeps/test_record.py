"""A sweep that goes on, and the shards of a sweep: the rows are those of one run."""

from __future__ import annotations

from functools import cache
from itertools import chain
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archc.diagnostics import SpecError
from archc.sweeps import run
from archc.sweeps.engine import OneProcess
from archc.sweeps.outcome import Outcome, outcome_lines
from archc.sweeps.record import heading_of, joined, read_record
from archc.sweeps.variants import Chunk, Variants, Work
from tests.sweeps.families import VARY, work

WHERE = "set.width != 3"


class Ended(Exception):
    """Stands for what ends a sweep."""


@cache
def sweep_() -> Work:
    return work(where=WHERE)


@cache
def singles() -> list[Chunk]:
    """The variants of the sweep, one by one."""
    variants = Variants(sweep_())
    return [variants.chunk(number, number + 1) for number in range(30)]


class Known:
    """Gives chunks of variants that are computed already."""

    def chunk(self, start: int, stop: int) -> Chunk:
        parts = singles()[start:stop]
        rows = tuple(chain(*(part.rows for part in parts)))
        refusals = tuple(chain(*(part.refusals for part in parts)))
        return Chunk(start, stop, rows, sum(part.left_out for part in parts), refusals)


def engine() -> OneProcess:
    made = OneProcess(sweep_())
    made.variants = Known()  # type: ignore[assignment]
    return made


@cache
def whole() -> Outcome:
    outcome = Outcome()
    outcome.add(Variants(sweep_()).chunk(0, 30))
    return outcome


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archc.sweeps.engine.CHUNK", 4)


def recorded(path: Path, work_: Work | None = None, shard: tuple[int, int] = (1, 1), end: int = 10**6) -> Outcome:
    """Runs a sweep with a record; `end` is the variant at which it ends."""
    record = run.begun_record(path, heading_of(work_ or sweep_(), shard), resume=True, force=False)

    def tell(_: Outcome, following: int) -> None:
        if following >= end:
            raise Ended

    with run.opened_record(path, record) as file:
        return run.run(record, file, engine, tell)


def same(outcome: Outcome) -> bool:
    return outcome.rows == whole().rows and outcome_lines(outcome, 30) == outcome_lines(whole(), 30)


@settings(max_examples=40)
@given(st.lists(st.integers(0, 5000), max_size=4))
def test_a_record_that_is_cut_anywhere_goes_on(cuts: list[int]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv.part"
        assert same(recorded(path))
        for cut in cuts:
            content = path.read_bytes()
            heading = content.index(b"\n") + 1
            path.write_bytes(content[: heading + cut % (len(content) - heading)])
            assert same(recorded(path))
        assert same(run.outcome_of(read_record(path)))


def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    path = tmp_path / "table.csv.part"
    for end in (4, 12, 12, 20):
        before = path.read_bytes() if path.exists() else b""
        with pytest.raises(Ended):
            recorded(path, end=end)
        assert path.read_bytes().startswith(before)
        assert read_record(path).stop == end
    assert same(recorded(path))
    assert [chunk.start for chunk in read_record(path).chunks] == [*range(0, 30, 4)]


@settings(max_examples=25)
@given(st.integers(1, 40), st.randoms())
def test_shards_in_any_order_make_one_run(count: int, random: Random) -> None:
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.shard" for number in range(1, count + 1)]
        for number, path in enumerate(paths, 1):
            recorded(path, shard=(number, count))
        random.shuffle(paths)
        assert same(run.outcome_of(joined(paths)))


def code(call: object, *arguments: object) -> str:
    with pytest.raises(SpecError) as caught:
        call(*arguments)  # type: ignore[operator]
    assert caught.value.first.code == "sweep-record"
    return caught.value.first.message


def test_shards_that_make_no_sweep_are_refused(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.shard" for number in (1, 2, 3)]
    for number, path in enumerate(paths, 1):
        recorded(path, shard=(number, 3))
    assert "the variants 11 to 20 are missing" in code(joined, [paths[0], paths[2]])
    assert "the variants 21 to 30 are missing" in code(joined, paths[:2])
    other = tmp_path / "other.shard"
    other.write_bytes(paths[1].read_bytes())
    assert "another file has too" in code(joined, [*paths, other])
    recorded(tmp_path / "own.shard", work(), shard=(2, 3))
    assert "another sweep" in code(joined, [paths[0], tmp_path / "own.shard", paths[2]])
    other.write_bytes(paths[2].read_bytes()[:-5])
    assert "is not whole" in code(joined, [*paths[:2], other])
    for content in (b"", b"id\n1\n", b"\0\n", b"{}\n", b'{"format":"archc-sweep-record","version":1}\n'):
        other.write_bytes(content)
        assert "no record" in code(joined, [other])


@pytest.mark.parametrize(
    "other",
    [
        {"where": None},
        {"where": "set.width != 2"},
        {"vary": {**VARY, "width": "0..5"}},
        {"vary": {**VARY, "bias": [False, True]}},
        {"vary": {"depth": [1, 2, 0], "width": "0..4", "bias": [True, False]}},
        {"sample": 30},
    ],
)
def test_the_record_of_another_sweep_is_refused(tmp_path: Path, other: dict[str, Any]) -> None:
    path = tmp_path / "table.csv.part"
    with pytest.raises(Ended):
        recorded(path, end=8)
    content = path.read_bytes()
    assert "another sweep" in code(recorded, path, work(**{"where": WHERE, **other}))
    assert "another sweep" in code(recorded, path, sweep_(), (1, 2))
    assert path.read_bytes() == content


def test_a_record_is_of_one_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "table.csv.part"
    with pytest.raises(Ended):
        recorded(path, end=8)
    monkeypatch.setattr("archc.sweeps.variants.__version__", "9.9.9")
    assert "version of archc" in code(recorded, path)
