"""What is made of the rows of a sweep: a table, a picture, specs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from archc.atomic_file import check_writable, whole_file, write_text
from archc.diagnostics import SpecError, shortened
from archc.families import Family
from archc.sweeps.emitted import check_folder, write_specs
from archc.sweeps.formats import writer_of
from archc.sweeps.outcome import Outcome
from archc.sweeps.picture import axes_of, scatter
from archc.sweeps.record import Heading
from archc.sweeps.selection import Selection, read_selection
from archc.sweeps.variants import Row


class Results(NamedTuple):
    """What a user wants of the rows.

    Attributes:
        file: of the table; None where it is printed.
        sort: the columns that order the rows.
        top: how many rows are kept.
        pareto: the columns of which the Pareto front is kept.
        plot: the file of the picture.
        axes: the columns of the picture.
        emit: the folder of the specs.
        force: whether files are replaced.
    """

    file: Path | None
    sort: str | None
    top: int | None
    pareto: str | None
    plot: Path | None
    axes: str | None
    emit: Path | None
    force: bool

    def check(self, columns: Sequence[str]) -> None:
        """Checks, before long work, that all can be made.

        Raises:
            SpecError: there is no such column, or a file cannot be written.
        """
        selection = self.selection(columns)
        if self.file is not None:
            check_writable(self.file, self.force)
            writer_of(self.file)
        if self.plot is not None:
            axes_of(self.axes, selection, columns)
            if self.plot.suffix.lower() != ".svg":
                shown = shortened(str(self.plot), 200)
                raise SpecError.of("usage", f"the ending of `{shown}` is not .svg", None, "`--plot FILE.svg`")
            check_writable(self.plot, self.force)
        elif self.axes is not None:
            raise SpecError.of("usage", "`--axes` are those of `--plot`", None, "`--plot FILE.svg`")
        if self.emit is not None:
            check_folder(self.emit, self.force)

    def check_is_shard(self) -> None:
        """Checks what a shard makes, which is its record alone.

        Raises:
            SpecError: something needs all rows, or the file cannot be written.
        """
        for name in ("sort", "top", "pareto", "plot", "axes", "emit"):
            if getattr(self, name) is not None:
                message = f"`--{name}` needs all rows, and `--shard` computes a part"
                raise SpecError.of("usage", message, None, "give it with `--merge`")
        if self.file is None:
            raise SpecError.of("usage", "`--shard` needs a file", None, "`-o FILE`")
        check_writable(self.file, self.force)

    def selection(self, columns: Sequence[str]) -> Selection:
        """The rows of the table and their order.

        Raises:
            SpecError: there is no such column.
        """
        return read_selection(self.sort, self.pareto, self.top, columns)

    def rows(self, heading: Heading, outcome: Outcome) -> list[Row]:
        """The rows of the table."""
        return self.selection(heading.columns).of(outcome.rows)

    def write(self, family: Callable[[], Family], heading: Heading, outcome: Outcome) -> Iterator[str]:
        """Writes the files; gives a line for each.

        Raises:
            SpecError: one cannot be written.
        """
        rows = self.rows(heading, outcome)
        if self.file is not None:
            with whole_file(self.file, self.force) as part:
                writer_of(self.file)(part, heading.columns, rows)
            yield f"wrote {self.file}"
        if self.plot is not None:
            axes = axes_of(self.axes, self.selection(heading.columns), heading.columns)
            write_text(self.plot, scatter(heading, outcome.rows, axes), self.force)
            yield f"wrote {self.plot}"
        if self.emit is not None:
            write_specs(self.emit, family(), heading, rows, self.force)
            yield f"wrote {len(rows):,} spec{'' if len(rows) == 1 else 's'} into {self.emit}"
