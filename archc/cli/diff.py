"""`archc diff`."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import click

from archc.cli.options import complete_spec, json_option, print_json, spec_errors
from archc.diagnostics import SpecError, did_you_mean, printable
from archc.report.table import show_table, wrapped

if TYPE_CHECKING:
    from archc.diff.changes import Diff
    from archc.diff.classes import Class
    from archc.report.diff import CostBudget, DiffSide


@click.command(
    "diff",
    epilog="""\b
Examples:
  archc diff vgg16 vgg19
  archc diff resnet50 'resnet50?classes=10'
  archc diff git:HEAD~1:specs/vgg/vgg16.yaml specs/vgg/vgg16.yaml --fail-on io,weights
""",
)
@click.argument("left", shell_complete=complete_spec)
@click.argument("right", shell_complete=complete_spec)
@click.option("--stat", is_flag=True, help="Show the totals alone, no layers.")
@click.option("--full", is_flag=True, help="Show every layer, and other names too.")
@click.option(
    "--context",
    default=1,
    show_default=True,
    metavar="N",
    type=click.IntRange(0),
    help="Unchanged layers to show around a change.",
)
@click.option(
    "--fail-on",
    "failing",
    metavar="CLASSES",
    help="Status 1 for these alone: io, weights, numerics, training, cost, cosmetic, or any. [default: all but names]",
)
@click.option("--budget", metavar="LIMITS", help="How much a cost may grow: params=+5%,macs=+10%.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "github"]),
    default="text",
    help="For a pull request: a comment, or annotations.",
)
@json_option
def diff_command(
    left: str,
    right: str,
    stat: bool,
    full: bool,
    context: int,
    failing: str | None,
    budget: str | None,
    form: str,
    as_json: bool,
) -> None:
    """Compare two networks as architectures.

    LEFT and RIGHT are names, paths, `-`, or `git:REV:path`, the spec as it was in that revision; each may set
    parameters of its own: `resnet50?classes=10`. Layers correspond by their place and their arguments, never by their
    names alone.

    Marks: + added, - removed, ~ changed, > moved, ! has other inputs.

    Classes: io, inputs or outputs differ; weights, a saved file does not load, or loads into other layers; numerics,
    the same weights compute something else; training, layers differ while training alone; cost, beyond --budget;
    cosmetic, names alone.
    """
    from archc.cli.side import parse_side
    from archc.network import load_network
    from archc.report import diff_formats
    from archc.report.diff import DiffSide, classes_of

    with spec_errors(as_json):
        budgets = _budgets(budget)
        wanted = _classes(failing, budgets)
        one, other = (load_network(*parse_side(text)) for text in (left, right))
        sides = DiffSide(left, one.name, one.values), DiffSide(right, other.name, other.values)
        found = one.diff(other)
        if as_json:
            print_json(diff_formats.diff_json(*sides, found, budgets))
        elif form == "markdown":
            click.echo(diff_formats.diff_markdown(*sides, found, budgets, context, full=full))
        elif form == "github":
            click.echo("".join(f"{line}\n" for line in diff_formats.workflow_commands(found, wanted)), nl=False)
        else:
            _show(sides, found, budgets, None if stat else context, full)
        sys.exit(1 if any(each in wanted for each in classes_of(found, budgets)) else 0)


def _show(
    sides: tuple[DiffSide, DiffSide], diff: Diff, budgets: list[CostBudget], context: int | None, full: bool
) -> None:
    """Prints a diff; without its layers where `context` is None."""
    from archc.report.diff import class_verdicts, diff_heading, diff_table, diff_totals

    width = shutil.get_terminal_size((120, 24)).columns
    for text in diff_heading(*sides, diff):
        click.echo("\n".join(wrapped(printable(text), width)))
    if not (diff or full):
        return
    layers = [] if context is None or not (diff.has_changes or full) else [diff_table(diff, context, full=full)]
    for table in (*layers, diff_totals(diff), class_verdicts(diff, budgets)):
        click.echo()
        show_table(table, width)


def _classes(text: str | None, budgets: list[CostBudget]) -> list[Class]:
    """The classes that give status 1."""
    from archc.diff.classes import CLASSES

    wanted = [word.strip() for word in ("any" if text is None else text).split(",")]
    for word in wanted:
        if word not in (*CLASSES, "any"):
            hint = did_you_mean(word, CLASSES) or f"the classes are: {', '.join(CLASSES)}, any"
            raise SpecError.of("usage", f"`{printable(word[:40])}` is not a class of change", None, hint)
    if "cost" in wanted and not budgets:
        raise SpecError.of("usage", "`--fail-on cost` needs a budget", None, "`--budget params=+5%,macs=+10%`")
    if "any" in wanted:
        wanted += [each for each in CLASSES if each != "cosmetic"]
    return [each for each in CLASSES if each in wanted]


def _budgets(text: str | None) -> list[CostBudget]:
    """The costs that may grow, and by how much."""
    import re
    from fractions import Fraction

    from archc.report.diff import CostBudget

    found = []
    for part in text.split(",") if text else []:
        read = re.fullmatch(r"\s*(params|macs)=(\+?\d{1,6}(?:\.\d{1,6})?)%\s*", part)
        if read is None:
            raise SpecError.of(
                "usage", f"`--budget {printable(part[:40])}` is not a limit", None, "`--budget params=+5%,macs=+10%`"
            )
        found.append(CostBudget(read[1], Fraction(read[2].lstrip("+")) / 100, f"{read[2]}%"))
    return found
