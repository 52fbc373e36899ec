"""`archc diff`."""

from __future__ import annotations

import re
import sys
from fractions import Fraction
from typing import TYPE_CHECKING

import click

from archc.cli.options import SPEC, faults, json_option, print_json
from archc.diagnostics import SpecError, did_you_mean, printable

if TYPE_CHECKING:
    from archc.diff.changes import Class
    from archc.network import Network
    from archc.report.diff import Budget


@click.command(
    epilog="""\b
Examples:
  archc diff vgg16 vgg19
  archc diff resnet50 'resnet50?classes=10'
  archc diff git:HEAD~1:specs/vgg/vgg16.yaml specs/vgg/vgg16.yaml --fail-on io,weights
"""
)
@click.argument("left", type=SPEC)
@click.argument("right", type=SPEC)
@click.option("--stat", is_flag=True, help="The sums alone, no layers.")
@click.option("--full", is_flag=True, help="Every layer, nothing folded, other names too.")
@click.option(
    "--context",
    default=1,
    show_default=True,
    metavar="N",
    type=click.IntRange(0),
    help="Unchanged layers to show around what differs.",
)
@click.option(
    "--fail-on",
    "failing",
    metavar="CLASSES",
    help="Status 1 for these alone: io, weights, numerics, cost, cosmetic, or any. [default: any difference but names]",
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
def command(
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
    parameters of its own: `resnet50?classes=10`. Layers correspond by where they stand and what they do, never by their
    names alone.

    Marks: + added, - removed, ~ changed, > moved, ! takes other tensors.

    Classes: io, inputs or outputs differ; weights, an old checkpoint no longer loads whole; numerics, the same weights
    compute something else; cost, beyond --budget; cosmetic, names alone.
    """
    from archc.diff.changes import diff
    from archc.report import diff as comparison
    from archc.report import diff_review as review
    from archc.report.table import show

    with faults(as_json):
        budgets = _budgets(budget)
        wanted = _classes(failing, budgets)
        (one, first), (other, second) = _loaded(left), _loaded(right)
        found = diff(one.graph, other.graph)
        sides = (
            comparison.Side(first, one.name, one.values),
            comparison.Side(second, other.name, other.values),
        )
        present = comparison.classes(found, budgets)
        if as_json:
            print_json(comparison.as_json(*sides, found, budgets))
        elif form == "markdown":
            click.echo(review.markdown(*sides, found, budgets, context, full=full))
        elif form == "github":
            click.echo("".join(f"{line}\n" for line in review.workflow_commands(found, wanted)), nl=False)
        else:
            click.echo("\n".join(printable(line) for line in comparison.heading(*sides, found)))
            if found and not stat:
                click.echo()
                show(comparison.table(found, context, full=full))
            if found:
                click.echo()
                show(comparison.totals(found))
                click.echo()
                show(comparison.verdict(found, budgets))
        sys.exit(1 if any(each in wanted for each in present) else 0)


def _loaded(text: str) -> tuple[Network, str]:
    """One side, and what it is called."""
    from archc.cli.side import side
    from archc.network import load_network

    label, settings = side(text)
    return load_network(label, settings), text


def _classes(text: str | None, budgets: list[Budget]) -> list[Class]:
    """The classes that the exit status hangs on.

    Raises:
        SpecError: there is no such class, or no budget for the cost.
    """
    from archc.diff.changes import CLASSES

    if text is None or text == "any":
        return [each for each in CLASSES if each != "cosmetic"]
    wanted = [word.strip() for word in text.split(",")]
    for word in wanted:
        if word not in (*CLASSES, "any"):
            hint = did_you_mean(word, CLASSES) or f"there are: {', '.join(CLASSES)}, any"
            raise SpecError.of("usage", f"`{printable(word[:40])}` is no class of change", None, hint)
    if "cost" in wanted and not budgets:
        hint = "`--budget params=+5%,macs=+10%`"
        raise SpecError.of("usage", "`--fail-on cost` needs a budget", None, hint)
    if "any" in wanted:
        wanted += [each for each in CLASSES if each != "cosmetic"]
    return [each for each in CLASSES if each in wanted]


def _budgets(text: str | None) -> list[Budget]:
    """The costs that may grow, and by how much.

    Raises:
        SpecError: the text cannot be read.
    """
    from archc.report.diff import Budget

    found = []
    for part in text.split(",") if text else []:
        read = re.fullmatch(r"\s*(params|macs)=(\+?\d{1,6}(?:\.\d{1,6})?)%\s*", part)
        if read is None:
            message = f"`--budget {printable(part[:40])}` is no limit"
            raise SpecError.of("usage", message, None, "`--budget params=+5%,macs=+10%`")
        found.append(Budget(read[1], Fraction(read[2].lstrip("+")) / 100, f"{read[2]}%"))
    return found
