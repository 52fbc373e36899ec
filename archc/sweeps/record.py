"""The record of a sweep that is under way: a line for the sweep, then one for each chunk, in the order of variants.

A sweep that was ended goes on after the last whole line. The records of the shards of a sweep make one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from io import FileIO
from pathlib import Path
from typing import Any, NamedTuple

from archc.atomic_file import unwritable
from archc.diagnostics import SpecError, shortened
from archc.ir.shape import Shape
from archc.language.value import Value
from archc.open_file import open_file
from archc.sweeps.condition import SET
from archc.sweeps.variants import Chunk, Refusal, Row, Work

_FORMAT = "archc-sweep-record"


class Heading(NamedTuple):
    """The sweep of a record.

    Attributes:
        digest: of the work.
        family: the name or path of the spec.
        columns: the names of the columns.
        params: values that are the same in all variants.
        inputs: shapes by the names of inputs; the empty name is that of a single one.
        variants: how many the sweep has.
        start: the number of the first variant of the record.
        stop: the number after the last one.
    """

    digest: str
    family: str
    columns: tuple[str, ...]
    params: Mapping[str, Value]
    inputs: Mapping[str, Shape]
    variants: int
    start: int
    stop: int

    def of_the_same(self, other: Heading) -> bool:
        """Whether it is the heading of a shard of the same sweep."""
        return (self.digest, self.columns, self.variants) == (other.digest, other.columns, other.variants)

    def continues(self, other: Heading) -> bool:
        """Whether it is the heading of the same shard of the same sweep."""
        return self.of_the_same(other) and (self.start, self.stop) == (other.start, other.stop)

    @property
    def shapes(self) -> Mapping[Any, Shape] | None:
        """The shapes as `archc.load` takes them."""
        return {name or None: shape for name, shape in self.inputs.items()} or None


def varied(heading: Heading, row: Row) -> dict[str, Value]:
    """The values of the varied parameters in a row."""
    named = zip(heading.columns, row.values, strict=True)
    return {column.removeprefix(f"{SET}."): value for column, value in named if column.startswith(f"{SET}.")}


class Record(NamedTuple):
    """What is known of a sweep.

    Attributes:
        size: of the whole lines in the file, in bytes.
    """

    heading: Heading
    chunks: list[Chunk]
    size: int

    @property
    def stop(self) -> int:
        """The number of the first variant that is not computed."""
        return self.chunks[-1].stop if self.chunks else self.heading.start


def heading_of(work: Work, shard: tuple[int, int] = (1, 1)) -> Heading:
    """The heading of a shard of a sweep: its number, from 1, and how many there are."""
    number, count = shard
    start, stop = (work.space.count * place // count for place in (number - 1, number))
    inputs = {name or "": shape for name, shape in work.inputs.items()}
    label = work.spec.label
    return Heading(work.digest, label, work.columns, work.params, inputs, work.space.count, start, stop)


def begin(path: Path, heading: Heading) -> FileIO:
    """Opens a new record.

    Raises:
        SpecError: it cannot be written.
    """
    opened = _opened(path, "w")
    _write(opened, {"format": _FORMAT, "version": 1, **heading._asdict()})
    return opened


def go_on(path: Path, record: Record) -> FileIO:
    """Opens a record after its last whole line.

    Raises:
        SpecError: it cannot be written.
    """
    opened = _opened(path, "r+")
    opened.truncate(record.size)
    opened.seek(record.size)
    return opened


def add_chunk(record: FileIO, chunk: Chunk) -> None:
    """Writes the line of a chunk.

    Raises:
        SpecError: the record cannot be written.
    """
    rows = [[row.number, *row.values] for row in chunk.rows]
    _write(record, [chunk.start, chunk.stop, chunk.left_out, chunk.refusals, rows])


def read_record(path: Path) -> Record:
    """Reads a record; a last line that is not whole is left out.

    Raises:
        SpecError: it is no record.
    """
    with open_file(path) as opened:
        first = opened.readline()
        heading = _heading(first)
        if heading is None:
            message = f"`{shortened(str(path), 200)}` is no record of a sweep, or nothing of it is written"
            raise SpecError.of("sweep-record", message)
        record = Record(heading, [], len(first))
        for line in opened:
            chunk = _chunk(line)
            if chunk is None or chunk.start != record.stop:
                break
            record.chunks.append(chunk)
            record = record._replace(size=record.size + len(line))
    return record


def _opened(path: Path, mode: str) -> FileIO:
    try:
        return FileIO(path, mode)
    except OSError as error:
        raise unwritable(path, error) from None


def _write(record: FileIO, content: Any) -> None:
    line = json.dumps(content, separators=(",", ":")).encode() + b"\n"
    try:
        while line:
            line = line[record.write(line) :]
    except OSError as error:
        raise unwritable(Path(str(record.name)), error) from None


def _json(line: bytes) -> Any:
    """The content of a line; None where it is not whole."""
    try:
        return json.loads(line) if line.endswith(b"\n") else None
    except ValueError:
        return None


def _heading(line: bytes) -> Heading | None:
    data = _json(line)
    if not isinstance(data, dict) or (data.pop("format", None), data.pop("version", None)) != (_FORMAT, 1):
        return None
    try:
        found = Heading(**data)
        inputs = {name: tuple(shape) for name, shape in found.inputs.items()}
        return found._replace(columns=tuple(found.columns), inputs=inputs)
    except (AttributeError, TypeError):
        return None


def _chunk(line: bytes) -> Chunk | None:
    try:
        start, stop, left_out, refusals, rows = _json(line)
        made = tuple(Row(number, tuple(values)) for number, *values in rows)
        return Chunk(start, stop, made, left_out, tuple(Refusal(*refusal) for refusal in refusals))
    except (TypeError, ValueError):
        return None


def joined(paths: Sequence[Path]) -> Record:
    """The records of the shards of one sweep as one.

    Raises:
        SpecError: they are not those of one sweep, or there is not each variant once.
    """
    records = {path: read_record(path) for path in paths}
    first = next(iter(records.values())).heading
    following, chunks = 0, list[Chunk]()
    for path, (heading, found, _) in sorted(records.items(), key=lambda item: item[1].heading[-2:]):
        shown = f"`{shortened(str(path), 200)}`"
        if not heading.of_the_same(first):
            raise SpecError.of("sweep-record", f"{shown} is of another sweep than `{shortened(str(paths[0]), 200)}`")
        if records[path].stop != heading.stop:
            message = f"{shown} is not whole: it ends before the variant {records[path].stop + 1:,}"
            raise SpecError.of("sweep-record", message, None, "`--resume` goes on with it")
        if heading.start < following:
            raise SpecError.of("sweep-record", f"{shown} has variants that another file has too", None, "name it once")
        if heading.start > following:
            raise _missing(following, heading.start)
        following = heading.stop
        chunks += found
    if following < first.variants:
        raise _missing(following, first.variants)
    return Record(first._replace(start=0, stop=first.variants), chunks, 0)


def _missing(start: int, stop: int) -> SpecError:
    message = f"the variants {start + 1:,} to {stop:,} are missing"
    return SpecError.of("sweep-record", message, None, "name the files of all shards")
