"""`archc diff`."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, NamedTuple

import click

from archc.cli.formats import complete_classes, complete_form, wants_json
from archc.cli.options import complete_spec, json_option, print_diagnostics, print_json, spec_errors
from archc.diagnostics import SpecError, printable
from archc.report.table import show_table, wrapped

if TYPE_CHECKING:
    from archc.cli.folders import Folder
    from archc.cli.formats import Output
    from archc.diff.compare import Diff
    from archc.library.specs import Spec
    from archc.report.diff import DiffSide
    from archc.report.policy import Policy


@click.command(
    "diff",
    epilog="""\b
Examples:
  archc diff vgg16 vgg19
  archc diff resnet50 'resnet50?classes=10'
  archc diff git:HEAD~1:specs/vgg/vgg16.yaml specs/vgg/vgg16.yaml --fail-on io,weights
  archc diff vgg16 vgg19 --format text --format html=diff.html
  archc diff git:main:specs specs --format text --format github --format json=diff.json
""",
)
@click.argument("left", shell_complete=complete_spec)
@click.argument("right", shell_complete=complete_spec)
@click.option("--stat", is_flag=True, help="Show the totals alone, no layers.")
@click.option("--full", is_flag=True, help="Show every layer, and other names too.")
@click.option(
    "--context",
    metavar="N",
    type=click.IntRange(0),
    help="Unchanged layers to show around a change.  [default: 1]",
)
@click.option(
    "--fail-on",
    "failing",
    metavar="CLASSES",
    shell_complete=complete_classes,
    help="Status 1 for these alone: io, weights, numerics, training, cost, cosmetic, or any. [default: all but names]",
)
@click.option("--budget", metavar="LIMITS", help="How much a cost may grow: params=+5%,macs=+10%.")
@click.option(
    "--format",
    "forms",
    multiple=True,
    metavar="FORM[=FILE]",
    shell_complete=complete_form,
    help="text, markdown (a comment), github (annotations), json, html (a page) or svg; FILE is replaced. Repeatable."
    "  [default: text]",
)
@json_option
@click.option("--no-config", is_flag=True, help="Do not read .archc.toml and pyproject.toml.")
def diff_command(
    left: str,
    right: str,
    stat: bool,
    full: bool,
    context: int | None,
    failing: str | None,
    budget: str | None,
    forms: tuple[str, ...],
    as_json: bool,
    no_config: bool,
) -> None:
    """Compare two networks, or the networks of two folders, as architectures.

    LEFT and RIGHT are names, paths, `-`, or `git:REV:path`, the spec as it was in that revision; also models:
    `mine.keras`, `keras:ResNet50`, `FILE.py:FUNCTION`. Each may set parameters of its own: `resnet50?classes=10`.
    Layers correspond by their place and their arguments, never by their names alone. Networks of two folders are
    compared by their paths below the folders.

    Marks: + added, - removed, ~ changed, > moved, ! has other inputs.

    Classes: io, inputs or outputs differ; weights, a saved file does not load, or loads into other layers; numerics,
    the same weights compute something else; training, layers differ while training alone; cost, beyond --budget;
    cosmetic, names alone.

    `.archc.toml`, or [tool.archc] in `pyproject.toml`, may have `fail-on`, `budget` and `ignore`.
    """
    from archc.cli.diff_policy import read_policy
    from archc.cli.folders import folders
    from archc.cli.formats import OF_TWO, read_outputs
    from archc.cli.repository_settings import repository_settings

    with spec_errors(as_json or wants_json([part for form in forms for part in ("--format", form)])):
        outputs = read_outputs(forms, as_json, (left, right))
        policy = read_policy(failing, budget, None if no_config else repository_settings())
        sets = folders(left, right)
        if sets is None:
            sys.exit(_compare_two(left, right, policy, outputs, _Shown(stat, full, 1 if context is None else context)))
        if stat or full or context is not None:
            message = "`--stat`, `--full` and `--context` are for two networks"
            raise SpecError.of("usage", message, None, "leave them out for folders, or compare two files")
        of_two = next((output.form for output in outputs if output.form in OF_TWO), None)
        if of_two is not None:
            message = f"`--format {of_two}` is for two networks"
            raise SpecError.of("usage", message, None, "compare two files, or write `markdown`")
        sys.exit(_compare_folders(*sets, policy, outputs))


class _Shown(NamedTuple):
    """How much of a diff people see."""

    stat: bool
    full: bool
    context: int


def _compare_two(left: str, right: str, policy: Policy, outputs: list[Output], shown: _Shown) -> int:
    """Compares two networks; the exit status."""
    from archc.cli.formats import write_outputs
    from archc.cli.side import parse_side
    from archc.network import load_network
    from archc.report import diff_formats
    from archc.report.annotations import diff_annotations, workflow_commands
    from archc.report.diff import DiffSide
    from archc.report.policy import failed_classes

    one, other = (load_network(*parse_side(text), allow_unused=True) for text in (left, right))
    sides = DiffSide(left, one.name, one.values), DiffSide(right, other.name, other.values)
    found = one.diff(other)
    context, full = shown.context, shown.full
    show = {
        "text": lambda: _show(sides, found, policy, shown),
        "markdown": lambda: click.echo(diff_formats.diff_markdown(*sides, found, policy, context, full=full)),
        "github": lambda: click.echo(workflow_commands(diff_annotations(found, policy)), nl=False),
        "json": lambda: print_json(diff_formats.diff_json(*sides, found, policy)),
        "svg": lambda: click.echo(found.plot().svg, nl=False),
        "html": lambda: _print_page(sides, (one.spec, other.spec), found),
    }
    write_outputs(outputs, show)
    return 1 if failed_classes(found, policy) else 0


def _print_page(sides: tuple[DiffSide, DiffSide], specs: tuple[Spec, Spec], diff: Diff) -> None:
    """Prints a diff as a page."""
    from archc.pictures.page.compared import Compared, compared_page

    left, right = map(Compared, sides, specs)
    click.echo(compared_page(left, right, diff).html, nl=False)


def _show(sides: tuple[DiffSide, DiffSide], diff: Diff, policy: Policy, shown: _Shown) -> None:
    """Prints a diff."""
    from archc.report.diff import class_verdicts, diff_heading, diff_table, diff_totals
    from archc.report.policy import ignored, ignored_text

    width = shutil.get_terminal_size((120, 24)).columns
    for line in diff_heading(*sides, diff):
        click.echo("\n".join(wrapped(printable(line), width)))
    if diff or shown.full:
        has_layers = not shown.stat and (diff.has_changes or shown.full)
        layers = [diff_table(diff, shown.context, full=shown.full)] if has_layers else []
        for table in (*layers, diff_totals(diff), class_verdicts(diff, policy.budgets)):
            click.echo()
            show_table(table, width)
    if text := ignored_text(len(ignored(diff, policy)), policy):
        click.echo(f"\n{text}")


def _compare_folders(left: Folder, right: Folder, policy: Policy, outputs: list[Output]) -> int:
    """Compares the networks of two folders; the exit status."""
    from archc.cli.folders import compare_folders
    from archc.cli.formats import Output, write_outputs
    from archc.report import diff_set
    from archc.report.annotations import workflow_commands

    found = compare_folders(left, right)

    def show_text() -> None:
        click.echo("\n".join(map(printable, diff_set.set_heading(found, policy))))
        table = diff_set.set_table(found, policy)
        if table.rows:
            click.echo()
            show_table(table)
        if text := diff_set.set_ignored(found, policy):
            click.echo(f"\n{text}")

    show = {
        "text": show_text,
        "markdown": lambda: click.echo(diff_set.set_markdown(found, policy)),
        "github": lambda: click.echo(workflow_commands(diff_set.set_annotations(found, policy)), nl=False),
        "json": lambda: print_json(diff_set.set_json(found, policy)),
    }
    if Output("json", None) not in outputs:
        print_diagnostics(found.faults)
    write_outputs(outputs, show)
    return 2 if found.faults else 1 if found.failed(policy) else 0
