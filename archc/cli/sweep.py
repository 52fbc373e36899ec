"""`archc sweep`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archc.cli.options import (
    STDOUT,
    SettingOptions,
    check_not_read,
    complete_setting,
    complete_spec,
    output_path,
    spec_errors,
    yaml_value,
)
from archc.diagnostics import SpecError, printable

if TYPE_CHECKING:
    from archc.families import Family
    from archc.sweeps.engine import Engine
    from archc.sweeps.outcome import Outcome
    from archc.sweeps.record import Heading
    from archc.sweeps.results import Results
    from archc.sweeps.run import MakeEngine


@click.command(
    "sweep",
    epilog="""\b
Examples:
  archc sweep wide_resnet --vary 'widen=1..8' --where 'params < 50M' --sort macs
  archc sweep regnet --vary 'd=12..28' --vary 'w_0=8..256:log' --sample 1000 -o space.csv
  archc sweep family.yaml --pareto macs,params:max --plot front.svg --emit front/ -o front.csv
  archc sweep family.yaml --shard 3/16 -o part3.shard
  archc sweep --merge part*.shard -o table.csv
""",
)
@click.argument("specs", metavar="SPEC|FILE...", nargs=-1, required=True, shell_complete=complete_spec)
@click.option(
    "--vary",
    "vary",
    multiple=True,
    metavar="NAME=VALUES",
    shell_complete=complete_setting,
    help="Vary a parameter: a list, depths=[[2,2],[3,4]]; a range, width=64..256:32; to sample, w_a=8.0..64.0:log."
    " In the place of what `sweep` of the spec says. Repeatable.",
)
@click.option(
    "--set",
    "params",
    multiple=True,
    metavar="NAME=VALUE",
    shell_complete=complete_setting,
    help="Set a parameter in all variants. Repeatable.",
)
@click.option("--input", "inputs", multiple=True, metavar="SIZES", help="The input without the batch: 32,32,3.")
@click.option("--zip", "zipped", is_flag=True, help="The first values of all lists together, then the second.")
@click.option("--sample", type=click.IntRange(1), metavar="N", help="Take N variants with values at random.")
@click.option("--seed", type=int, default=0, show_default=True, metavar="N", help="Of the values at random.")
@click.option("--where", metavar="EXPRESSION", help="Keep rows for which this holds: params < 5M and set.width > 64.")
@click.option("--sort", metavar="COLUMNS", help="Order by columns, the smallest first; COLUMN:max the largest.")
@click.option("--top", type=click.IntRange(1), metavar="N", help="Keep the first N rows.")
@click.option("--pareto", metavar="COLUMNS", help="Keep the rows than which none is better: macs,params:max.")
@click.option("-o", "file", metavar="FILE", help="Write .csv, .jsonl or .parquet. [default: print CSV, or a table]")
@click.option("--plot", metavar="FILE", help="Draw two columns of all rows, with their Pareto front, as .svg.")
@click.option("--axes", metavar="X,Y", help="The columns of --plot. [default: those of --pareto, or macs,params]")
@click.option("--emit", metavar="FOLDER", help="Write each row as a spec that extends the family.")
@click.option("--force", is_flag=True, help="Replace files that exist.")
@click.option("--resume", is_flag=True, help="Go on with a sweep that was ended, if there is FILE.part.")
@click.option("--yes", is_flag=True, help="Run also if there are more than a million variants.")
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Processes. [default: one for each core]")
@click.option(
    "--engine",
    type=click.Choice(("processes", "ray")),
    default="processes",
    show_default=True,
    help="What computes: processes of this machine, or a Ray cluster.",
)
@click.option("--address", metavar="ADDRESS", help="Of the Ray cluster. [default: Ray's own choice]")
@click.option("--shard", metavar="K/N", help="Compute the K-th of N parts of the variants, for --merge.")
@click.option("--merge", is_flag=True, help="Make the table of the files of all shards.")
def sweep_command(specs: tuple[str, ...], merge: bool, **options: Any) -> None:
    """Compute what the networks of a family have and cost, at many values of its parameters.

    A row is a network: set.NAME for each parameter that is varied, params, total_params, macs, depth, activation_bytes,
    receptive_field, and an id that is the same for equal networks, of which the first is kept. Nothing is built.
    """
    from archc.sweeps.results import Results

    with spec_errors(False):
        chosen = {name: options.pop(name) for name in Results._fields}
        results = Results(**chosen | {name: _path(chosen[name], option) for name, option in _PATHS.items()})
        if merge:
            _merge([Path(spec) for spec in specs], results, options)
        elif len(specs) > 1:
            raise SpecError.of("usage", "a sweep has one family", None, "`--merge` takes the files of several shards")
        else:
            _sweep(specs[0], results, **options)


_PATHS = {"file": "-o", "plot": "--plot", "emit": "--emit"}


def _path(text: str | None, option: str) -> Path | None:
    if option != "-o" and text in ("", STDOUT):
        raise SpecError.of("usage", f"`{option}` names no file", None, f"`{option} NAME`")
    return output_path(text)


# --- a sweep ---


def _sweep(
    label: str,
    results: Results,
    *,
    vary: tuple[str, ...],
    params: tuple[str, ...],
    inputs: tuple[str, ...],
    resume: bool,
    yes: bool,
    jobs: int | None,
    engine: str,
    address: str | None,
    shard: str | None,
    **space: Any,
) -> None:
    from archc.families import family
    from archc.sweeps import run
    from archc.sweeps.outcome import outcome_lines
    from archc.sweeps.record import Record, heading_of

    settings = SettingOptions(params, inputs).settings()
    made = family(label)
    varied = dict(_varied(text) for text in vary)
    work = run.work_of(made, varied, params=settings.params, inputs=settings.inputs, **space)
    heading = heading_of(work, _shard(shard))
    if heading.variants > run.MOST and not yes:
        message = f"there are {heading.variants:,} variants, more than {run.MOST:,}"
        raise SpecError.of("sweep", message, None, "vary less, `--sample N`, or `--yes`")
    if results.file is None and resume:
        raise SpecError.of("usage", "`--resume` needs a file", None, "`-o FILE`")
    if shard is None:
        results.check(heading.columns)
    else:
        results.check_is_shard()
    if results.file is not None:
        check_not_read(results.file, label)

    def make() -> Engine:
        if engine == "processes":
            return run.engine_of(work, jobs, _report)
        from archc.sweeps.ray_cluster import RayCluster

        return RayCluster(work, address)

    if results.file is None:
        with _progress(heading) as tell:
            outcome = run.run(Record(heading, [], 0), None, make, tell)
    else:
        outcome = _recorded(results.file, heading, make, resume=resume, force=results.force)
    if shard is None:
        _show(results, lambda: made, heading, outcome)
    if results.file is not None:
        part = run.record_path(results.file)
        if shard is None:
            part.unlink()
        else:
            part.replace(results.file)
            click.echo(f"wrote {printable(str(results.file))}")
    _report(*outcome_lines(outcome, heading.stop - heading.start))


def _recorded(path: Path, heading: Heading, make: MakeEngine, *, resume: bool, force: bool) -> Outcome:
    """Runs a sweep beside its record."""
    from archc.sweeps import run

    part = run.record_path(path)
    record = run.begun_record(part, heading, resume=resume, force=force)
    with run.opened_record(part, record) as file:
        heading_only = None if record.chunks else file.tell()
        try:
            with _progress(heading) as tell:
                return run.run(record, file, make, tell)
        except (KeyboardInterrupt, SystemExit):
            _report(f"ended; `{printable(str(part))}` has what is done: the same command with `--resume` goes on")
            raise
        except SpecError:
            if file.tell() == heading_only:
                part.unlink()
            raise


@contextmanager
def _progress(heading: Heading) -> Iterator[Callable[[Outcome, int], None]]:
    from archc.cli.progress import progress

    with progress(heading.stop - heading.start, "") as tell:
        yield lambda outcome, following: tell(following - heading.start, f"{len(outcome.rows):,} networks")


def _varied(text: str) -> tuple[str, Any]:
    name, equals, values = text.partition("=")
    if not equals or not name:
        raise SpecError.of("usage", f"`--vary {text}` is not `name=values`", None, "`--vary 'width=64..256:32'`")
    return name.strip(), yaml_value(values, f"--vary {name}")


def _shard(text: str | None) -> tuple[int, int]:
    if text is None:
        return 1, 1
    number, _, count = text.partition("/")
    if not number.isdecimal() or not count.isdecimal() or not 1 <= int(number) <= int(count):
        hint = "`--shard 3/16` is the third of sixteen"
        raise SpecError.of("usage", f"`--shard {text}` is not the number of a shard", None, hint)
    return int(number), int(count)


def _report(*lines: str) -> None:
    for line in lines:
        print(line, file=sys.stderr)


# --- shards ---


def _merge(paths: Sequence[Path], results: Results, options: dict[str, Any]) -> None:
    from archc.families import family
    from archc.sweeps.outcome import outcome_lines
    from archc.sweeps.record import joined
    from archc.sweeps.run import outcome_of

    for option, name in _OF_THE_SWEEP.items():
        if options[name]:
            message = f"`{option}` belongs to the sweep, not to `--merge`"
            raise SpecError.of("usage", message, None, "give it with `--shard`")
    record = joined(paths)
    heading = record.heading
    results.check(heading.columns)
    if results.file is not None:
        check_not_read(results.file, *map(str, paths))
    outcome = outcome_of(record)
    _show(results, lambda: family(heading.family), heading, outcome)
    _report(*outcome_lines(outcome, heading.variants))


_OF_THE_SWEEP = {
    "--vary": "vary", "--set": "params", "--input": "inputs", "--zip": "zipped", "--sample": "sample",
    "--where": "where", "--shard": "shard", "--resume": "resume",
}  # fmt: skip
"""The options that a record has followed already."""


# --- what is shown ---


def _show(results: Results, family: Callable[[], Family], heading: Heading, outcome: Outcome) -> None:
    """Prints the table, or writes it, and writes what else is asked for."""
    from archc.report.table import show_table
    from archc.sweeps.formats import csv_lines, rows_table

    if results.file is None and sys.stdout.isatty():
        show_table(rows_table(heading.columns, results.rows(heading, outcome)))
    elif results.file is None:
        for line in csv_lines(heading.columns, results.rows(heading, outcome)):
            click.echo(line, nl=False)
    for line in results.write(family, heading, outcome):
        click.echo(printable(line), err=results.file is None)
