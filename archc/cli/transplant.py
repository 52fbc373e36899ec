"""`archc transplant`."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from archc.cli.options import (
    SettingOptions,
    check_not_read,
    complete_spec,
    json_option,
    output_path,
    print_json,
    settings_options,
    spec_errors,
    strict_option,
    warn,
)
from archc.cli.progress import progress
from archc.diagnostics import Diagnostic, SpecError, printable
from archc.weights.fit import METHODS

if TYPE_CHECKING:
    from archc.network import Network
    from archc.weights.fit import Method
    from archc.weights.transplant import TransplantPlan
    from archc.weights.transplanting import Arrays

_ENDINGS = (".keras", ".weights.h5")


class TransplantRequest(NamedTuple):
    """The options of the command by their names.

    Attributes:
        origin: the spec whose weights `old` has; None where the file tells it.
        path: the file to write; None for a dry run without one.
        given: the settings of the new network.
        require: the least share of learned weights that is taken; None for any.
        all_counterparts: whether `initialize` of the spec is not followed.
    """

    old: str
    spec: str
    path: Path | None
    origin: str | None
    given: SettingOptions
    fit: Method | None
    require: Fraction | None
    all_counterparts: bool
    seed: int | None
    dry_run: bool
    force: bool
    strict: bool
    as_json: bool


@click.command(
    "transplant",
    epilog="""\b
Examples:
  archc transplant vgg16.keras vgg19 -o vgg19.keras
  archc transplant resnet50.weights.h5 resnet101 --from resnet50 -o resnet101.keras
  archc transplant mine.keras resnet50 --set classes=10 --require 95% --dry-run
""",
)
@click.argument("old", type=click.Path())
@click.argument("spec", shell_complete=complete_spec)
@settings_options
@click.option("-o", "file", metavar="NEW", help="The file to write, *.keras or *.weights.h5.")
@click.option(
    "--from",
    "origin",
    metavar="SPEC",
    shell_complete=complete_spec,
    help="The network of OLD; resnet50?classes=10 sets a parameter. [default: as the file says]",
)
@click.option(
    "--fit",
    type=click.Choice(METHODS),
    help="Fit weights of other shapes, which begin new else: crop, the leading part; pad, the old as the leading part; "
    "tile, channels repeated so that the function is kept; inflate, 2D kernels in 3D.",
)
@click.option("--require", metavar="SHARE", help="Status 1 if fewer of the learned weights are taken: 95%.")
@click.option("--all", "all_counterparts", is_flag=True, help="Take every counterpart, whatever `initialize` names.")
@click.option("--seed", metavar="N", type=click.IntRange(0), help="Make new weights the same in each run.")
@click.option("--dry-run", is_flag=True, help="Compare the networks, and write nothing.")
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@strict_option
@json_option
def transplant_command(file: str | None, require: str | None, **options: Any) -> None:
    """Build a network with the weights of another one.

    OLD is a *.keras, *.h5 or *.weights.h5 file. Each layer of SPEC takes the weights of its counterpart, as `archc
    diff` finds it: by its place and its arguments, never by its name alone. All others begin new. A layer with a
    weight of another shape begins new, without --fit.

    If SPEC has `initialize`, and OLD is of the network that it names, the layers in it take weights and all others
    begin new, as in the staged training of VGG; --all takes every counterpart.

    The state of an optimizer is not taken.
    """
    with spec_errors(options["as_json"]):
        path = output_path(file)
        request = TransplantRequest(path=path, require=None if require is None else _share(require), **options)
        sys.exit(_transplant(request))


def _share(text: str) -> Fraction:
    """The share that a text such as `95%` stands for.

    Raises:
        SpecError: it is no share.
    """
    found = re.fullmatch(r"(\d{1,3}(?:\.\d{1,6})?)\s*%", text.strip())
    if found is None or Fraction(found[1]) > 100:
        raise SpecError.of("usage", f"`--require {printable(text[:60])}` is no share", None, "`--require 95%`")
    return Fraction(found[1]) / 100


def _check_files(request: TransplantRequest) -> None:
    """Checks, before long work, that the file can be written.

    Raises:
        SpecError: no file is named, it cannot be written, or it is one that is read.
    """
    from archc.atomic_file import check_writable

    path = request.path
    if path is None and not request.dry_run:
        raise SpecError.of("usage", "no file to write is named", None, "`-o NEW.keras`, or `--dry-run`")
    if path is None:
        return
    if not path.name.endswith(_ENDINGS):
        message = f"`{printable(path.name[:100])}` has another ending than the files that are written"
        raise SpecError.of("usage", message, None, "`*.keras` is a model, `*.weights.h5` its weights alone")
    check_not_read(path, request.old, request.spec)
    if not request.dry_run:
        check_writable(path, request.force)


def _old_network(request: TransplantRequest) -> Network:
    """The network of the old file.

    Raises:
        SpecError: the file does not tell it, or the spec cannot be compiled.
    """
    from archc.cli.side import parse_side
    from archc.elaborate.expand import Settings
    from archc.keras_files.model_text import read_model_file
    from archc.keras_files.transplant_sources import weights_alone
    from archc.network import from_model, load_network

    if request.origin is not None:
        return load_network(*parse_side(request.origin))
    try:
        text = read_model_file(Path(request.old))
    except SpecError as error:
        raise weights_alone(request.old, error) from None
    if not text.has_weights:
        message = f"`{printable(request.old[:200])}` is a configuration without weights"
        raise SpecError.of("model-kind", message, None, "give the file that has the weights, and `--from` this one")
    return from_model(request.old, text, Settings())


def _transplant(request: TransplantRequest) -> int:
    """Plans, builds and writes; the exit status."""
    from archc.ir.opaque import refuse_opaque
    from archc.network import load_network
    from archc.report.transplant import transplant_json

    _check_files(request)
    old = _old_network(request)
    new = load_network(request.spec, request.given.settings())
    refuse_opaque(new.graph.nodes)
    plan = old.transplant_plan(new, request.fit, all_counterparts=request.all_counterparts)
    is_enough = request.require is None or plan.share >= request.require
    with old.arrays(request.old, plan) as arrays:
        found = _write(request, new, plan, arrays) if is_enough and not request.dry_run else ()
    warned = warn([*new.warnings, *_nothing_taken(plan), *found], as_json=request.as_json, strict=request.strict)
    outcome = _Outcome(is_enough, is_enough and not request.dry_run, arrays.has_optimizer)
    if request.as_json:
        print_json({**_document(request, outcome), **transplant_json(plan), "warnings": warned.entries})
    else:
        _print(request, plan, outcome)
    return warned.status if is_enough else 1


class _Outcome(NamedTuple):
    """What became of a request.

    Attributes:
        is_enough: whether the share that is taken is the required one.
        is_written: whether a file was written.
        has_optimizer: whether the old file has the state of an optimizer, which is not taken.
    """

    is_enough: bool
    is_written: bool
    has_optimizer: bool


def _nothing_taken(plan: TransplantPlan) -> list[Diagnostic]:
    """A warning where all weights are new."""
    if plan.taken:
        return []
    return list(SpecError.of("transplant-nothing", "no weight of the old network is taken").diagnostics)


def _write(request: TransplantRequest, new: Network, plan: TransplantPlan, arrays: Arrays) -> Sequence[Diagnostic]:
    """Builds the model and writes it; the warnings."""
    from archc.weights.transplanting import build_transplanted, save

    assert request.path is not None
    with progress(len(new.graph.nodes), "starting Keras") as tell:

        def built(layers: int) -> None:
            tell(layers, "building")

        typed = new.model_text is not None
        made = build_transplanted(plan, arrays, new.name, built, seed=request.seed, typed=typed)
    save(made.model, request.path, request.force)
    return made.warnings


def _document(request: TransplantRequest, outcome: _Outcome) -> dict[str, Any]:
    return {
        "format": "archc-transplant",
        "version": 1,
        "old": request.old,
        "from": request.origin,
        "spec": request.spec,
        "fit": request.fit,
        "file": str(request.path) if outcome.is_written else None,
        "optimizer_dropped": outcome.has_optimizer,
    }


def _print(request: TransplantRequest, plan: TransplantPlan, outcome: _Outcome) -> None:
    """Prints the report."""
    from archc.report.table import show_table
    from archc.report.transplant import transplant_lines, transplant_table

    show_table(transplant_table(plan), shutil.get_terminal_size((120, 24)).columns)
    click.echo()
    for line in transplant_lines(plan, has_optimizer=outcome.has_optimizer):
        click.echo(line)
    if not outcome.is_enough:
        assert request.require is not None
        click.echo(f"fewer than the {float(100 * request.require):g}% of --require: nothing was written")
    elif outcome.is_written:
        click.echo(f"wrote {printable(str(request.path))}")
