"""Runs a sweep: in Python, row by row; for the command line, with a record that an ended sweep goes on with."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from io import FileIO
from os import PathLike
from pathlib import Path
from typing import Any

from archc.diagnostics import SpecError, shortened
from archc.families import Family
from archc.families import family as family_of
from archc.ir.shape import Shape
from archc.network import settings_of
from archc.sweeps.engine import CHUNK, Engine, OneProcess, Report, chunks
from archc.sweeps.outcome import Outcome
from archc.sweeps.record import Heading, Record, add_chunk, begin, go_on, read_record
from archc.sweeps.space import checked_ranges, space_of
from archc.sweeps.variants import Work

MakeEngine = Callable[[], Engine]
MOST = 1_000_000
"""The variants that a sweep may have before the user is asked."""


def work_of(
    family: Family,
    vary: Mapping[str, Any],
    *,
    params: Mapping[str, Any],
    inputs: Mapping[Any, Shape],
    where: str | None = None,
    zipped: bool = False,
    sample: int | None = None,
    seed: int = 0,
) -> Work:
    """The work of a sweep, checked before its first variant; the arguments are those of `sweep`.

    Raises:
        SpecError: a range, a value or the condition is wrong; it holds every fault of the ranges.
    """
    ranges = checked_ranges(family.spec, vary, params)
    work = Work(family.spec, space_of(ranges, zipped=zipped, sample=sample, seed=seed), dict(params), inputs, where)
    _ = work.condition
    return work


def engine_of(work: Work, jobs: int | None, report: Report) -> Engine:
    """What computes a sweep on this machine.

    Args:
        work: of the sweep.
        jobs: how many processes; as many as there are cores if None.
        report: is told of a worker that has died.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    wanted = min(jobs or cores, -(-work.space.count // CHUNK))
    if wanted <= 1:
        return OneProcess(work)
    from archc.sweeps.processes import Processes

    return Processes(work, wanted, report)


def sweep(
    family: Family | str | PathLike[str],
    vary: Mapping[str, Any] | None = None,
    *,
    where: str | None = None,
    zip: bool = False,  # noqa: A002 - the name of the option
    sample: int | None = None,
    seed: int = 0,
    jobs: int | None = 1,
    inputs: Mapping[str, Shape] | Shape | None = None,
    **params: Any,
) -> Iterator[dict[str, Any]]:
    """Computes what the networks of a family have and cost, at many values of its parameters.

    Variants that are no networks are left out, and so are those that are the network of an earlier row.

    Args:
        family: a family; or the name or path of a spec.
        vary: by the names of parameters, lists of values or texts such as `64..256:32`; what `sweep` of the spec says
            of other parameters holds too.
        where: an expression over the columns; rows for which it does not hold are left out.
        zip: whether the first values of all lists come together, then the second; else each value with each.
        sample: how many variants have values at random.
        seed: of the random values.
        jobs: how many processes compute; as many as there are cores if None. Where there are several, a script needs
            `if __name__ == "__main__"`.
        inputs: as for `archc.load`.
        **params: values of parameters that are the same in all rows.

    Yields:
        The columns of a row: `set.NAME` for each varied parameter, `params`, `total_params`, `macs`, `depth`,
        `activation_bytes`, `receptive_field` and `id`, in the order of the variants.

    Raises:
        SpecError: the family, a range, a value or the condition is wrong.

    Example:
        >>> for row in sweep("wide_resnet", {"widen": "1..3"}, where="params < 60M"): print(row["params"])
        25557032
    """
    made = family if isinstance(family, Family) else family_of(family)
    order: dict[str, Any] = {"zipped": zip, "sample": sample, "seed": seed}
    work = work_of(made, vary or {}, params=params, inputs=settings_of(inputs, {}).inputs, where=where, **order)
    return _rows(work, jobs)


def _rows(work: Work, jobs: int | None) -> Iterator[dict[str, Any]]:
    import warnings

    outcome = Outcome()
    engine = engine_of(work, jobs, lambda message: warnings.warn(message, stacklevel=2))
    with closing(chunks(engine, 0, work.space.count)) as made:
        for chunk in made:
            for row in outcome.add(chunk):
                yield dict(zip(work.columns, row.values, strict=True))


# --- with a record ---


def record_path(file: Path) -> Path:
    """The record of a sweep whose table is to be a file."""
    return file.with_name(f"{file.name}.part")


def begun_record(path: Path, heading: Heading, *, resume: bool, force: bool) -> Record:
    """What is done of a sweep already; nothing where there is no record, or it may be replaced.

    Raises:
        SpecError: the record is of another sweep, or there is one and the sweep is not to go on.
    """
    if not os.path.lexists(path) or (force and not resume):
        return Record(heading, [], 0)
    shown = shortened(str(path), 200)
    if not resume:
        hint = "`--resume` goes on with it, `--force` begins again"
        raise SpecError.of("file-exists", f"`{shown}` is there already, of a sweep that was ended", None, hint)
    if not path.stat().st_size:
        return Record(heading, [], 0)
    record = read_record(path)
    if not record.heading.continues(heading):
        hint = "sweep as before, or begin again with `--force` and without `--resume`"
        raise SpecError.of(
            "sweep-record", f"`{shown}` is of another sweep: {_other(record.heading, heading)}", None, hint
        )
    return record


def _other(found: Heading, wanted: Heading) -> str:
    """What differs between two sweeps."""
    if found.columns != wanted.columns:
        return "the parameters differ"
    if found.digest == wanted.digest:
        return "the shards differ"
    return "the spec, the values, the condition or the version of archc differ"


def opened_record(path: Path, record: Record) -> FileIO:
    """The record, opened to be gone on with."""
    return go_on(path, record) if record.size else begin(path, record.heading)


def run(record: Record, file: FileIO | None, engine: MakeEngine, tell: Callable[[Outcome, int], None]) -> Outcome:
    """Computes what is not computed yet.

    Args:
        record: what is done.
        file: gets a line for each further chunk; None for no record.
        engine: makes what computes.
        tell: is called with what is found, and the number of the next variant.
    """
    outcome = outcome_of(record)
    tell(outcome, record.stop)
    if record.stop < record.heading.stop:
        with closing(chunks(engine(), record.stop, record.heading.stop)) as made:
            for chunk in made:
                if file is not None:
                    add_chunk(file, chunk)
                outcome.add(chunk)
                tell(outcome, chunk.stop)
    return outcome


def outcome_of(record: Record) -> Outcome:
    """What the chunks of a record say together."""
    outcome = Outcome()
    for chunk in record.chunks:
        outcome.add(chunk)
    return outcome
