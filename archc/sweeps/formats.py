"""The files of a table: CSV, JSON Lines and Parquet, by the ending of the file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from archc.diagnostics import SpecError, shortened
from archc.language.value import Value
from archc.report.table import Column, Table
from archc.sweeps.variants import FIGURES, Row

Columns = Sequence[str]
Write = Callable[[Path, Columns, Sequence[Row]], None]


def csv_lines(columns: Columns, rows: Sequence[Row]) -> Iterator[str]:
    """The lines of a CSV file: texts as they are, what is unknown as nothing, all else as JSON."""
    for values in (columns, *(row.values for row in rows)):
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(map(cell, values))
        yield line.getvalue()


def cell(value: Value) -> str:
    """A value as a text: `[2, 2, 2, 2]`, `true`, `0.5`; nothing for null."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def rows_table(columns: Columns, rows: Sequence[Row]) -> Table:
    """The table for a terminal."""
    titles = [Column(name, right=name in FIGURES, drop_order=_DROPPED.get(name, 0)) for name in columns]
    return Table(
        titles, [[f"{value:,}" if type(value) is int else cell(value) for value in row.values] for row in rows]
    )


_DROPPED = {"id": 4, "receptive_field": 3, "activation_bytes": 2, "total_params": 1}
"""The columns that a narrow terminal drops, the largest first."""


def _write_csv(path: Path, columns: Columns, rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(csv_lines(columns, rows))


def _write_jsonl(path: Path, columns: Columns, rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(dict(zip(columns, row.values, strict=True)), ensure_ascii=False) + "\n")


def _write_parquet(path: Path, columns: Columns, rows: Sequence[Row]) -> None:
    from pyarrow import parquet, table

    made = {column: _array([row.values[place] for row in rows]) for place, column in enumerate(columns)}
    parquet.write_table(table(made), path)


def _array(values: list[Value]) -> Any:
    """A column of Arrow; of texts as in CSV where Arrow has no type for all its values as they are."""
    import pyarrow as pa

    with suppress(pa.ArrowException):
        made = pa.array(values)
        if made.to_pylist() == values:  # maps would get the keys of one another
            return made
    return pa.array([None if value is None else cell(value) for value in values])


_WRITERS: Mapping[str, Write] = {".csv": _write_csv, ".jsonl": _write_jsonl, ".parquet": _write_parquet}
ENDINGS = tuple(_WRITERS)
"""The endings of files."""


def writer_of(path: Path) -> Write:
    """What writes a file, by its ending.

    Raises:
        SpecError: it has another ending, or pyarrow is not installed.
    """
    found = _WRITERS.get(path.suffix.lower())
    if found is None:
        endings = ", ".join(ENDINGS)
        message = f"the ending of `{shortened(str(path), 200)}` is none of a table"
        raise SpecError.of("usage", message, None, f"one of {endings}")
    if found is _write_parquet:
        try:
            import_module("pyarrow")
        except ImportError:
            raise SpecError.of("no-pyarrow", "Parquet is written by pyarrow, and it is not installed") from None
    return found
